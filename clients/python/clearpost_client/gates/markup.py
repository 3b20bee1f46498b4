"""The text that readers see, of content in the little HTML that schedulers' editors write."""

import html
import re

from clearpost_client.gates.reading import refuse

_INLINE = frozenset({"a", "span", "strong", "u", "b", "i", "em"})
_BLOCKS = frozenset({"p", "br", "ul", "ol", "li", "h1", "h2", "h3"})
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)
    (?P<attributes>(?:\s+[a-z-]+=(?:"[^"<>]*"|'[^'<>]*'))*)\s*/?>""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([a-z-]+)=(?:"([^"]*)"|'([^']*)')""", re.ASCII | re.IGNORECASE)
# What a browser takes for the beginning of a tag, a comment or a declaration.
_OPENS = re.compile(r"<[a-z/!?]", re.ASCII | re.IGNORECASE)
# Attributes whose value is shown or followed.
_SHOWN = frozenset({"href", "data-mention-label", "data-mention-id"})


def read_text(content: str, where: str) -> str:
    """Return the text of `content`: blocks on lines of their own, links with their addresses.

    Content without a tag is its own text. Raises `NotCleared` for a tag that the editor does not
    write: what becomes of it cannot be told. So it does for a picture in Markdown, which some
    networks show and nobody here has fetched; an exclamation mark before a link makes one, too.
    """
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(content):
        parts += [_read_plain(content[at : tag.start()], where), _read_tag(tag, where)]
        at = tag.end()
    parts.append(_read_plain(content[at:], where))
    if "![" in html.unescape(_TAG.sub(_show_link, content)):
        refuse(where, "holds a picture in Markdown, which the gate does not fetch")
    lines = (line.strip() for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


def _show_link(tag: re.Match[str]) -> str:
    """Return what of a tag can begin a picture: a link's square bracket."""
    name = tag["name"].lower()
    return "\n" if name in _BLOCKS else "[" if name == "a" and not tag["end"] else ""


def _read_plain(text: str, where: str) -> str:
    if _OPENS.search(text):
        refuse(where, "holds markup that the gate does not read")
    return html.unescape(text)


def _read_tag(tag: re.Match[str], where: str) -> str:
    name = tag["name"].lower()
    if name in _BLOCKS:
        between = "\n"
    elif name in _INLINE:
        between = ""
    else:
        refuse(where, "holds markup that the gate does not read")
    shown = [
        html.unescape(double or single)
        for attribute, double, single in _ATTRIBUTE.findall(tag["attributes"])
        if attribute.lower() in _SHOWN
    ]
    return between + "".join(f" {one} " for one in shown)
