"""Postiz's bodies as the gate reads them: all that is published, and nothing in two ways."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from clearpost_client import NotCleared
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.postiz import read_post_body
from tests.clients.conftest import CHANNEL

Body = dict[str, Any]
AT = "2027-01-15T16:00:00.000Z"
NOW = datetime(2027, 1, 10, tzinfo=UTC)
PATH = "https://postiz.example.org/uploads/2027/a.png"
RULES = GateRules("postiz", author={"id": "tess"})


def body(**more: Any) -> Body:
    return {
        "type": "schedule", "date": AT, "shortLink": False, "tags": [],
        "posts": [thread("The choir sang.")], **more,
    }  # fmt: skip


def thread(*contents: str, **more: Any) -> Body:
    values = [{"content": one, "image": []} for one in contents]
    return {"integration": {"id": CHANNEL}, "value": values, "settings": {}, **more}


def image(path: str = PATH, **more: Any) -> Body:
    return {"id": "i-1", "path": path, **more}


def read(said: Any) -> Any:
    return read_post_body(said if isinstance(said, bytes) else json.dumps(said).encode())


def checks(said: Any, digests: Any = None) -> list[Any]:
    return [one for posts in read(said).list_checks(RULES, digests or {}, NOW) for one in posts]


def text(said: Any) -> str:
    (asked,) = checks(said)
    return str(asked["text"])


def test_a_thread_is_one_question_with_all_that_it_shows() -> None:
    said = body(
        posts=[
            {
                **thread("<p>First</p><p>of <strong>A</strong>na</p>", "Second &amp; last"),
                "settings": {
                    "__type": "youtube",
                    "title": "The title",
                    "type": "public",
                    "thumbnail": image("https://postiz.example.org/uploads/t.jpg"),
                    "tags": [{"value": "v", "label": "A label"}],
                },
            }
        ]
    )
    said["posts"][0]["value"][1]["image"] = [image(alt="A room", thumbnail=PATH[:-5] + "b.jpg")]
    paths = sorted(read(said).paths)
    assert [one.rsplit("/", 1)[1] for one in paths] == ["a.png", "b.jpg", "t.jpg"]
    (asked,) = checks(said, dict.fromkeys(paths, "aa" * 32))
    assert asked["text"].split("\n\n") == [
        "First\nof Ana", "Second & last", "The title", "v", "A label",
    ]  # fmt: skip
    assert [one.get("alt_text") for one in asked["media"]] == ["A room", "A room", None]
    assert asked["account"] == {"system": "postiz", "external_id": CHANNEL}
    assert (asked["publish_at"], asked["clearance"]) == (AT, True)
    assert (asked["author"], asked["purpose"]) == ({"id": "tess"}, "school")
    with pytest.raises(NotCleared, match="was not fetched"):
        checks(said)


def test_every_post_is_asked_and_its_last_comment_too() -> None:
    said = body(posts=[thread("One", "Two", "Three"), thread("Other")])
    for number, minutes in enumerate((90, 30, 45)):
        said["posts"][0]["value"][number]["delay"] = minutes
    asked = checks(said)
    assert [one["publish_at"] for one in asked] == [AT, "2027-01-15T17:15:00.000Z", AT]
    assert [one["text"] for one in asked] == ["One\n\nTwo\n\nThree"] * 2 + ["Other"]
    for past in ({"type": "now"}, {"date": "2020-01-01T00:00:00"}):
        (asked_now,) = checks(body(**past))
        assert asked_now["publish_at"] == "2027-01-10T00:00:00.000Z"


def test_what_is_passed_on_is_written_anew() -> None:
    said = body(inter=7, posts=[thread("One", group="", settings=None)], shortLink=None)
    said["posts"][0]["value"][0] |= {"id": "", "image": [image(name="x", organizationId="o")]}
    said["date"] = "2027-01-15T09:00:00-07:00"
    passed = read(said).passed_on
    assert passed["posts"] == [
        {
            "integration": {"id": CHANNEL},
            "value": [{"content": "One", "delay": 0, "image": [image()]}],
            "settings": {},
        }
    ]
    assert (passed["date"], passed["shortLink"], passed["inter"]) == (AT, False, 7)
    assert read(passed).passed_on == passed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("I <3 school & you", "I <3 school & you"),
        ("2 < 3 and 4 > 3", "2 < 3 and 4 > 3"),
        ('<p>See <a href="https://example.org/ana" class="x">here</a></p>',
         "See  https://example.org/ana here"),
        ("<p>A<u>n</u>a</p><ul><li><p>B</p></li></ul>", "Ana\nB"),
        ('<span data-mention-label="@ana">Us</span>', "@ana Us"),
        ("&lt;b&gt;", "<b>"),
        ("A&#110;a", "Ana"),
    ],
)  # fmt: skip
def test_text_is_what_readers_see(content: str, said: str) -> None:
    assert text(body(posts=[thread(content)])) == said


@pytest.mark.parametrize(
    "content",
    ["<script>x</script>", "<!-- Ana -->", "<b onclick=x>A</b>", "<p", "<p title='a>b'>", "<?x?>",
     "<img src=x>", "</div>", '<a href="x" href>y</a>', "<p/ >", '<p class="a"b="c">x</p>'],
)  # fmt: skip
def test_markup_that_is_not_the_editors_is_refused(content: str) -> None:
    with pytest.raises(NotCleared, match="markup"):
        read(body(posts=[thread(content)]))


@pytest.mark.parametrize(
    "content",
    ["![](https://elsewhere.example/a.png)", "![A room][1]\n\n[1]: https://elsewhere.example/a.png",
     "&#33;&#91;x](y)", "!<b></b>[x](y)", '<p>Look!<a href="https://elsewhere.example/a.png">x</a></p>'],
)  # fmt: skip
def test_a_picture_in_markdown_is_refused(content: str) -> None:
    """Networks of articles show it, and the gate has neither fetched nor asked about it."""
    with pytest.raises(NotCleared, match="Markdown"):
        read(body(posts=[thread(content)]))
    settings = {"subtitle": content}
    with pytest.raises(NotCleared, match="Markdown"):
        read(body(posts=[thread("Fine.", settings=settings)]))
    assert text(body(posts=[thread("Look! [Here](https://example.org) we are!")]))


def changed(**more: Any) -> Body:
    """A body whose only value, image or post is otherwise."""
    said = body()
    for name, one in more.items():
        if name == "value":
            said["posts"][0]["value"][0] |= one
        elif name == "post":
            said["posts"][0] |= one
        else:
            said[name] = one
    return said


TWICE = json.dumps(body()).replace('"type": "schedule"', '"type": "draft", "type": "schedule"')
UNREAD: dict[str, Any] = {
    "a name twice": TWICE.encode(),
    "another encoding": json.dumps(body()).encode("utf-16"),
    "a mark before it": b"\xef\xbb\xbf" + json.dumps(body()).encode(),
    "no number": json.dumps(body()).replace("false", "NaN").encode(),
    "a list": [body()],
    "half a character": json.dumps(body()).replace("choir", "\\ud800").encode(),
    "a number beyond all": json.dumps(body())
    .replace('"settings": {}', '"settings": {"x": 1e999}')
    .encode(),
    "a prototype": {**body(), "__proto__": {"type": "now"}},
    "a depth": b'{"type":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no type": {name: one for name, one in body().items() if name != "type"},
    "another case of draft": changed(type="Draft"),
    "an unknown type": changed(type="queue"),
    "a type in a list": changed(type=["draft"]),
    "an unknown field": changed(publish=True),
    "an unknown field of a post": changed(post={"content": "Ana"}),
    "an unknown field of a value": changed(value={"comments": ["Ana"]}),
    "no posts": changed(posts=[]),
    "a post that is none": changed(posts=["x"]),
    "no values": changed(post={"value": []}),
    "nested values": changed(post={"value": [[{"content": "Ana", "image": []}]]}),
    "a value that is one": changed(post={"value": {"content": "Ana"}}),
    "content that is no text": changed(value={"content": 7}),
    "content in a list": changed(value={"content": ["Ana"]}),
    "an id that is none": changed(value={"id": {"x": 1}}),
    "a delay that is none": changed(value={"delay": "5"}),
    "a delay before it": changed(value={"delay": -5}),
    "no channel": changed(post={"integration": {}}),
    "a channel that is none": changed(post={"integration": {"id": ["x"]}}),
    "a day alone": changed(date="2027-01-15"),
    "a week": changed(date="2027-W03-5"),
    "a time that is none": changed(date="2027-02-30T00:00:00Z"),
    "half a repeat": changed(inter=0.5),
    "a repeat in words": changed(inter="7"),
    "an image without a place": changed(value={"image": [{"id": "x"}]}),
    "an image in words": changed(value={"image": ["https://x/a.png"]}),
    "others that repeat it": changed(
        post={"settings": {"plug--repost--integrations": [{"id": "x"}]}}
    ),
    "markup in settings": changed(post={"settings": {"title": "<b onx=1>Ana</b>"}}),
    "settings that are none": changed(post={"settings": "title"}),
    "a tag that is none": changed(tags=["x"]),
    "too much": changed(value={"content": "x" * 70_000}),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_can_be_read_otherwise_is_not_cleared(name: str) -> None:
    with pytest.raises(NotCleared) as raised:
        read(UNREAD[name])
    assert raised.value.outcome == "deny"
    assert "Ana" not in str(raised.value)


def test_a_kind_of_file_that_it_does_not_know_is_not_cleared() -> None:
    for path in ("https://x/a.mp3", "https://x/a.pdf", "https://x/png", "https://x/a.svg"):
        with pytest.raises(NotCleared, match="kind"):
            checks(changed(value={"image": [image(path)]}), {path: "aa" * 32})


def test_only_a_draft_that_replaces_nothing_publishes_nothing() -> None:
    assert not read(changed(type="draft")).publishes
    for kind in ("schedule", "now", "update"):
        assert read(changed(type=kind)).publishes
    assert read(changed(type="draft", value={"id": "p-1"})).publishes
    assert read(changed(type="draft", post={"group": "g-1"})).publishes
