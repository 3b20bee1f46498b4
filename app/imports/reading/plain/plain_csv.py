"""The plain format: `docs/csv.md`."""

from app.imports.reading.delivery_formats import Context, DeliveryFormat
from app.imports.reading.plain.accounts_and_permissions import (
    make_accounts_format,
    make_designations_format,
    make_grants_format,
    make_releases_format,
)
from app.imports.reading.plain.consents import make_consents_format
from app.imports.reading.plain.rosters import (
    make_classes_format,
    make_enrollments_format,
    make_guardians_format,
    make_orgs_format,
    make_people_format,
)
from app.imports.staging import staged_tables

FILES = (
    "orgs.csv", "people.csv", "classes.csv", "enrollments.csv", "guardians.csv", "consents.csv",
    "accounts.csv", "designations.csv", "grants.csv", "releases.csv",
)  # fmt: skip


def make_plain_format(context: Context) -> DeliveryFormat:
    """Return the files of the plain format, each after those that it refers to.

    People and their records are those that changed; classes are delivered whole.
    """
    formats = (
        make_orgs_format(),
        make_people_format(context.today),
        make_classes_format(),
        make_enrollments_format(),
        make_guardians_format(),
        make_consents_format(context.zone, context.delivered_at),
        make_accounts_format(context.zone),
        make_designations_format(),
        make_grants_format(),
        make_releases_format(),
    )
    return DeliveryFormat(
        "plain", formats, extents={staged_tables.enrollments: "classes"}, strict=True
    )
