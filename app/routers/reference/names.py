"""Names in the API's description: of operations, of schemas, of closed lists of words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from fastapi.routing import APIRoute

from app.policy import consent, words
from app.policy.authorization_form import Before
from app.policy.clauses import shape
from app.schemas.access.evaluations import Semantic
from app.schemas.posts.declarations import DeclarationAction
from app.schemas.reviews import MessageKind, Resolver
from app.store.accounts.upkeep_reports import AccountReport
from app.store.events.endpoints import EndpointState
from app.store.service.import_records import State

# A model that is made of another one, as pydantic names it.
_PAGE = re.compile(r"Page_(\w+)_")
_REF = "#/components/schemas/"
# Beside these, `…Out` loses its ending and `…In` is an input.
_SCHEMAS: Mapping[str, str] = {
    "CellsOut": "ConsentCells",
    "ClassOut": "SchoolClass",
    "FindingResolved": "FindingAnswered",
    "HistoryItem": "FormEvent",
    "ImportItem": "ImportSummary",
    "ImportOut": "ImportDetail",
    "GivenBy": "GivenByInput",
    "NamedOut": "PersonNamed",
    "NotPicturedOut": "StudentNotPictured",
    "ResolverOut": "PersonResolving",
    "SimilarOut": "SimilarAccounts",
    "StepOut": "ConsentStep",
    "SubjectOut": "FindingSubject",
    "TieChanges": "GuardianChanges",
}
_ENUMS: Mapping[str, Any] = {
    "AccountFlag": words.AccountFlag,
    "AccountKind": words.AccountKind,
    "AccountReport": AccountReport,
    "AccountStatus": words.AccountStatus,
    "Activity": words.Activity,
    "CautionCode": ("minor", "of_age", "birth_date", "hold"),
    "Channel": words.Channel,
    "CheckKind": words.CheckKind,
    "ClassMatch": ("exact", "words", "beginnings"),
    "ClauseForce": shape.Force,
    "ClauseHandling": shape.Handling,
    "ClausePlace": shape.Where,
    "ClearanceCode": words.ClearanceCode,
    "ClearanceState": words.ClearanceState,
    "CompleteParts": ("false", "true", "people", "consents", "people,consents"),
    "ConsentCapacity": words.Capacity,
    "ConsentDecision": words.ConsentDecision,
    "ConsentEffect": (*get_args(consent.Effect), "corrected", "bars", "will_bar", "outcome"),
    "EndpointState": EndpointState,
    "EventKind": words.EventKind,
    "DesignationCapacity": words.DesignationCapacity,
    "EvaluationSemantic": Semantic,
    "Extent": words.Extent,
    "FormMove": words.FormMove,
    "FormOutcome": ("approve", "deny", "return"),
    "FormStage": Before,
    "FormState": words.FormState,
    "GranteeKind": words.PermissionTo,
    "DeclarationAction": DeclarationAction,
    "PublishedList": words.PublishedList,
    "PublishedMatch": words.PublishedMatch,
    "PublishedPart": words.PublishedPart,
    "PublishedState": words.PublishedState,
    "TakedownState": words.TakedownState,
    "ImportState": State,
    "Likeness": words.Likeness,
    "MediaKind": words.MediaKind,
    "MediaRights": words.Rights,
    "MessageKind": MessageKind,
    "ModerationAction": words.ModerationAction,
    "ModerationGround": words.ModerationGround,
    "NameMatch": ("exact", "prefix", "near"),
    "NewAccountStatus": ("unauthorized_found", "requested", "under_review"),
    "Office": words.Office,
    "OrgKind": words.OrgKind,
    "Outcome": words.Outcome,
    "PermissionKind": words.Permission,
    "PersonKind": words.PersonKind,
    "PictureKind": words.PictureKind,
    "Premises": words.Premises,
    "Purpose": words.Purpose,
    "ReportKind": words.ReportKind,
    "ReportOutcome": words.ReportOutcome,
    "ReportState": words.ReportState,
    "ResolutionOutcome": ("allow", "deny"),
    "ReviewAct": words.Act,
    "ReviewEnd": words.EndsBy,
    "ReviewParty": words.Party,
    "ReviewResolver": Resolver,
    "RowKey": ("sourced_id", "student_number"),
    "SystemWord": ("yes", "no"),
    "Verification": words.Verification,
}
_UNIONS: Mapping[frozenset[str], str] = {
    frozenset({"Decision", "ClassDecision"}): "PhotoConsentAnswer",
    frozenset({"Decision", "Problem"}): "PostAnswer",
    frozenset({"EvaluationDecisions", "EvaluationDecision"}): "EvaluationsAnswer",
}
_NULL = {"type": "null"}
_BY_VALUES = {get_args(kind) or kind: name for name, kind in _ENUMS.items()}


def name_operation(route: APIRoute) -> str:
    """Return the operation's id: the route's function in camelCase, such as `checkPost`."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def name_schemas(document: dict[str, Any]) -> None:
    """Give the schemas of `document` names that say what they are, and every enum and union one.

    Raises `KeyError` for an enum or a union that has no name here.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    renamed = {name: _rename_schema(name) for name in schemas}
    for part in _walk_schemas(document):
        if "$ref" in part:
            name = part["$ref"].removeprefix(_REF)
            part["$ref"] = _REF + renamed.get(name, name)
    document["components"]["schemas"] = named = {renamed[name]: schemas[name] for name in schemas}
    if len(named) != len(schemas):
        message = "two schemas would have one name"
        raise ValueError(message)
    for name, schema in named.items():
        schema["title"] = name
    for part in list(_walk_schemas(document)):
        _name_enum(part, named)
        _name_union(part, named)
    document["components"]["schemas"] = dict(sorted(named.items()))


def _rename_schema(name: str) -> str:
    if page := _PAGE.fullmatch(name):
        return f"{_rename_schema(page[1])}Page"
    if name in _SCHEMAS:
        return _SCHEMAS[name]
    if name.endswith("In"):
        return f"{name.removesuffix('In')}Input"
    return name.removesuffix("Out")


def _walk_schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the document but what stands for itself: examples and defaults."""
    if isinstance(part, dict):
        yield part
        for key, inside in part.items():
            if key not in {"example", "examples", "default"}:
                yield from _walk_schemas(inside)
    elif isinstance(part, list):
        for inside in part:
            yield from _walk_schemas(inside)


def _name_enum(part: dict[str, Any], named: dict[str, Any]) -> None:
    branches = part.get("anyOf", [])
    if len(branches) > 1 and all("enum" in one for one in branches):
        part["enum"] = [value for one in branches for value in one.pop("enum")]
        part["type"] = "string"
        del part["anyOf"]
    if not isinstance(part.get("enum"), list):
        return
    name = _BY_VALUES[tuple(part.pop("enum"))]
    named[name] = {"type": "string", "title": name, "enum": list(_list_words(name))}
    part.pop("type", None)
    part.pop("title", None)
    part["$ref"] = _REF + name


def _list_words(name: str) -> tuple[str, ...]:
    kind = _ENUMS[name]
    return get_args(kind) or kind


def _name_union(part: dict[str, Any], named: dict[str, Any]) -> None:
    branches = part.get("anyOf", [])
    models = [one["$ref"].removeprefix(_REF) for one in branches if "$ref" in one]
    if len(models) <= 1 or len(models) < len(branches):
        return
    name = _UNIONS[frozenset(models)]
    named[name] = {"title": name, "anyOf": part.pop("anyOf")}
    part.pop("title", None)
    part["$ref"] = _REF + name


def join_nulls(document: dict[str, Any]) -> None:
    """Write each value that may be null as one schema with two types.

    Of a branch of its own generators of clients make a class, `Url4` beside `Url`.
    """
    for part in list(_walk_schemas(document)):
        _join_null(part)


def _join_null(part: dict[str, Any]) -> None:
    branches = part.get("anyOf", [])
    if len(branches) != 2 or _NULL not in branches:  # noqa: PLR2004
        return
    (held,) = (one for one in branches if one != _NULL)
    if isinstance(held.get("type"), str):
        del part["anyOf"]
        told = [one["description"] for one in (part, held) if "description" in one]
        part |= {**held, **part, "type": [held["type"], "null"]}
        if told:
            part["description"] = " ".join(told)
