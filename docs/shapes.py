"""A JSON Schema in plain words: what a field may hold, and tables of fields at any depth."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "null",
    "object": "object",
}
_FORMATS = {"date-time": "time", "uuid": "UUID", "date": "day", "binary": "file"}


class Shapes:
    """The schemas of one OpenAPI document, told in words."""

    def __init__(self, document: Schema) -> None:
        self._schemas: Schema = document["components"]["schemas"]

    def list_fields(self, schema: Schema) -> list[str]:
        """The fields of an object, and of those inside it, as the lines of a Markdown table."""
        lines = ["| Field | Holds | Meaning |", "|---|---|---|"]
        return [*lines, *self._walk_fields(self._resolve(schema), "")]

    def list_rules(self, schema: Schema) -> list[str]:
        """Which fields go together, where the schema says so."""
        return list(self._walk_rules(self._resolve(schema), ""))

    def describe_kind(self, field: Schema) -> str:
        """What `field` may hold, in words."""
        field = self._resolve(field)
        if "anyOf" in field and "properties" not in field:
            kinds = [self.describe_kind(one) for one in field["anyOf"] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
        if "enum" in field:
            return " \\| ".join(f"`{value}`" for value in field["enum"])
        if "const" in field:
            return f"`{field['const']}`"
        if find_type(field) == "array":
            held = self.describe_kind(field["items"])
            return f"list of {held}{_describe_span(field, 'Items', '')}"
        word = _FORMATS.get(field.get("format", "")) or _WORDS[find_type(field)]
        span = _describe_span(field, "Length", " characters") or _describe_range(field)
        return word + span

    def describe_meaning(self, field: Schema) -> str:
        """What `field` means, with its examples; for a cell of a table."""
        said = [field.get("description", "")]
        said += [one["description"] for one in field.get("anyOf", ()) if "description" in one]
        said += [f"Example: `{one}`." for one in field.get("examples", ())]
        return " ".join(" ".join(part.split()) for part in said if part).replace("|", "\\|")

    def find_name(self, schema: Schema) -> str | None:
        """The name of the schema that `schema` refers to."""
        return str(schema["$ref"]).rpartition("/")[2] if "$ref" in schema else None

    def list_branches(self, schema: Schema) -> list[Schema]:
        """The shapes that `schema` may have; itself alone where it is no union."""
        branches = self._resolve(schema).get("anyOf", ())
        return [one for one in branches if "$ref" in one] or [schema]

    def describe_schema(self, schema: Schema) -> str:
        """What the schema itself says that it is."""
        return str(self._resolve(schema).get("description", ""))

    def _walk_fields(self, model: Schema, prefix: str) -> Iterator[str]:
        required = model.get("required", ())
        for name, field in model.get("properties", {}).items():
            held = self.describe_kind(field)
            if "default" in field:
                held += describe_default(field["default"])
            elif _may_be_null(field):
                held += " or null"
            elif name in required and model.get("additionalProperties") is False:
                # Only requests refuse further fields; in an answer every field is there.
                held += ", required"
            place = f"{prefix}{name}"
            yield f"| `{place}` | {held} | {self.describe_meaning(field)} |"
            for inside, step in self._list_inside(field):
                yield from self._walk_fields(inside, f"{place}{step}.")

    def _walk_rules(self, model: Schema, place: str) -> Iterator[str]:
        for word, text in (("oneOf", "exactly one of"), ("anyOf", "at least one of")):
            if groups := model.get("then", {}).get(word):
                told = (" with ".join(f"`{n}`" for n in one["required"]) for one in groups)
                said = f"{text}: {'; '.join(told)}."
                yield f"In `{place}` {said}" if place else said.capitalize()
        for name, field in model.get("properties", {}).items():
            for inside, step in self._list_inside(field):
                path = f"{place}.{name}{step}" if place else f"{name}{step}"
                yield from self._walk_rules(inside, path)

    def _list_inside(self, field: Schema) -> Iterator[tuple[Schema, str]]:
        """The objects that a field holds, each with what its place adds to the field's."""
        for one in field.get("anyOf", [field]):
            plain = self._resolve(one)
            items = self._resolve(plain["items"]) if find_type(plain) == "array" else plain
            step = "[]" if items is not plain else ""
            if "properties" in items:
                yield items, step
            elif "anyOf" in items:
                yield from (
                    (self._resolve(branch), step) for branch in items["anyOf"] if "$ref" in branch
                )

    def _resolve(self, schema: Schema) -> Schema:
        name = self.find_name(schema)
        return schema if name is None else self._schemas[name]


def find_type(field: Schema) -> str:
    """The type of `field`, when it is not null."""
    kind = field.get("type", "object")
    return kind if isinstance(kind, str) else next(one for one in kind if one != "null")


def _may_be_null(field: Schema) -> bool:
    kinds = [field.get("type"), *(one.get("type") for one in field.get("anyOf", ()))]
    return any(kind == "null" or (isinstance(kind, list) and "null" in kind) for kind in kinds)


def _describe_span(field: Schema, what: str, unit: str) -> str:
    low, high = field.get(f"min{what}"), field.get(f"max{what}")
    if high is None:
        return ""
    return f", {low} to {high:,}{unit}" if low else f", up to {high:,}{unit}"


def _describe_range(field: Schema) -> str:
    if "minimum" in field and "maximum" in field:
        return f", {field['minimum']} to {field['maximum']:,}"
    return ""


def describe_default(value: Any) -> str:
    """What a field holds that is left out; nothing where that is null or empty."""
    if value in (None, "", []):
        return ""
    return f"; `{str(value).lower() if isinstance(value, bool) else value}` if left out"
