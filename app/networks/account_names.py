"""The account a caller means: platform and handle, or address, in one comparable form.

Handles are compared in the platform's own alphabet, without regard to capitals: a letter that
merely looks like another is never turned into it, so a lookalike can match no registered account.
Addresses are read by a WHATWG URL parser (https://url.spec.whatwg.org), as a browser would open
them, and matched whole against `app.networks.hosts` (clause 2).
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from ada_url import URL

from app.networks.handles import ASCII_LOWER, CHANNEL, read_handle
from app.networks.hosts import (
    PLATFORM_ALIASES,
    PLATFORMS_WITH_HOSTS,
    ROUTES,
    SHORT_LINK_HOSTS,
    find_platform,
)

PLATFORM_MAX = 100
HANDLE_MAX = 200
URL_MAX = 2000

_GAPS = re.compile(r"[\s_/-]+")
_NO_SCHEME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+([/?#]|$)", re.ASCII | re.IGNORECASE)
_TRACKING = re.compile(r"(utm_\w+|fbclid|gclid|igsh|igshid|mc_cid|mc_eid)(=|$)", re.ASCII)


class AccountNameError(ValueError):
    """The account is unclear from the input. `field` is `platform`, `handle` or `url`.

    The message names the field and never repeats what was in it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account in comparable form: `platform` with `handle_key`, or an `alias`.

    Both are set where the caller gave platform and handle and an address that no known host
    explains. That is a registration of both; nothing says that the two are one account.
    """

    platform: str | None
    handle_key: str | None
    alias: tuple[str, str] | None


def make_platform_key(text: str) -> str:
    """Return the canonical platform: `x` for `Twitter`; others trimmed, lower-case, hyphenated.

    Raises AccountNameError when `text` is empty, too long or has characters no name has.
    """
    if len(text) > PLATFORM_MAX:
        raise AccountNameError("platform", f"is longer than {PLATFORM_MAX} characters")
    key = _GAPS.sub("-", text.strip()).strip("-").translate(ASCII_LOWER)
    if not key or not key.isprintable():
        raise AccountNameError("platform", "must be the name of a platform, such as facebook")
    return PLATFORM_ALIASES.get(key, key)


def resolve_account(platform: str | None, handle: str | None, url: str | None) -> AccountName:
    """Return the account that platform and handle, an address, or all of them name together.

    An address with a host of the table gives its platform and handle. Any other is an account
    of another kind, known by the alias `("url", …)`. A handle may leave out what the address
    says more exactly (`provo` beside `linkedin.com/school/provo`).

    Raises AccountNameError when nothing, no account or two accounts are named.
    """
    stated = None if platform is None else make_platform_key(platform)
    if url is not None:
        return _resolve_url(stated, handle, url)
    if stated is None:
        raise AccountNameError("platform", "is needed with a handle, or else a url")
    if handle is None:
        raise AccountNameError("handle", "is needed beside a platform, or else a url")
    return AccountName(stated, handle_key(stated, handle), None)


def _resolve_url(stated: str | None, handle: str | None, url: str) -> AccountName:
    if handle is not None and stated is None:
        raise AccountNameError("platform", "is needed beside a handle")
    read = _read_url(url, stated)
    if stated is not None and read.platform is None and stated in PLATFORMS_WITH_HOSTS:
        raise AccountNameError("url", "is not an address of the stated platform")
    if stated is not None and read.platform not in (None, stated):
        raise AccountNameError("url", "belongs to another platform than the stated one")
    if stated is None or handle is None:
        return read
    if read.handle_key is None:
        return AccountName(stated, handle_key(stated, handle), read.alias)
    if not _is_same_handle(stated, handle, read.handle_key):
        raise AccountNameError("url", "and handle do not name the same account; send one of them")
    return read


def handle_key(platform: str, handle: str, field: str = "handle") -> str:
    """Return `handle` as `platform` (a platform key) compares it, without its leading `@`.

    Kinds that share names are kept apart by a prefix: `channel/`, `c/` and `user/` on YouTube,
    `id/` and `groups/` on Facebook, `company/` (also for a bare name), `school/`, `showcase/`,
    `in/` and `groups/` on LinkedIn, `r/` (also for a bare name) and `user/` on Reddit.
    Raises AccountNameError, naming `field`.
    """
    if len(handle) > HANDLE_MAX:
        raise AccountNameError(field, f"is longer than {HANDLE_MAX} characters")
    key = read_handle(platform, handle.strip())
    if not key:
        raise AccountNameError(field, "names no account that this platform could have")
    return key


def _is_same_handle(platform: str, handle: str, read_key: str) -> bool:
    bare = handle.strip().translate(ASCII_LOWER)
    kind, _, name = read_key.rpartition("/")
    if kind and name == bare and not CHANNEL.fullmatch(handle.strip()):
        return True
    if platform == "mastodon" and read_key.partition("@")[0] == bare.removeprefix("@"):
        return True
    return handle_key(platform, handle) == read_key


def _read_url(text: str, stated: str | None) -> AccountName:
    url, plain = parse_address(text)
    host = ".".join(_split_labels(url))
    if host in SHORT_LINK_HOSTS:
        raise AccountNameError("url", "is a short link; send the address of the account")
    bare = not (url.username or url.password or url.port)
    platform = find_platform(host) if bare else None
    if platform and not plain:
        raise AccountNameError("url", "must have its host written in plain letters")
    alias = None if platform else ("url", write_plain_address(url, host))
    # The instances of Mastodon are without number: there the caller's word tells the platform.
    if platform or (bare and stated == "mastodon"):
        platform = platform or "mastodon"
        return AccountName(platform, _find_handle(platform, host, url), alias)
    return AccountName(None, None, alias)


def parse_address(text: str) -> tuple[URL, bool]:
    """Return the parsed address, and whether its host is written as it is opened.

    A browser drops tabs and newlines, decodes percent signs and full-width letters in a host,
    and takes a backslash for a slash. Other programs do not, so none of it names a platform.
    """
    if len(text) > URL_MAX:
        raise AccountNameError("url", f"is longer than {URL_MAX} characters")
    written = text.strip()
    if not written.isprintable() or "\\" in written:
        raise AccountNameError("url", "has characters that no address has")
    if _NO_SCHEME.match(written):
        written = f"https://{written}"
    try:
        url = URL(written)
    except ValueError:
        # The parser's message repeats the address; it must not be chained.
        raise AccountNameError("url", "is not a web address") from None
    if url.protocol not in ("http:", "https:") or "" in _split_labels(url):
        raise AccountNameError("url", "must begin with https:// or http:// and a host")
    start = f"{url.protocol}//{url.hostname}"
    rest = written[len(start) :]
    return url, written.translate(ASCII_LOWER).startswith(start) and rest[:1] in "/?#:"


def _split_labels(url: URL) -> list[str]:
    return url.hostname.removesuffix(".").split(".")


def _find_handle(platform: str, host: str, url: URL) -> str:
    path = _write_path(url)
    if platform == "facebook" and path.lower() == "profile.php":
        ids = parse_qs(url.search.removeprefix("?")).get("id", [])
        path = f"profile/{ids[0]}" if len(ids) == 1 else ""
    for pattern, template in ROUTES[platform]:
        if found := pattern.fullmatch(path):
            name = found.expand(template)
            if platform == "mastodon" and "@" not in name:
                name = f"{name}@{host}"
            return handle_key(platform, name, "url")
    raise AccountNameError("url", "names no account; send the address of its profile")


def _write_path(url: URL) -> str:
    segments = [unquote(part) for part in url.pathname.strip("/").split("/")]
    if any("/" in part for part in segments):
        raise AccountNameError("url", "has characters that no address has")
    return "/".join(segments)


def write_plain_address(url: URL, host: str) -> str:
    """Return the address without what never tells accounts apart, such as tracking.

    What is left of the query stays, as does a fragment that is a route: on an unknown host
    they may be all that tells one account from another.
    """
    login = f"{url.username}:{url.password}@" if url.username or url.password else ""
    scheme, port = (url.protocol, f":{url.port}") if url.port else ("https:", "")
    fields = [f for f in url.search.removeprefix("?").split("&") if f and not _TRACKING.match(f)]
    query = f"?{'&'.join(fields)}" if fields else ""
    route = url.hash if url.hash.startswith(("#/", "#!")) else ""
    alias = f"{scheme}//{login}{host}{port}{url.pathname.rstrip('/')}{query}{route}"
    if len(alias) > URL_MAX:
        raise AccountNameError("url", f"is longer than {URL_MAX} characters")
    return alias
