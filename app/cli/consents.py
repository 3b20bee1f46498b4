"""`clearpost consent`: statements and consent states, for an administrator without a console."""

from typing import Annotated, Any

import orjson
import typer

from app.cli.context import current_store, load_settings
from app.cli.requests import Request, read_bytes, told_by_field
from app.cli.terminal import USAGE, hint, name_operator, say, stop
from app.policy.words import ConsentDecision
from app.policy_setup import read_setup
from app.schemas.bodies import parse_distinct, read_body
from app.schemas.consents import ConsentIn, ConsentUse, recorded_out, state_out, statement_of
from app.store.consents.statements import record_statement
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from app.store.ledger.record_reads import RecordsRead, append_reads, find_students
from app.store.people.references import find_staff

app = typer.Typer(
    help="Statements of consent, and what they come to. Requests are read from a file or standard "
    "input.",
    no_args_is_help=True,
)

As = Annotated[
    str, typer.Option("--as", metavar="SOURCED_ID", help="Who records it: somebody of the staff.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as the API gives it.")]


@app.command()
def refuse(as_: As, file: Request = "-") -> None:
    """Record a refusal or a hold: the request of POST /v1/consents without `decision`."""
    _record_statement("refuse", as_, file)


@app.command()
def grant(as_: As, file: Request = "-") -> None:
    """Record a consent: the request of POST /v1/consents without `decision`."""
    _record_statement("grant", as_, file)


@app.command()
def withdraw(as_: As, file: Request = "-") -> None:
    """Record a withdrawal, which refuses: the request of POST /v1/consents without `decision`."""
    _record_statement("withdraw", as_, file)


@app.command()
def lift(as_: As, file: Request = "-") -> None:
    """Take refusals back, and holds by their ids: the request of POST /v1/consents."""
    _record_statement("lift", as_, file)


@app.command()
def show(file: Request = "-", as_json: AsJson = False) -> None:
    """What someone's statements come to: the request is that of POST /v1/people/consent-state."""
    settings = load_settings()
    with told_by_field():
        use = Use(**read_body(ConsentUse, read_bytes(file)).model_dump())
        with current_store(settings) as store, store.writing() as connection:
            now = store.now()
            state = read_state(connection, use, now, read_setup(settings))
            students = find_students(connection, [use.person_id])
            if students:  # before it is shown
                read = RecordsRead("consent_state", name_operator(), None, now, students)
                append_reads(connection, [read])
    told = state_out(state, settings.zone)
    if as_json:
        say(told.model_dump_json())
        return
    say(f"{told.outcome.upper()} as of {told.as_of} ({told.code}, clause {told.clause})")
    for step in told.steps:
        say(f"- {step.text}" + (f" [{step.statement}]" if step.statement else ""))


def _record_statement(decision: ConsentDecision, as_: str, file: str) -> None:
    settings = load_settings()
    with told_by_field():
        body = read_body(ConsentIn, _add_decision(decision, read_bytes(file)))
        with current_store(settings) as store, store.writing() as connection:
            who = find_staff(connection, [as_]).get(as_)
            if who is None or not who.active:
                stop("--as: is the sourcedId of nobody of the staff")
            actor = Actor(name_operator(), as_, store.now())
            new = statement_of(body, settings.zone, actor.at)
            done = record_statement(connection, actor, new, settings.zone)
    told = recorded_out(done, settings.zone)
    say(told.id)
    hint("It was on file already." if done.existed else "It is on file.")
    for warning in told.warnings:
        hint(f"Note: {warning.message}.")


def _add_decision(decision: ConsentDecision, body: bytes) -> bytes:
    """The request with the decision that the command stands for."""
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body  # the model says what is wrong with it
    if not isinstance(said, dict):
        return body
    if said.get("decision", decision) != decision:
        stop("the request at /decision: is not what this command records", USAGE)
    parse_distinct(body, ConsentIn)  # here one of two values would be lost
    return orjson.dumps({**said, "decision": decision})
