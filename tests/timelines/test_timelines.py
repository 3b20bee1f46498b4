"""Timelines: what each kind of source tells, recognized by its content, and what is refused."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from app.timelines.posts import Timeline, TimelineError, TimelinePost
from app.timelines.recognition import read_timeline
from app.timelines.sheets import read_columns

NOON = datetime(2026, 11, 26, 19, tzinfo=UTC)
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<link>https://maple.example.org/</link>
<item><guid>n-1</guid><link>https://maple.example.org/1</link><title>Choir</title>
<pubDate>Thu, 26 Nov 2026 19:00:00 GMT</pubDate>
<description>&lt;p&gt;The choir sang.&lt;br/&gt;Thank you!&lt;/p&gt;</description></item>
<item><guid>n-2</guid><title>No time</title></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<link href="https://maple.example.org/"/><entry><id>a-1</id>
<link href="https://maple.example.org/1"/><updated>2026-11-26T12:00:00-07:00</updated>
<content type="html">&lt;p&gt;The choir &amp;amp; band.&lt;/p&gt;</content></entry></feed>"""
MASTODON = [
    {"id": "11", "created_at": "2026-11-26T19:00:00.000Z", "url": "https://social.example/@maple/11",
     "content": "<p>The choir sang.</p><p>Thank <span>you</span>!</p>", "reblog": None,
     "account": {"url": "https://social.example/@maple"}},
    {"id": "12", "created_at": "2026-11-26T19:00:00.000Z", "content": "", "reblog": {"id": "9"},
     "account": {"url": "https://social.example/@maple"}, "url": None},
    {"id": "13", "created_at": "never", "content": "x", "reblog": None, "account": {}, "url": None},
]  # fmt: skip
BLUESKY = {
    "feed": [
        {"post": {"uri": "at://did:plc:abc/app.bsky.feed.post/3k",
                  "author": {"handle": "maple.org"},
                  "record": {"text": "The choir sang.", "createdAt": "2026-11-26T19:00:00Z"}}},
        {"post": {"uri": "at://did:plc:z/app.bsky.feed.post/4"}, "reason": {"by": {}}},
        {"post": None},
    ],
    "cursor": "x",
}  # fmt: skip
FACEBOOK = [
    {"timestamp": 1795719600, "title": "Maple updated its status.",
     "data": [{"post": "Bravo, Ana N\u00c3\u00ba\u00c3\u00b1ez!"}], "attachments": []},
    {"timestamp": 1795719601, "attachments": [{"data": []}]},
    {"data": [{"post": "No time"}]},
]  # fmt: skip
INSTAGRAM = [
    {"media": [{"uri": "media/1.jpg", "creation_timestamp": 1795719600, "title": "The choir"}]},
    {"title": "Two", "creation_timestamp": 1795719600,
     "media": [{"uri": "media/2.jpg", "creation_timestamp": 1}, {"uri": "media/3.jpg"}]},
]  # fmt: skip
YOUTUBE = (
    "Video ID,Channel ID,Video Title (Original),Video Description (Original),Privacy,"
    "Video Create Timestamp,Video Publish Timestamp\r\n"
    "v-1,UC9,Concert,The choir sang.,Public,2026-11-26T18:00:00+00:00,2026-11-26T19:00:00+00:00\r\n"
    "v-2,UC9,Draft,,Private,2026-11-26T18:00:00+00:00,\r\n"
)
VENDOR = (
    "Profile,Posted,Message,Permalink\r\n"
    'https://facebook.com/maple,2026-11-26T12:00:00-07:00,"The choir\nsang.",https://fb.example/1\r\n'
    "https://facebook.com/maple,soon,Hello,https://fb.example/2\r\n"
)
PROFILE = b"""[columns]
published_at = "Posted"
text = "Message"
url = "Permalink"
account = "Profile"
"""


def read(said: Any, **more: Any) -> Timeline:
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return read_timeline(data, **more)


def only(said: Any, **more: Any) -> TimelinePost:
    (post,) = read(said, **more).posts
    return post


@pytest.mark.parametrize(
    ("said", "post", "account"),
    [
        (RSS, TimelinePost("item 1", "n-1", "https://maple.example.org/1", NOON,
                           "The choir sang.\nThank you!"), "https://maple.example.org/"),
        (ATOM, TimelinePost("item 1", "a-1", "https://maple.example.org/1", NOON,
                            "The choir & band."), "https://maple.example.org/"),
        (MASTODON, TimelinePost("item 1", "11", "https://social.example/@maple/11", NOON,
                                "The choir sang.\n\nThank you!", "https://social.example/@maple"),
         "https://social.example/@maple"),
        (BLUESKY, TimelinePost("item 1", "at://did:plc:abc/app.bsky.feed.post/3k",
                               "https://bsky.app/profile/maple.org/post/3k", NOON,
                               "The choir sang.", "https://bsky.app/profile/maple.org"),
         "https://bsky.app/profile/maple.org"),
        (YOUTUBE.encode(), TimelinePost("line 2", "v-1", "https://www.youtube.com/watch?v=v-1",
                                        NOON, "Concert\nThe choir sang.",
                                        "https://www.youtube.com/channel/UC9"), None),
    ],
)  # fmt: skip
def test_each_kind_tells_its_posts(said: Any, post: TimelinePost, account: str | None) -> None:
    assert only(said) == post
    assert read(said).account == account


def test_what_others_wrote_is_left_out_and_what_cannot_be_read_is_told() -> None:
    assert (read(MASTODON).shared, read(BLUESKY).shared) == (1, 1)
    assert [one.at for one in read(RSS).faults] == ["item 2"]
    assert [one.at for one in read(MASTODON).faults] == ["item 3"]
    assert [one.message for one in read(BLUESKY).faults] == ["has no time that can be read"]


def test_exports_of_meta_have_their_letters_mended() -> None:
    found = read(FACEBOOK)
    assert [one.text for one in found.posts] == ["Bravo, Ana Núñez!", ""]
    assert [one.at for one in found.faults] == ["item 3"]
    assert (found.posts[0].external_id or "").startswith("meta-export:1795719600:")
    assert found.archive
    assert [one.text for one in read(INSTAGRAM).posts] == ["The choir", "Two"]


def test_a_zip_of_an_export_is_read_file_by_file() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        posts = "your_facebook_activity/posts/"
        zipped.writestr(f"{posts}your_posts__check_ins__photos_and_videos_1.json",
                        json.dumps(FACEBOOK[:1]))  # fmt: skip
        zipped.writestr(f"{posts}your_posts_2.json", "[{")
        zipped.writestr("messages/inbox/private.json", json.dumps(FACEBOOK))
    found = read(packed.getvalue())
    assert [one.at for one in found.posts] == ["file 1, item 1"]
    assert [one.at for one in found.faults] == ["file 2"]


def test_a_vendors_sheet_is_read_by_its_profile() -> None:
    found = read(VENDOR.encode(), columns=read_columns(PROFILE))
    (post,) = found.posts
    assert (post.at, post.text, post.url) == ("line 3", "The choir\nsang.", "https://fb.example/1")
    assert post.published_at == NOON
    assert [one.at for one in found.faults] == ["line 4"]


@pytest.mark.parametrize(
    "said",
    [
        b"", b"<html><body>Sign in</body></html>", b'{"error": "no"}', b'[{"a": 1}]', b"[1, 2]",
        b"{", b"PK\x03\x04broken", b"\xff\xfe\x00", b"a,b\n1,2\n", b'Video ID\n"open', b"\x00\x00",
    ],
)  # fmt: skip
def test_what_is_no_timeline_is_told(said: bytes) -> None:
    with pytest.raises(TimelineError) as error:
        read(said)
    assert "Sign in" not in str(error.value)


def test_an_empty_timeline_is_one() -> None:
    assert read([]).posts == []
    assert read({"feed": []}).posts == []


@pytest.mark.parametrize(
    "profile",
    [
        b"\xff", b"[columns", b"", b"columns = 1", b"[columns]\npublished_at = 1",
        b'[columns]\npublished_at = "A"', b'[columns]\nurl = "A"',
        b'[columns]\npublished_at = "A"\nurl = "B"\nname = "C"',
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_used_is_told(profile: bytes) -> None:
    with pytest.raises(TimelineError):
        read_columns(profile)


def test_columns_that_are_missing_are_told() -> None:
    with pytest.raises(TimelineError, match="lacks 4"):
        read(b"A,B\n1,2\n", columns=read_columns(PROFILE))
