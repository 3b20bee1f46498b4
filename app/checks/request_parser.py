"""Reading a check: from the bytes of a request to the question and the ledger's copy of it."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import jiter
import orjson
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json

from app.checks.questions import (
    account_label,
    account_question,
    coworker_question,
    logo_question,
    photo_question,
    post_question,
    spokesperson_question,
)
from app.checks.requests import (
    MAX_POSTS,
    AccountCheck,
    CoworkerConsentCheck,
    PermissionCheck,
    PhotoConsentCheck,
    PostCheck,
    PostsCheck,
)
from app.errors import InvalidRequestError
from app.policy.question import Asker, Question
from app.schemas.base import AccountIn, Wire
from app.schemas.bodies import (
    MAX_LISTED_PARTS,
    MAX_PARTS,
    Place,
    find_repeats,
    parse_distinct,
    refuse_crowded,
    refuse_repeats,
    refuse_unread,
    tell_crowded,
    validate_body,
)


@dataclass(frozen=True, slots=True)
class CheckForm:
    """One kind of check: how its body is validated and what question it makes."""

    body: type[BaseModel]
    question: Callable[[Any, Asker], Question]


PHOTO_CONSENT = CheckForm(PhotoConsentCheck, photo_question)
COWORKER_CONSENT = CheckForm(CoworkerConsentCheck, coworker_question)
LOGO = CheckForm(PermissionCheck, logo_question)
SPOKESPERSON = CheckForm(PermissionCheck, spokesperson_question)
ACCOUNT = CheckForm(AccountCheck, account_question)
POST = CheckForm(PostCheck, post_question)


class ParsedCheck(NamedTuple):
    """A check that was read: its question, its request as the ledger keeps it, and its text.

    The ledger keeps a text only with a review, for the person who has to judge it.
    """

    question: Question
    request: dict[str, Any]
    text: str = ""


class _Posts(Wire):
    posts: Annotated[list[Any], Field(min_length=1, max_length=MAX_POSTS)]


def read_check(form: CheckForm, body: bytes, asker: Asker) -> ParsedCheck:
    """Read one check of `asker`; raises InvalidRequestError."""
    said = parse_distinct(body, form.body)
    question = form.question(validate_body(form.body, body), asker)
    return ParsedCheck(question, *_keep_request(said, question))


# A post as JSON, or why it is refused before it is read.
ListedPost = bytes | InvalidRequestError


def list_posts(body: bytes) -> list[ListedPost]:
    """Return each of several posts as JSON, or the error of one in which a key is repeated.

    Raises InvalidRequestError where they are no list.
    """
    refuse_crowded(body, MAX_LISTED_PARTS)
    refused = _refuse_repeating(body)
    posts = validate_body(_Posts, body).posts
    # Strict validation reads times from JSON only, so each goes back to JSON first.
    return [
        refused.get(at) or to_json(post, inf_nan_mode="constants") for at, post in enumerate(posts)
    ]


def read_posts(
    posts: Iterable[ListedPost], asker: Asker
) -> list[ParsedCheck | InvalidRequestError]:
    """Read several posts, each for itself; an error in place of a post stays in its place."""
    return [_read_post(post, asker) if isinstance(post, bytes) else post for post in posts]


def _refuse_repeating(body: bytes) -> dict[int, InvalidRequestError]:
    """Return the errors of posts in which a key is repeated, by their number in the list.

    Raises InvalidRequestError where a key outside of the posts is repeated.
    """
    try:
        _refuse_many_fields(jiter.from_json(body, catch_duplicate_keys=True))
    except ValueError:
        places = find_repeats(body)
    else:
        return {}
    within: defaultdict[int, list[Place]] = defaultdict(list)
    for place in places:
        match place:
            case ("posts", int(number), _, *_):
                within[number].append(place[2:])
            case _:
                raise refuse_repeats(places, PostsCheck)
    if not places:
        raise refuse_unread(body, _Posts)
    _refuse_many_fields(jiter.from_json(body))
    return {number: refuse_repeats(found, PostCheck) for number, found in within.items()}


def _refuse_many_fields(said: Any) -> None:
    """Raise InvalidRequestError where there are very many keys beside the posts."""
    if isinstance(said, dict) and len(said) > MAX_PARTS:
        raise tell_crowded()


_FORMS: dict[str, CheckForm] = {
    "photo-consent": PHOTO_CONSENT,
    "class-photo-consent": PHOTO_CONSENT,
    "coworker-consent": COWORKER_CONSENT,
    "logo": LOGO,
    "spokesperson": SPOKESPERSON,
    "account": ACCOUNT,
    "post": POST,
}


def ask_again(check: str, request: Mapping[str, Any], text: str, asker: Asker) -> Question:
    """Return the question of a request on the ledger and its text.

    Raises InvalidRequestError where it would not be taken today. Its parts are not counted: that
    was done when it came, and the author whom the key determined is one more by now.
    """
    asked = {name: value for name, value in request.items() if name != "text_sha256"}
    body = orjson.dumps({**asked, "text": text} if text else asked)
    form = _FORMS[check]
    return form.question(validate_body(form.body, body), asker)


def account_asked(check: str, request: Mapping[str, Any]) -> str | None:
    """Return the account that a request on the ledger is about, as `account_label` writes it."""
    given = request if check == "account" else request.get("account")
    if not given:
        return None
    fields = {name: value for name, value in given.items() if name in AccountIn.model_fields}
    try:
        return account_label(AccountIn.model_validate(fields))
    except (ValidationError, InvalidRequestError):
        return None  # a release that read it otherwise has answered it


def _read_post(post: bytes, asker: Asker) -> ParsedCheck | InvalidRequestError:
    try:
        return read_check(POST, post, asker)
    except InvalidRequestError as error:
        return error


def _keep_request(kept: dict[str, Any], question: Question) -> tuple[dict[str, Any], str]:
    """Return the request as the ledger keeps it, with the digest of its text, and the text.

    It has the author even where the key, and not the request, determined that person.
    """
    text = kept.pop("text", None) or ""
    if text:
        kept["text_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    if question.author is not None and kept.get("author") is None:
        kept["author"] = {"id": question.author.id}
    return kept, text
