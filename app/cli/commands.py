"""Every command, and the exit code and line of a failure.

Exit codes: 0 done, or allowed; 1 refused, failed, or not allowed; 2 wrong usage or settings;
3 the store cannot be reached or is not at this version's schema. Of imports also: 4 it waits for a
person; 5 another is under way.
"""

import os
import sys

import typer

from app.cli.catalog import Catalog
from app.cli.terminal import REFUSED, STORE, hint
from app.errors import ClearpostError, OutcomeUnknownError, SchemaError, StoreUnavailableError
from app.log import describe_traceback

app = typer.Typer(
    name="clearpost",
    cls=Catalog,
    help="May this post be published? Answers checks, keeps the store and its ledger.",
    epilog="Exit codes: 0 done or allowed; 1 refused, failed or not allowed; 2 wrong usage or "
    "settings; 3 the store cannot be used; of imports also 4, it waits for a person; "
    "5 another is under way.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def clearpost() -> None:
    """Stand for the command itself: a group is one by its callback or by its commands."""


def main() -> None:
    """Run the command line; expected failures end in one line and an exit code."""
    # What the commands write, above all SQLite's files, is about students: for its owner only.
    os.umask(0o077)
    try:
        app()
    except OutcomeUnknownError:
        hint("clearpost: the store was lost at the end; look whether the change is there")
        sys.exit(STORE)
    except StoreUnavailableError as error:
        hint(f"clearpost: {error.fault or error}")
        sys.exit(STORE)
    except SchemaError as error:
        hint(f"clearpost: {error}")
        sys.exit(STORE)
    except ClearpostError as error:
        hint(f"clearpost: {error}")
        sys.exit(REFUSED)
    except OSError as error:
        hint(f"clearpost: {error.strerror or 'input or output failed'}: {error.filename or ''}")
        sys.exit(REFUSED)
    except Exception as error:  # noqa: BLE001 - the last resort: Python would print a row perhaps
        hint(f"clearpost: something failed that nobody foresaw: {describe_traceback(error)}")
        sys.exit(REFUSED)
