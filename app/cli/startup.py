"""The lines printed once when the service starts: version, store, consent mode, limits, places."""

import os
from importlib.metadata import version
from pathlib import Path

from app.cli.context import read_url
from app.database.faults import describe_store
from app.settings import Settings

_SILENCE = {
    "refusal_list": "who is not on the list of refusals may be shown",
    "opt_in": "who has not said yes is not shown",
}


def describe_start(settings: Settings, workers: int) -> str:
    """Return the lines that say what starts and where it keeps what it keeps; no password."""
    shared = f"in memory that {workers} worker processes share" if workers > 1 else "in memory"
    file = Path(os.environ.get("CLEARPOST_ENV_FILE", "clearpost.env")).absolute()
    told = {
        "Store": describe_store(read_url(settings)),
        "Consent mode": f"{settings.consent_mode}: {_SILENCE[settings.consent_mode]}",
        "Limits a minute": f"counted {shared}; people a day: in the store",
        "Settings file": f"{file}{'' if file.exists() else ' (not there)'}",
        "Signing key": f"{settings.signing_key_file.absolute()}",
        "Receipt keys": f"{settings.receipt_folder.absolute()}",
        "Import spool": f"{settings.import_spool.absolute()}",
    }
    lines = [f"  {name + ':':17}{text}" for name, text in told.items()]
    return "\n".join([f"Clearpost {version('clearpost')}", *lines])
