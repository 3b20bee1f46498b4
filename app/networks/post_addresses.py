"""Addresses of single posts, in one form each, so that two reports of a post are one."""

from app.networks.account_names import AccountNameError, parse_address, write_plain_address


def make_post_address(text: str) -> str:
    """Return the address of a post without tracking; raises `AccountNameError`."""
    url, _ = parse_address(text)
    if url.username or url.password:
        raise AccountNameError("url", "must not hold a password")
    return write_plain_address(url, url.hostname)
