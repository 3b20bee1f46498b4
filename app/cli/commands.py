"""Every command, and what becomes of a failure.

Exit codes: 0 done, or allowed; 1 refused, failed, or not allowed; 2 wrong usage or settings;
3 the store cannot be reached or is not at this version's schema. Of imports also: 4 it waits for a
person; 5 another is under way.
"""

import os
import sys

import typer

from app.cli import (
    accounts,
    checks,
    consents,
    demonstration,
    designations,
    grants,
    import_group,
    imports,
    keys,
    ledger,
    moderations,
    options,
    origins,
    people,
    serving,
)
from app.cli.opening import load_settings, migrate
from app.cli.terminal import REFUSED, STORE, hint
from app.errors import ClearpostError, OutcomeUnknownError, StoreUnavailableError
from app.store.migrations import SchemaError

app = typer.Typer(
    name="clearpost",
    help="May this post be published? Answers checks, keeps the store and its ledger.",
    epilog="Exit codes: 0 done or allowed; 1 refused, failed or not allowed; 2 wrong usage or "
    "settings; 3 the store cannot be used; of imports also 4, it waits for a person; "
    "5 another is under way.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(checks.app, name="check")
app.add_typer(accounts.app, name="account")
app.add_typer(consents.app, name="consent")
app.add_typer(designations.app, name="designation")
app.add_typer(grants.app, name="grant")
app.add_typer(moderations.app, name="moderation")
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")
app.add_typer(people.app, name="person")
app.add_typer(import_group.app, name="import")
app.add_typer(imports.lists, name="list")
app.add_typer(origins.app, name="origins")
app.command("serve")(serving.serve)
app.command("generate")(imports.generate_folder)
app.command("settings")(options.settings)
app.command("demo")(demonstration.demo)


@app.command("migrate")
def migrate_command() -> None:
    """Bring the store to this version's schema, and exit."""
    done = migrate(load_settings())
    hint("The store is now at this version's schema." if done else "Nothing to do.")


def main() -> None:
    """Run the command line; expected failures end in one line and an exit code."""
    # What the commands write, above all SQLite's files, is about students: for its owner only.
    os.umask(0o077)
    try:
        app()
    except OutcomeUnknownError:
        hint("clearpost: the store was lost at the end; look whether the change is there")
        sys.exit(STORE)
    except StoreUnavailableError:
        hint("clearpost: the store cannot be reached, is busy for too long, or is damaged")
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
