"""A delivery taken in as a test says it: all options by keyword."""

from pathlib import Path
from typing import Any

from app.database.session import Store
from app.imports import run
from app.imports.report import Report
from app.imports.run import RunOptions
from app.schemas.delivery_options import DeliveryOptions
from app.settings import Settings


def run_import(store: Store, settings: Settings, path: Path, **options: Any) -> Report:
    """Take in the delivery at `path`."""
    more = {name: options.pop(name) for name in ("actor", "progress") if name in options}
    return run.run_import(store, settings, path, make_options(**options), **more)


def make_options(**options: Any) -> RunOptions:
    """The options of a run, those of the delivery among them."""
    names = DeliveryOptions.model_fields
    declared = {name: options.pop(name) for name in list(options) if name in names}
    return RunOptions(DeliveryOptions(**declared), **options)
