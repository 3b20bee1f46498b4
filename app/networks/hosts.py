"""Social networks: their names, their hosts, and the paths that are accounts.

Plain data, read by `app.networks.account_names`. A host that is not here is no platform's,
however it looks: hosts are compared whole, never by their beginning or end. Clause 2 takes in any
online tool, so a platform or a host that is missing here is still an account, only one without
aliases.
"""

import re

from app.networks.locales import is_locale

# Names that people and scheduling tools write, in the form of `make_platform_key`.
PLATFORM_ALIASES = {
    "twitter": "x",
    "x-twitter": "x",
    "twitter-x": "x",
    "x-(twitter)": "x",
    "x-(formerly-twitter)": "x",
    "x.com": "x",
    "twitter.com": "x",
    "fb": "facebook",
    "meta": "facebook",
    "facebook.com": "facebook",
    "facebook-page": "facebook",
    "facebook-group": "facebook",
    "facebookpage": "facebook",
    "facebookgroup": "facebook",
    "ig": "instagram",
    "insta": "instagram",
    "instagram.com": "instagram",
    "instagram-business": "instagram",
    "instagram-standalone": "instagram",
    "instagrambusiness": "instagram",
    "yt": "youtube",
    "you-tube": "youtube",
    "youtube.com": "youtube",
    "youtube-channel": "youtube",
    "youtubechannel": "youtube",
    "bsky": "bluesky",
    "bsky.app": "bluesky",
    "tik-tok": "tiktok",
    "tiktok.com": "tiktok",
    "tiktok-business": "tiktok",
    "tiktokbusiness": "tiktok",
    "linked-in": "linkedin",
    "linkedin.com": "linkedin",
    "linkedin-page": "linkedin",
    "linkedin-company": "linkedin",
    "linkedincompany": "linkedin",
    "threads.net": "threads",
    "threads.com": "threads",
    "snap": "snapchat",
    "snap-chat": "snapchat",
    "next-door": "nextdoor",
    "reddit.com": "reddit",
    "subreddit": "reddit",
}

_BARE_AND_WWW = ("", "www.")
_MOBILE = ("", "www.", "m.", "mobile.")
_PINTEREST_ENDS = (
    "com", "ca", "co.uk", "uk", "ie", "com.au", "nz", "co.nz", "com.mx", "mx", "de", "at", "co.at",
    "ch", "fr", "be", "nl", "es", "it", "pt", "dk", "se", "hu", "ru", "cl", "co", "ec", "com.ec",
    "pe", "com.pe", "com.bo", "com.py", "com.uy", "uy", "ph", "id", "in", "co.in", "th", "tw", "vn",
    "com.vn", "jp", "kr", "co.kr", "us", "info",
)  # fmt: skip
_SITES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("facebook", ("facebook.com",), (*_MOBILE, "web.", "touch.", "mbasic.")),
    ("facebook", ("fb.com", "fb.me"), _MOBILE),
    ("x", ("x.com", "twitter.com"), _MOBILE),
    ("instagram", ("instagram.com", "instagr.am"), _MOBILE),
    ("threads", ("threads.com", "threads.net"), _BARE_AND_WWW),
    ("tiktok", ("tiktok.com",), _MOBILE),
    ("youtube", ("youtube.com",), (*_MOBILE, "music.")),
    ("bluesky", ("bsky.app",), _BARE_AND_WWW),
    ("linkedin", ("linkedin.com",), _MOBILE),
    ("pinterest", tuple(f"pinterest.{end}" for end in _PINTEREST_ENDS), _MOBILE),
    ("snapchat", ("snapchat.com",), _BARE_AND_WWW),
    ("vimeo", ("vimeo.com",), _MOBILE),
    ("flickr", ("flickr.com",), _MOBILE),
    ("nextdoor", ("nextdoor.com", "nextdoor.co.uk", "nextdoor.com.au"), _MOBILE),
    ("reddit", ("reddit.com",), (*_MOBILE, "old.", "new.", "np.", "i.", "amp.")),
    ("mastodon", ("mastodon.social", "mastodon.online", "mstdn.social"), ("",)),
)
HOSTS = {sub + site: key for key, sites, subs in _SITES for site in sites for sub in subs}
PLATFORMS_WITH_HOSTS = frozenset(HOSTS.values())
# Each Mastodon host has an owner: a host below it is another's.
_LOCALIZED = {site: key for key, sites, _ in _SITES for site in sites if key != "mastodon"}


def find_platform(host: str) -> str | None:
    """Return the platform of a host, compared as a whole; None where it is of none."""
    if known := HOSTS.get(host):
        return known
    first, _, site = host.partition(".")
    return _LOCALIZED.get(site) if is_locale(first) else None


# Hosts of known platforms that lead to a post or anywhere else, never to an account by name.
SHORT_LINK_HOSTS = frozenset(
    {"youtu.be", "fb.watch", "vm.tiktok.com", "vt.tiktok.com", "pin.it", "lnkd.in", "flic.kr",
     "t.co", "t.snapchat.com", "redd.it"}
)  # fmt: skip

_TABS = "featured|videos|shorts|streams|live|playlists|community|channels|about"
# Per platform: what a path (no slash at either end) must be, and the handle that it then names.
_ROUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "facebook": (
        (r"(?:profile|people/[^/]+|pages/[^/]+)/(\d+)(?:/.*)?", r"id/\1"),
        (r"(?:p/|pages/category/[^/]+/)?[^/]*-(\d{5,})(?:/.*)?", r"id/\1"),
        (r"(groups/[^/]+)(?:/.*)?", r"\1"),
        (r"(?:pg/)?([^/]+)(?:/.*)?", r"\1"),
    ),
    "x": ((r"@?([^/@]+)(?:/.*)?", r"\1"),),
    "instagram": (
        (r"stories/(?!highlights/)([^/]+)(?:/.*)?", r"\1"),
        (r"([^/]+)(?:/.*)?", r"\1"),
    ),
    "threads": ((r"@([^/]+)(?:/.*)?", r"\1"),),
    "tiktok": ((r"@([^/]+)(?:/.*)?", r"\1"),),
    "youtube": (
        (r"(@[^/]+)(?:/.*)?", r"\1"),
        (r"((?:channel|c|user)/[^/]+)(?:/.*)?", r"\1"),
        (rf"([^/@]+)(?:/(?:{_TABS}))?", r"c/\1"),
    ),
    "bluesky": ((r"profile/([^/]+)(?:/.*)?", r"\1"),),
    "linkedin": ((r"((?:company|school|showcase|in|groups)/[^/]+)(?:/.*)?", r"\1"),),
    "pinterest": ((r"([^/]+)(?:/.*)?", r"\1"),),
    "snapchat": ((r"(?:add/|@)([^/]+)(?:/.*)?", r"\1"),),
    "vimeo": ((r"(channels/[^/]+)(?:/.*)?", r"\1"), (r"([^/]+)(?:/.*)?", r"\1")),
    "flickr": (
        (r"(groups/[^/]+)(?:/.*)?", r"\1"),
        (r"(?:photos|people)/([^/]+)(?:/.*)?", r"\1"),
    ),
    "nextdoor": ((r"((?:pages|agency|profile)/[^/]+)(?:/.*)?", r"\1"),),
    "reddit": (
        (r"(r/[^/]+)(?:/.*)?", r"\1"),
        (r"(?:u|user)/([^/]+)(?:/.*)?", r"user/\1"),
    ),
    "mastodon": ((r"(?:@|users/)([^/]+)(?:/.*)?", r"\1"),),
}
ROUTES = {
    key: tuple((re.compile(path, re.ASCII | re.IGNORECASE), name) for path, name in routes)
    for key, routes in _ROUTES.items()
}

# First words of paths that the sites keep for themselves: no account's name.
RESERVED: dict[str, frozenset[str]] = {
    key: frozenset(words.split())
    for key, words in {
        "facebook": "about ads bookmarks business careers checkpoint dialog directory donate "
        "events friends fundraisers gaming groups hashtag help home legal lite live login "
        "marketplace me media memories messages notifications onthisday pages people permalink "
        "pg photo photos plugins policies policy posts privacy profile public recover reel reels "
        "reg saved search settings share sharer stories story terms tr video videos watch",
        "x": "about account compose download explore hashtag help home i intent jobs login logout "
        "messages notifications oauth privacy search settings share signup tos who_to_follow",
        "instagram": "about accounts api challenge create developer developers direct directory "
        "emails explore graphql inbox legal locations oauth p privacy reel reels session share "
        "stories tv web",
        "youtube": "about account ads attribution_link c channel channels clip creators e embed "
        "feed gaming hashtag iframe_api kids live logout movies music oembed opensearch playlist "
        "post premium redirect results shorts signin source t trending tv upload user v watch yt",
        "pinterest": "about business categories explore ideas login news_hub pin pins "
        "resource search settings signup today topics videos",
        "vimeo": "about api blog categories channels create enterprise event features groups help "
        "join log_in login manage ondemand privacy search settings showcase solutions stock terms "
        "upload watch",
        "flickr": "tags upload",
    }.items()
}
