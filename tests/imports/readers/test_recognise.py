"""Which format a delivery is of; or what is ambiguous or missing."""

import pytest

from tests.imports.readers.conftest import Files, Reads
from tests.imports.readers.test_oneroster import ONE, TWO
from tests.imports.readers.test_sds import V1, V2, V21

PLAIN: dict[str, str] = {
    "orgs.csv": "sourced_id,name,kind\nhill,Hill School,school\n",
    "people.csv": "sourced_id,kind,given_name,family_name\ns-1,student,Ann,Lee\n",
    "enrollments.csv": "class_sourced_id,person_sourced_id,role\n",
}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (PLAIN, "plain"),
        ({"orgs.csv": PLAIN["orgs.csv"]}, "plain"),
        (ONE, "oneroster-1.1"),
        (TWO, "oneroster-1.2"),
        (V21, "sds-2.1"),
        (V2, "sds-2"),
        (V1, "sds-1"),
    ],
)
def test_the_format_is_told_by_files_and_headers(read: Reads, files: Files, name: str) -> None:
    delivery = read({file.capitalize(): text for file, text in files.items()}).delivery
    assert delivery is not None
    assert delivery.format == name


def _without(files: Files, *names: str) -> Files:
    return {name: text for name, text in files.items() if name not in names}


AMBIGUOUS: list[tuple[Files, str, str]] = [
    (PLAIN | {"users.csv": "a\n"}, "delivery", "people.csv of the plain format; users.csv of One"),
    (PLAIN | {"Student.csv": "a\n"}, "delivery", "student.csv of School Data Sync v1"),
    (V2 | {"manifest.csv": "x,y\n", "School.csv": ""}, "delivery", "several formats"),
    (_without(ONE, "manifest.csv"), "manifest.csv", "a bulk file cannot be told from a delta"),
    (_without(TWO, "manifest.csv"), "manifest.csv", "a bulk file cannot be told from a delta"),
    (_without(V21, "users.csv", "roles.csv"), "users.csv", "is missing"),
    (_without(V21, "orgs.csv"), "orgs.csv", "is missing"),
    (_without(V21, "roles.csv"), "roles.csv", "is missing, and users.csv has no column role"),
    ({"enrollments.csv": V2["enrollments.csv"]}, "users.csv", "nobody can tell which format"),
    ({"export.csv": "a,b\n"}, "delivery", "holds none of orgs.csv"),
    ({"notes.txt": "a"}, "delivery", "holds none of orgs.csv"),
    ({}, "delivery", "holds none of orgs.csv"),
    ({"manifest.csv": "oneroster.version,1.1\n"}, "manifest.csv", "announces none of the files"),
    ({"manifest.csv": b"\xff\x00\n\r\"'"}, "manifest.csv", "oneroster.version must be"),
    (PLAIN | {"ORGS.CSV": "a\n"}, "orgs.csv", "is there twice"),
    (PLAIN | {"consent.csv": "a\n"}, "consent.csv", "is not the name of a file that is read"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "file", "reason"), AMBIGUOUS)
def test_what_is_ambiguous_or_missing_is_said(
    read: Reads, files: Files, file: str, reason: str
) -> None:
    result = read(files)
    assert result.delivery is None
    told = [(error[0], error[3]) for error in result.errors]
    assert len(told) == 1
    assert told[0][0] == file
    assert reason in told[0][1]


def test_a_file_too_many_is_a_warning_in_the_standards(read: Reads) -> None:
    result = read(V2 | {"lunch.csv": "a,b\n"})
    assert result.errors == []
    assert result.report.warnings == ["lunch.csv is no file of this format and was not read"]
