"""Hostile requests, made from the OpenAPI document, so that a new route is covered by itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CANARY = "Zoë Canary-5711"
# Long enough not to turn up in an id, a port or a time by chance.
DIGITS = "571138026947"
HOLE = "@@HOLE@@"
Schema = dict[str, Any]

_deep = "[" * 100_000 + "]" * 100_000
# JSON texts that no field takes, whatever its type.
ANYWHERE = {
    "an object with an unknown key": json.dumps({CANARY: CANARY}),
    "a list of lists": json.dumps([[CANARY]]),
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "5,000 digits": DIGITS * 417,
    "an exponent beyond all floats": f"{DIGITS}e{DIGITS}",
    "NUL": json.dumps(CANARY + "\x00"),
    "a lone surrogate": f'"{CANARY}\\ud800"',
    "100,000 levels": _deep,
}
TIMES = {
    "a naive time": "2031-05-07T11:00:00",
    "a day": "2031-05-07",
    "before all time": "0001-01-01T00:00:00+14:00",
    "after all time": "9999-12-31T23:59:59-14:00",
    "no such month": "2031-13-07T11:00:00Z",
    "no such offset": "2031-05-07T11:00:00+99:00",
    "seconds since 1970": 1_935_000_000,
    "not a time": CANARY,
}
# Bodies that are wrong as a whole.
BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "cut off": b'{"students": [{"id": "Canary-5711',
    "null": b"null",
    "a list": b"[]",
    "a text": json.dumps(CANARY).encode(),
    "a number": DIGITS.encode(),
    "NaN": b"NaN",
    "not UTF-8": b'{"\xff\xfe": "\xc3\x28"}',
    "UTF-16": f'{{"{CANARY}": 1}}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{",
    "an unknown field": json.dumps({CANARY: CANARY}).encode(),
    "a field of Python's": b'{"__proto__": {}, "__class__": "Canary-5711"}',
    "two documents": b"{} {}",
    "a trailing comma": b'{"Canary-5711": 1,}',
    "a comment": b'{} // "Canary-5711"',
    "100,000 levels of lists": _deep.encode(),
    "100,000 levels of objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@dataclass(frozen=True)
class Place:
    """One field of a body: its pointer, its schema, and a body with a hole in its place."""

    pointer: str
    schema: Schema
    body: Any

    def filled(self, text: str) -> bytes:
        return json.dumps(self.body).replace(f'"{HOLE}"', text).encode()


class Maker:
    """Makes bodies by the schemas of one OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self._schemas = document["components"]["schemas"]

    def places(self, schema: Schema, pointer: str = "") -> Iterator[Place]:
        """Every field a body may have, at any depth; of lists the first item."""
        schema = self._plain(schema)
        for name, field in schema.get("properties", {}).items():
            inside = {**self.sample(schema), name: HOLE}
            plain = self._plain(field)
            yield Place(f"{pointer}/{name}", plain, inside)
            deeper = plain["items"] if plain.get("type") == "array" else plain
            step = "/0" if deeper is not plain else ""
            for place in self.places(deeper, f"{pointer}/{name}{step}"):
                held = [place.body] if step else place.body
                yield Place(place.pointer, place.schema, {**inside, name: held})

    def sample(self, schema: Schema) -> Any:
        """A smallest value the schema takes."""
        schema = self._plain(schema)
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                rider = schema.get("then", {})
                groups = rider.get("oneOf") or rider.get("anyOf") or [{}]
                names = [*schema.get("required", []), *groups[0].get("required", [])]
                return {name: self.sample(schema["properties"][name]) for name in names}
            case "array":
                return [self.sample(schema["items"])] * schema.get("minItems", 0)
            case "boolean":
                return True
        return schema.get("examples", ["x"])[0]

    def _plain(self, schema: Schema) -> Schema:
        """`schema` without references and without its null branch."""
        if "$ref" in schema:
            return self._plain(self._schemas[schema["$ref"].rpartition("/")[2]])
        branches = [b for b in schema.get("anyOf", []) if b.get("type") != "null"]
        if branches and "properties" not in schema:
            rest = {k: v for k, v in schema.items() if k != "anyOf"}
            return {**self._plain(branches[0]), **rest}
        if isinstance(schema.get("type"), list):
            return {**schema, "type": next(one for one in schema["type"] if one != "null")}
        return schema
