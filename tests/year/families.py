"""The plain model: who of a district's children may be shown, as a registrar would say it.

It knows no import and no statement: for each child who says no, what is in doubt, and of each
school the day of its list. Nothing of it comes from `app`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Answer = Literal["allow", "review", "deny"]
LIST_LASTS = timedelta(days=7)


@dataclass
class Child:
    """What is on file of a child."""

    school: str
    since: datetime
    is_here: bool = True
    says_no: set[str] = field(default_factory=set)
    says_yes: set[str] = field(default_factory=set)
    doubts: set[str] = field(default_factory=set)


class Families:
    """All children on file, and the lists of their schools."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.lists: dict[str, datetime] = {}
        # Doubts about children who are not on file yet.
        self.awaited: dict[str, set[str]] = {}

    def __getitem__(self, who: str) -> Child:
        return self.children[who]

    def put_on_file(self, who: str, school: str, at: datetime) -> None:
        """Put a child on file, or note that one is there still, or again, and at which school."""
        known = self.children.get(who)
        if known is None:
            awaited = self.awaited.pop(who, set())
            self.children[who] = Child(school, at, doubts=awaited)
            return
        if not known.is_here:
            known.is_here, known.since = True, at
        known.school = school

    def answer(self, who: str, now: datetime) -> Answer:
        """May a picture of this child be published on social media?"""
        child = self.children.get(who)
        if child is None:
            return "review"
        if child.says_no:
            return "deny"
        if child.doubts:
            return "review"
        listed = self.lists.get(child.school)
        is_fresh = listed is not None and now - listed <= LIST_LASTS
        if not is_fresh:
            return "review"
        if child.says_yes:
            return "allow"
        return "allow" if child.is_here and child.since <= listed else "review"
