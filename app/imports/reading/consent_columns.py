"""The consent columns of a profile, attached to the files of a format, or as files of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.imports.reading.archive import Member
from app.imports.reading.cell_values import CellError
from app.imports.reading.delivery_formats import Context, DeliveryFormat
from app.imports.reading.file_formats import FileFormat
from app.imports.reading.file_names import TEXTS
from app.imports.reading.profiles.model import FlagFile, Profile
from app.imports.reading.standards.consent_flags import (
    FlagReader,
    add_flag_columns,
    make_flag_format,
)
from app.imports.report import Report
from app.imports.staging import staged_tables


def attach_flags(
    shape: DeliveryFormat, files: Mapping[str, Member], context: Context, report: Report
) -> tuple[DeliveryFormat, dict[str, FlagReader]]:
    """Return the shape with the profile's consent columns, and their readers by file name.

    Where some of the profile's files are there, each must be: consent columns must not be lost
    silently. A roster may come without any, as beside a list that comes by itself; where the last
    one brought them, it waits.
    """
    profile = context.profile
    if profile is None or not profile.flags:
        if "userflags.csv" in files:
            report.warnings.append("userFlags.csv is read with a profile only, and was not read")
        return shape, {}
    formats: list[FileFormat] = list(shape.formats)
    readers: dict[str, FlagReader] = {}
    found = [_list_meant_names(profile, flags, files, shape) for flags in profile.flags]
    for flags, named in zip(profile.flags, found, strict=True):
        for name in named:
            reader = FlagReader(flags, profile)
            try:
                readers[_attach_columns(formats, name, reader, context)] = reader
            except CellError as error:
                report.refuse(f"profile {profile.name}", f"{error.column}: {error.reason}")
    lacking = [flags for flags, named in zip(profile.flags, found, strict=True) if not named]
    _judge_lacking(lacking, shape, files, report, alone=not any(found))
    return replace(shape, formats=tuple(formats)), readers


def _judge_lacking(
    lacking: Sequence[FlagFile],
    shape: DeliveryFormat,
    files: Mapping[str, Member],
    report: Report,
    *,
    alone: bool,
) -> None:
    """Refuse a delivery that lacks some of a profile's files; warn where a roster lacks all.

    Then every file must be known for what it is: one might be a list under another name.
    """
    known = {format_.name.casefold() for format_ in shape.formats} | shape.ignored
    others = [key for key in files if key not in known and key.endswith(TEXTS)]
    if alone and shape.extents.get(staged_tables.people) == "delta" and shape.formats:
        return
    if alone and shape.formats and not others:
        names = ", ".join(flags.file for flags in lacking)
        told = f"the profile's {names} did not come: the consent list keeps its date"
        report.warnings.append(told)
        return
    # Without one a yes in another would be news, and lift the no that stands beside it.
    for flags in lacking:
        report.refuse(flags.file, "is a file of the profile and is not in the delivery")


def _list_meant_names(
    profile: Profile, flags: FlagFile, files: Mapping[str, Member], shape: DeliveryFormat
) -> list[str]:
    """Return the names of the files that are meant; an export's alone may have any name."""
    named = [member.name for member in files.values() if _is_meant(profile, flags, member)]
    if not named and len(files) == 1 and not shape.formats:
        return [member.name for member in files.values()]
    return named


def _is_meant(profile: Profile, flags: FlagFile, member: Member) -> bool:
    return profile.flags_of(member.name) is flags and member.key.endswith(TEXTS)


def _attach_columns(
    formats: list[FileFormat], name: str, reader: FlagReader, context: Context
) -> str:
    """Add the consent columns of the file of this name to `formats`; what it is called there."""
    own = {format_.name.casefold(): n for n, format_ in enumerate(formats)}
    n = own.get(name.casefold())
    if n is None:
        formats.append(make_flag_format(name, reader, context))
        return name
    formats[n] = add_flag_columns(formats[n], reader, context)
    return formats[n].name
