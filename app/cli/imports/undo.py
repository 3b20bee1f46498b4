"""`clearpost import undo ID`: plan what would put things back as they were before an import."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.imports.decisions import actor_of, get_import, told_if_busy
from app.cli.imports.wording import describe_state, exit_code
from app.cli.recording import AsAdministrator
from app.cli.terminal import hint, print_rows
from app.imports.report import format_count
from app.imports.undo.requests import plan_undo, put_undo
from app.imports.undo.undo_plan import KeptRecord
from app.store.service.import_plans import RecordedPlan

_SHOWN = 20


def undo(
    import_id: Annotated[str, typer.Argument(metavar="ID", help="An import that was applied.")],
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell what it would do; put nothing on record.")
    ] = False,
    as_: AsAdministrator = None,
) -> None:
    """Plan what puts things back as they were before an import; it waits to be approved.

    Statements are taken back by later ones, never deleted. What was changed since stays, and is
    listed by id.
    """
    settings = load_settings()
    with current_store(settings) as store, told_if_busy():
        get_import(store, import_id)
        planned = plan_undo(store, settings, import_id)
        show_undo(planned.plan, planned.kept)
        if plan:
            raise typer.Exit(exit_code("planned", "waits"))
        with store.writing() as connection:
            found = put_undo(connection, actor_of(store, as_), planned)
    for line in describe_state(found.id, found.state, found.reason, is_undo=True):
        hint(line)
    raise typer.Exit(exit_code(found.state))


def show_undo(plan: RecordedPlan, kept: Sequence[KeptRecord]) -> None:
    """The plan of an undo: a table of kinds, the rest in words."""
    columns = ("added", "changed", "removed")
    table = [
        (kind, *(str(count) for count in (said.added, said.changed, said.removed)))
        for kind, said in plan.kinds.items()
    ]
    print_rows(("kind", *columns), table)
    for line in describe_undo(plan):
        hint(line)
    for one in kept[:_SHOWN]:
        hint(f"Stays: {one.kind} {one.key}: {one.reason}.")
    if len(kept) > _SHOWN:
        hint(f"and {format_count(len(kept) - _SHOWN, 'other', 'others')} that stay.")


def describe_undo(plan: RecordedPlan) -> Iterator[str]:
    """Yield what a person should know of an undo before they say yes."""
    consents, undone = plan.consents, plan.undo
    if undone is None:
        return
    for decision, count in sorted(undone.statements.items()):
        what = format_count(count, "statement", "statements")
        yield f"{what} taken back or said again ({decision})."
    told = (
        (consents.people_refused, "person", "people",
         "Stricter: {} may be shown for less than now."),
        (consents.people_allowed, "person", "people",
         "Looser: {} may be shown for more than now, as before the import."),
        (undone.stay_closed, "person", "people",
         "For {} a refusal goes and another stands: they stay refused."),
        (plan.marked, "person", "people", "Stricter: {} who came with it: inactive now."),
        (undone.lists, "list", "lists", "{} with the date of before again."),
        (undone.doubts, "doubt", "doubts", "Stricter: {} that it ended: open again."),
        (undone.doubts_ended, "row in doubt", "rows in doubt",
         "Looser: {} by it alone: no longer in doubt."),
        (undone.stay, "org or class", "orgs or classes", "{} of it on file still."),
    )  # fmt: skip
    yield from (words.format(format_count(n, one, many)) for n, one, many, words in told if n)
    for kind, count in sorted(undone.kept.items()):
        yield f"Not put back: {count:,} of {kind}, changed or corrected since, or carried over."
