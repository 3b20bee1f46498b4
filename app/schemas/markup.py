"""Markup in texts: schedulers send HTML, and people see what it shows."""

import html
import re

# Tags that part what stands before and behind them, as a reader sees it; others do not.
_PARTING = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|blockquote|section|article)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"<!--.{0,2000}?-->|<(script|style)\b.{0,2000}?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"</?[a-z][a-z0-9:-]{0,40}(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)


def read_markup(text: str) -> str:
    """Return `text` as a reader sees it: without tags and comments, entities decoded.

    >>> read_markup("<p>An<b>a</b> N&uacute;&ntilde;ez</p>&amp;")
    ' Ana Núñez &'
    """
    if "<" in text:
        text = _TAG.sub("", _PARTING.sub(" ", _HIDDEN.sub(" ", text)))
    return html.unescape(text) if "&" in text else text
