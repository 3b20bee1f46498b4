"""Our sentence for each error of pydantic: what has to stand there instead.

None repeats what was sent. What stands in braces is a limit of the schema; of all that comes with
an error only those are read.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.schemas.base import EMAIL_PATTERN, NAME_PATTERN, SHA256_PATTERN

_INVALID = "Is not valid here"
_TIME = "Must be a time with its offset from UTC, such as 2027-01-15T09:00:00-07:00"
_DAY = "Must be a day, such as 2027-01-15"
_CLOCK = "Must be a time of day, such as 09:30:00"
_SPAN = "Must be a length of time, such as PT90S"
_TEXT = "Must be text"
_WHOLE = "Must be a whole number"
_NUMBER = "Must be a number"
_LIST = "Must be a list"
_OBJECT = "Must be an object"
_YES_NO = "Must be true or false"
_ADDRESS = "Must be a whole web address, such as https://example.org/page"
_UUID = "Must be a UUID, such as 0197b9c4-0000-7000-8000-00000000abcd"
_ASKED = "Is needed here, and was not sent"

# What only Python's own objects can get wrong: no text that is sent is refused so.
_OF_PYTHON = frozenset({
    "arguments_type", "assertion_error", "callable_type", "complex_str_parsing", "complex_type",
    "counter_type", "dataclass_exact_type", "dataclass_type", "default_factory_not_called",
    "ellipsis_error", "frozen_field", "frozen_instance", "get_attribute_error", "is_instance_of",
    "is_subclass_of", "missing_sentinel_error", "multiple_argument_values", "named_tuple_type",
    "needs_python_object", "recursion_loop", "set_item_not_hashable",
    "unexpected_positional_argument",
})  # fmt: skip

SENTENCES: Mapping[str, str] = {
    **dict.fromkeys(_OF_PYTHON, _INVALID),
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "bytes_invalid_encoding": "Must be text in UTF-8",
    "bytes_too_long": "Must have at most {max_length} bytes",
    "bytes_too_short": "Must have at least {min_length} bytes",
    "bytes_type": _TEXT,
    "date_from_datetime_inexact": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_future": "Must be a day that is yet to come",
    "date_parsing": _DAY,
    "date_past": "Must be a day that is over",
    "date_type": _DAY,
    "datetime_from_date_parsing": _TIME,
    "datetime_future": "Must be a time that is yet to come",
    "datetime_object_invalid": _TIME,
    "datetime_parsing": _TIME,
    "datetime_past": "Must be a time that is over",
    "datetime_type": _TIME,
    "decimal_max_digits": "Must have at most {max_digits} digits",
    "decimal_max_places": "Must have at most {decimal_places} digits behind the point",
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_whole_digits": "Must have at most {whole_digits} digits before the point",
    "deque_type": _LIST,
    "dict_type": _OBJECT,
    "enum": "Must be {expected}",
    "extra_forbidden": "Is not a known field: leave it out",
    "finite_number": "Must be a number that is not infinite",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "fraction_parsing": _NUMBER,
    "fraction_type": _NUMBER,
    "frozen_dict_type": _OBJECT,
    "frozen_set_type": _LIST,
    "greater_than": "Must be more than {gt}",
    "greater_than_equal": "Must be {ge} or more",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "Must be a whole number of fewer digits",
    "int_type": _WHOLE,
    "invalid_key": "Must have texts as keys",
    "iterable_type": _LIST,
    "iteration_error": _LIST,
    "json_invalid": "Is not valid JSON",
    "json_type": "Must be JSON in a text",
    "less_than": "Must be less than {lt}",
    "less_than_equal": "Must be {le} or less",
    "list_type": _LIST,
    "literal_error": "Must be {expected}",
    "mapping_type": _OBJECT,
    "missing": _ASKED,
    "missing_argument": _ASKED,
    "missing_keyword_only_argument": _ASKED,
    "missing_positional_only_argument": _ASKED,
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "multiple_of": "Must be a multiple of {multiple_of}",
    "no_such_attribute": "Is not a known field: leave it out",
    "none_required": "Must be null",
    "ordered_dict_type": _OBJECT,
    "recursion_depth_exceeded": "Must be nested less deeply",
    "set_type": _LIST,
    "string_not_ascii": "Must be text of ASCII characters",
    "string_pattern_mismatch": "Must be text in the form that is described for this field",
    "string_too_long": "Must have at most {max_length} characters",
    "string_too_short": "Must have at least {min_length} characters",
    "string_type": _TEXT,
    "string_unicode": "Must be text in UTF-8",
    "time_delta_parsing": _SPAN,
    "time_delta_type": _SPAN,
    "time_parsing": _CLOCK,
    "time_type": _CLOCK,
    "timezone_aware": _TIME,
    "timezone_naive": "Must be a time without an offset",
    "timezone_offset": "Must be a time with another offset from UTC",
    "too_long": "Must hold {max_length} or fewer",
    "too_short": "Must hold {min_length} or more",
    "tuple_type": _LIST,
    "unexpected_keyword_argument": "Is not a known field: leave it out",
    "union_tag_invalid": "Is none of the kinds known here",
    "union_tag_not_found": "Lacks the field that tells of which kind it is",
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
    "url_syntax_violation": _ADDRESS,
    "url_too_long": "Must have at most {max_length} characters",
    "url_type": _ADDRESS,
    "uuid_parsing": _UUID,
    "uuid_type": _UUID,
    "uuid_version": _UUID,
}
_OF_TIMES: Mapping[str, str] = {
    "greater_than": "Must be after {gt}",
    "greater_than_equal": "Must be {ge} or later",
    "less_than": "Must be before {lt}",
    "less_than_equal": "Must be {le} or earlier",
}
# What a text of this form has to be; a schema's pattern is ours, and never what was sent.
PATTERNS: Mapping[str, str] = {
    NAME_PATTERN: "Must be text that is not empty, without line breaks and control characters",
    EMAIL_PATTERN: "Must be an e-mail address, such as name@example.org",
    SHA256_PATTERN: "Must be a SHA-256 in hex: 64 characters of 0 to 9 and a to f",
    r"^[^\x00]*$": "Must be text without the character NUL",
    r"^[^\x00]*[^\s\x00][^\x00]*$": "Must be text that is not blank, without the character NUL",
    r"^https?://[^\x00-\x20\x7f<>\"]+$": _ADDRESS,
    r"^[^@\s,]+@[^@\s,]+$": "Must be an e-mail address, such as name@example.org",
    r"^[^:\s/@]+:[0-9]{1,5}$": "Must be a host and a port, such as mail.example.org:587",
    r"^(sqlite:///.+|postgres(ql)?(\+psycopg)?://.+)": (
        "Must be the URL of a database: sqlite:///FILE, or postgresql://USER@HOST/NAME"
    ),
    r"^[\x21-\x7e]{1,200}$": "Must be 1 to 200 visible characters of ASCII, such as a UUID",
}
_LIMITS = frozenset({
    "decimal_places", "expected", "ge", "gt", "le", "lt", "max_digits", "max_length", "min_length",
    "multiple_of", "whole_digits",
})  # fmt: skip
_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_PREFIX = "Value error, "


class _Limits(dict[str, str]):
    """The limits that came with an error; a sentence is written without one that did not."""

    def __missing__(self, name: str) -> str:
        return "what is described"


def write_sentence(code: str, message: str, context: Mapping[str, Any] | None) -> str:
    """Return our sentence for an error of pydantic's; of our own validators it is theirs.

    `context` holds the schema's limits. A kind of error without a sentence, of a later release, is
    told by no more than that it is an error.
    """
    if code == "value_error":
        return message.removeprefix(_PREFIX)
    given = (context or {}).items()
    limits = _Limits({name: _show_limit(one) for name, one in given if name in _LIMITS})
    pattern = str((context or {}).get("pattern"))
    if code == "string_pattern_mismatch" and pattern in PATTERNS:
        return PATTERNS[pattern]
    is_time = any(_is_time(one) for name, one in given if name in _LIMITS)
    sentence = (_OF_TIMES.get(code) if is_time else None) or SENTENCES.get(code, _INVALID)
    return sentence.format_map(limits)


def _is_time(limit: Any) -> bool:
    # Of a model's schema pydantic hands over the text of a time, of a type's the time itself.
    return isinstance(limit, date | str) and bool(_DATED.match(str(limit)))


def _show_limit(limit: Any) -> str:
    match limit:
        case datetime() | date():
            return limit.isoformat()
        case int():
            return f"{limit:,}"
    return str(limit)
