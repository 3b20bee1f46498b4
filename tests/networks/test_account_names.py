"""Accounts by name and by address: every spelling of one account, and no lookalike of it."""

import unicodedata
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.networks.account_names import (
    AccountName,
    AccountNameError,
    handle_key,
    make_platform_key,
    resolve_account,
)
from app.networks.addresses import make_public_address
from app.networks.hosts import HOSTS, PLATFORM_ALIASES, RESERVED

CHANNEL = "UCaBcDeFgHiJkLmNoPqRsTuV"

SAME_ACCOUNT = [
    ("https://www.facebook.com/ProvoSchools", "facebook", "provoschools"),
    ("https://facebook.com/provo.schools/", "facebook", "provoschools"),
    ("http://m.facebook.com/provoschools?ref=page_internal", "facebook", "provoschools"),
    ("https://mobile.facebook.com/provoschools#top", "facebook", "provoschools"),
    ("https://web.facebook.com/provoschools/?_rdc=1&_rdr", "facebook", "provoschools"),
    ("https://fb.com/provoschools", "facebook", "provoschools"),
    ("https://fb.me/provoschools", "facebook", "provoschools"),
    ("HTTPS://FACEBOOK.COM/PROVOSCHOOLS", "facebook", "provoschools"),
    ("  https://facebook.com/provoschools\n", "facebook", "provoschools"),
    ("https://facebook.com:443/provoschools", "facebook", "provoschools"),
    ("https://facebook.com./provoschools", "facebook", "provoschools"),
    ("facebook.com/provoschools", "facebook", "provoschools"),
    ("https://facebook.com/a/../provoschools", "facebook", "provoschools"),
    ("https://facebook.com/%70rovoschools", "facebook", "provoschools"),
    ("https://facebook.com/provoschools/posts/12345", "facebook", "provoschools"),
    ("https://facebook.com/pg/provoschools/about", "facebook", "provoschools"),
    ("https://facebook.com/profile.php?id=100064&sk=about", "facebook", "id/100064"),
    ("https://facebook.com/people/Provo-High/100064/", "facebook", "id/100064"),
    ("https://facebook.com/pages/Provo-High/100064", "facebook", "id/100064"),
    ("https://facebook.com/p/Provo-High-100064", "facebook", "id/100064"),
    ("https://facebook.com/Provo-High-100064", "facebook", "id/100064"),
    ("https://facebook.com/100064", "facebook", "id/100064"),
    ("https://facebook.com/groups/ProvoParents/posts/1", "facebook", "groups/provoparents"),
    ("https://x.com/ProvoSchools", "x", "provoschools"),
    ("https://twitter.com/provoschools?lang=en", "x", "provoschools"),
    ("https://mobile.twitter.com/@provoschools", "x", "provoschools"),
    ("https://x.com/provoschools/status/1234567890", "x", "provoschools"),
    ("https://www.instagram.com/Provo.Schools/?hl=en", "instagram", "provo.schools"),
    ("https://instagram.com/stories/provo.schools/123", "instagram", "provo.schools"),
    ("https://instagram.com/provo.schools/reel/Cabc", "instagram", "provo.schools"),
    ("https://www.threads.net/@provoschools", "threads", "provoschools"),
    ("https://threads.com/@provoschools/post/Cabc", "threads", "provoschools"),
    ("https://www.tiktok.com/@provo.schools/video/7", "tiktok", "provo.schools"),
    (f"https://youtube.com/channel/{CHANNEL}", "youtube", f"channel/{CHANNEL}"),
    (f"https://m.youtube.com/channel/{CHANNEL}/videos", "youtube", f"channel/{CHANNEL}"),
    ("https://youtube.com/@ProvoSchools", "youtube", "provoschools"),
    ("https://youtube.com/@live", "youtube", "live"),
    ("https://youtube.com/c/ProvoSchools", "youtube", "c/provoschools"),
    ("https://youtube.com/ProvoSchools/videos", "youtube", "c/provoschools"),
    ("https://youtube.com/user/ProvoSchools", "youtube", "user/provoschools"),
    ("https://bsky.app/profile/Provo.bsky.social/post/3k", "bluesky", "provo.bsky.social"),
    ("https://bsky.app/profile/did:plc:abc234", "bluesky", "did:plc:abc234"),
    ("https://www.linkedin.com/company/provo-schools/posts/", "linkedin", "company/provo-schools"),
    ("https://linkedin.com/school/provo-schools", "linkedin", "school/provo-schools"),
    ("https://linkedin.com/showcase/provo-schools", "linkedin", "showcase/provo-schools"),
    ("https://linkedin.com/in/provo-schools", "linkedin", "in/provo-schools"),
    ("https://www.pinterest.com/provoschools/art-club/", "pinterest", "provoschools"),
    ("https://pinterest.co.uk/provoschools", "pinterest", "provoschools"),
    ("https://www.snapchat.com/add/provoschools", "snapchat", "provoschools"),
    ("https://snapchat.com/@provoschools", "snapchat", "provoschools"),
    ("https://vimeo.com/provoschools", "vimeo", "provoschools"),
    ("https://vimeo.com/channels/provoschools", "vimeo", "channels/provoschools"),
    ("https://www.flickr.com/photos/provoschools/5123", "flickr", "provoschools"),
    ("https://flickr.com/people/12345@N01/", "flickr", "12345@n01"),
    ("https://nextdoor.com/pages/provo-schools", "nextdoor", "pages/provo-schools"),
    ("https://es.linkedin.com/school/provo", "linkedin", "school/provo"),
    ("https://uk.linkedin.com/in/provo", "linkedin", "in/provo"),
    ("https://es-la.facebook.com/provo", "facebook", "provo"),
    ("https://pt-br.facebook.com/profile.php?id=100064", "facebook", "id/100064"),
    ("https://DE-DE.facebook.com/provo", "facebook", "provo"),
    ("https://fr.facebook.com./provo", "facebook", "provo"),
    ("https://br.pinterest.com/provo", "pinterest", "provo"),
    ("https://www.pinterest.com.ec/provo", "pinterest", "provo"),
    ("https://m.pinterest.com/provo", "pinterest", "provo"),
    ("https://es.youtube.com/user/provo", "youtube", "user/provo"),
    ("https://music.youtube.com/@provo", "youtube", "provo"),
    ("https://es.nextdoor.com/pages/provo", "nextdoor", "pages/provo"),
    ("https://nextdoor.co.uk/pages/provo", "nextdoor", "pages/provo"),
    ("https://old.reddit.com/r/Provo/comments/1", "reddit", "r/provo"),
    ("https://es.reddit.com/u/Provo", "reddit", "user/provo"),
    ("https://www.reddit.com/user/provo/", "reddit", "user/provo"),
    ("https://mastodon.social/@Provo", "mastodon", "provo@mastodon.social"),
    ("https://mastodon.social/@provo@utah.example/9", "mastodon", "provo@utah.example"),
]

# What a browser opens at these is not a platform of the table: another account, clause 2.
ELSEWHERE = [
    ("https://evilfacebook.com/provoschools", "https://evilfacebook.com/provoschools"),
    ("https://facebook.com.evil.example/provo", "https://facebook.com.evil.example/provo"),
    ("https://facebook.com@evil.example/provo", "https://facebook.com:@evil.example/provo"),
    ("https://user@facebook.com/provo", "https://user:@facebook.com/provo"),
    ("https://facebook.com:8443/provo", "https://facebook.com:8443/provo"),
    ("https://f\u0430cebook.com/provo", "https://xn--fcebook-2fg.com/provo"),
    ("https://facebook.com%2eevil.example/x", "https://facebook.com.evil.example/x"),
    ("https://facebook.co/provo", "https://facebook.co/provo"),
    ("https://evil.example/https://facebook.com/x", "https://evil.example/https://facebook.com/x"),
    ("https://evil.example/?u=facebook.com", "https://evil.example?u=facebook.com"),
    ("https://sub.bsky.app/profile/x.example", "https://sub.bsky.app/profile/x.example"),
    ("https://evil.x.com/provo", "https://evil.x.com/provo"),
    ("https://api.vimeo.com/provo", "https://api.vimeo.com/provo"),
    ("https://business.facebook.com/provo", "https://business.facebook.com/provo"),
    ("https://px.linkedin.com/in/provo", "https://px.linkedin.com/in/provo"),
    ("https://ai.facebook.com/provo", "https://ai.facebook.com/provo"),
    ("https://qq.x.com/provo", "https://qq.x.com/provo"),
    ("https://es-evil.x.com/provo", "https://es-evil.x.com/provo"),
    ("https://es-evil-x.x.com/provo", "https://es-evil-x.x.com/provo"),
    ("https://es-4190.x.com/provo", "https://es-4190.x.com/provo"),
    ("https://es-419.evil.example/provo", "https://es-419.evil.example/provo"),
    ("https://es.mastodon.social/provo", "https://es.mastodon.social/provo"),
    ("https://es.facebook.com.evil.example/provo", "https://es.facebook.com.evil.example/provo"),
    ("https://es-xfacebook.com/provo", "https://es-xfacebook.com/provo"),
    ("https://esp.facebook.com/provo", "https://esp.facebook.com/provo"),
    ("https://e1.facebook.com/provo", "https://e1.facebook.com/provo"),
    ("https://es.es.facebook.com/provo", "https://es.es.facebook.com/provo"),
    ("https://lm.facebook.com/provo", "https://lm.facebook.com/provo"),
    ("https://tv.youtube.com/@provo", "https://tv.youtube.com/@provo"),
    ("http://Padlet.example:80/Provo/?utm_source=x#top", "https://padlet.example/Provo"),
    ("https://padlet.example./Provo//", "https://padlet.example/Provo"),
    ("https://padlet.example/w?id=1&fbclid=9&tab=2", "https://padlet.example/w?id=1&tab=2"),
    ("https://app.example/#/board/7", "https://app.example#/board/7"),
    ("https://[2001:db8::1]/provo", "https://[2001:db8::1]/provo"),
    ("http://evil.example:443/x", "http://evil.example:443/x"),
]

NO_ACCOUNT = [
    "",
    "   ",
    "provo",
    "/provo",
    "//facebook.com/provo",
    "https://",
    "https://./x",
    "https://a..b/x",
    "http://facebook.com:99999/x",
    "javascript:alert(1)//facebook.com/provo",
    "data:text/html,https://facebook.com/provo",
    "ftp://facebook.com/provo",
    "file:///facebook.com/provo",
    "blob:https://facebook.com/provo",
    "mailto:provo@facebook.com",
    "https:facebook.com/provo",
    "https:///facebook.com/provo",
    "https://face\tbook.com/provo",
    "https://face\nbook.com/provo",
    "https://facebook.com/pro\0vo",
    "https://facebook.com/\ud800",
    "https://facebook.com\\@evil.example/provo",
    "https:\\\\facebook.com\\provo",
    "https://evil.example\\@facebook.com/provo",
    "https://evil.example/pro\tvo",
    "https://%66acebook.com/provo",
    "https://\uff46acebook.com/provo",
    "https://facebook\u3002com/provo",
    "https://faceboo\u212a.com/provo",
    "https://facebook.com/pr\u043evo",
    "https://facebook.com/pr%D0%BEvo",
    "https://facebook.com/\uff50rovo",
    "https://facebook.com/pro%2Fvo",
    "https://facebook.com/pro%252Evo",
    "https://facebook.com/pro%00vo",
    "https://facebook.com/pro%ffvo",
    "https://facebook.com",
    "https://facebook.com/share/p/1abc",
    "https://facebook.com/sharer.php?u=https://facebook.com/provo",
    "https://facebook.com/profile.php",
    "https://facebook.com/profile.php?id=1&id=2",
    "https://facebook.com/watch/?v=1",
    "https://facebook.com/reel/123",
    "https://facebook.com/events/123",
    "https://facebook.com/hashtag/provo",
    "https://facebook.com/story.php?story_fbid=1&id=2",
    "https://facebook.com/groups/",
    "https://facebook.com/...",
    "https://fb.me/e/1abc",
    "https://fb.watch/abc",
    "https://x.com/home",
    "https://x.com/intent/post?text=hi",
    "https://x.com/i/web/status/1",
    "https://x.com/hashtag/provo",
    "https://twitter.com/share",
    "https://t.co/abc",
    "https://instagram.com/p/Cabc/",
    "https://instagram.com/reel/Cabc/",
    "https://instagram.com/explore/",
    "https://instagram.com/stories/highlights/1",
    "https://tiktok.com/provo",
    "https://vm.tiktok.com/ZM/",
    "https://youtu.be/dQw4w9WgXcQ",
    "https://youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com/shorts/dQw4w9WgXcQ",
    "https://youtube.com/playlist?list=PL1",
    "https://youtube.com/channel/UCshort",
    f"https://youtube.com/channel/{CHANNEL.lower()}",
    "https://bsky.app/search?q=provo",
    "https://linkedin.com/feed/",
    "https://linkedin.com/provo",
    "https://pinterest.com/pin/123",
    "https://vimeo.com/76979871",
    "https://flickr.com/explore",
    "https://mastodon.social/about",
    "https://facebook.com/" + "a" * 201,
    "https://evil.example/" + "a" * 2000,
    "https://evil.example/" + "\u00e9" * 700,
]

HANDLES = [
    ("Twitter", "@ProvoSchools", "x", "provoschools"),
    ("X (formerly Twitter)", "ProvoSchools", "x", "provoschools"),
    ("X / Twitter", "ProvoSchools", "x", "provoschools"),
    (" FB ", "Provo.Schools", "facebook", "provoschools"),
    ("meta", "100064", "facebook", "id/100064"),
    ("facebook", "Provo-High-100064", "facebook", "id/100064"),
    ("facebook_page", "groups/Provo.Parents", "facebook", "groups/provo.parents"),
    ("ig", "@Provo.Schools", "instagram", "provo.schools"),
    ("insta", "provoschools", "instagram", "provoschools"),
    ("YT", "@ProvoSchools", "youtube", "provoschools"),
    ("YouTube", CHANNEL, "youtube", f"channel/{CHANNEL}"),
    ("YouTube", f"@{CHANNEL}", "youtube", CHANNEL.lower()),
    ("youtube", f"channel/{CHANNEL}", "youtube", f"channel/{CHANNEL}"),
    ("youtube", "c/Provo", "youtube", "c/provo"),
    ("youtube", "user/Provo", "youtube", "user/provo"),
    ("bsky", "@Provo.example", "bluesky", "provo.example"),
    ("Bluesky", "provo", "bluesky", "provo.bsky.social"),
    ("Mastodon", "@Provo@Utah.example", "mastodon", "provo@utah.example"),
    ("Linked In", "provo-schools", "linkedin", "company/provo-schools"),
    ("linkedin", "in/Provo", "linkedin", "in/provo"),
    ("reddit", "/r/Provo", "reddit", "r/provo"),
    ("Reddit", "u/Provo", "reddit", "user/provo"),
    ("reddit", "provo", "reddit", "r/provo"),
    ("YouTube", "@\u5b66\u6821\u4e2d\u6587", "youtube", "\u5b66\u6821\u4e2d\u6587"),
    ("YouTube", "hill\u00b7escuela", "youtube", "hill\u00b7escuela"),
    ("YouTube", "@JOS\u00c9", "youtube", "jos\u00e9"),
    ("YouTube", "@Jose\u0301", "youtube", "jos\u00e9"),
    ("YouTube", "@\u0428\u043a\u043e\u043b\u0430", "youtube", "\u0448\u043a\u043e\u043b\u0430"),
    (
        "YouTube",
        "@\u0e42\u0e23\u0e07\u0e40\u0e23\u0e35\u0e22\u0e19",
        "youtube",
        "\u0e42\u0e23\u0e07\u0e40\u0e23\u0e35\u0e22\u0e19",
    ),
    (
        "YouTube",
        "@\u0645\u062f\u0631\u0633\u0629\u0661",
        "youtube",
        "\u0645\u062f\u0631\u0633\u0629\u0661",
    ),
    ("YouTube", "c/\u306d\u3053", "youtube", "c/\u306d\u3053"),
    ("LinkedIn", "in/Jos\u00c9-Garc\u00eda", "linkedin", "in/jos\u00e9-garc\u00eda"),
    ("ParentSquare", "Provo  High", "parentsquare", "Provo High"),
    ("Google   Classroom", "@aBc", "google-classroom", "aBc"),
]

NO_HANDLES = [
    ("facebook", "pr\u043evo"),
    ("facebook", "\uff50rovo"),
    ("facebook", "watch"),
    ("facebook", "wat.ch"),
    ("facebook", "home.php"),
    ("facebook", "1.2"),
    ("x", "home"),
    ("x", "provo schools"),
    ("x", "provo-schools"),
    ("x", "@@provo"),
    ("x", "\u212aevin"),
    ("instagram", "\u017fchool"),
    ("instagram", "provo\u200bschools"),
    ("tiktok", ""),
    ("tiktok", "@"),
    ("threads", "a/b"),
    ("youtube", "channel/UCshort"),
    ("youtube", "@c/provo"),
    ("youtube", "c/watch"),
    ("youtube", "C/watch"),
    ("youtube", "pro\u212avo"),
    ("youtube", "pro\u200bvo"),
    ("youtube", "pro\ufe0fvo"),
    ("youtube", "pro\u3164vo"),
    ("youtube", "pro\u202evo"),
    ("youtube", "\u0301provo"),
    ("youtube", "provo\U0001f393"),
    ("youtube", "provo schools"),
    ("youtube", "user/\u306d\u3053"),
    ("linkedin", "in/-provo"),
    ("linkedin", "in/pro\u200dvo"),
    ("reddit", "r/pro vo"),
    ("reddit", "x/provo"),
    ("bluesky", "provo..example"),
    ("mastodon", "provo"),
    ("vimeo", "76979871"),
    ("padlet", "pro\u202evo"),
    ("padlet", "@@provo"),
    ("padlet", "a\nb"),
    ("padlet", "\ud800"),
    ("padlet", "a" * 201),
]


@pytest.mark.parametrize(("url", "platform", "handle"), SAME_ACCOUNT)
def test_address_of_an_account(url: str, platform: str, handle: str) -> None:
    assert resolve_account(None, None, url) == AccountName(platform, handle, None)


# Paths that name the account `provo`, by a host of each network.
EACH_NETWORK = [
    ("facebook.com/provo", "facebook", "provo"),
    ("x.com/provo", "x", "provo"),
    ("twitter.com/provo", "x", "provo"),
    ("instagram.com/provo", "instagram", "provo"),
    ("threads.net/@provo", "threads", "provo"),
    ("tiktok.com/@provo", "tiktok", "provo"),
    ("youtube.com/@provo", "youtube", "provo"),
    ("bsky.app/profile/provo.example", "bluesky", "provo.example"),
    ("linkedin.com/in/provo", "linkedin", "in/provo"),
    ("pinterest.com/provo", "pinterest", "provo"),
    ("pinterest.co.uk/provo", "pinterest", "provo"),
    ("snapchat.com/add/provo", "snapchat", "provo"),
    ("vimeo.com/provo", "vimeo", "provo"),
    ("flickr.com/photos/provo", "flickr", "provo"),
    ("nextdoor.com/pages/provo", "nextdoor", "pages/provo"),
    ("reddit.com/r/provo", "reddit", "r/provo"),
]
LOCALES = ["es", "es-419", "pt-br", "zh-hans", "zh-Hant-TW", "br", "EN-gb", "sr-latn"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("address", "platform", "handle"), EACH_NETWORK)
def test_a_language_before_a_host_changes_nothing(
    locale: str, address: str, platform: str, handle: str
) -> None:
    name = resolve_account(None, None, f"https://{locale}.{address}")
    assert name == AccountName(platform, handle, None)


def test_every_network_with_hosts_is_tried() -> None:
    assert {platform for _, platform, _ in EACH_NETWORK} == {*HOSTS.values()} - {"mastodon"}


@pytest.mark.parametrize(("url", "alias"), ELSEWHERE)
def test_any_other_host_is_an_account_of_another_kind(url: str, alias: str) -> None:
    assert resolve_account(None, None, url) == AccountName(None, None, ("url", alias))


@pytest.mark.parametrize("url", NO_ACCOUNT)
def test_address_of_no_account(url: str) -> None:
    with pytest.raises(AccountNameError, match=r"^url: [ -~]+$") as error:
        resolve_account(None, None, url)
    assert error.value.field == "url"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize(("platform", "handle", "key", "name"), HANDLES)
def test_platform_and_handle(platform: str, handle: str, key: str, name: str) -> None:
    assert resolve_account(platform, handle, None) == AccountName(key, name, None)


@pytest.mark.parametrize(("platform", "handle"), NO_HANDLES)
def test_handle_of_no_account(platform: str, handle: str) -> None:
    with pytest.raises(AccountNameError, match=r"^handle: "):
        resolve_account(platform, handle, None)


@pytest.mark.parametrize("platform", ["", "  ", "-", "/", "\u200b", "a\0b", "\ud800", "f" * 101])
def test_no_platform(platform: str) -> None:
    with pytest.raises(AccountNameError, match=r"^platform: "):
        make_platform_key(platform)


@pytest.mark.parametrize(
    "platform", ["f\u0430cebook", "\uff46acebook", "tik\u212aok", "in\u017fta"]
)
def test_a_lookalike_platform_is_another_one(platform: str) -> None:
    assert make_platform_key(platform) not in {*HOSTS.values(), *PLATFORM_ALIASES}


@pytest.mark.parametrize(
    ("platform", "handle", "url", "name"),
    [
        ("fb", "@ProvoSchools", "https://fb.com/provo.schools", ("facebook", "provoschools")),
        ("facebook", None, "https://fb.com/provo", ("facebook", "provo")),
        ("linkedin", "provo", "https://linkedin.com/school/provo", ("linkedin", "school/provo")),
        ("youtube", "Provo", "https://youtube.com/c/provo", ("youtube", "c/provo")),
        ("mastodon", "@provo", "https://mstdn.social/@provo", ("mastodon", "provo@mstdn.social")),
    ],
)  # fmt: skip
def test_both_name_one_account(
    platform: str, handle: str | None, url: str, name: tuple[str, str]
) -> None:
    assert resolve_account(platform, handle, url) == AccountName(*name, None)


@pytest.mark.parametrize(
    ("platform", "handle", "url"),
    [
        ("facebook", "provo", "https://facebook.com/orem"),
        ("facebook", "provo", "https://x.com/provo"),
        ("facebook", None, "https://x.com/provo"),
        ("facebook", "provo", "https://evilfacebook.com/provo"),
        ("padlet", "provo", "https://facebook.com/provo"),
        ("youtube", "@provo", "https://youtube.com/c/provo"),
        ("youtube", CHANNEL, f"https://youtube.com/@{CHANNEL}"),
        ("linkedin", "in/provo", "https://linkedin.com/company/provo"),
        ("mastodon", "orem@mastodon.social", "https://mastodon.social/@provo"),
        ("mastodon", "provo", "https://user@mastodon.social/@provo"),
    ],
)
def test_two_accounts_are_none(platform: str, handle: str | None, url: str) -> None:
    with pytest.raises(AccountNameError):
        resolve_account(platform, handle, url)


@pytest.mark.parametrize(
    ("platform", "handle", "url", "field"),
    [
        (None, None, None, "platform"),
        (None, "provo", None, "platform"),
        (None, "provo", "https://fb.com/provo", "platform"),
        ("facebook", None, None, "handle"),
    ],
)
def test_what_is_missing_is_named(
    platform: str | None, handle: str | None, url: str | None, field: str
) -> None:
    with pytest.raises(AccountNameError) as error:
        resolve_account(platform, handle, url)
    assert error.value.field == field


def test_an_unknown_tool_keeps_both_of_its_names() -> None:
    alias = ("url", "https://padlet.example/provo")
    name = resolve_account("Padlet", "Provo", "https://padlet.example/provo/")
    assert name == AccountName("padlet", "Provo", alias)
    assert resolve_account("Padlet", None, "https://padlet.example/provo").alias == alias


def test_any_instance_is_mastodon_when_the_caller_says_so() -> None:
    name = resolve_account("mastodon", "provo", "https://utah.example/@Provo")
    alias = ("url", "https://utah.example/@Provo")
    assert name == AccountName("mastodon", "provo@utah.example", alias)


def test_the_tables_are_in_the_form_they_are_compared_in() -> None:
    for word, platform in PLATFORM_ALIASES.items():
        assert make_platform_key(word) == platform == make_platform_key(platform)
    for words in RESERVED.values():
        assert all(word == word.lower() for word in words)


ALPHABET = st.sampled_from("aZ09@._-/%:?#& \\\t\u0430\uff41\u212a\u017f\u200b\u202e\ud800é🎓")
NAMES = st.text(ALPHABET, max_size=20) | st.text(st.characters(), max_size=20)
PLATFORMS = st.sampled_from(sorted({*HOSTS.values(), *PLATFORM_ALIASES, "padlet"})) | NAMES
HOST_LIKE = st.sampled_from([*HOSTS, "evil.example", "youtu.be"]) | NAMES
SCHEMES = st.sampled_from(["https://", "http://", "//", "", "javascript:"])
PATHS = st.sampled_from(["", "/", "/@", "/channel/", "/company/", "@", ":8443/"])
URLS = st.builds("{}{}{}{}".format, SCHEMES, HOST_LIKE, PATHS, NAMES) | NAMES


@pytest.mark.parametrize(
    "name", ["\u5b66\u6821\u4e2d\u6587", "hill\u00b7escuela", "jos\u00e9", "jose\u0301"]
)
@pytest.mark.parametrize("host", ["www.youtube.com", "m.youtube.com"])
def test_a_name_beyond_ascii_is_one_in_every_form(name: str, host: str) -> None:
    key = unicodedata.normalize("NFC", name)
    expected = AccountName("youtube", key, None)
    for path in (f"@{name}", f"%40{quote(name)}", f"@{quote(name)}/videos", f"@{name.upper()}"):
        assert resolve_account(None, None, f"https://{host}/{path}") == expected
    assert resolve_account("youtube", name, f"https://{host}/@{quote(name)}") == expected
    address = make_public_address("youtube", key)
    assert address is not None
    assert resolve_account(None, None, address) == expected


def test_a_letter_of_another_script_is_another_account() -> None:
    assert handle_key("youtube", "pr\u043evo") != handle_key("youtube", "provo")
    assert handle_key("youtube", "\uff50rovo") != handle_key("youtube", "provo")


@given(PLATFORMS, NAMES)
def test_the_key_of_a_key_is_itself(platform: str, handle: str) -> None:
    try:
        name = resolve_account(platform, handle, None)
    except AccountNameError:
        return
    assert resolve_account(name.platform, name.handle_key, None) == name


@given(URLS)
def test_an_address_resolves_once_and_for_all(url: str) -> None:
    try:
        name = resolve_account(None, None, url)
    except AccountNameError:
        return
    if name.alias is None:
        assert name == resolve_account(name.platform, name.handle_key, None)
    else:
        assert name == resolve_account(None, None, name.alias[1])


@given(st.none() | PLATFORMS, st.none() | NAMES, st.none() | URLS)
def test_nothing_but_one_kind_of_error(
    platform: str | None, handle: str | None, url: str | None
) -> None:
    with suppress(AccountNameError):
        resolve_account(platform, handle, url)


@given(st.from_regex(r"[a-z0-9]{1,9}(\.[a-z0-9]{1,9}){1,2}", fullmatch=True), NAMES)
def test_a_host_outside_the_table_is_no_platform(host: str, path: str) -> None:
    for dressed in (host, f"facebook.com.{host}", f"facebook-{host}", f"facebook.com@{host}"):
        try:
            name = resolve_account(None, None, f"https://{dressed}/{path}")
        except AccountNameError:
            continue
        assert name.platform is None or host in HOSTS


@given(st.text(st.characters(min_codepoint=128), min_size=1, max_size=5))
def test_no_letter_beyond_ascii_becomes_an_ascii_one(odd: str) -> None:
    for platform in set(HOSTS.values()) - {"youtube", "linkedin"}:
        with pytest.raises(AccountNameError):
            handle_key(platform, f"pro{odd}vo")
    for platform in ("youtube", "linkedin"):
        with suppress(AccountNameError):
            key = handle_key(platform, f"pro{odd}vo")
            assert not key.isascii()
            assert key == handle_key(platform, key) == unicodedata.normalize("NFC", key)
