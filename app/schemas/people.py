"""People, classes and orgs on the wire, with no more than distinguishes them."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from app.policy.words import OrgKind, PersonKind
from app.schemas.base import Name, Wire

# It holds a row of the index, which is longer than what other lists stand at.
MAX_SEARCH_CURSOR = 4_000
_MAX_LIMIT = 200


class PeopleSearch(Wire):
    """A search for people. A field left out does not narrow the search."""

    ids: list[Name] | None = Field(
        None,
        min_length=1,
        max_length=_MAX_LIMIT,
        description="Whom to show by sourcedId, in this order, who is known to the key; stands "
        "alone, but for `kind`.",
    )

    query: Name | None = Field(
        None,
        description="Words of the name or their beginnings, in any order; preferred and former "
        "names count, accents and case do not. Without it everybody within the rest is listed.",
        examples=["nunez jo"],
    )
    school: Name | None = Field(None, description="The school's sourcedId or its name.")
    grade: Name | None = Field(None, description="`3`, `03` and `3rd` are one grade.")
    class_id: Name | None = Field(None, description="The class's sourcedId.")
    kind: PersonKind | None = None
    limit: Annotated[int, Field(ge=1, le=_MAX_LIMIT, description="People a page.")] = 50
    cursor: Annotated[
        str | None,
        Field(
            max_length=MAX_SEARCH_CURSOR,
            description="Where the page before ended: its `next_cursor`, with the same question.",
        ),
    ] = None

    @model_validator(mode="after")
    def _refuse_mixed_search(self) -> Self:
        if self.ids is not None and not self.model_fields_set <= {"ids", "kind", "limit"}:
            message = "Ids stand alone, but for the kind"
            raise ValueError(message)
        return self


class PersonFound(BaseModel):
    """One person."""

    id: str = Field(description="The sourcedId.")
    kind: PersonKind
    name: str = Field(description="The preferred or given name, and the family name.")
    matched_name: str | None = Field(
        description="The other name that answers better: the given one, or a former one, which is "
        "kept without case and accents; null where `name` does."
    )
    match: Literal["exact", "prefix", "near"] | None = Field(
        description="How well the words answer, the worst of them; null where no name was asked."
    )
    school: str | None = Field(description="The name of the person's school or office.")
    grade: str | None


class PeopleFound(BaseModel):
    """Some of those found, best first.

    Of a very broad question a page can be short, even empty, and yet be followed by another.
    """

    items: list[PersonFound]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


class ClassOut(BaseModel):
    """A class, for a person to pick."""

    id: str = Field(description="The sourcedId.")
    title: str
    org_id: str | None = Field(description="The sourcedId of its school.")
    school: str | None = Field(description="Its school's name.")
    teachers: list[str] = Field(description="Their names.")
    students: int = Field(description="How many are enrolled.")
    match: Literal["exact", "words", "beginnings"] | None = Field(
        description="How it answers the words: its title is these, it has them all, or some are "
        "only beginnings of its words; null where no words were asked."
    )


class OrgOut(BaseModel):
    """A school or an office, for a person to pick."""

    id: str = Field(description="The sourcedId.")
    name: str
    kind: OrgKind
    parent_id: str | None
