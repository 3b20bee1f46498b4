"""`clearpost import pull`: a provider of OneRoster over REST, read and taken in."""

from typing import Annotated

import typer

from app.cli.context import current_store, load_settings
from app.cli.imports.notices import send_notices
from app.cli.imports.run import PATIENCE_SECONDS, show_progress, show_report
from app.cli.imports.wording import BUSY, exit_code
from app.cli.terminal import USAGE, hint, name_operator, stop
from app.database.session import Store
from app.errors import ConflictError
from app.imports.rest.providers import ProviderError
from app.imports.rest.pulls import Pulled, pull_provider
from app.imports.rest.replies import PullError
from app.imports.run import RunOptions
from app.settings import Settings
from app.store.ledger.changes import Actor

Provider = Annotated[
    str, typer.Argument(metavar="NAME", help="A provider of the file CLEARPOST_IMPORT_PROVIDERS.")
]


def pull(
    name: Provider,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read everything, not only what changed.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell what it would do; do nothing.")
    ] = False,
) -> None:
    """Read a OneRoster provider over REST, then import what came as any other delivery.

    What cannot be read whole is no delivery: nothing is imported, and the exit code is 1.
    """
    settings = load_settings()
    with current_store(settings) as store:
        try:
            pulled = _pull_records(store, settings, name, whole=whole, plan=plan)
        finally:
            if not plan:
                send_notices(store, settings)
    hint(f"{name}: {_describe_pull(pulled)}.")
    if pulled.doubted:
        hint(f"{name}: cannot be asked what changed in {pulled.doubted}: everything was read.")
    show_report(pulled.report)
    if pulled.kept:
        hint(f"What came lies in {pulled.kept} until the next pull.")
    raise typer.Exit(exit_code(pulled.report.state, pulled.report.reason))


def _pull_records(
    store: Store, settings: Settings, name: str, *, whole: bool, plan: bool
) -> Pulled:
    try:
        with show_progress() as told:
            return pull_provider(
                store,
                settings,
                name,
                whole=whole,
                actor=Actor(name_operator(), None, store.now()),
                progress=told,
                options=RunOptions(plan_only=plan, patience=PATIENCE_SECONDS),
            )
    except ProviderError as error:
        stop(str(error), USAGE)
    except PullError as error:
        stop(f"{name}: {error}; nothing was delivered")
    except ConflictError as error:
        stop(str(error), BUSY)


def _describe_pull(pulled: Pulled) -> str:
    what = "everything" if pulled.whole else "what changed"
    counts = ", ".join(f"{count:,} {of}" for of, count in sorted(pulled.counts.items()))
    return f"read {what}: {counts}"
