"""`clearpost check`: a check from the shell, through the same pipeline and onto the same ledger.

Students' names and ids are read from a file or standard input, never from the command line,
which every user of the machine can see.
"""

from typing import Annotated, Any

import orjson
import typer

from app.auth.receipts import ReceiptKeys
from app.checks.batch import decide_inquiries
from app.checks.questions import ANYBODY
from app.checks.queue import Inquiry
from app.checks.receipted_answers import write_answer
from app.checks.request_parser import PHOTO_CONSENT, POST, CheckForm, read_check
from app.cli import answers
from app.cli.context import current_store, load_settings
from app.cli.requests import Request, read_bytes, told_by_field
from app.cli.terminal import REFUSED, USAGE, hint, name_operator, stop
from app.errors import ClearpostError
from app.policy_setup import read_setup

app = typer.Typer(
    help="Ask a check. Exit code 0: allow; 1: review or deny; 2: the request is not as documented.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]


@app.command()
def post(file: Request = "-", as_json: AsJson = False) -> None:
    """May this post be published? The request is that of POST /v1/checks/post."""
    _ask_check(POST, read_bytes(file), as_json=as_json)


@app.command()
def photo(
    file: Request = "-",
    class_id: Annotated[
        str | None, typer.Option(help="Ask about a whole class; then no file is read.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="With --class-id: where it will be shown, as `website`.")
    ] = None,
    media: Annotated[
        str | None, typer.Option(help="With --class-id: what it is, photo or video.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """May these students be pictured? The request is that of POST /v1/checks/photo-consent."""
    asked = {"class_id": class_id, "channel": channel, "media": media}
    if class_id is None and (channel or media):
        stop("--channel and --media: are for --class-id; a request says them itself", USAGE)
    given = {name: value for name, value in asked.items() if value is not None}
    body = orjson.dumps(given) if class_id is not None else read_bytes(file)
    _ask_check(PHOTO_CONSENT, body, as_json=as_json)


def _ask_check(form: CheckForm, body: bytes, *, as_json: bool) -> None:
    settings = load_settings()
    with told_by_field():
        read = read_check(form, body, ANYBODY)
    with current_store(settings) as store:
        minutes = settings.clearance_minutes if read.request.get("clearance") else 0
        inquiry = Inquiry(
            read.question,
            read.request,
            name_operator(),
            text=read.text,
            clearance_minutes=minutes,
        )
        (result,) = decide_inquiries(store, read_setup(settings), [inquiry])
    if isinstance(result, ClearpostError):
        raise result
    body = write_answer(result, ReceiptKeys(settings.receipt_folder))
    if as_json:
        typer.echo(body)
    else:
        said: dict[str, Any] = orjson.loads(body)
        answers.show_answer(said)
        if minutes and result.clearance is None:
            hint("No clearance is given: only a post that is allowed gets one.")
    if result.outcome != "allow":
        raise typer.Exit(REFUSED)
