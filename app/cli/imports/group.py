"""`clearpost import`: `clearpost import DIR` and its subcommands behind one door."""

from typing import Any

import typer
from typer.core import TyperGroup

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

_DEFAULT = "run"
_HELP = """Take in a delivery of the district's lists: a folder, a zip or a file.

`clearpost import DIR` is short for `clearpost import run DIR`; its options are told by
`clearpost import run --help`. A folder that has the name of a command is `./NAME`.
"""
_EXITS = (
    "Exit codes: 0 applied, or nothing new; 1 refused rows, or it failed; 2 wrong usage or "
    "settings; 3 the store cannot be used; 4 it waits for a person (with --plan: it would); 5 "
    "another import is under way."
)


class _WithDefault(TyperGroup):
    """A group in which what is no command is the first argument of `run`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named, else `run` with all of `args`."""
        if args and self.get_command(ctx, args[0]) is None:
            args = [_DEFAULT, *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_WithDefault,
    help=_HELP,
    epilog=_EXITS,
    no_args_is_help=True,
    # Options in front of the folder are for `run` to judge.
    context_settings={"ignore_unknown_options": True},
)
app.command(_DEFAULT, cls=run.CompleteCommand)(run.run)
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
