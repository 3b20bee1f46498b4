"""A JSON Schema in plain words: what a field may hold, and tables of fields."""

from collections.abc import Mapping
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
_FORMATS = {"date-time": "time", "uuid": "UUID", "date": "day"}


def table(model: Schema) -> list[str]:
    """The fields of `model` as the lines of a Markdown table."""
    required = model.get("required", ())
    lines = ["| Field | Holds | Meaning |", "|---|---|---|"]
    for name, field in model["properties"].items():
        held = kind(field)
        if "default" in field:
            held += _describe_default(field["default"])
        elif any(one.get("type") == "null" for one in field.get("anyOf", ())):
            held += " or null"
        elif name in required and model.get("additionalProperties") is False:
            # Only requests refuse further fields; in an answer every field is there.
            held += ", required"
        lines.append(f"| `{name}` | {held} | {_describe_meaning(field)} |")
    return lines


def kind(field: Schema) -> str:
    """What `field` may hold, in words; models are linked by their name."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()}-model)"
    if "anyOf" in field:
        kinds = [kind(one) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds)
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        return f"list of {kind(field['items'])}{_describe_span(field, 'Items', '')}"
    word = _FORMATS.get(field.get("format", "")) or _WORDS[field.get("type", "object")]
    return word + _describe_span(field, "Length", " characters")


def rules(model: Schema) -> str | None:
    """Which fields go together, where the schema says so."""
    for word, text in (("oneOf", "Exactly one of"), ("anyOf", "At least one of")):
        if word in model:
            groups = (" with ".join(f"`{n}`" for n in one["required"]) for one in model[word])
            return f"{text}: {'; '.join(groups)}."
    return None


def _describe_span(field: Schema, what: str, unit: str) -> str:
    low, high = field.get(f"min{what}"), field.get(f"max{what}")
    if high is None:
        return ""
    return f", {low} to {high:,}{unit}" if low else f", up to {high:,}{unit}"


def _describe_default(value: Any) -> str:
    if value in (None, "", []):
        return ""
    return f"; `{str(value).lower() if isinstance(value, bool) else value}` if left out"


def _describe_meaning(field: Schema) -> str:
    said = [field.get("description", "")]
    said += [one["description"] for one in field.get("anyOf", ()) if "description" in one]
    said += [f"Example: `{one}`." for one in field.get("examples", ())]
    return " ".join(" ".join(part.split()) for part in said if part).replace("|", "\\|")
