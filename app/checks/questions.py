"""The step from the wire to the policy: a validated request becomes a `Question`.

Conditions over more than one field are judged here, each fault with the JSON Pointer of the field;
all faults of a request are reported at once.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.checks.requests import (
    AccountCheck,
    CoworkerConsentCheck,
    DeclarationIn,
    MediaIn,
    OtherIn,
    PermissionCheck,
    PersonIn,
    PhotoConsentCheck,
    PicturedIn,
    PostCheck,
    StudentIn,
)
from app.errors import InvalidRequestError
from app.networks.account_names import AccountNameError, make_platform_key, resolve_account
from app.policy.name_matching import normalize_asked, spell_asked
from app.policy.names import email_domain, grade_key, name_key
from app.policy.question import (
    MAX_PEOPLE,
    AccountRef,
    Asker,
    Media,
    OtherRef,
    PersonRef,
    Pictured,
    Question,
)
from app.schemas.base import AccountIn
from app.store.declarations.codes import MISTYPED, parse_reference
from app.text_checks.examination import examine_text

ANYBODY = Asker()


def photo_question(body: PhotoConsentCheck, asker: Asker) -> Question:
    """Return the question of a photo consent check; raises InvalidRequestError."""
    reader = _Reader()
    if (body.students is None) == (body.class_id is None):
        reader.fault("", "exactly_one", "Give either students or class_id")
    students = reader.people(body.students or (), "/students")
    author = reader.named_author(body.author)
    reader.finish()
    return Question(
        check="photo-consent" if body.class_id is None else "class-photo-consent",
        publish_at=body.publish_at,
        activity=body.activity,
        channel=body.channel,
        picture_kind=body.media,
        extent=body.extent,
        purpose=body.purpose,
        pictured=Pictured(students=students),
        class_id=body.class_id,
        author=author,
        asked_by=asker.person_id,
        for_others=asker.for_others,
        schools=asker.schools,
    )


def coworker_question(body: CoworkerConsentCheck, asker: Asker) -> Question:
    """Return the question of a co-worker consent check; raises InvalidRequestError."""
    reader = _Reader()
    question = Question(
        check="coworker-consent",
        channel=body.channel,
        picture_kind=body.media,
        publish_at=body.publish_at,
        author=reader.author(body.author, asker),
        asked_by=asker.person_id,
        for_others=asker.for_others,
        pictured=Pictured(employees=reader.people(body.employees, "/employees")),
        schools=asker.schools,
    )
    reader.finish()
    return question


def logo_question(body: PermissionCheck, asker: Asker) -> Question:
    """Return the question of permission to use the logo; raises InvalidRequestError."""
    return replace(_ask_permission(body, asker, unfit="topic"), check="logo", uses_logo=True)


def spokesperson_question(body: PermissionCheck, asker: Asker) -> Question:
    """Return the question of permission to speak for the district.

    Raises InvalidRequestError.
    """
    read = _ask_permission(body, asker, unfit="logo_purpose")
    return replace(read, check="spokesperson", speaks_for_district=True)


def _ask_permission(body: PermissionCheck, asker: Asker, unfit: str) -> Question:
    reader = _Reader()
    if getattr(body, unfit) is not None:
        reader.fault(f"/{unfit}", "not_of_this_check", "Goes with the other permission's check")
    author = reader.author(body.author, asker)
    if body.account is None and author is None:
        reader.fault("", "at_least_one", "Give account or author, or both")
    account = None if body.account is None else reader.account(body.account, "/account")
    reader.finish()
    return Question(
        check="logo",
        publish_at=body.publish_at,
        account=account,
        author=author,
        logo_purpose=_make_use_key(body.logo_purpose),
        topic=_make_use_key(body.topic),
        schools=asker.schools,
        asked_by=asker.person_id,
        for_others=asker.for_others,
    )


def account_question(body: AccountCheck, asker: Asker) -> Question:
    """Return the question of posting on an account; raises InvalidRequestError."""
    reader = _Reader()
    account = reader.account(body, "")
    author = reader.named_author(body.author)
    reader.finish()
    return Question(
        check="account",
        publish_at=body.publish_at,
        account=account,
        author=author,
        asked_by=asker.person_id,
        for_others=asker.for_others,
        schools=asker.schools,
    )


def named_account(body: AccountIn, at: str) -> AccountRef:
    """Return a reference to the account that is named `at`; raises InvalidRequestError."""
    reader = _Reader()
    ref = reader.account(body, at)
    reader.finish()
    return ref


def account_label(body: AccountIn, at: str = "") -> str:
    """Return an account as decisions are found by it: its key, or `system:id`.

    Raises InvalidRequestError, with pointers below `at`, also for a personal account.
    """
    reader = _Reader()
    ref = reader.account(body, at)
    if ref.personal:
        reader.fault(f"{at}/personal", "personal", "Personal accounts are not told apart")
    reader.finish()
    return ref.key or ":".join(ref.alias or ())


def post_question(body: PostCheck, asker: Asker) -> Question:
    """Return the question of a whole post; raises InvalidRequestError."""
    reader = _Reader()
    if body.clearance:
        reader.require_bound(body, asker)
    # What describes a picture is published with it.
    described = [media.alt_text for media in body.media if media.alt_text]
    text = examine_text("\n".join((body.text, *described)) if described else body.text)
    question = Question(
        check="post",
        publish_at=body.publish_at,
        purpose=body.purpose,
        account=reader.account(body.account, "/account"),
        author=reader.author(body.author, asker),
        asked_by=asker.person_id,
        for_others=asker.for_others,
        pictured=reader.pictured(body.pictured),
        declaration=reader.declaration(body),
        media=tuple(_make_media(m, f"/media/{i}") for i, m in enumerate(body.media)),
        text_key=text.key,
        text_marks=text.marks,
        text_names=text.names.keys,
        text_names_cut=text.names.cut,
        has_disclaimer=text.has_disclaimer,
        uses_logo=body.uses_logo,
        logo_purpose=_make_use_key(body.logo_purpose),
        topic=_make_use_key(body.topic),
        speaks_for_district=body.speaks_for_district,
        contact_email_domain=email_domain(body.contact_email),
        schools=asker.schools,
    )
    reader.finish()
    return question


def declared_question(body: DeclarationIn, asker: Asker) -> Question:
    """Return the question that a declaration would answer; raises InvalidRequestError."""
    reader = _Reader()
    pictured = reader.pictured(body.pictured)
    if not pictured.declared:
        reader.fault(
            "/pictured", "nobody", "Name the people, or say that nobody_identifiable is true"
        )
    if body.author is not None and body.author.id != asker.person_id:
        reader.fault("/author", "own_person", "Must be the id of the person whom the key acts for")
    account = None if body.account is None else reader.account(body.account, "/account")
    if account is not None and account.personal:
        reader.fault("/account/personal", "personal", "Personal accounts are not told apart")
    digests = [one.sha256.lower() for one in body.media]
    for i, one in enumerate(digests):
        if one in digests[:i]:
            reader.fault(f"/media/{i}/sha256", "repeated", "Is listed before")
    reader.finish()
    return Question(
        check="post", account=account, pictured=pictured, schools=asker.schools,
        asked_by=asker.person_id,
    )  # fmt: skip


class _Reader:
    """Reads the parts of one request and gathers what is wrong with them."""

    def __init__(self) -> None:
        self._faults: list[dict[str, str]] = []

    def fault(self, at: str, code: str, message: str) -> None:
        """Note a fault of the field `at`, a JSON Pointer."""
        self._faults.append({"at": at, "code": code, "message": message})

    def finish(self) -> None:
        """Raise InvalidRequestError with all faults, if any."""
        if self._faults:
            raise InvalidRequestError(self._faults)

    def people(self, people: Sequence[PersonIn], at: str) -> tuple[PersonRef, ...]:
        """Return references to the people listed `at`."""
        return tuple(self.person(one, f"{at}/{i}") for i, one in enumerate(people))

    def person(self, one: PersonIn, at: str) -> PersonRef:
        """Return a reference to the person named `at`, by id or by name."""
        named = isinstance(one, StudentIn) and one.named
        if one.id is not None:
            if one.name is not None or one.school is not None or one.grade is not None:
                self.fault(at, "exactly_one", "Give id alone, or name with school and grade")
            return PersonRef(at, id=one.id, named=named)
        if one.name is None:
            self.fault(at, "exactly_one", "Give either id or name")
            return PersonRef(at)
        key = normalize_asked(one.name)
        if not key:
            self.fault(f"{at}/name", "no_name", "Holds no letter or digit")
        grade = grade_key(one.grade) if one.grade is not None else None
        others = spell_asked(one.name)
        return PersonRef(at, None, key, one.school, grade, named, others)

    def author(self, one: PersonIn | None, asker: Asker) -> PersonRef | None:
        """Return the author given, else the person the key acts for."""
        if one is not None:
            return self.person(one, "/author")
        return None if asker.person_id is None else PersonRef("/author", id=asker.person_id)

    def named_author(self, one: PersonIn | None) -> PersonRef | None:
        """Return the author where one is given; only the author is judged."""
        return None if one is None else self.person(one, "/author")

    def other(self, one: OtherIn, at: str) -> OtherRef:
        """Return a reference to a person of neither list, by release or by name."""
        if (one.release_id is None) == (one.name is None):
            self.fault(at, "exactly_one", "Give either release_id or name")
        key = name_key(one.name) if one.name is not None else None
        if key == "":
            self.fault(f"{at}/name", "no_name", "Holds no letter or digit")
        others = spell_asked(one.name) if one.name is not None else ()
        return OtherRef(at, release_id=one.release_id, name_key=key, other_keys=others)

    def pictured(self, body: PicturedIn | None) -> Pictured:
        """Return the people declared as recognizable (clause 42)."""
        if body is None:
            return Pictured()
        people = len(body.students) + len(body.employees) + len(body.others)
        if people > MAX_PEOPLE:
            self.fault("/pictured", "too_many", f"Holds more than {MAX_PEOPLE} people")
        if people and body.nobody_identifiable:
            self.fault(
                "/pictured/nobody_identifiable",
                "contradiction",
                "Cannot be true while people are listed",
            )
        return Pictured(
            students=self.people(body.students, "/pictured/students"),
            employees=self.people(body.employees, "/pictured/employees"),
            others=tuple(
                self.other(one, f"/pictured/others/{i}") for i, one in enumerate(body.others)
            ),
            nobody_identifiable=body.nobody_identifiable,
        )

    def require_bound(self, body: PostCheck, asker: Asker) -> None:
        """Note what a clearance has to be bound to and the post does not give."""
        for i, one in enumerate(body.media):
            if one.sha256 is None:
                self.fault(f"/media/{i}/sha256", "missing", "Is needed for a clearance")
        if body.account.personal:
            self.fault("/clearance", "personal", "Is given for accounts of the district alone")
        if body.author is None and asker.person_id is None:
            self.fault("/author", "missing", "Is needed for a clearance")

    def declaration(self, body: PostCheck) -> str | None:
        """Return the id, or the code without its hyphen, of the declaration the post names."""
        if body.declaration is None:
            return None
        if body.pictured is not None:
            self.fault(
                "/declaration", "exactly_one", "Give pictured or a declaration of it, not both"
            )
        named = parse_reference(body.declaration)
        if named is None:
            self.fault("/declaration", "declaration", MISTYPED)
        return named

    def account(self, one: AccountIn, at: str) -> AccountRef:
        """Return a reference to the account named `at`."""
        by_name = one.handle is not None or one.url is not None
        by_id = one.system is not None or one.external_id is not None
        named = by_name or (by_id and one.platform is None)
        if one.personal == named or (one.personal and by_id):
            self.fault(
                at,
                "exactly_one",
                "Give platform and handle, or url, or system and external_id, also beside them, "
                "or personal with platform",
            )
            return AccountRef(at)
        try:
            return self._resolve_account(one, at)
        except AccountNameError as error:
            self.fault(f"{at}/{error.field}", "account_name", str(error))
            return AccountRef(at)

    def _resolve_account(self, one: AccountIn, at: str) -> AccountRef:
        if one.personal:
            if one.platform is None:
                raise AccountNameError("platform", "is needed with a personal account")
            return AccountRef(at, platform=make_platform_key(one.platform), personal=True)
        system_id = _read_system_id(one)
        if system_id and one.platform is None and one.handle is None and one.url is None:
            return AccountRef(at, alias=system_id)
        name = resolve_account(one.platform, one.handle, one.url)
        if one.handle is not None and name.alias is not None:
            # Only the handle would be looked up, whatever account the address leads to.
            raise AccountNameError("url", "tells no handle to compare; send one of them")
        return AccountRef(at, name.platform, name.handle_key, name.alias, system_id=system_id)


def _read_system_id(one: AccountIn) -> tuple[str, str] | None:
    """Return the id another system knows the account by.

    Raises AccountNameError for half of one.
    """
    if one.system is None and one.external_id is None:
        return None
    if one.external_id is None:
        raise AccountNameError("external_id", "is needed beside system")
    if one.system is None:
        raise AccountNameError("system", "is needed beside external_id")
    return one.system, one.external_id


def _make_media(one: MediaIn, at: str) -> Media:
    sha256 = one.sha256.lower() if one.sha256 else None
    described = bool(one.alt_text and one.alt_text.strip())
    return Media(at, one.kind, one.rights, one.premises, sha256, described)


def _make_use_key(use: str | None) -> str | None:
    """Return the form in which two wordings of a purpose or topic are compared; None for none."""
    return None if use is None else name_key(use) or None
