"""`clearpost import`: its commands; what is none of them goes to `run` (`app.cli.entries`)."""

import typer

from app.cli.entries import IMPORT_EXITS, IMPORT_HELP
from app.cli.imports import (
    decisions,
    differences,
    doubts,
    notices,
    profiles,
    pull,
    run,
    status,
    undo,
    watch,
)

app = typer.Typer(help=IMPORT_HELP, epilog=IMPORT_EXITS, no_args_is_help=True)
app.command("run", cls=run.CompleteCommand)(run.run)
app.command("status")(status.status)
app.command("approve")(decisions.approve)
app.command("reject")(decisions.reject)
app.command("undo")(undo.undo)
app.command("resume")(decisions.resume)
app.command("abandon")(decisions.abandon)
app.command("work", hidden=True)(decisions.work)
app.command("watch", cls=run.CompleteCommand)(watch.watch)
app.command("notify")(notices.notify)
app.command("differences")(differences.differences)
app.command("pull")(pull.pull)
app.add_typer(profiles.app, name="profiles")
app.add_typer(doubts.app, name="doubts")
