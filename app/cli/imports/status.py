"""`clearpost import status`: where imports stand."""

from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from app.cli.context import current_store, load_settings
from app.cli.imports.decisions import conclude_import, get_import
from app.cli.imports.undo import show_undo
from app.cli.imports.wording import show_plan
from app.cli.terminal import hint, print_rows, say
from app.database.session import Store
from app.imports.report import RowError, fold_alike, format_count
from app.imports.staging import staged_area
from app.imports.undo import undo_application
from app.imports.undo.undo_plan import KeptRecord
from app.schemas.imports import ImportItem, ImportOut
from app.store.service import import_records as stored
from app.store.service.import_records import ImportRecord

_SHOWN = 20


def status(
    import_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An import; without, the last ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the API gives it.")] = False,
) -> None:
    """Where imports stand; with an id what one does, or would do, to the store."""
    with current_store(load_settings()) as store:
        if import_id is None:
            _list_last(store, as_json=as_json)
            return
        found = get_import(store, import_id)
        running = found.state in stored.UNDER_WAY and staged_area.is_claimed(store)
        with store.reading() as connection:
            errors = stored.list_errors(connection, found, limit=_SHOWN)
            kept = undo_application.read_kept(connection, found)
    if as_json:
        said = ImportOut.model_validate({**stored.describe_import(found), "running": running})
        say(said.model_dump_json())
        return
    refused = (RowError(one.file, one.line, one.column, one.reason) for one in errors)
    aside = "Set aside: " if found.plan else ""
    for error in fold_alike(refused):
        hint(f"{aside}{error}")
    if found.errors > len(errors):
        hint(f"and {format_count(found.errors - len(errors), 'other error', 'other errors')}")
    _show_plan(found, kept)
    if found.progress and found.state in stored.UNDER_WAY:
        done, total = found.progress.get("done", 0), found.progress.get("total", 0)
        hint(f"{found.progress.get('step')}: {done:,} of {total:,}")
    conclude_import(found)
    if found.state in stored.UNDER_WAY and not running:
        hint(f"Its process has ended. To go on: clearpost import resume {found.id}")


def _show_plan(found: ImportRecord, kept: Sequence[KeptRecord]) -> None:
    if found.plan and found.undoes:
        show_undo(found.plan, kept)
    elif found.plan:
        show_plan(found.plan)


def _list_last(store: Store, *, as_json: bool) -> None:
    with store.reading() as connection:
        found = stored.list_imports(connection, None, _SHOWN)
    if as_json:
        items = [ImportItem.model_validate(one, from_attributes=True) for one in found]
        say(orjson.dumps([one.model_dump(mode="json") for one in items]).decode())
        return
    lines = [
        (one.id, one.state, one.created_at.isoformat(timespec="seconds"), one.format or "")
        for one in found
    ]
    print_rows(("id", "state", "delivered", "format"), lines)
