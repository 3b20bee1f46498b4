"""Groups that know their commands by name and line, and read a module when its command is run.

All modules together take two seconds, the service included; help and a misspelt word need none.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from app.cli.entries import ENTRIES, CommandEntry, GroupEntry


def load_command(entry: CommandEntry) -> Any:
    """The command of `entry`, from its module."""
    home = typer.Typer(rich_markup_mode=None)
    home.command("it")(getattr(import_module(f"app.cli.{entry.module}"), entry.member))
    return _list_commands(home)["it"]


def load_group(entry: GroupEntry) -> Any:
    """The group of `entry` as its module has it, with its commands."""
    home = typer.Typer(rich_markup_mode=None)
    home.add_typer(import_module(f"app.cli.{entry.module}").app, name="it")
    return _list_commands(home)["it"]


def _list_commands(home: typer.Typer) -> Any:
    home.callback()(lambda: None)  # else a single command would be all there is
    group: Any = typer.main.get_command(home)
    return group.commands


class _GroupOfEntry(TyperGroup):
    """A group before any of its commands is loaded."""

    def __init__(self, name: str, entry: GroupEntry) -> None:
        # Options in front of what is given to the default command are for that to judge.
        settings = {"ignore_unknown_options": True} if entry.default else {}
        super().__init__(
            name=name, help=entry.help, epilog=entry.epilog, no_args_is_help=True,
            commands=_make_stubs(entry.commands), context_settings=settings, rich_markup_mode=None,
        )  # fmt: skip
        self._entry = entry

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command itself, or `None` where there is none of that name."""
        stub = self.commands.get(cmd_name)
        if isinstance(stub, _GroupOfEntry):
            return stub
        # Beside the default command there may be some that no help tells of.
        if stub is None and self._entry.default is None:
            return None
        return load_group(self._entry).get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named, else the default one with all of `args`."""
        if self._entry.default and args and self.get_command(ctx, args[0]) is None:
            args = [self._entry.default, *args]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command, and load none."""
        TyperGroup(commands=dict(self.commands)).format_commands(ctx, formatter)


class Catalog(TyperGroup):
    """The group of all commands; each is loaded when it is asked for, and not to be listed."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _make_stubs(ENTRIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command itself, or `None` where there is none of that name."""
        entry = ENTRIES.get(cmd_name)
        if isinstance(entry, CommandEntry):
            return load_command(entry)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command, and load none."""
        TyperGroup(commands=dict(self.commands)).format_commands(ctx, formatter)


def _make_stubs(entries: Any) -> dict[str, Any]:
    """A command for each entry that has what help and suggestions need of it: name and line."""
    stubs: dict[str, Any] = {}
    for name, entry in entries.items():
        if isinstance(entry, GroupEntry):
            stubs[name] = _GroupOfEntry(name, entry)
        else:
            stubs[name] = TyperCommand(name, help=entry if isinstance(entry, str) else entry.help)
    return stubs
