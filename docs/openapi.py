"""The API's reference, written from the service's own schema: `python -m docs.openapi`.

`openapi.md` is the entry: what it says of every route is written by hand, its tables here. A page a
resource stands in `docs/api/`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.http.problems import list_kinds
from app.main import create_app
from app.settings import Settings
from docs.pages import Example, Page, list_operations, make_anchor, name_file

ROOT = Path(__file__).parent.parent
ENTRY, PAGES = ROOT / "openapi.md", ROOT / "docs" / "api"
EXAMPLES = Path(__file__).with_name("examples.json")
_MARK = "<!-- {}: written by make docs -->"
_END = "<!-- end of {} -->"


def write_reference() -> dict[Path, str]:
    """Every file of the reference with its text."""
    document = create_app(Settings(database_url="sqlite:///:memory:")).openapi()
    examples: list[Example] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    entry = ENTRY.read_text(encoding="utf-8")
    for name, lines in (("routes", _list_routes(document)), ("problems", _list_problems())):
        entry = _replace_part(entry, name, lines)
    pages = {
        PAGES / name_file(tag["name"]): Page(document, tag, examples).write()
        for tag in document["tags"]
    }
    return {ENTRY: entry, **pages}


def _replace_part(text: str, name: str, lines: Sequence[str]) -> str:
    start, end = _MARK.format(name), _END.format(name)
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    written = "\n".join(lines)
    return f"{before}{start}\n{written}\n{end}{after}"


def _list_routes(document: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for tag in document["tags"]:
        file = f"docs/api/{name_file(tag['name'])}"
        lines += [f"**[{tag['name'].capitalize()}]({file})**: {tag['description']}\n"]
        lines += ["| Route | Scope | What it does |", "|---|---|---|"]
        for route, operation in list_operations(document, tag["name"]):
            first = operation["description"].splitlines()[0]
            link = f"[`{route}`]({file}#{make_anchor(operation['summary'])})"
            lines.append(f"| {link} | {operation.get('x-scope', 'none')} | {first} |")
        lines.append("")
    return lines[:-1]


def _list_problems() -> list[str]:
    lines = ["| Type | Status | Meaning |", "|---|---|---|"]
    for slug, error in sorted(list_kinds().items()):
        meaning = " ".join((error.__doc__ or error.title).split())
        lines.append(f"| `/problems/{slug}` | {error.status} | {meaning} |")
    return lines


def main() -> None:
    """Write every file, and remove the page of a resource that is gone."""
    written = write_reference()
    PAGES.mkdir(exist_ok=True)
    for page in set(PAGES.glob("*.md")) - set(written):
        page.unlink()
    for file, text in written.items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
