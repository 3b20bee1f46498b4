"""Markup in texts: schedulers send HTML, and people see what it shows."""

import html
import re

# Tags that part what stands before and behind them, as a reader sees it; others do not.
_PARTING = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|blockquote|section|article)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_HIDING = re.compile(r"<(?:!--|script\b|style\b)", re.IGNORECASE)
_HIDDEN_TO = {
    "<!--": re.compile(r"-->"),
    "<script": re.compile(r"</script\s{0,50}>", re.IGNORECASE),
    "<style": re.compile(r"</style\s{0,50}>", re.IGNORECASE),
}
_BLANKS = re.compile(r"\s+")
_MOST_HIDDEN, _LONGEST_END = 2_000, 60
_TAG = re.compile(r"</?[a-z][a-z0-9:-]{0,40}(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
# Attributes that are shown or read out in place of a picture or beside a link.
_DESCRIBING = re.compile(
    r"\s(?:alt|title|aria-label)\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)


def read_markup(text: str) -> str:
    """Return `text` as a reader sees it: without tags and comments, entities decoded.

    >>> read_markup("<p>An<b>a</b> N&uacute;&ntilde;ez</p>&amp;")
    ' Ana Núñez &'
    """
    if "<" in text:
        bare = _TAG.sub(_read_tag, _PARTING.sub(" ", _drop_hidden(text)))
        # Where lines of markup end, no reader sees a line end.
        text = text if bare == text else _BLANKS.sub(" ", bare)
    return html.unescape(text) if "&" in text else text


def _read_tag(tag: re.Match[str]) -> str:
    """Return what a tag says itself: the description of a picture."""
    found = _DESCRIBING.findall(tag[0]) if "=" in tag[0] else ()
    said = [text for one in found if (text := "".join(one))]
    return " ".join(("", *said, "")) if said else ""


def _drop_hidden(text: str) -> str:
    """Return `text` with a blank for each comment, script and style.

    One pattern for all of it would try the same 2,000 characters again for each that has no end.
    """
    kept, at = [], 0
    while begun := _HIDING.search(text, at):
        end = _find_hidden_end(text, begun)
        if end is None:
            kept.append(text[at : begun.end()])
            at = begun.end()
        else:
            kept += text[at : begun.start()], " "
            at = end
    return "".join((*kept, text[at:]))


def _find_hidden_end(text: str, begun: re.Match[str]) -> int | None:
    """Return the end of what `begun` hides; None, so that it hides nothing, if no end is near."""
    first = begun.end()
    most = first + _MOST_HIDDEN
    ended = _HIDDEN_TO[begun[0].lower()].search(text, first, most + _LONGEST_END)
    return ended.end() if ended and ended.start() <= most else None
