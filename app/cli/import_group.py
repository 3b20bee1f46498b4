"""`clearpost import`: `clearpost import DIR` and its subcommands behind one door."""

from typing import Any

import typer
from typer.core import TyperGroup

from app.cli import (
    import_decisions,
    import_differences,
    import_doubts,
    import_profiles,
    import_pull,
    import_status,
    import_undo,
    import_watch,
    imports,
    notices,
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
app.command(_DEFAULT, cls=imports.CompleteCommand)(imports.run)
app.command("status")(import_status.status)
app.command("approve")(import_decisions.approve)
app.command("reject")(import_decisions.reject)
app.command("undo")(import_undo.undo)
app.command("resume")(import_decisions.resume)
app.command("abandon")(import_decisions.abandon)
app.command("work", hidden=True)(import_decisions.work)
app.command("watch", cls=imports.CompleteCommand)(import_watch.watch)
app.command("notify")(notices.notify)
app.command("differences")(import_differences.differences)
app.command("pull")(import_pull.pull)
app.add_typer(import_profiles.app, name="profiles")
app.add_typer(import_doubts.app, name="doubts")
