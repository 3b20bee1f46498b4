"""The command line: `clearpost …`. `app.cli.commands` puts its groups together."""

from app.cli.commands import main

__all__ = ["main"]
