"""`clearpost settings`: every option, what it means and what is in force."""

import textwrap

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.cli.context import load_settings
from app.settings import Settings


def settings() -> None:
    """Print every option: the value in force, the default, the meaning."""
    loaded = load_settings()
    for name, field in Settings.model_fields.items():
        said = "set" if name in loaded.model_fields_set else "default"
        typer.echo(f"CLEARPOST_{name.upper()}={_show_value(name, getattr(loaded, name))}  ({said})")
        if said == "set":
            typer.echo(f"    default: {_show_value(name, field.default) or 'none'}")
        typer.echo(textwrap.indent(textwrap.fill(field.description or "", 74), "    "))


def _show_value(name: str, value: object) -> str:
    if name == "database_url":
        return _without_password(str(value))
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_password(database_url: str) -> str:
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        return "(not the URL of a database)"
    secret = {name: "hidden" for name in url.query if "password" in name.lower()}
    return url.update_query_dict(secret).render_as_string(hide_password=True)
