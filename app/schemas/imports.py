"""Imports on the wire: the delivery, its effect on the store, and its state."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.schemas.base import Wire
from app.schemas.delivery_options import DeliveryOptions
from app.schemas.grants import Reason
from app.store.service.import_records import State

_Kept = ConfigDict(extra="ignore")


class SentFiles(BaseModel):
    """The files that were sent, by digest, and the profile by name or by digest."""

    files: dict[str, str]
    profile: str | None
    profile_sha256: str | None


# In this order: an Idempotency-Key is bound to a digest of the JSON, which begins with the files.
class ImportSent(DeliveryOptions, SentFiles):
    """A delivery as it was sent; an Idempotency-Key binds it."""


class ImportRejection(Wire):
    """Why an import is not to be taken."""

    reason: Reason


class UndoAsked(BaseModel):
    """The empty body of an undo, since its address names the import."""


class ImportProgress(BaseModel):
    """The progress of an import: bytes while it is read, then rows."""

    model_config = _Kept

    step: str
    done: int = 0
    total: int = 0


class RecordChanges(BaseModel):
    """Records of one kind; of enrollments `removed` are those that have left their class."""

    model_config = _Kept

    added: int
    changed: int
    unchanged: int
    removed: int = 0


class ImportFile(BaseModel):
    """A file, and what its rows do to the store."""

    model_config = _Kept

    file: str
    sha256: str
    rows: int
    changes: RecordChanges
    warnings: dict[str, int] = Field(description="What was tolerated, and how often.")


class MappedValue(BaseModel):
    """A value of a consent column: its polarity in words."""

    model_config = _Kept

    file: str
    label: str
    means: str = Field(description="grant, refuse, unanswered, or passed_over.")
    rows: int
    people: int = Field(description="For how many people that is new.")
    said: str


class ConsentChanges(BaseModel):
    """Statements that are new, and people with a changed answer."""

    model_config = _Kept

    grant: int = 0
    refuse: int = 0
    withdraw: int = 0
    lift: int = 0
    at_once: int = Field(0, description="Refusals that were in force before anybody decided.")
    people_refused: int
    people_allowed: int
    people_flipped: int
    people_known: int


class TieChanges(BaseModel):
    """Guardians who are none any more, and addresses that several of them share."""

    model_config = _Kept

    ended: int = Field(0, description="Ties between a guardian and a student that end.")
    shared: int = Field(0, description="Sources of statements that are an address of several.")


class UndoPlan(BaseModel):
    """The effects of an undo beyond every plan's; all but refusals taken back is stricter."""

    model_config = _Kept

    import_id: str = Field(description="The import that is undone.")
    statements: dict[str, int] = Field(
        description="Statements taken back, or said again by the undo of an undo, by decision."
    )
    stay_closed: int = Field(
        description="People about whom a refusal goes and who stay refused: another one stands."
    )
    stay: int = Field(description="Orgs and classes of the import; they stay on file.")
    kept: dict[str, int] = Field(
        description="By kind what is not put back, since it was changed after the import; which "
        "they are is told by `/kept`."
    )
    lists: int = Field(description="Lists that have the date of before again.")
    doubts: int = Field(description="Doubts that the import ended and that are open again.")
    doubts_ended: int = Field(0, description="Rows in doubt by the import alone; they end.")


class ImportPlan(BaseModel):
    """The effect that an import has, or would have. It names no one: examples are lines."""

    model_config = _Kept

    format: str
    files: list[ImportFile]
    kinds: dict[str, RecordChanges]
    missing: int = Field(description="People who would be marked as missing from the feed.")
    marked: int = Field(description="People whose status changes since the feed leaves them out.")
    ended: int = Field(description="Enrollments that end.")
    ties: TieChanges | None = Field(None, description="Guardians who come and go.")
    consents: ConsentChanges
    values: list[MappedValue]
    schools: dict[str, dict[str, dict[str, int]]] = Field(
        description="People by school and kind, before and after."
    )
    complete: list[str] = Field(description="The kinds of which all there are was delivered.")
    lists: list[str] = Field(description="The lists that become fresh.")
    list_schools: list[str] = Field(
        [],
        description="The schools whose consent list becomes fresh; an empty text: all of them.",
    )
    aside: dict[str, int] = Field(
        {},
        description="`rows` that were set aside (see the import's errors), and `classes` that lack "
        "somebody for it.",
    )
    examples: dict[str, dict[str, list[int]]] = Field(description="A few places in the files.")
    warnings: list[str]
    undo: UndoPlan | None = Field(None, description="Of an undo: what else it does.")


class ImportItem(BaseModel):
    """One import.

    `received`: a worker is about to begin. `staging`: it is read and planned. `planned`, `held`: it
    waits for a person. `applying`. At the end `applied`, `unchanged`, `invalid`, `rejected`,
    `superseded` by a later delivery, or `failed`.
    """

    id: str
    state: State
    created_at: AwareDatetime
    updated_at: AwareDatetime
    format: str | None
    profile: str | None
    feed: str | None = Field(description="The name of its feed, where it was given.")
    person_id: str | None = Field(description="Who delivered it, where a person did.")
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None = Field(description="Why it waits or ended as it did.")
    errors: int = Field(
        description="Refused rows and files, or rows that were set aside; see the import's errors."
    )
    undoes: str | None = Field(description="Of an undo: the import that it undoes.")
    undone_by: str | None = Field(description="The undo of this import that is in force.")


class ImportOut(ImportItem):
    """One import, with its plan."""

    running: bool = Field(
        description="Whether a process is at work on an import. False where the state is under "
        "way: it was interrupted; resume it."
    )
    progress: ImportProgress | None
    plan: ImportPlan | None


class RefusedRowOut(BaseModel):
    """The reason why a row was refused; never its contents."""

    file: str
    line: int = Field(description="0 where the whole file is meant.")
    column: str | None = Field(description="Null where the whole row is meant.")
    reason: str


class KeptOut(BaseModel):
    """A record that an undo leaves as it is."""

    kind: str
    id: str = Field(description="Its id; of enrollments and guardians both ids, parted by a blank.")
    reason: str
