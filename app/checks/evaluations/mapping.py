"""From an evaluation to a check: the vocabulary, and where each part of it goes.

An evaluation is answered true where the check that it becomes is an allow, and nowhere else: the
check's own body is written here, and read, decided and recorded like any other. What is left
out is asked at its widest: everywhere, and with the name.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import to_json

from app.checks import request_parser
from app.checks.evaluations.bodies import (
    EvaluationBatch,
    Listed,
    read_evaluation,
    read_evaluations,
)
from app.checks.questions import account_label
from app.checks.request_parser import CheckForm
from app.errors import InvalidEvaluationError, InvalidRequestError
from app.schemas.access.evaluations import EvaluationRequest, Semantic
from app.schemas.base import AccountIn

# Of all checks that one request becomes, in bytes: what many evaluations inherit counts each time.
MAX_MAPPED_BYTES = 1024 * 1024
LOGO = "district"
_POST = "/resource/properties/post"
_WIDEST = {"channel": "all", "extent": "image_with_name"}
_PICTURE = ("channel", "media", "extent", "purpose", "publish_at")
_OF_POST = ("purpose", "publish_at", "logo_purpose", "topic")


class MappedCheck(NamedTuple):
    """A check that an evaluation becomes: its form, its body, and its parts in the evaluation.

    `places` has JSON Pointers of the evaluation by those of the check, "" for all others; one that
    ends in a slash stands before the rest of the check's own.
    """

    form: CheckForm
    body: bytes
    places: Mapping[str, str]

    def locate(self, at: str) -> str:
        """Return the place in the evaluation of what stands `at` in the check."""
        first = "/" + at.split("/")[1] if at else ""
        place = self.places.get(first)
        if place is None:
            place = self.places.get("", "")
        return (place + at.removeprefix("/")).rstrip("/") if place.endswith("/") else place

    def locate_errors(self, error: InvalidRequestError) -> InvalidEvaluationError:
        """Return the problem with the check as one of the evaluation."""
        return InvalidEvaluationError.from_errors(
            [{**one, "at": self.locate(one.get("at", ""))} for one in error.errors]
        )


class NotMapped(NamedTuple):
    """An evaluation that no check answers, and why: it is never permitted."""

    message: str


Mapped = MappedCheck | NotMapped | InvalidEvaluationError


class MappedBatch(NamedTuple):
    """Evaluations in their order, and when the answers end; None for one that came alone."""

    items: list[Mapped]
    semantic: Semantic | None


def map_body(body: bytes, *, several: bool) -> MappedBatch:
    """Return what the evaluations of a body become; `several` may be in it.

    Raises InvalidRequestError where the body as a whole is not as specified, or too large.
    """
    asked = read_evaluations(body) if several else read_evaluation(body)
    if not isinstance(asked, EvaluationBatch):
        return MappedBatch([_map_listed(asked)], None)
    items: list[Mapped] = []
    size = 0
    for one in asked.items:
        items.append(_map_listed(one))
        size += measure_mapped(items[-1])
        if size > MAX_MAPPED_BYTES:
            message = "Are larger than 1 MiB together, with what they have from the whole"
            raise InvalidRequestError([{"at": "/evaluations", "code": "long", "message": message}])
    return MappedBatch(items, asked.semantic)


def measure_mapped(one: Mapped) -> int:
    """Return the bytes of an evaluation's check; 0 where it became none."""
    return len(one.body) if isinstance(one, MappedCheck) else 0


def _map_listed(asked: Listed) -> Mapped:
    if isinstance(asked, InvalidEvaluationError):
        return asked
    kinds = asked.action.name, asked.subject.type, asked.resource.type
    if kinds not in VOCABULARY:
        return NotMapped(_tell_unmapped(*kinds))
    try:
        return VOCABULARY[kinds](asked)
    except InvalidRequestError as error:
        return InvalidEvaluationError.from_errors(error.errors)


def _tell_unmapped(action: str, subject: str, resource: str) -> str:
    for number, (word, given) in enumerate(
        (("action", action), ("subject type", subject), ("resource type", resource))
    ):
        known = sorted({kinds[number] for kinds in VOCABULARY})
        if given not in known:
            return f"The {word} is not one of {', '.join(known)}"
    return "No rule is about this action of such a subject on such a resource"


def _ask_student(asked: EvaluationRequest) -> Mapped:
    return _ask_picture(asked, {"students": [{"id": asked.resource.id}]})


def _ask_class(asked: EvaluationRequest) -> Mapped:
    return _ask_picture(asked, {"class_id": asked.resource.id})


def _ask_picture(asked: EvaluationRequest, whom: Mapping[str, Any]) -> Mapped:
    body = {**_WIDEST, **_pick_use(asked, *_PICTURE), **whom, "author": {"id": asked.subject.id}}
    return _make_check(request_parser.PHOTO_CONSENT, body, _PLACES)


def _ask_coworker(asked: EvaluationRequest) -> Mapped:
    use = _pick_use(asked, "channel", "media", "publish_at")
    people = {"employees": [{"id": asked.resource.id}], "author": {"id": asked.subject.id}}
    return _make_check(
        request_parser.COWORKER_CONSENT, {"channel": "all", **use, **people}, _PLACES
    )


def _ask_logo(asked: EvaluationRequest) -> Mapped:
    if asked.resource.id != LOGO:
        return NotMapped(f"The only logo is {LOGO}")
    body = {**_pick_use(asked, "logo_purpose", "publish_at"), **_name_subject(asked)}
    return _make_check(request_parser.LOGO, body, {**_PLACES, "/account": "/subject/id"})


def _ask_spokesperson(asked: EvaluationRequest) -> Mapped:
    body = {
        **_pick_use(asked, "topic", "publish_at"),
        **_name_subject(asked),
        "account": _name_resource(asked),
    }
    return _make_check(request_parser.SPOKESPERSON, body, {**_PLACES, "/account": "/resource/id"})


def _ask_account(asked: EvaluationRequest) -> Mapped:
    subject = _name_subject(asked)
    body = {**_pick_use(asked, "publish_at"), **_name_resource(asked)}
    if "author" in subject:
        body["author"] = subject["author"]
    return _make_check(request_parser.ACCOUNT, body, {**_PLACES, "": "/resource/id"})


def _ask_post(asked: EvaluationRequest) -> Mapped:
    given = asked.resource.properties.get("post")
    if not isinstance(given, dict):
        raise _make_refusal(_POST, "post", "Must be there: the body of POST /v1/checks/post")
    post, places = dict(given), {"": f"{_POST}/"}
    for name, said in _pick_use(asked, *_OF_POST).items():
        if post.get(name) is None:
            post[name] = said
        elif post[name] != said:
            raise _make_refusal(f"/context/{name}", "contradiction", "Must be what the post says")
    for name, named in _name_subject(asked).items():
        if post.get(name) is None:
            post[name], places[f"/{name}"] = named, "/subject/id"
        else:
            _require_same(name, post[name], named)
    return _make_check(request_parser.POST, post, places)


def _require_same(name: str, said: Any, subject: Any) -> None:
    """Raise InvalidRequestError where the post's author or account is not the subject."""
    if name == "author" and said != subject:
        raise _make_refusal(f"{_POST}/author", "contradiction", "Must be the subject, by id alone")
    if name == "account":
        _require_one_account(subject, said, f"{_POST}/account")


_PLACES: Mapping[str, str] = {
    "/students": "/resource/id", "/employees": "/resource/id", "/class_id": "/resource/id",
    "/author": "/subject/id",
    **{f"/{name}": "/context/" for name in {*_PICTURE, *_OF_POST}},
}  # fmt: skip
VOCABULARY: Mapping[tuple[str, str, str], Callable[[EvaluationRequest], Mapped]] = {
    ("publish_photo", "employee", "student"): _ask_student,
    ("publish_photo", "employee", "class"): _ask_class,
    ("publish_photo", "employee", "employee"): _ask_coworker,
    ("publish_post", "employee", "post"): _ask_post,
    ("publish_post", "account", "post"): _ask_post,
    ("use_logo", "employee", "logo"): _ask_logo,
    ("use_logo", "account", "logo"): _ask_logo,
    ("speak_for_district", "employee", "account"): _ask_spokesperson,
    ("speak_for_district", "account", "account"): _ask_spokesperson,
    ("operate_account", "employee", "account"): _ask_account,
    ("operate_account", "account", "account"): _ask_account,
}


def _pick_use(asked: EvaluationRequest, *names: str) -> dict[str, Any]:
    """Return what the context says of these; what it does not say is not there."""
    said = asked.context.model_fields_set
    return {name: getattr(asked.context, name) for name in names if name in said}


def _name_subject(asked: EvaluationRequest) -> dict[str, Any]:
    """Return the subject as the checks name it: as `author`, or as `account`."""
    if asked.subject.type == "employee":
        return {"author": {"id": asked.subject.id}}
    return {"account": _name_account(asked.subject.id, "/subject/id")}


def _name_resource(asked: EvaluationRequest) -> dict[str, Any]:
    """Return the account that is the resource; a subject that is one must be the same."""
    named = _name_account(asked.resource.id, "/resource/id")
    if asked.subject.type == "account":
        subject = _name_account(asked.subject.id, "/subject/id")
        _require_one_account(subject, named, "/resource/id")
    return named


def _require_one_account(subject: Any, named: Any, at: str) -> None:
    """Raise InvalidRequestError where `named`, which stands `at`, is not the subject's account."""
    if _label_account(subject, "/subject/id") != _label_account(named, at):
        raise _make_refusal(at, "contradiction", "Must be the subject's account")


def _name_account(ident: str, at: str) -> dict[str, Any]:
    """Return the account of an id: its address, `platform/handle`, or `system:external_id`."""
    if ident.startswith(("https://", "http://")):
        return {"url": ident}
    for sign, first, second in (("/", "platform", "handle"), (":", "system", "external_id")):
        before, found, after = ident.partition(sign)
        if found:
            return {first: before, second: after}
    raise _make_refusal(
        at, "account_name", "Must be an address, platform/handle, or system:external_id"
    )


def _label_account(named: Any, at: str) -> str:
    try:
        return account_label(AccountIn.model_validate(named))
    except (ValidationError, InvalidRequestError):
        raise _make_refusal(at, "account_name", "Must name an account of the district") from None


def _make_check(form: CheckForm, body: Mapping[str, Any], places: Mapping[str, str]) -> MappedCheck:
    # What is no number in JSON stays none, and is refused where the check is read.
    return MappedCheck(form, to_json(body, inf_nan_mode="constants"), places)


def _make_refusal(at: str, code: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([{"at": at, "code": code, "message": message}])
