"""Rosters as a system exports them, read as the plain format's files under other names."""

from collections.abc import Mapping
from dataclasses import replace

from app.imports.reading.cell_values import CellError, Read, parse_text
from app.imports.reading.days import birth_dates
from app.imports.reading.delivery_formats import Context, DeliveryFormat, Extent
from app.imports.reading.file_formats import Column, FileFormat, RowBatch, StagedRows
from app.imports.reading.plain.rosters import (
    make_classes_format,
    make_enrollments_format,
    make_guardians_format,
    make_orgs_format,
    make_people_format,
)
from app.imports.reading.profiles.files import RenamedFile, make_value_key
from app.imports.reading.profiles.model import Profile
from app.imports.reading.standards.columns import TOLERANT
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged

# Fields of students alone: files of staff need no columns for them.
_STUDENTS_ALONE = frozenset({"grade", "birth_date", "student_number", "preferred_name", "email"})


def make_renamed_format(
    context: Context, profile: Profile, files: dict[str, RenamedFile]
) -> DeliveryFormat:
    """Return the files of these names, each after those that it refers to.

    Raises `CellError` where the profile leaves out what the plain format needs.
    """
    order = list(_list_plain_formats(context))
    formats = [
        _make_format(name, file, context, profile)
        for name, file in sorted(files.items(), key=lambda item: order.index(item[1].reads))
    ]
    for one in formats:
        for other in formats:
            # One of them would clear a field that the other leaves as it is.
            lacking = one.lacks - other.lacks - _list_needless(files[one.name])
            if one.staged is other.staged and lacking:
                reason = f"is read as the same as {other.name} and must have the same columns"
                raise CellError(reason, one.name)
    return DeliveryFormat(
        f"profile-{profile.name}", tuple(formats), _find_extents(profile, files, formats)
    )


def _list_needless(file: RenamedFile) -> frozenset[str]:
    """Return the fields that a file without students may lack, though another has them."""
    kind = file.constants.get("kind", "student")
    return frozenset() if kind == "student" else _STUDENTS_ALONE


def _find_extents(
    profile: Profile, files: dict[str, RenamedFile], formats: list[FileFormat]
) -> dict[Staged, Extent]:
    """Return what is complete: where the profile says so and all its files for it are there."""
    extents: dict[Staged, Extent] = {staged_tables.enrollments: "classes"}
    for format_ in formats:
        reads = files[format_.name].reads
        entries = [file for file in profile.files if file.reads == reads]
        there = [e for e in entries if not e.optional or e in files.values()]
        if format_.staged and all(e.complete and e in files.values() for e in there):
            extents[format_.staged] = "complete"
    return extents


def _list_plain_formats(context: Context) -> dict[str, FileFormat]:
    made = (
        make_orgs_format(),
        make_people_format(context.today),
        make_classes_format(),
        make_enrollments_format(),
        make_guardians_format(),
    )
    return {format_.name.removesuffix(".csv"): format_ for format_ in made}


def _make_format(name: str, file: RenamedFile, context: Context, profile: Profile) -> FileFormat:
    plain = _list_plain_formats(context)[file.reads]
    known = {column.name: column for column in plain.columns}
    _judge_columns(file, known, plain.name)
    constants = {
        column: _parse_constant(known[column], value) for column, value in file.constants.items()
    }
    reads = _make_readers(file, known, context, profile)
    columns = tuple(
        replace(
            known[column],
            name=header,
            required=column not in file.may_lack,
            also=file.also.get(column, ()),
            read=reads[column],
        )
        for column, header in file.columns.items()
    )
    headers = dict(file.columns)

    def stage_rows(rows: RowBatch) -> StagedRows:
        if _may_be_untitled(file):
            titles = zip(rows[headers["title"]], rows[headers["sourced_id"]], strict=True)
            rows.values = {**rows.values, headers["title"]: [own or id_ for own, id_ in titles]}
        return _stage_renamed(plain, rows, headers, constants)

    filled = {known[column].field for column in (*file.columns, *file.constants)}
    return FileFormat(
        name, plain.staged, columns, stage_rows, plain.identity and headers.get(plain.identity),
        TOLERANT, lacks=plain.fields - filled,
    )  # fmt: skip


def _judge_columns(file: RenamedFile, known: Mapping[str, Column], plain: str) -> None:
    """Raise `CellError` for columns that the plain format does not have, or needs."""
    for column in (*file.columns, *file.constants):
        if column not in known:
            reason = f"is no column of {plain}"
            raise CellError(reason, column)
    for needed in known.values():
        if needed.required and needed.name not in file.columns | file.constants:
            reason = f"is needed for {plain}: name its column or give a constant"
            raise CellError(reason, needed.name)


def _make_readers(
    file: RenamedFile, known: Mapping[str, Column], context: Context, profile: Profile
) -> dict[str, Read]:
    reads = {column: known[column].read for column in file.columns}
    if "birth_date" in reads:
        reads["birth_date"] = birth_dates(context.today, profile.text.dates)
    if _may_be_untitled(file):
        reads["title"] = parse_text
    for column, words in file.values.items():
        reads[column] = _make_word_reader(column, words, reads[column])
    return reads


def _may_be_untitled(file: RenamedFile) -> bool:
    return file.reads == "classes" and "title" in file.may_lack


def _make_word_reader(column: str, words: Mapping[str, str], read: Read) -> Read:
    """Return a reader of the system's own words; raise `CellError` for one that means nothing."""
    known = {}
    for word, meant in words.items():
        try:
            known[make_value_key(word)] = read(meant)
        except CellError as error:
            reason = f"means what the plain format does not know: {error.reason}"
            raise CellError(reason, f"values.{column}") from None

    def read_cell(cell: str) -> object:
        key = make_value_key(cell)
        if key not in known:
            reason = "is a word of which the profile does not say what it means"
            raise CellError(reason)
        return known[key]

    return read_cell


def _parse_constant(column: Column, value: str) -> object:
    try:
        return column.read(value)
    except CellError as error:
        raise CellError(error.reason, column.name) from None


def _stage_renamed(
    plain: FileFormat, rows: RowBatch, headers: dict[str, str], constants: dict[str, object]
) -> StagedRows:
    """Stage the rows as the plain format does; report its refusals by the file's columns."""
    values = {}
    for column in plain.columns:
        if column.name in headers:
            values[column.name] = rows[headers[column.name]]
        else:
            value = constants[column.name] if column.name in constants else column.read("")
            values[column.name] = [value] * len(rows)
    as_plain = RowBatch(rows.places, values)
    staged = list(plain.stage(as_plain))
    for what, count in as_plain.warnings.items():
        rows.warn(what, count)
    for n, errors in as_plain.refused.items():
        for error in errors:
            rows.refuse(n, headers.get(error.column or "", error.column or ""), error.reason)
    return staged
