"""`clearpost events`: the events group."""

import typer

from app.cli.events import endpoints
from app.cli.events.deliver import deliver

app = typer.Typer(help="Events: who is told, and telling them.", no_args_is_help=True)
app.command()(deliver)
app.add_typer(endpoints.app, name="endpoints")
