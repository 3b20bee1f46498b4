"""Declarations: who is in a picture, stated by a person who knows, for posts asked about later.

A post that names a declaration, or is silent on who is pictured, is decided as if it had stated
itself what the declarations about its media state.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, islice
from typing import NamedTuple

from app.policy.question import MAX_PEOPLE, Media, OtherRef, PersonRef, Pictured, Question
from app.policy.words import MediaKind, Premises, Purpose


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration in its latest version.

    `code` is what people read out, without its hyphen. `made_at` and `made_by`, a sourcedId, are of
    this version. `media` all have their `sha256`; `pictured` has students and employees by id, and
    each `at` is a JSON Pointer into the declaration. `account_id` is None where it is for any.
    """

    id: str
    code: str
    version: int
    made_at: datetime
    made_by: str
    withdrawn: bool
    purpose: Purpose
    account_id: str | None
    media: tuple[Media, ...]
    pictured: Pictured
    uses_logo: bool = False
    speaks_for_district: bool = False

    @property
    def digests(self) -> frozenset[str]:
        """Return the SHA-256 of all its media."""
        return frozenset(one.sha256 for one in self.media if one.sha256)


class DeclarationFault(NamedTuple):
    """A reason why declarations do not answer for a post: a code, and where in the request."""

    code: str
    at: str


class Declared(NamedTuple):
    """A question with what the declarations `relied_on` say, and their faults.

    `beside` are those in force about media of a post that says itself who is pictured: they may
    name people whom the post does not.
    """

    question: Question
    relied_on: tuple[Declaration, ...] = ()
    faults: tuple[DeclarationFault, ...] = ()
    beside: tuple[Declaration, ...] = ()


def write_code(code: str) -> str:
    """Return a code as people read it, `K7Q4-2MDX`."""
    return f"{code[:4]}-{code[4:]}"


def needs_declarations(question: Question) -> bool:
    """Return whether a post names a declaration, or shows media that one may be about."""
    if question.check != "post":
        return False
    return question.declaration is not None or any(one.sha256 for one in question.media)


def is_unknown(question: Question, known: Iterable[Declaration]) -> bool:
    """Return whether the question names a declaration that is not on file."""
    return question.declaration is not None and _find_named(question, known) is None


def is_crowded(question: Question) -> bool:
    """Return whether the declarations that complete a question name more people than a post may."""
    pictured = question.pictured
    people = len(pictured.students) + len(pictured.employees) + len(pictured.others)
    return people > MAX_PEOPLE


def apply_declarations(question: Question, known: Collection[Declaration]) -> Declared:
    """Return the question as the declarations among `known` that are about it complete it.

    All in force about its media count, also beside the one that it names: so none is hidden by
    naming another.
    """
    if not known or not needs_declarations(question):
        return Declared(question)
    digests = {one.sha256 for one in question.media} - {None}
    about = [one for one in known if not one.digests.isdisjoint(digests)]
    named = _find_named(question, known)
    if named is not None and named not in about:
        about.append(named)
    live = sorted((one for one in about if not one.withdrawn), key=lambda one: one.id)
    described = replace(
        question,
        media=_describe_all(question.media, live),
        uses_logo=question.uses_logo or any(one.uses_logo for one in live),
        speaks_for_district=question.speaks_for_district
        or any(one.speaks_for_district for one in live),
    )
    if question.pictured.declared:
        return Declared(described, beside=tuple(live))
    faults = [
        *_find_withdrawn(described, named, about, live),
        *_find_uncovered(described, live),
        *_find_contradictions(described, live),
        *_find_other_purpose(described, live),
    ]
    return Declared(_complete_question(described, live), tuple(live), tuple(faults))


def find_unnamed(
    beside: Iterable[Declaration], named: Set[str | None], question: Question
) -> Iterator[DeclarationFault]:
    """Yield the media of a post that says itself who is pictured, and lacks somebody declared.

    `named` are the ids of everybody whom the post names.
    """
    others = {(one.release_id, one.name_key) for one in question.pictured.others}
    lacking = {
        digest
        for one in beside
        for digest in one.digests
        if not named >= {ref.id for ref in (*one.pictured.students, *one.pictured.employees)}
        or not others >= {(ref.release_id, ref.name_key) for ref in one.pictured.others}
    }
    for media in question.media:
        if media.sha256 in lacking:
            yield DeclarationFault("declaration.contradicted", media.at)


def _find_named(question: Question, known: Iterable[Declaration]) -> Declaration | None:
    if question.declaration is None:
        return None
    return next((one for one in known if question.declaration in (one.id, one.code)), None)


def _list_seen(question: Question) -> Iterator[Media]:
    """Yield the media in which a person may be seen."""
    return (one for one in question.media if one.kind != "audio")


def _find_withdrawn(
    question: Question,
    named: Declaration | None,
    about: Collection[Declaration],
    live: Collection[Declaration],
) -> Iterator[DeclarationFault]:
    if named is not None and named.withdrawn:
        yield DeclarationFault("declaration.withdrawn", "/declaration")
    elif about and not live:
        gone = frozenset[str]().union(*(one.digests for one in about))
        for media in _list_seen(question):
            if media.sha256 in gone:
                yield DeclarationFault("declaration.withdrawn", media.at)


def _find_uncovered(
    question: Question, live: Collection[Declaration]
) -> Iterator[DeclarationFault]:
    """Yield the media that no declaration is about, where there is one about others."""
    if not live:
        return
    covered = frozenset[str]().union(*(one.digests for one in live))
    for media in _list_seen(question):
        if media.sha256 not in covered:
            yield DeclarationFault("declaration.media_missing", media.at)


def _find_contradictions(
    question: Question, live: Collection[Declaration]
) -> Iterator[DeclarationFault]:
    """Yield the media of which two declarations differ in who is pictured.

    One that is about more media may name more people.
    """
    alike = {(one.digests, _list_people(one.pictured)) for one in live}
    disputed = [
        one[0] & other[0]
        for one, other in combinations(alike, 2)
        if not (_agrees_with(one, other) or _agrees_with(other, one))
    ]
    for media in _list_seen(question):
        if any(media.sha256 in some for some in disputed):
            yield DeclarationFault("declaration.contradicted", media.at)


_People = frozenset[tuple[str, str | None]]
# The media of a declaration and the people whom it names.
_Said = tuple[frozenset[str], _People]


def _agrees_with(one: _Said, other: _Said) -> bool:
    """Return whether `one` says the same, or says it of fewer media and people."""
    (fewer_media, fewer), (more_media, more) = one, other
    if fewer_media.isdisjoint(more_media):
        return True
    return fewer == more or (fewer < more and fewer_media < more_media)


def _list_people(pictured: Pictured) -> _People:
    return frozenset(
        [("student", one.id) for one in pictured.students]
        + [("employee", one.id) for one in pictured.employees]
        + [("other", one.release_id or one.name_key) for one in pictured.others]
    )


def _find_other_purpose(
    question: Question, live: Iterable[Declaration]
) -> Iterator[DeclarationFault]:
    if any(one.purpose != question.purpose for one in live):
        yield DeclarationFault("declaration.other_purpose", "/purpose")


def _complete_question(question: Question, live: Collection[Declaration]) -> Question:
    if not live:
        return question
    declared = [
        _place_people(one.pictured, f"/declarations/{number}") for number, one in enumerate(live)
    ]
    return replace(
        question,
        pictured=Pictured(
            students=_join_people(one.students for one in declared),
            employees=_join_people(one.employees for one in declared),
            others=tuple(other for one in declared for other in one.others),
            nobody_identifiable=all(one.nobody_identifiable for one in declared),
        ),
    )


def _place_people(pictured: Pictured, prefix: str) -> Pictured:
    """Return the same people as of the declaration at `prefix` in the answer."""

    def move(ref: PersonRef) -> PersonRef:
        return ref._replace(at=prefix + ref.at, declared=True)

    def move_other(ref: OtherRef) -> OtherRef:
        return ref._replace(at=prefix + ref.at)

    return Pictured(
        tuple(map(move, pictured.students)),
        tuple(map(move, pictured.employees)),
        tuple(map(move_other, pictured.others)),
        pictured.nobody_identifiable,
    )


def _join_people(groups: Iterable[tuple[PersonRef, ...]]) -> tuple[PersonRef, ...]:
    """Return everybody once, with their name where one of the declarations gives it."""
    joined: dict[str | None, PersonRef] = {}
    for ref in (ref for group in groups for ref in group):
        first = joined.setdefault(ref.id, ref)
        if ref.named and not first.named:
            joined[ref.id] = first._replace(named=True)
    # One more than may be told that there are too many, and no more of them are looked up.
    return tuple(islice(joined.values(), MAX_PEOPLE + 1))


_BY_CARE: tuple[Premises, ...] = ("none", "public", "non_public", "floor_plan")


def _describe_all(media: Iterable[Media], live: Iterable[Declaration]) -> tuple[Media, ...]:
    """Return the media with what the post leaves open, and the graver of what all say of each."""
    declared: dict[str | None, list[Media]] = {}
    for told in (told for one in live for told in one.media):
        declared.setdefault(told.sha256, []).append(told)
    return tuple(
        _describe_media(one, declared[one.sha256]) if one.sha256 in declared else one
        for one in media
    )


def _describe_media(media: Media, declared: Sequence[Media]) -> Media:
    kinds = {media.kind, *(one.kind for one in declared)}
    rights = {one.rights for one in declared}
    return media._replace(
        kind="video" if "video" in kinds else _find_visible_kind(media, declared),
        rights=rights.pop() if media.rights == "unknown" and len(rights) == 1 else media.rights,
        premises=max((media.premises, *(o.premises for o in declared)), key=_BY_CARE.index),
    )


def _find_visible_kind(media: Media, declared: Sequence[Media]) -> MediaKind:
    """Return the post's kind; of a sound declared as a picture, that kind."""
    if media.kind != "audio":
        return media.kind
    return next((one.kind for one in declared if one.kind != "audio"), "audio")
