"""Every command by its name: the module that holds it, and its line in `clearpost --help`.

A module is read when its command is asked for. All of them take two seconds, the service included.
"""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class CommandEntry(NamedTuple):
    """The module that holds a command, and the first sentence of its help."""

    module: str
    member: str
    help: str


ENTRIES = {
    "serve": CommandEntry(
        "serving", "serve", "Upgrade the store, then serve until Ctrl-C or SIGTERM."
    ),
    "generate": CommandEntry(
        "imports.run",
        "generate_folder",
        "Write a made-up district, as CSV files that `clearpost import` reads.",
    ),
    "settings": CommandEntry(
        "options", "settings", "Print every option: the value in force, the default, the meaning."
    ),
    "demo": CommandEntry(
        "demonstration",
        "demo",
        "Show it: a demo district in var/, three checks, the service and an intranet until Ctrl-C.",
    ),
    "migrate": CommandEntry(
        "upgrading", "upgrade_store", "Bring the store to this version's schema, and exit."
    ),
    "check": CommandEntry("checks", "app", "Ask a check."),
    "account": CommandEntry("accounts", "app", "Accounts on social networks."),
    "consent": CommandEntry("consents", "app", "Statements of consent, and what they come to."),
    "designation": CommandEntry(
        "designations", "app", "Who holds an office, or acts for it: add, end, list."
    ),
    "grant": CommandEntry("grants", "app", "Permissions of the offices: add, revoke, list."),
    "moderation": CommandEntry("moderations", "app", "Moderation by content managers: add, list."),
    "keys": CommandEntry("keys", "app", "API keys: create, list, rotate, revoke."),
    "ledger": CommandEntry("ledger", "app", "The ledger of decisions and changes."),
    "person": CommandEntry("people", "app", "People on file."),
    "import": CommandEntry(
        "imports.group",
        "app",
        "Take in a delivery of the district's lists: a folder, a zip or a file.",
    ),
    "list": CommandEntry("imports.run", "lists", "The consent list's date."),
    "origins": CommandEntry("origins", "app", "Origins whose pages may use widgets."),
}


def load_command(name: str) -> Any:
    """The command `name` of `ENTRIES`, from its module."""
    entry = ENTRIES[name]
    member = getattr(import_module(f"app.cli.{entry.module}"), entry.member)
    home = typer.Typer(rich_markup_mode=None)
    home.callback()(lambda: None)
    if isinstance(member, typer.Typer):
        home.add_typer(member, name=name)
    else:
        home.command(name)(member)
    group: Any = typer.main.get_command(home)
    return group.commands[name]


class Catalog(TyperGroup):
    """The group of all commands; each is loaded when it is asked for, and not to be listed."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        # What help and suggestions need of a command is its name and its line.
        self.commands = {name: TyperCommand(name, help=it.help) for name, it in ENTRIES.items()}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command itself, or `None` where there is none of that name."""
        named = super().get_command(ctx, cmd_name)
        return load_command(cmd_name) if named else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command, and load none."""
        TyperGroup(commands=dict(self.commands)).format_commands(ctx, formatter)
