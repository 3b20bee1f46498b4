"""Consents: one dated statement a row, never changed once it is on file."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from app.database.tables.base import format_utc
from app.imports.reading.cell_values import (
    CellError,
    day,
    identifier,
    make_choice_reader,
    make_time_reader,
    parse_text,
    require_cell,
)
from app.imports.reading.child_mentions import ConsentVoice
from app.imports.reading.file_formats import Column, FileFormat, RowBatch, StagedRows
from app.imports.staging import staged_tables
from app.policy.consent import CLOCKS_DIFFER
from app.policy.statements import list_misfits, name_source, widen_scope
from app.policy.words import REFUSALS, Activity, Capacity, Channel, ConsentDecision, Extent
from app.store.consents.statements import digest_statement

_NO_MAKER = "consents.csv"


def make_consents_format(zone: ZoneInfo, now: datetime) -> FileFormat:
    """Return the format of `consents.csv`; days are in `zone`, nothing is signed after `now`.

    A grant must say activity, channel and extent: an empty cell must not widen what someone
    allowed. Elsewhere an empty cell means the widest: `publish`, `all`, `image`.
    """
    columns = (
        Column("person_sourced_id", identifier, "person_id", required=True),
        Column(
            "decision", require_cell(make_choice_reader(ConsentDecision)), "decision", required=True
        ),
        Column("activity", make_choice_reader(Activity), "activity"),
        Column("channel", make_choice_reader(Channel), "channel"),
        Column("extent", make_choice_reader(Extent), "extent"),
        Column("given_by", parse_text, "given_by"),
        Column("capacity", require_cell(make_choice_reader(Capacity)), "capacity", required=True),
        Column("signed_at", require_cell(make_time_reader(zone)), "signed_at", required=True),
        Column("effective_from", day, "effective_from"),
        Column("effective_to", day, "effective_to"),
        Column("lifts", _parse_ids, "lifts"),
    )
    stage = partial(_stage_consents, format_utc(now + CLOCKS_DIFFER))
    voice = ConsentVoice(
        "person_sourced_id",
        "sourced_id",
        _NO_MAKER,
        {"decision": columns[1].read},
        REFUSALS.__contains__,
        lambda decision: decision != "lift",  # that a no still stands is no doubt
        {"signed_at": now.astimezone(zone).date().isoformat(), "effective_from": "",
         "effective_to": ""},
        whole=True,
        name_maker=_name_maker,
    )  # fmt: skip
    return FileFormat("consents.csv", staged_tables.consents, columns, stage, voice=voice)


def _name_maker(cells: Mapping[str, str]) -> str:
    """Return the source of a row that cannot be read, as a readable one would be staged.

    Where the capacity cannot be read it is of no source that a statement has.
    """
    try:
        capacity = require_cell(make_choice_reader(Capacity))(cells["capacity"])
        return name_source(capacity, parse_text(cells["given_by"]), profile="csv")
    except CellError:
        return _NO_MAKER


def _parse_ids(cell: str) -> str | None:
    """Return ids parted by blanks or `;`, in order and parted by one blank."""
    return " ".join(sorted(set(cell.replace(";", " ").split()))) or None


def _stage_consents(latest: str, rows: RowBatch) -> StagedRows:
    staged: list[tuple[Any, ...]] = []
    named = zip(rows.places, rows["person_sourced_id"], rows["given_by"], strict=True)
    forms = zip(*map(rows.__getitem__, _FORM), strict=True)
    for n, ((line, person_id, given_by), form) in enumerate(zip(named, forms, strict=True)):
        try:
            said, scope, times = _read_form(form)
            if times[0] > latest:
                raise CellError("lies in the future", "signed_at")
        except CellError as error:
            rows.refuse(n, error.column or "", error.reason)
            continue
        capacity = said["capacity"]
        # See `app.imports.merge.statements` for guardians who are on file.
        whose = name_source(capacity, given_by, profile="csv")
        what = digest_statement({**said, "person_id": person_id, "given_by": given_by})
        row = (line, person_id, what, *scope, given_by, capacity, whose, *times, said["lifts"])
        staged.append(row)
    return [(staged_tables.consents, staged)]


# The part that many statements share: all but the person and the signer.
_FORM = (
    "decision", "activity", "channel", "extent", "capacity", "signed_at", "effective_from",
    "effective_to", "lifts",
)  # fmt: skip
_Form = tuple[dict[str, Any], tuple[Any, ...], tuple[Any, ...]]


@lru_cache(maxsize=16_384)
def _read_form(form: tuple[Any, ...]) -> _Form:
    """Return the form's digested content; its decision and scope, and its times, as staged."""
    said = dict(zip(_FORM, form, strict=True))
    signed = said["signed_at"]
    said |= {
        "signed_at": signed.day if signed.day_only else signed.at,
        "effective_from": said["effective_from"] or signed.day,
    }
    for misfit in list_misfits(said):
        raise CellError(misfit.reason, misfit.field)
    said |= widen_scope(said)
    scope = tuple(said[name] for name in _FORM[:4])
    return said, scope, (signed.at, signed.day_only, said["effective_from"], said["effective_to"])
