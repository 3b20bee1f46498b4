"""OneRoster 1.1 and 1.2 as CSV files: 1EdTech's CSV bindings 1.1 and 1.2.1.

`manifest.csv` says of each file whether it is there in bulk, as a delta, or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.imports.reading.delivery_formats import Assembly, Context, DeliveryFormat, Extent
from app.imports.reading.file_formats import FileFormat
from app.imports.reading.standards import orgs_and_classes, users
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import Parts, assemble_records

_RECORD = {"id": "sourcedId", "status": "status"}
_NAMES = {"given_name": "givenName", "family_name": "familyName"}
_USERS = {
    **_RECORD, "enabled": "enabledUser", **_NAMES, "grade": "grades", "email": "email",
    "agents": "agentSourcedIds", "student_number": "identifier",
}  # fmt: skip
_USERS_OF = {
    "1.1": _USERS | {"org_id": "orgSourcedIds", "kind": "role"},
    "1.2": _USERS | {"org_id": "primaryOrgSourcedId", "preferred_name": "preferredGivenName"},
}
_ROLES = {
    "user": "userSourcedId", "status": "status", "kind": "role", "primary": "roleType",
    "org_id": "orgSourcedId",
}  # fmt: skip
_DEMOGRAPHICS = {"user": "sourcedId", "status": "status", "birth_date": "birthDate"}
_ORGS = {**_RECORD, "name": "name", "kind": "type", "parent_id": "parentSourcedId"}
_CLASSES = {**_RECORD, "title": "title", "org_id": "schoolSourcedId"}
_ENROLLMENTS = {
    "class_id": "classSourcedId", "person_id": "userSourcedId", "role": "role",
    "status": "status", "until": "endDate",
}  # fmt: skip

MANIFEST = "manifest.csv"
# Files of the standard with nothing in them that is needed here.
_IGNORED = (
    "categories classresources classscoresets courseresources courses lineitemlearningobjectiveids "
    "lineitems lineitemscoresets resources resultlearningobjectiveids results resultscoresets "
    "scorescales userprofiles userresources"
)
IGNORED = frozenset(f"{name}.csv" for name in _IGNORED.split()) | {MANIFEST}
NEEDED = (
    "orgs.csv", "users.csv", "roles.csv", "demographics.csv", "classes.csv", "enrollments.csv",
    "academicSessions.csv",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `manifest.csv`: the version, `1.1` or `1.2`, and the extent of each file."""

    version: str
    extents: Mapping[str, Extent]


def make_oneroster_format(context: Context, manifest: Manifest) -> DeliveryFormat:
    """Return the files that the manifest announces."""
    made: dict[str, FileFormat] = {
        "orgs.csv": orgs_and_classes.make_orgs_format("orgs.csv", _ORGS),
        "users.csv": users.make_users_format("users.csv", _USERS_OF[manifest.version], context),
        "roles.csv": users.make_roles_format("roles.csv", _ROLES, context),
        "demographics.csv": users.make_demographics_format(
            "demographics.csv", _DEMOGRAPHICS, context
        ),
        "classes.csv": orgs_and_classes.make_classes_format("classes.csv", _CLASSES),
        "enrollments.csv": orgs_and_classes.make_enrollments_format(
            "enrollments.csv", _ENROLLMENTS, context
        ),
        "academicSessions.csv": orgs_and_classes.make_sessions_format("academicSessions.csv"),
    }
    extents = manifest.extents
    formats = tuple(made[name] for name in NEEDED if name in extents)
    whole = {
        staged_tables.orgs: extents.get("orgs.csv", "delta"),
        staged_tables.classes: extents.get("classes.csv", "delta"),
        staged_tables.enrollments: extents.get("enrollments.csv", "delta"),
        staged_tables.people: extents.get("users.csv", "delta"),
        staged_tables.guardians: extents.get("users.csv", "delta"),
    }
    parts = Parts(
        roles="roles.csv" in extents,
        births="demographics.csv" in extents,
        delta=any(extents.get(name) == "delta" for name in NEEDED[1:4]),
        users_delta=extents.get("users.csv", "delta") == "delta",
    )

    return DeliveryFormat(
        f"oneroster-{manifest.version}",
        formats,
        whole,
        ignored=IGNORED,
        assemblies=make_assemblies(),
        assemble=lambda connection: assemble_records(connection, parts),
    )


def make_assemblies() -> dict[staged_tables.Staged, Assembly]:
    """Return the assemblies of people and guardians, of those of these files that are there."""
    return {
        staged_tables.people: Assembly(
            ("users.csv", "roles.csv", "demographics.csv"), users.OPTIONAL
        ),
        staged_tables.guardians: Assembly(("users.csv", "relationships.csv"), frozenset()),
    }
