"""The format of a delivery, recognised by the names of its files and their headers."""

import csv
import re
from collections.abc import Sequence

from app.imports.reading.archive import DAMAGE, Member
from app.imports.reading.cell_values import CellError
from app.imports.reading.delivery_formats import Context, DeliveryFormat, Extent
from app.imports.reading.dialects import decode_start
from app.imports.reading.headers import MOST_BEFORE_HEADER, make_column_key
from app.imports.reading.plain import plain_csv
from app.imports.reading.profiles.model import Profile
from app.imports.reading.standards.oneroster import (
    IGNORED,
    MANIFEST,
    NEEDED,
    Manifest,
    make_oneroster_format,
)
from app.imports.reading.standards.renamed_files import make_renamed_format
from app.imports.reading.standards.school_data_sync import (
    FILES_V1,
    make_sds1_format,
    make_sds2_format,
    make_sds21_format,
)
from app.imports.report import Report

_PLAIN = frozenset(plain_csv.FILES)
_ROSTER = frozenset(name.casefold() for name in NEEDED) | {"relationships.csv", "userflags.csv"}
_SHARED = _PLAIN & _ROSTER
_V1 = frozenset(name.casefold() for name in FILES_V1)
# The names of all files of all standards, in lower case.
KNOWN = _PLAIN | _ROSTER | _V1 | IGNORED
# Public layouts that a profile of ours reads, by files that no other has together.
_PUBLIC = {
    "apple_school_manager": {"students.csv", "rosters.csv", "locations.csv"},
    "clever": {"students.csv", "sections.csv", "schools.csv"},
}
_EXTENTS: dict[str, Extent] = {"bulk": "complete", "delta": "delta"}
_VERSION = "oneroster.version"
_ENTRY = re.compile(r"file\.([a-z]+)", re.IGNORECASE)


def recognize_delivery(
    members: Sequence[Member], context: Context, report: Report
) -> DeliveryFormat | None:
    """Return the shape of these files; None, and the reason in `report`, where there is none.

    A profile's own files belong to every format.
    """
    files = {member.key: member for member in members}
    try:
        return (
            None
            if _is_public(files, context, report)
            else _recognize_format(files, context, report)
        )
    except CellError as error:
        profile = context.profile.name if context.profile else ""
        report.refuse(f"profile {profile}", f"{error.column}: {error.reason}")
        return None


def _is_public(files: dict[str, Member], context: Context, report: Report) -> bool:
    """Say which profile of ours reads a public layout that comes without one."""
    found = [name for name, names in _PUBLIC.items() if names <= files.keys()]
    if context.profile or MANIFEST in files or not found:
        return False
    report.refuse("delivery", f"looks like what --profile {found[0]} reads")
    return True


def _recognize_format(
    files: dict[str, Member], context: Context, report: Report
) -> DeliveryFormat | None:
    families = {
        "the plain format": (files.keys() & _PLAIN) - _SHARED,
        "OneRoster or School Data Sync": files.keys() & (_ROSTER - _SHARED | {MANIFEST}),
        "School Data Sync v1": files.keys() & _V1,
    }
    if context.profile:
        own = {key for key in files if _is_profile_file(context.profile, files[key].name)}
        families = {name: found - own for name, found in families.items()}
    found = {name: sorted(names) for name, names in families.items() if names}
    if len(found) > 1:
        told = "; ".join(f"{', '.join(names)} of {family}" for family, names in found.items())
        report.refuse("delivery", f"holds files of several formats: {told}")
        return None
    if MANIFEST in files:
        return _recognize_oneroster(files, context, report)
    if context.profile and _brings_rosters(context.profile, files):
        return _recognize_profile(files, context, report)
    if "School Data Sync v1" in found:
        return make_sds1_format(context) if _has_all_files(FILES_V1, files, report) else None
    if "OneRoster or School Data Sync" in found:
        return _recognize_sds(files, context, report)
    is_plain = "the plain format" in found or files.keys() & _SHARED
    return (_recognize_plain if is_plain else _recognize_profile)(files, context, report)


def _is_profile_file(profile: Profile, name: str) -> bool:
    """Return whether a file under this name is one that only the profile knows."""
    renames = any(file.names(name) for file in profile.files)
    return renames or (profile.flags_of(name) is not None and name.casefold() not in _ROSTER)


def _brings_rosters(profile: Profile, files: dict[str, Member]) -> bool:
    """Return whether some of the files are rosters as the profile describes them.

    Files of other names beside them are the plain format's at most, and then the delivery is.
    """
    meant = [
        key for key, member in files.items() if any(f.names(member.name) for f in profile.files)
    ]
    return bool(meant) and not (files.keys() - set(meant)) & (_PLAIN - _SHARED)


def _read_header_names(member: Member) -> set[str]:
    """Return the names in a file's header, as they stand there but for their case.

    That is the first of a few lines with an id in it, as all files of these formats have; else the
    first line.
    """
    try:
        start = decode_start(member).lstrip("\ufeff\r\n")
    except DAMAGE:
        return set()
    lines = re.split("\r\n?|\n", start, maxsplit=MOST_BEFORE_HEADER + 1)
    line = next((one for one in lines[:-1] if "sourcedid" in one.lower()), lines[0])
    delimiter = max(",\t;|", key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return {cell.strip().lower() for cell in cells}


def _recognize_plain(
    files: dict[str, Member], context: Context, report: Report
) -> DeliveryFormat | None:
    """Recognise, by their headers, files with names that several formats share."""
    if files.keys() & (_PLAIN - _SHARED):
        return plain_csv.make_plain_format(context)
    for key in sorted(files.keys() & _SHARED):
        if {"sourcedid", "classsourcedid"} & _read_header_names(files[key]):
            reason = "is missing: without it nobody can tell which format this is"
            report.refuse("users.csv", reason)
            return None
    return plain_csv.make_plain_format(context)


def _recognize_sds(
    files: dict[str, Member], context: Context, report: Report
) -> DeliveryFormat | None:
    if not _has_all_files(("orgs.csv", "users.csv"), files, report):
        return None
    users = _read_header_names(files["users.csv"])
    roles = _read_header_names(files["roles.csv"]) if "roles.csv" in files else set()
    if "enableduser" in users or "roletype" in roles:
        return _recognize_bulk(files, context, report, "1.2" if "roletype" in roles else "1.1")
    if "roles.csv" in files:
        return make_sds21_format(context)
    if "role" in users:
        return make_sds2_format(context)
    report.refuse("roles.csv", "is missing, and users.csv has no column role")
    return None


def _recognize_bulk(
    files: dict[str, Member], context: Context, report: Report, version: str
) -> DeliveryFormat | None:
    """Recognise OneRoster without a manifest where the deliverer calls every file complete."""
    if context.bulk:
        named = [name for name in NEEDED if name.casefold() in files]
        return make_oneroster_format(context, Manifest(version, dict.fromkeys(named, "complete")))
    reason = (
        "is missing: without it a bulk file cannot be told from a delta. If every file holds all "
        "there is, say so: --complete"
    )
    report.refuse(MANIFEST, reason)
    return None


def _has_all_files(names: Sequence[str], files: dict[str, Member], report: Report) -> bool:
    missing = [name for name in names if name.casefold() not in files]
    for name in missing:
        report.refuse(name, "is missing; a file with a header alone says that there are none")
    return not missing


def _recognize_oneroster(
    files: dict[str, Member], context: Context, report: Report
) -> DeliveryFormat | None:
    said = _read_manifest(files[MANIFEST], report)
    if said is None:
        return None
    announced = [name for name in NEEDED if name in said.extents]
    if not announced:
        report.refuse(MANIFEST, "announces none of the files that are read")
        return None
    missing = [name for name in announced if name.casefold() not in files]
    for name in missing:
        report.refuse(name, "is missing, though manifest.csv announces it")
    for name in NEEDED:
        if name.casefold() in files and name not in said.extents:
            report.warnings.append(f"{name}: manifest.csv says it is absent; it was not read")
    return None if missing else make_oneroster_format(context, said)


def _read_manifest(member: Member, report: Report) -> Manifest | None:
    try:
        text = decode_start(member)
        rows = [row for row in csv.reader(text.lstrip("\ufeff").splitlines()) if len(row) > 1]
    except (*DAMAGE, csv.Error):
        report.refuse(MANIFEST, "cannot be read")
        return None
    said = _read_properties(rows, report)
    if said is None:
        return None
    version = said.get(_VERSION, "")[:3]
    if version not in ("1.1", "1.2"):
        report.refuse(MANIFEST, f"{_VERSION} must be 1.1 or 1.2")
        return None
    names = {make_column_key(name.removesuffix(".csv")): name for name in NEEDED}
    extents: dict[str, Extent] = {}
    for key, value in said.items():
        entry = _ENTRY.fullmatch(key)
        if entry is None or entry[1] not in names or value == "absent":
            continue
        if value not in _EXTENTS:
            report.refuse(MANIFEST, f"{names[entry[1]]} must be bulk, delta or absent")
            return None
        extents[names[entry[1]]] = _EXTENTS[value]
    return Manifest(version, extents)


def _read_properties(rows: Sequence[Sequence[str]], report: Report) -> dict[str, str] | None:
    """Return what a manifest says, by property in small letters; None where it contradicts itself.

    Of what it says of files that are read, and of its version: the rest counts for nothing.
    """
    said: dict[str, str] = {}
    repeated: set[str] = set()
    for name, value in ([cell.strip().lower() for cell in row[:2]] for row in rows):
        if name in said and (name == _VERSION or _ENTRY.fullmatch(name)):
            repeated.add(name)
            if said[name] != value:
                report.refuse(MANIFEST, f"{_name_property(name)} is there twice, and not the same")
                return None
        said[name] = value
    if repeated:
        told = ", ".join(sorted({_name_property(name) for name in repeated}))
        report.warnings.append(f"{MANIFEST}: {told} is there more than once, each time the same")
    return said


def _name_property(name: str) -> str:
    """Return a property as OneRoster calls it; one it does not know is not repeated."""
    known = {f"file.{make_column_key(one.removesuffix('.csv'))}": one for one in NEEDED}
    if name in known:
        return f"file.{known[name].removesuffix('.csv')}"
    return name if name == _VERSION else "a file that is not read"


def _recognize_profile(
    files: dict[str, Member], context: Context, report: Report
) -> DeliveryFormat | None:
    """Recognise a profile's own files: rosters under other names, or consent columns."""
    profile = context.profile
    if profile is None:
        report.refuse(
            "delivery", f"holds none of {', '.join(plain_csv.FILES)}, nor a known export's"
        )
        return None
    names = {member.name for member in files.values()}
    rosters = {name: file for name in names for file in profile.files if file.names(name)}
    shape = make_renamed_format(context, profile, rosters)
    alone = len(names) == len(profile.flags) == 1  # an export's file may have any name
    if not rosters and not alone and not any(profile.flags_of(name) for name in names):
        meant = [f.file for f in profile.files] + [f.file for f in profile.flags]
        report.refuse("delivery", f"holds none of the profile's files: {', '.join(meant)}")
        return None
    return shape
