"""Evaluations of the Authorization API 1.0 (AuthZEN), on the wire.

As the specification has it, unknown fields are ignored. A null stands for nothing here: whether it
means a field that is absent nobody can tell.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.policy.words import Outcome
from app.schemas.base import ClauseCited

# In one request.
MAX_EVALUATIONS = 100
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]


class EvaluationPart(BaseModel):
    """A part of a request; its further fields are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class EvaluationSubject(EvaluationPart):
    """The one who would act: an employee or an account. Its `properties` have no bearing."""

    type: str = Field(examples=["employee"])
    id: str = Field(
        description="An employee's sourcedId. An account's address, `platform/handle`, or "
        "`system:external_id`.",
        examples=["e-000004"],
    )
    properties: dict[str, Any] = Field(default_factory=dict)


class EvaluationAction(EvaluationPart):
    """The act that is asked about. Its `properties` have no bearing."""

    name: str = Field(examples=["publish_photo"])
    properties: dict[str, Any] = Field(default_factory=dict)


class EvaluationResource(EvaluationPart):
    """The person or thing it is about; of a post, `properties.post` is the body of a post check."""

    type: str = Field(examples=["student"])
    id: str = Field(
        description="A sourcedId; of an account as for a subject; of the logo `district`; of a "
        "post whatever the caller knows it by.",
        examples=["s-000001"],
    )
    properties: dict[str, Any] = Field(default_factory=dict)


def _make_text(schema: dict[str, Any]) -> None:
    """Tell a word of the use as the text that it is; the check it goes to says which it takes."""
    schema.pop("default")
    schema["type"] = "string"


def _say_use(description: str) -> Any:
    return Field(None, description=description, json_schema_extra=_make_text)


class EvaluationContext(EvaluationPart):
    """The use that is asked about, in the words of the checks, which judge them.

    Nothing else is kept of a context: a hundred evaluations may have the same large one.
    """

    channel: Any = _say_use("Where it will be shown; everywhere, if left out.")
    media: Any = _say_use("`photo` or `video`; a photo, if left out.")
    extent: Any = _say_use("With the name, if left out: `image_with_name`.")
    purpose: Any = _say_use("The purpose; `school`, if left out.")
    publish_at: Any = _say_use("When it is to go out; now, if left out.")
    logo_purpose: Any = _say_use("What the logo is used for.")
    topic: Any = _say_use("What is spoken about for the district.")


class EvaluationRequest(EvaluationPart):
    """May this subject do this with that resource?"""

    subject: EvaluationSubject
    action: EvaluationAction
    resource: EvaluationResource
    context: EvaluationContext = Field(
        default_factory=EvaluationContext,
        description="The use that is meant. Other fields have no bearing.",
    )


class EvaluationOptions(EvaluationPart):
    """The manner in which several evaluations are answered."""

    evaluations_semantic: Semantic = Field(
        "execute_all",
        description="`deny_on_first_deny` and `permit_on_first_permit` end with the first such "
        "answer; what comes behind it is not asked.",
    )


def _drop_null(schema: dict[str, Any]) -> None:
    """Take out that None is what stands for a part that is absent: it is never sent."""
    (held,) = (one for one in schema.pop("anyOf") if one != {"type": "null"})
    schema.pop("default")
    schema.update(held)


def _say_default(description: str) -> Any:
    return Field(None, description=description, json_schema_extra=_drop_null)


class EvaluationsRequest(EvaluationPart):
    """Several evaluations; what one leaves out it has, whole, from the fields beside the list.

    Without `evaluations`, or where they are empty, it is one evaluation, and answered as one.
    """

    subject: EvaluationSubject | None = _say_default("Of all that name none.")
    action: EvaluationAction | None = _say_default("Of all that name none.")
    resource: EvaluationResource | None = _say_default("Of all that name none.")
    context: EvaluationContext | None = _say_default("Of all that give none.")
    evaluations: list[Any] = Field(
        default_factory=list,
        max_length=MAX_EVALUATIONS,
        description="Evaluations, each with its own subject, action, resource and context or with "
        "those of all.",
    )
    options: EvaluationOptions = Field(default_factory=EvaluationOptions)


class DecisionReason(BaseModel):
    """The finding of one rule."""

    code: str = Field(description="Stable across releases.")
    outcome: Outcome
    at: str = Field(description="JSON Pointer into the evaluation; empty for the whole of it.")
    clause: ClauseCited
    message: str
    remedy: str | None = Field(
        None, description="What to do about it; left out where nothing is needed."
    )


class EvaluationFault(BaseModel):
    """Why there is no decision of the policy, and so none that permits."""

    status: int = Field(description="The HTTP status of this problem, had it come alone.")
    code: str = Field(description="`not-mapped`, or the last part of a problem's `type`.")
    message: str


class DecisionContext(BaseModel):
    """The grounds of a decision. Either `error` is there, or the others."""

    decision_id: str | None = Field(
        None, description="Of the decision on the ledger; `GET /v1/decisions/{id}` tells all of it."
    )
    outcome: Outcome | None = None
    reasons: list[DecisionReason] | None = None
    holds_until: str | None = Field(
        None, description="Of a permit: until when it holds by what is on file, where that ends."
    )
    holds_for: dict[str, str] | None = Field(
        None, description="Of a permit: the use that it holds for, and no other."
    )
    clearance: dict[str, str] | None = Field(
        None, description="The clearance, where the post asked for one."
    )
    error: EvaluationFault | None = None


class EvaluationDecision(BaseModel):
    """The answer to one evaluation: true for an allow, false for everything else."""

    decision: bool
    context: DecisionContext | None = Field(
        None, description="Reasons; left out where the setting `CLEARPOST_AUTHZEN_REASONS` is off."
    )


class EvaluationDecisions(BaseModel):
    """The answers to several evaluations, in their order, up to the one that ended them."""

    evaluations: list[EvaluationDecision]


class DecisionPoint(BaseModel):
    """The addresses of this policy decision point."""

    policy_decision_point: str = Field(description="The base of its addresses, its identifier.")
    access_evaluation_endpoint: str = Field(description="Where one evaluation is asked.")
    access_evaluations_endpoint: str = Field(description="Where several evaluations are asked.")
