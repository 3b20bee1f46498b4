"""The consents of a synthetic district."""

from random import Random
from typing import NamedTuple

from app.synthetic.files import Files
from app.synthetic.plan import Plan


class SyntheticStatement(NamedTuple):
    """One statement: `decision activity channel extent`, its maker and capacity, and its time.

    `by` is a guardian's id or a name, "" where no one is named; `ago` how many days ago it was
    signed; `end` and `start` are days.
    """

    what: str
    by: str
    capacity: str = "guardian"
    ago: int = 0
    start: str | None = None
    end: str | None = None


class Pupil(NamedTuple):
    """A student, and the ids of the guardians who make statements."""

    id: str
    name: str
    adult: bool
    guardians: tuple[str, ...]


class _Fate(NamedTuple):
    """A statement of a family: how many days before the last one, and whether it has run out.

    `by` is 0 for the first guardian, 1 for the second or else the only one, -1 for the office.
    """

    what: str
    before: int = 0
    by: int = 0
    ended: bool = False


_GRANT, _GRANT_IMAGE = "grant publish all image_with_name", "grant publish all image"
_REFUSE = "refuse publish all image"
_BACK = "withdraw publish all image_with_name"
# Of a thousand students so many have these statements on file, the oldest first.
_STUDENTS: tuple[tuple[int, tuple[_Fate, ...]], ...] = (
    (900, ()),
    (38, (_Fate(_REFUSE),)),
    (8, (_Fate("refuse capture all image"),)),
    (6, (_Fate("refuse publish directory image"),)),
    (4, (_Fate("refuse publish social image_with_name"),)),
    (3, (_Fate(_REFUSE, 50), _Fate(_GRANT_IMAGE, by=1))),
    (1, (_Fate(_REFUSE, by=-1),)),
    (24, (_Fate(_GRANT),)),
    (8, (_Fate(_GRANT, 400, ended=True),)),
    (6, (_Fate(_GRANT, 100), _Fate(_BACK))),
    (2, (_Fate(_REFUSE, 100), _Fate("lift publish all image"))),
)
_EMPLOYEES: tuple[tuple[int, tuple[_Fate, ...]], ...] = (
    (700, (_Fate(_GRANT),)),
    (200, ()),
    (80, (_Fate(_GRANT, 400, ended=True),)),
    (20, (_Fate(_REFUSE),)),
)


class Scribe:
    """Writes consents of a plan into its files."""

    def __init__(self, plan: Plan, files: Files, rng: Random) -> None:
        self._plan, self._files, self._rng = plan, files, rng

    def write(self, who: str, said: SyntheticStatement, chance: Random | None = None) -> None:
        """Write one statement about `who`; `chance` is another source of chance than `rng`."""
        self._files.write(
            "consents", who, *said.what.split(), said.by, said.capacity,
            self._choose_signing_time(said.ago, chance or self._rng), said.start, said.end,
        )  # fmt: skip

    def _choose_signing_time(self, days: int, chance: Random) -> str:
        """Return a day; on every fifth paper with a time."""
        day = self._plan.ago(days)
        if chance.randrange(5):
            return day
        return f"{day}T{chance.randint(8, 16):02d}:{chance.randint(0, 59):02d}:00-06:00"

    def pupil(self, pupil: Pupil) -> None:
        """Write the statements of a student's guardians, the student or the office, if any."""
        ago = self._rng.randint(1, 300)
        for fate in self._choose_fates(_STUDENTS):
            by, capacity = "", "office_hold"
            if fate.by >= 0:
                by, capacity = pupil.guardians[: fate.by + 1][-1], "guardian"
            self._write_fate(
                pupil.id, fate, SyntheticStatement(fate.what, by, capacity, ago + fate.before)
            )
        if pupil.adult:
            self._write_own_statement(pupil)

    def _write_own_statement(self, pupil: Pupil) -> None:
        """Write the statement of a student of 18, if any, by a chance of its own.

        By a chance of their own: who is 18 depends on the day, and the others must not.
        """
        chance = Random(f"{self._plan.seed}/{pupil.id}")  # noqa: S311  not a secret
        if chance.randrange(2):
            what = f"{chance.choice(('grant', 'refuse'))} publish all image_with_name"
            own = SyntheticStatement(what, pupil.name, "eligible_student", chance.randint(0, 30))
            self.write(pupil.id, own, chance)

    def employee(self, who: str, name: str) -> None:
        """Write an employee's statements: seven of ten agreed, a few for a time that is over."""
        ago = self._rng.randint(1, 900)
        for fate in self._choose_fates(_EMPLOYEES):
            self._write_fate(
                who, fate, SyntheticStatement(fate.what, name, "employee", ago + fate.before)
            )

    def _choose_fates(self, fates: tuple[tuple[int, tuple[_Fate, ...]], ...]) -> tuple[_Fate, ...]:
        weights = [weight for weight, _ in fates]
        return self._rng.choices(fates, weights)[0][1]

    def _write_fate(self, who: str, fate: _Fate, said: SyntheticStatement) -> None:
        end = self._plan.ago(said.ago - fate.before) if fate.ended else None
        self.write(who, said._replace(end=end))
