"""`docs/api/`, a page a resource, written from the service's own schema.

Beside each route stand its fields, examples and problems; the answers in them were recorded by
`docs.examples`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docs.shapes import Shapes, describe_default

_WIDTH = 96
Operation = Mapping[str, Any]
Example = Mapping[str, Any]


class Page:
    """The page of one resource. The fields of an answer stand where it comes first."""

    def __init__(
        self, document: Mapping[str, Any], tag: Mapping[str, str], examples: Sequence[Example]
    ) -> None:
        self._document, self._tag, self._examples = document, tag, examples
        self._shapes = Shapes(document)
        self._shown: set[str] = set()

    def write(self) -> str:
        """The whole page."""
        name = self._tag["name"]
        parts = [
            f"# {name.capitalize()}\n",
            f"{self._tag['description']}\n",
            "What holds for every route stands in [the API](../../openapi.md).\n",
            "| | Route | Scope |",
            "|---|---|---|",
        ]
        found = list(list_operations(self._document, name))
        for route, operation in found:
            link = f"[{operation['summary']}](#{make_anchor(operation['summary'])})"
            parts.append(f"| {link} | `{route}` | {_tell_scope(operation)} |")
        parts.append("")
        for route, operation in found:
            parts += self._write_operation(route, operation)
        return "\n".join(parts).rstrip() + "\n"

    def _write_operation(self, route: str, operation: Operation) -> list[str]:
        lines = [f"## {operation['summary']}\n", f"`{route}` · `{operation['operationId']}` · "]
        lines[-1] += f"scope {_tell_scope(operation)}\n"
        lines.append(operation["description"] + "\n")
        lines += self._write_parameters(operation)
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            lines += self._write_request(media_type, content["schema"])
        lines += self._write_examples(route)
        lines += self._write_answer(operation)
        return [*lines, *_write_problems(operation)]

    def _write_parameters(self, operation: Operation) -> list[str]:
        given = operation.get("parameters", ())
        if not given:
            return []
        lines = ["| Parameter | Holds | Meaning |", "|---|---|---|"]
        for one in given:
            held = self._shapes.describe_kind(one["schema"])
            held += describe_default(one["schema"].get("default"))
            held += ", required" if one.get("required") else ""
            meaning = self._shapes.describe_meaning(one)
            lines.append(f"| `{one['name']}` in the {one['in']} | {held} | {meaning} |")
        return [*lines, ""]

    def _write_request(self, media_type: str, schema: Mapping[str, Any]) -> list[str]:
        lines = [f"**Request**, `{media_type}`:\n", *self._shapes.list_fields(schema), ""]
        return [*lines, *(f"{rule}\n" for rule in self._shapes.list_rules(schema))]

    def _write_examples(self, route: str) -> list[str]:
        lines: list[str] = []
        for example in self._examples:
            if example["operation"] == route:
                lines += write_example(example)
        return lines

    def _write_answer(self, operation: Operation) -> list[str]:
        done = next(status for status in operation["responses"] if status.startswith("2"))
        lines: list[str] = []
        for media_type, content in operation["responses"][done].get("content", {}).items():
            schema = content.get("schema", {})
            lines.append(f"**Answer**, {done}, `{media_type}`{self._point_to_fields(schema)}\n")
            for branch in self._shapes.list_branches(schema):
                lines += self._write_fields_once(branch)
        return lines

    def _point_to_fields(self, schema: Mapping[str, Any]) -> str:
        names = [self._shapes.find_name(one) for one in self._shapes.list_branches(schema)]
        links = [f"[{name}](#fields-of-{name.lower()})" for name in names if name]
        if links:
            return f": {' or '.join(links)}."
        return f": {self._shapes.describe_kind(schema)}." if schema else "."

    def _write_fields_once(self, schema: Mapping[str, Any]) -> list[str]:
        name = self._shapes.find_name(schema)
        if name is None or name in self._shown:
            return []
        self._shown.add(name)
        told = self._shapes.describe_schema(schema)
        head = [f"### Fields of {name}\n", *([f"{told}\n"] if told else ())]
        return [*head, *self._shapes.list_fields(schema), ""]


def list_operations(document: Mapping[str, Any], tag: str) -> Iterator[tuple[str, Operation]]:
    """Every operation of a resource with its route, such as `POST /v1/checks/post`."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield f"{method.upper()} {path}", operation


def make_anchor(heading: str) -> str:
    """The fragment that Markdown renderers give a heading."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def name_file(tag: str) -> str:
    """The file of a resource's page."""
    return f"{tag.replace(' ', '-')}.md"


def write_example(example: Example) -> list[str]:
    """An example with its answer, as the lines of Markdown."""
    lines = [f"**{example['title']}**\n"]
    if example.get("request") is not None:
        lines += ["```json", write_json(example["request"]), "```\n"]
    if example.get("answer") is None:
        return [*lines, f"Answer, {example['status']}.\n"]
    return [
        *lines,
        f"Answer, {example['status']}:\n",
        "```json",
        write_json(example["answer"]),
        "```\n",
    ]


def write_json(value: Any, indent: int = 0) -> str:
    """`value` as JSON for reading: what fits on a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = "\n" + " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name)}: {write_json(one, indent + 2)}" for name, one in value.items()
        ]
        return "{" + inner + f",{inner}".join(parts) + "\n" + " " * indent + "}"
    items = [write_json(one, indent + 2) for one in value]
    return "[" + inner + f",{inner}".join(items) + "\n" + " " * indent + "]"


def _tell_scope(operation: Operation) -> str:
    scope = operation.get("x-scope")
    return f"`{scope}`" if scope else "none, no key is needed"


def _write_problems(operation: Operation) -> list[str]:
    lines = ["| Problem | |", "|---|---|"]
    for status, told in operation["responses"].items():
        for slug, title in told.get("x-problems", {}).items():
            lines.append(f"| {status} | [`{slug}`](../../openapi.md#problems): {title} |")
    return [*lines, ""] if len(lines) > 2 else []  # noqa: PLR2004
