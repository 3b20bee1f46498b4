"""Records that come twice in a delivery: the first counts, one with other content is refused."""

from collections.abc import Callable, Iterable
from typing import Protocol

from sqlalchemy import Connection

from app.imports.reading.file_formats import FileFormat
from app.imports.report import FileReport
from app.imports.staging import staged_tables
from app.imports.staging.several_schools import join_orgs


class Repeating(Protocol):
    """A file of the delivery, its format and its report."""

    format: FileFormat
    report: FileReport


def refuse_repeats(
    connection: Connection,
    sources: Iterable[Repeating],
    located: Callable[[int], tuple[Repeating, int]],
) -> None:
    """Keep the first row of each record that is staged, and tell of those that say otherwise."""
    keyed = {source.format.staged for source in sources if source.format.staged}
    # Somebody has several roles, guardians and answers; which of them counts is settled later.
    for staged in keyed & {staged_tables.people, staged_tables.users}:
        join_orgs(connection, staged)
    for staged in keyed - {staged_tables.flags, staged_tables.roles, staged_tables.agents}:
        for place in staged_tables.drop_repeats(connection, staged):
            source, line = located(place)
            if source.format.lenient:
                source.report.warn("rows repeat an earlier one with other content and are left out")
                continue
            reason = "repeats an earlier row with other content"
            source.report.refuse_row(line, source.format.columns[0].name, reason)
    staged_tables.drop_repeats(connection, staged_tables.account_managers)
