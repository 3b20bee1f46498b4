"""The plan of an import: what it does, or would do, to what is on file, as it is kept.

Numbers, places and schools; never a name or an id of a person. `read_plan` and `write_plan` alone
know its JSON. All has a default, since stores hold plans of earlier versions, which lack newer
parts. What is `None` is not written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from app.store.service.plan_parts import (
    Changes,
    ConsentCounts,
    CountsOnFile,
    Delivered,
    FeedChanges,
    IdDoubts,
    ListGaps,
    Losses,
    PlannedFile,
    PlannedValue,
    RowsAside,
    Schools,
    TieCounts,
    UndoCounts,
    Walk,
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The staged rows compared with what is on file; counts by kind are by name of its table.

    `missing` people would be marked as missing from the feed, `marked` are all whose status changes
    since the feed leaves them out; `ended` are enrollments, `classes_absent` the classes with
    students of the feed that its rosters lack. `diff` is a digest of all notes. `ties`
    and `identities` are None in plans of versions that noted none.
    """

    kinds: Mapping[str, Changes] = field(default_factory=dict)
    walked: Mapping[str, Walk] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    missing: int = 0
    marked: int = 0
    ended: int = 0
    classes_absent: int = 0
    ties: TieCounts | None = None
    people_kinds: tuple[str, ...] = ()
    of_other_feeds: int = 0
    feed: FeedChanges | None = None
    consents: ConsentCounts = field(default_factory=ConsentCounts)
    losses: Losses = field(default_factory=Losses)
    schools: Schools = field(default_factory=dict)
    base: CountsOnFile = field(default_factory=CountsOnFile)
    examples: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    diff: str = ""
    list_gaps: ListGaps = field(default_factory=ListGaps)
    people_by_value: Mapping[str, int] = field(default_factory=dict)
    people_by_ending: Mapping[str, int] = field(default_factory=dict)
    endings_kept: int = 0
    identities: IdDoubts | None = None
    run_out: int = 0
    doubtful_births: int = 0
    ended_since: Mapping[str, int] = field(default_factory=dict)
    former_owners: int = 0
    begun: int = 0
    without_form: int = 0
    without_form_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Description:
    """The description of a delivery: what it brings.

    `complete` are the kinds of which all there is was delivered, `lists` those that become fresh,
    `list_schools` the schools whose consent list does (an empty text: the district's).
    `strange_lists` are files in which nobody on file has a row. `late_lists` is the one of the
    warnings that says that lists of the same bytes are not dated anew.
    """

    format: str = ""
    delivered: Mapping[str, Delivered] = field(default_factory=dict)
    complete: tuple[str, ...] = ()
    consent_columns: tuple[str, ...] = ()
    lists: tuple[Literal["consents", "rosters"], ...] = ()
    list_schools: tuple[str, ...] = ()
    list_digest: str | None = None
    same_list_days: int = 0
    strange_lists: tuple[str, ...] = ()
    aside: RowsAside | None = None
    warnings: tuple[str, ...] = ()
    late_lists: str | None = None
    files: tuple[PlannedFile, ...] = ()
    values: tuple[PlannedValue, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordedPlan(Comparison, Description):
    """The plan of a delivery: what it brings, compared with what is on file; or of an undo."""

    undo: UndoCounts | None = None

    @classmethod
    def join(cls, compared: Comparison, brings: Description) -> "RecordedPlan":
        """Return the plan of a delivery; a plan may stand for either of its parts."""
        parts = (_COMPARED, compared), (_DESCRIBED, brings)
        return cls(**{name: getattr(part, name) for names, part in parts for name in names})


_COMPARED = frozenset(one.name for one in fields(Comparison))
_DESCRIBED = frozenset(one.name for one in fields(Description))
# So earlier versions began the warning, which they did not note apart.
_SAME_BYTES = "the consent list has come as the same bytes"
_PLAN = TypeAdapter(RecordedPlan)
# The parts of which an undo has nothing to say.
_NOT_OF_UNDO: dict[str, Any] = {
    **dict.fromkeys(
        (
            *(_COMPARED - {"kinds", "missing", "marked", "ended", "ties", "consents", "schools",
                           "examples"}),
            "list_digest", "same_list_days", "strange_lists", "aside",
        ),
        True,
    ),
    "ties": {"former"},
    "consents": {"grant", "refuse", "withdraw", "at_once"},
}  # fmt: skip


def read_plan(said: Mapping[str, Any]) -> RecordedPlan:
    """Return a plan from its JSON, as this or an earlier version wrote it.

    Raise `ValueError` for anything else; it names the parts and repeats no value.
    """
    try:
        plan = _PLAN.validate_python(said)
    except ValidationError as error:
        parts = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        message = f"the plan of an import cannot be read: {', '.join(parts)}"
        raise ValueError(message) from None
    if plan.late_lists is None:
        return replace(plan, late_lists=_find_late_lists(plan.warnings))
    return plan


def _find_late_lists(warnings: Sequence[str]) -> str | None:
    """Return the warning about lists of the same bytes in a plan of an earlier version."""
    return next((one for one in warnings if one.startswith(_SAME_BYTES)), None)


def write_plan(plan: RecordedPlan) -> dict[str, Any]:
    """Return the JSON of a plan."""
    left_out = _NOT_OF_UNDO if plan.undo else None
    said: dict[str, Any] = _PLAN.dump_python(plan, mode="json", exclude=left_out, exclude_none=True)
    return said
