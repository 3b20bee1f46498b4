"""The plain format: `docs/csv.md`."""

from app.imports.registry import accounts, designations, grants, releases
from app.imports.rosters import classes, enrollments, guardians, orgs, people
from app.imports.shapes import Context, Shape
from app.imports.statements import consents
from app.store import staging

FILES = (
    "orgs.csv", "people.csv", "classes.csv", "enrollments.csv", "guardians.csv", "consents.csv",
    "accounts.csv", "designations.csv", "grants.csv", "releases.csv",
)  # fmt: skip


def plain(context: Context) -> Shape:
    """The files of the plain format, each after what it refers to.

    People and what belongs to them are what changed; classes are delivered whole.
    """
    formats = (
        orgs(), people(context.today), classes(), enrollments(), guardians(),
        consents(context.zone, context.delivered_at), accounts(context.zone),
        designations(), grants(), releases(),
    )  # fmt: skip
    return Shape("plain", formats, extents={staging.enrollments: "classes"}, strict=True)
