"""`clearpost receipts`: the keys that sign receipts of clearances."""

import typer

from app.auth.receipts import ReceiptKeys
from app.cli.context import load_settings
from app.cli.terminal import STORE, hint, say, stop
from app.errors import StoreUnavailableError

app = typer.Typer(help="Keys that sign receipts of clearances.", no_args_is_help=True)


@app.command()
def rotate() -> None:
    """Make a new key, which signs from now on; receipts of the others still verify.

    Running services take it up within a second. To void the receipts of a key, remove its file.
    """
    keys = _open_keys()
    try:
        name = keys.add_key()
    except StoreUnavailableError:
        stop(f"{load_settings().receipt_folder}: cannot be written", STORE)
    hint(f"{name} signs receipts from now on.")


@app.command("list")
def list_() -> None:
    """Every key that verifies, the newest first, which signs."""
    try:
        for key in _open_keys().list_public()["keys"]:
            say(key["kid"])
    except StoreUnavailableError:
        stop(f"{load_settings().receipt_folder}: holds no key that can be read", STORE)


def _open_keys() -> ReceiptKeys:
    return ReceiptKeys(load_settings().receipt_folder)
