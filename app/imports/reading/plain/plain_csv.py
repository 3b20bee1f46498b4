"""The plain format: `docs/csv.md`."""

from app.imports.reading.delivery_formats import Context, DeliveryFormat
from app.imports.reading.plain.accounts_and_permissions import (
    accounts,
    designations,
    grants,
    releases,
)
from app.imports.reading.plain.consents import consents
from app.imports.reading.plain.rosters import classes, enrollments, guardians, orgs, people
from app.imports.staging import staged_tables

FILES = (
    "orgs.csv", "people.csv", "classes.csv", "enrollments.csv", "guardians.csv", "consents.csv",
    "accounts.csv", "designations.csv", "grants.csv", "releases.csv",
)  # fmt: skip


def plain(context: Context) -> DeliveryFormat:
    """Return the files of the plain format, each after those that it refers to.

    People and their records are those that changed; classes are delivered whole.
    """
    formats = (
        orgs(), people(context.today), classes(), enrollments(), guardians(),
        consents(context.zone, context.delivered_at), accounts(context.zone),
        designations(), grants(), releases(),
    )  # fmt: skip
    return DeliveryFormat(
        "plain", formats, extents={staged_tables.enrollments: "classes"}, strict=True
    )
