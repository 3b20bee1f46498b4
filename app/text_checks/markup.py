"""Markup in texts: schedulers send HTML, and people see what it shows."""

import html
import re

# Tags that part what stands before and behind them, as a reader sees it; others do not.
_PARTING = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr|blockquote|section|article)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_HIDING = re.compile(r"<(?:script\b|style\b)", re.IGNORECASE)
# What HTML hides between these is text wherever a network shows no markup, and so looked through.
_COMMENT_SIGNS = re.compile(r"<!--|-->")
_HIDDEN_TO = {
    "<script": re.compile(r"</script\s{0,50}>", re.IGNORECASE),
    "<style": re.compile(r"</style\s{0,50}>", re.IGNORECASE),
}
_BLANKS = re.compile(r"\s+")
_MOST_HIDDEN, _LONGEST_END = 2_000, 60
# What else stands in angle brackets is text: <Ana Lopez>. Names of Word's own hold a colon.
_ELEMENT_NAMES = """
a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button
canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl
dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head
header hgroup hr html i iframe img input ins kbd label legend li link main map mark marquee menu
meta meter nav nobr noscript object ol optgroup option output p param picture pre progress q rp
rt ruby s samp search section select small source span strike strong sub summary sup svg table
tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr path g
"""
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_NAME = re.compile(r"</?([^\s/>]+)")
_TAG = re.compile(r"</?[a-z][a-z0-9:-]{0,40}(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
# Attributes that are shown or read out in place of a picture or beside a link.
_DESCRIBING = re.compile(
    r"\s(?:alt|title|aria-label|label|placeholder|value)\s{0,5}=\s{0,5}"
    r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)


def read_markup(text: str) -> str:
    """Return `text` as a reader sees it: without tags, entities decoded.

    >>> read_markup("<p>An<b>a</b> N&uacute;&ntilde;ez</p>&amp;")
    ' Ana Núñez &'
    """
    if "<" in text:
        shown = _COMMENT_SIGNS.sub(" ", _drop_hidden(text))
        bare = _TAG.sub(_read_tag, _PARTING.sub(" ", shown))
        # Where lines of markup end, no reader sees a line end.
        text = text if bare == text else _BLANKS.sub(" ", bare)
    return html.unescape(text) if "&" in text else text


def _read_tag(tag: re.Match[str]) -> str:
    """Return what a tag says itself: the description of a picture, and all of what is no tag."""
    name = _NAME.match(tag[0])
    if name and name[1].lower() not in _ELEMENTS and ":" not in name[1]:
        return tag[0]
    found = _DESCRIBING.findall(tag[0]) if "=" in tag[0] else ()
    said = [text for one in found if (text := "".join(one))]
    return " ".join(("", *said, "")) if said else ""


def _drop_hidden(text: str) -> str:
    """Return `text` with a blank for each script and style.

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
