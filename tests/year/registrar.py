"""The student information system of a small district, and the folder it exports to every night."""

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from app.imports.reading.profiles.model import Profile
from tests.imports.conftest import Row, write

FLAGS = "flags.csv"
# Everybody stands in the file: `Y` under "No Media" is a no, a blank is nothing at all.
NO_MEDIA = Profile.model_validate(
    {
        "name": "photo",
        "title": "Photo flag",
        "flags": [
            {
                "file": FLAGS,
                "key": "number",
                "matches": "student_number",
                "columns": [
                    {
                        "column": "No Media",
                        "meanings": [
                            {"values": ["Y"], "means": "refuse"},
                            {"values": ["", "N"], "means": "unanswered"},
                        ],
                    }
                ],
            }
        ],
    }
)
HILL, DALE = "hill", "dale"
_GIVEN = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Iris", "Jon", "Kay", "Leo")


@dataclass
class Registrar:
    """Everybody who is at school, and what their families have said to the office."""

    students: dict[str, Row] = field(default_factory=dict)
    staff: dict[str, Row] = field(default_factory=dict)
    guardians: dict[tuple[str, str], str] = field(default_factory=dict)
    papers: list[Row] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)

    def enroll(self, number: int, school: str, **cells: str) -> str:
        """Take in a child; who that is."""
        who = cells.pop("sourced_id", f"s-{number}")
        self.students[who] = {
            "sourced_id": who,
            "kind": "student",
            "given_name": _GIVEN[number % len(_GIVEN)],
            "family_name": f"Family{chr(ord('a') + number // len(_GIVEN))}{number}",
            "grade": str(number % 6),
            "org_sourced_id": school,
            "birth_date": f"{2020 - number % 6}-0{number % 9 + 1}-1{number % 10}",
            "student_number": f"{number:05}",
            **cells,
        }
        self.guardians[who, f"g-{who}"] = f"Parent of number {number}"
        self.flags[self.students[who]["student_number"]] = ""
        return who

    def leave(self, who: str) -> Row:
        """Strike a child from the rolls; the row that was there."""
        row = self.students.pop(who)
        self.flags.pop(row["student_number"], None)
        self.guardians = {tie: name for tie, name in self.guardians.items() if tie[0] != who}
        return row

    def file_paper(self, who: str, decision: str, signed: date, **cells: str) -> None:
        """Keep what a guardian has signed."""
        paper = {
            "person_sourced_id": who, "decision": decision, "activity": "publish",
            "channel": "all", "extent": "image", "given_by": f"g-{who}", "capacity": "guardian",
            "signed_at": signed.isoformat(),
        }  # fmt: skip
        self.papers.append(paper | cells)

    def flag(self, who: str, value: str) -> None:
        """Write in the column "No Media"."""
        self.flags[self.students[who]["student_number"]] = value

    def export(self, folder: Path, *parts: str) -> Path:
        """Write the nightly files, all of them or these, in the place of those of last night."""
        files: dict[str, list[Row]] = {
            "orgs": [
                {"sourced_id": "district", "name": "District", "kind": "district"},
                {"sourced_id": HILL, "name": "Hill", "kind": "school"},
                {"sourced_id": DALE, "name": "Dale", "kind": "school"},
            ],
            "people": [*self.students.values(), *self.staff.values()],
            "guardians": [
                {"student_sourced_id": who, "guardian_id": ident, "name": name}
                for (who, ident), name in self.guardians.items()
            ],
            "consents": self.papers,
        }
        columns = {column: "" for row in files["people"] for column in row}
        files["people"] = [columns | row for row in files["people"]]
        write(folder, {name: files[name] for name in files if not parts or name in parts})
        if not parts or "flags" in parts:
            with (folder / FLAGS).open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([("number", "No Media"), *self.flags.items()])
        return folder
