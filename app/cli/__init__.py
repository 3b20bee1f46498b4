"""The command line: `clearpost …`. `app.cli.entries` lists its commands."""

from app.cli.entry_point import main

__all__ = ["main"]
