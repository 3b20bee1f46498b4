"""The rules of consent, read a second time: slowly, plainly, and without a look at `app.policy`.

`answer` goes from the history of one student to allow, review or deny. It walks over every paper
for every cell and every day it needs; nothing is folded, and nothing is shared with the service.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PLACES = ("social", "website", "yearbook", "newspaper", "press", "video")
NO = ("refuse", "withdraw")


@dataclass(frozen=True)
class Paper:
    """One statement. `maker` tells who made it: a guardian, `own`, or `office`.

    `lifts` and `corrects` are ids of other papers. A paper with a day only has `day_only`.
    """

    id: str
    decision: str
    activity: str
    channel: str
    extent: str
    maker: str
    signed_at: datetime
    day_only: bool
    begins: date
    ends: date | None = None
    lifts: tuple[str, ...] = ()
    corrects: str | None = None


@dataclass(frozen=True)
class Student:
    """What the rolls say. `list_date` is that of the school, None where it has none."""

    born: date | None
    status: str
    first_seen: datetime
    returned: datetime | None
    list_dates: tuple[datetime | None, ...]


@dataclass(frozen=True)
class Asked:
    """What is asked: at `now`, about a post of `publish_at`."""

    activity: str
    channel: str
    media: str
    extent: str
    publish_at: datetime
    now: datetime


@dataclass(frozen=True)
class District:
    """What the district has set."""

    mode: str
    zone: ZoneInfo
    list_max_age: timedelta


@dataclass(frozen=True)
class Cell:
    """One activity on one channel to one extent."""

    activity: str
    channel: str
    extent: str


def answer(student: Student, papers: list[Paper], asked: Asked, district: District) -> str:
    """What Clearpost must say: `allow`, `review` or `deny`."""
    reading = _Reading(student, _drop_corrected(papers), district.zone)
    day = max(asked.publish_at, asked.now).astimezone(district.zone).date()
    refusable = list(_refusable(asked))
    for paper in reading.refusals():
        if paper.begins <= day and any(reading.refuses(paper, cell, day) for cell in refusable):
            return "deny"
    for paper in reading.refusals():
        if paper.begins > day and any(
            reading.refuses(paper, cell, paper.begins) for cell in refusable
        ):
            return "review"
    return _answer_without_no(reading, asked, day, district)


def _answer_without_no(reading: "_Reading", asked: Asked, day: date, district: District) -> str:
    wanted = list(_wanted(asked))
    if all(reading.is_granted(cell, day) for cell in wanted):
        return "allow"
    if asked.extent == "image_with_name" and any(
        reading.is_granted(Cell(cell.activity, cell.channel, "image"), day)
        and not reading.is_granted(cell, day)
        for cell in wanted
    ):
        return "review"  # Whoever agreed to the smaller of two was not silent about the larger.
    return _answer_of_silence(reading.student, asked, district)


def _answer_of_silence(student: Student, asked: Asked, district: District) -> str:
    """Nothing is on file: the list speaks, if it is fresh and its maker knew the student."""
    if district.mode == "opt_in" or student.status != "active" or not student.list_dates:
        return "review"
    for made in student.list_dates:
        if made is None or made > asked.now or asked.now - made > district.list_max_age:
            return "review"
        if student.first_seen > made:
            return "review"
        if student.returned is not None and student.returned > made:
            return "review"
    return "allow"


def _drop_corrected(papers: list[Paper]) -> list[Paper]:
    corrected = {paper.corrects for paper in papers}
    return [paper for paper in papers if paper.id not in corrected]


def _channels(channel: str) -> tuple[str, ...]:
    return PLACES if channel == "all" else (channel,)


def _wanted(asked: Asked) -> Iterator[Cell]:
    """What has to be granted, where a grant is needed."""
    for channel in _channels(asked.channel):
        yield Cell(asked.activity, channel, asked.extent)


def _refusable(asked: Asked) -> Iterator[Cell]:
    """Where a refusal stands in the way.

    Who may not be photographed may not be published either. A refusal that names the directory
    bars every channel as long as it stands, one of videos every video.
    """
    activities = ("capture", "publish") if asked.activity == "publish" else ("capture",)
    channels = {*_channels(asked.channel), "directory"}
    if asked.media == "video":
        channels.add("video")
    for activity in activities:
        for channel in channels:
            yield Cell(activity, channel, asked.extent)


def _refused_cells(paper: Paper) -> set[Cell]:
    """The cells that a refusal of these words covers: `image` takes the name with it."""
    channels = _channels(paper.channel)
    extents = ("image", "image_with_name") if paper.extent == "image" else ("image_with_name",)
    return {Cell(paper.activity, channel, extent) for channel in channels for extent in extents}


def _granted_cells(paper: Paper) -> set[Cell]:
    extents = ("image",) if paper.extent == "image" else ("image", "image_with_name")
    return {
        Cell(paper.activity, channel, extent)
        for channel in _channels(paper.channel)
        for extent in extents
    }


def birthday_of_age(born: date) -> date:
    """The 18th birthday; of somebody born on 29 February it is 1 March where there is no 29th."""
    try:
        return born.replace(year=born.year + 18)
    except ValueError:
        return date(born.year + 18, 3, 1)


class _Reading:
    """The papers of one student."""

    def __init__(self, student: Student, papers: list[Paper], zone: ZoneInfo) -> None:
        self.student = student
        self._papers = papers
        self._zone = zone

    def refusals(self) -> list[Paper]:
        return [paper for paper in self._papers if paper.decision in NO]

    def refuses(self, no: Paper, cell: Cell, day: date) -> bool:
        """Does this refusal stand in the cell on the day? It never expires."""
        return (
            cell in _refused_cells(no)
            and not self._is_ended_by_grant(no, cell, day)
            and not self._is_lifted(no, day)
            and not self._is_superseded_by_own(no, cell, day)
        )

    def is_granted(self, cell: Cell, day: date) -> bool:
        """Is there a grant that counts? Whether a refusal stands beside it is asked before."""
        return any(self._grants(paper, cell, day) for paper in self._papers)

    def _is_ended_by_grant(self, no: Paper, cell: Cell, day: date) -> bool:
        """A later grant of the same source ends it; a tie is a refusal. A hold has no source."""
        return no.maker != "office" and any(
            paper.maker == no.maker and self._grants(paper, cell, day) and self._is_later(paper, no)
            for paper in self._papers
        )

    def _is_lifted(self, no: Paper, day: date) -> bool:
        return any(self._lifts(paper, no, day) for paper in self._papers)

    def _lifts(self, lift: Paper, no: Paper, day: date) -> bool:
        """By its id, or as one that lies wholly inside the lift's scope and was signed before."""
        if lift.decision != "lift" or lift.maker != no.maker or not self._is_in_force(lift, day):
            return False
        if not self._may_open(lift):
            return False
        if lift.lifts:
            return no.id in lift.lifts
        inside = _refused_cells(no) <= _refused_cells(lift)
        return no.maker != "office" and inside and self._is_later(lift, no)

    def _is_superseded_by_own(self, no: Paper, cell: Cell, day: date) -> bool:
        """The student's own yes, of age, stands in for all that guardians said of the cell."""
        return no.maker not in ("own", "office") and any(
            paper.maker == "own" and self._grants(paper, cell, day) for paper in self._papers
        )

    def _grants(self, paper: Paper, cell: Cell, day: date) -> bool:
        return (
            paper.decision == "grant"
            and cell in _granted_cells(paper)
            and self._is_in_force(paper, day)
            and self._may_open(paper)
            and not (paper.maker != "own" and self._is_of_age(day))
        )

    def _may_open(self, paper: Paper) -> bool:
        """Was its maker entitled? Whoever is not can only refuse."""
        if paper.maker == "office":
            return True
        if paper.maker == "own":
            # Dated on or after the birthday: signed then, and in force no earlier.
            return self._is_of_age(min(self._day(paper), paper.begins))
        # Signed before it, and in force before it.
        return not self._is_of_age(max(self._day(paper), paper.begins))

    def _is_of_age(self, day: date) -> bool:
        born = self.student.born
        return born is not None and day >= birthday_of_age(born)

    def _is_in_force(self, paper: Paper, day: date) -> bool:
        return paper.begins <= day and (paper.ends is None or day <= paper.ends)

    def _day(self, paper: Paper) -> date:
        return paper.signed_at.astimezone(self._zone).date()

    def _is_later(self, one: Paper, other: Paper) -> bool:
        """Signed later for certain: of a paper with a day only the time is not known."""
        if one.day_only or other.day_only:
            return self._day(one) > self._day(other)
        return one.signed_at > other.signed_at
