"""`openapi.md`, written from the service's own schema: `python -m docs.openapi [FILE]`.

The example answers in it are real ones, recorded by `docs.examples`.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.http.problems import list_kinds
from app.main import create_app
from app.settings import Settings
from docs.shapes import kind, rules, table

_WIDTH = 96
EXAMPLES = Path(__file__).with_name("examples.json")
_HEAD = """\
# Clearpost's API, for people

Written from the service's schema by `make docs`; do not edit it by hand. A running service shows
the same at `/docs`, to try out, and as `/openapi.json`.
"""
_KEYS = """\
## Keys and scopes

Every route that names a scope takes an API key in the header `Authorization: Bearer clp_…`.
`clearpost keys create --name N --scope S` makes one. A key may be limited to some schools and may
act for one person; it then sees and decides no more than that.
"""
_PROBLEMS = """\
## When it goes wrong

A failure is an `application/problem+json` (RFC 9457), in the form of [Problem](#problem-model).
Compare `type`; it is stable, and an address of the service that explains it. What was sent is
never repeated. A 503 carries `Retry-After`; nothing was decided then.
"""


def write() -> str:
    """The whole document."""
    schema = create_app(Settings(database_url="sqlite:///:memory:")).openapi()
    examples: list[dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    parts = [_HEAD, schema["info"]["description"], *_write_contents(schema), _KEYS]
    for tag in schema["tags"]:
        parts += [f"## {tag['name'].capitalize()}\n", f"{tag['description']}\n"]
        for name, operation in _list_operations(schema, tag["name"]):
            parts += _write_operation(name, operation, examples)
    parts += [_PROBLEMS, *_problem_types()]
    parts += ["## Models\n", *_write_models(schema)]
    return "\n".join(parts).rstrip() + "\n"


def _list_operations(schema: Mapping[str, Any], tag: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield f"{method.upper()} {path}", operation


def _write_contents(schema: Mapping[str, Any]) -> list[str]:
    lines = ["| Route | Scope | What it answers |", "|---|---|---|"]
    for tag in schema["tags"]:
        for name, operation in _list_operations(schema, tag["name"]):
            first = operation["description"].splitlines()[0]
            scope = operation.get("x-scope")
            lines.append(f"| [`{name}`](#{_make_anchor(name)}) | {scope or 'none'} | {first} |")
    return [*lines, ""]


def _make_anchor(name: str) -> str:
    """The fragment that Markdown renderers give a heading."""
    kept = "".join(c for c in name.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _write_operation(name: str, operation: Mapping[str, Any], examples: list[Any]) -> list[str]:
    scope = operation.get("x-scope")
    lines = [f"### {name}\n", operation["description"] + "\n"]
    lines.append(f"Scope: `{scope}`.\n" if scope else "No key is needed.\n")
    lines += [
        f"- `{given['name']}` in the {given['in']}: {kind(given['schema'])}\n"
        for given in operation.get("parameters", ())
    ]
    if "requestBody" in operation:
        lines.append(f"Request: {_describe_content(operation['requestBody'])}\n")
    done = next(status for status in operation["responses"] if status.startswith("2"))
    also = "" if done == "200" else f" with status {done}"
    lines.append(f"Answer{also}: {_describe_content(operation['responses'][done])}\n")
    for example in examples:
        if example["operation"] == name:
            lines += _write_example(example)
    others = ", ".join(status for status in operation["responses"] if status != done)
    return [*lines, f"Otherwise [a problem](#when-it-goes-wrong): {others}.\n"]


def _describe_content(part: Mapping[str, Any]) -> str:
    told = []
    for media_type, content in part.get("content", {}).items():
        shape = kind(content["schema"]) if content.get("schema") else ""
        told.append(" ".join(word for word in (shape, f"(`{media_type}`)") if word))
    return "; ".join(told)


def _write_example(example: Mapping[str, Any]) -> list[str]:
    lines = [f"**{example['title']}**\n"]
    if example.get("request") is not None:
        lines += ["```json", shown(example["request"]), "```\n"]
    lines += [f"Answer, {example['status']}:\n", "```json", shown(example["answer"]), "```\n"]
    return lines


def shown(value: Any, indent: int = 0) -> str:
    """`value` as JSON for reading: what fits on a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = "\n" + " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {shown(one, indent + 2)}" for name, one in value.items()]
        return "{" + inner + f",{inner}".join(parts) + "\n" + " " * indent + "}"
    items = [shown(one, indent + 2) for one in value]
    return "[" + inner + f",{inner}".join(items) + "\n" + " " * indent + "]"


def _problem_types() -> list[str]:
    lines = ["| Type | Status | Meaning |", "|---|---|---|"]
    for slug, error in sorted(list_kinds().items()):
        meaning = " ".join((error.__doc__ or error.title).split())
        lines.append(f"| `/problems/{slug}` | {error.status} | {meaning} |")
    return [*lines, ""]


def _write_models(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, model in sorted(schema["components"]["schemas"].items()):
        yield f"### {name} (model)\n"
        if "description" in model:
            yield model["description"] + "\n"
        if together := rules(model):
            yield together + "\n"
        yield from table(model)
        yield ""


def main() -> None:
    """Write the document to the file named, or to standard output."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(write(), encoding="utf-8")
    else:
        sys.stdout.write(write())


if __name__ == "__main__":
    main()
