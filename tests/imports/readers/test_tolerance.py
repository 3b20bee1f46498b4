"""What exports have: encodings, delimiters, line ends, spare columns. Accepted, and counted."""

from typing import Any

import pytest

from tests.imports.readers.conftest import Reads, profile
from tests.imports.readers.test_sds import V2

HEAD = "sourcedId,orgSourcedIds,givenName,familyName,role,grade"
USERS = f"{HEAD}\ns-1,hill,José,Núñez,student,3\ne-1,hill,Ann,Lee,teacher,\n"
SAID = [("e-1", "employee", "Ann", None), ("s-1", "student", "José", "3")]
WINDOWS = "is not UTF-8 text and was read as Windows-1252"


def _users(read: Reads, users: str | bytes, **given: Any) -> Any:
    return read(V2 | {"users.csv": users}, **given)


TEXTS: list[tuple[str | bytes, dict[str, int]]] = [
    (USERS.encode(), {}),
    (USERS.encode("utf-8-sig"), {}),
    (USERS.encode("utf-16"), {}),
    (b"\xfe\xff" + USERS.encode("utf-16-be"), {}),
    (USERS.encode("windows-1252"), {WINDOWS: 1}),
    (USERS.replace("\n", "\r\n"), {}),
    (USERS.replace("\n", "\r"), {}),
    (USERS.rstrip("\n"), {}),
    (USERS.replace("\n", "\n\n"), {}),
    (USERS.replace(",", "\t"), {"cells are parted by tabs": 1}),
    (USERS.replace(",", ";"), {"cells are parted by semicolons": 1}),
    (USERS.replace(",", "|"), {"cells are parted by bars": 1}),
    (USERS.replace("Ann", '"Ann"').replace("Lee", " Lee "), {}),
    ("\n".join(",".join(reversed(line.split(","))) for line in USERS.split("\n")), {}),
    (USERS.replace("\n", ",\n"), {"unnamed columns at the end of the header are left out": 1}),
    (USERS.replace("\n", ",,\n"), {"unnamed columns at the end of the header are left out": 2}),
    (USERS.replace("grade\n", "grade,\n"),
     {"unnamed columns at the end of the header are left out": 1}),
    (USERS.replace("3\n", "3,\n"), {"rows have empty cells after the last column": 1}),
    ((USERS + ",,,,,\n \n").encode(), {"rows are blank": 2}),
    (USERS.replace("\n", ",x\n").replace("grade,x", "grade,shoe size"),
     {"columns that are not needed are left out": 1}),
    (USERS.replace("\n", ",x\n").replace("grade,x", "grade,emial"),
     {"columns that are not needed are left out": 1}),
    (USERS.replace("familyName", "Family Name").replace("givenName", "GIVENNAME"),
     {"names of columns are spelt otherwise than in the standard": 1}),
    (USERS.replace("\n", ',"a\nb"\n').replace('grade,"a\nb"', "grade,password"),
     {"rows have line breaks within cells": 2}),
    (USERS + USERS.split("\n", 1)[1], {}),
]  # fmt: skip


@pytest.mark.parametrize(("users", "warnings"), TEXTS)
def test_taken_and_counted(read: Reads, users: str | bytes, warnings: dict[str, int]) -> None:
    result = _users(read, users)
    assert result.errors == []
    assert result.of("people", "id", "kind", "given_name", "grade") == SAID
    assert result.warned("users.csv") == warnings


def test_a_short_or_far_misspelling_is_not_guessed_at(read: Reads) -> None:
    result = _users(read, USERS.replace("grade", "garde"))
    assert result.of("people", "grade") == [None, None]
    assert "columns that are not needed are left out" in result.warned("users.csv")
    users = USERS.replace("orgSourcedIds", "orgSorcdIds")
    assert _users(read, users).warned("users.csv") == {
        "column orgsorcdids is not read; perhaps orgSourcedIds is meant": 1
    }


@pytest.mark.parametrize("spelt", ["orgSourcdIds", "org_Sourced_Ids", "orgSourcesIds"])
def test_a_column_that_can_only_be_a_misspelt_one_is_read(read: Reads, spelt: str) -> None:
    result = _users(read, USERS.replace("orgSourcedIds", spelt))
    assert result.of("people", "org_id") == _users(read, USERS).of("people", "org_id")
    assert result.errors == []


def test_of_two_columns_that_may_be_meant_none_is_read(read: Reads) -> None:
    users = "".join(
        f"{line},{more}\n"
        for line, more in zip(
            USERS.replace("orgSourcedIds", "orgSourcdIds").splitlines(),
            ["orgSourcedIdx", *["x"] * 9],
            strict=False,
        )
    )
    assert set(_users(read, users).of("people", "org_id")) == {None}


BEFORE = ["sep=,\n", "#TYPE System.Data.DataRow\n", "Students of 2026\n", '"A, B",,\n\nReport,x\n']


@pytest.mark.parametrize("before", BEFORE)
def test_lines_before_the_header_are_left_out(read: Reads, before: str) -> None:
    result = _users(read, before + USERS)
    assert result.errors == []
    assert result.of("people", "id", "kind", "given_name", "grade") == SAID
    assert list(result.warned("users.csv")) == ["lines before the header are left out"]


def test_the_separator_that_a_spreadsheet_announces(read: Reads) -> None:
    result = _users(read, "sep=;\n" + USERS.replace(",", ";"))
    assert result.of("people", "id", "kind", "given_name", "grade") == SAID


def test_a_header_alone_is_an_empty_file(read: Reads) -> None:
    result = _users(read, HEAD)
    assert result.errors == []
    assert result.warned("users.csv") == {"has a header and no rows": 1}


@pytest.mark.parametrize(("encoding", "warned"), [("windows-1252", False), ("utf-8", True)])
def test_a_profile_says_the_encoding(read: Reads, encoding: str, warned: bool) -> None:
    given = profile(f'name = "t"\ntitle = "T"\ntext = {{ encoding = "{encoding}" }}')
    result = _users(read, USERS.encode("windows-1252"), profile=given)
    assert bool(result.errors) == warned
    assert WINDOWS not in result.warned("users.csv")


def test_a_profile_says_the_delimiter(read: Reads) -> None:
    given = profile('name = "t"\ntitle = "T"\ntext = { delimiter = "semicolon" }')
    files = {name: text.replace(",", ";") for name, text in V2.items()}
    result = read(files | {"users.csv": USERS.replace(",", ";")}, given)
    assert result.errors == []
    assert result.warned("users.csv") == {}


def test_no_row_is_lost_in_the_search_for_a_header_that_is_spelt_otherwise(read: Reads) -> None:
    """The first rows were: they had been looked at as headers."""
    head = HEAD.replace("sourcedId", "sourceId")
    rows = "".join(f"s-{n},hill,Ann,Lee,student,3\n" for n in range(9))
    result = _users(read, f"{head}\n{rows}")
    assert result.of("people", "id") == [f"s-{n}" for n in range(9)]
    assert result.report.files[1].rows == 9


@pytest.mark.parametrize("again", ["", "student"])
def test_a_column_that_is_there_twice_is_read_where_both_say_the_same(
    read: Reads, again: str
) -> None:
    """As one export has it: of two columns `role` one is empty. Unneeded ones may differ."""
    lines = USERS.splitlines()[:2]
    users = f"{lines[0]},role,shoe,Shoe\n{lines[1]},{again},x,y\n"
    manifest = "oneroster.version,1.1\nfile.users,bulk\n"
    result = read({"manifest.csv": manifest, "users.csv": users})
    assert result.errors == []
    assert result.of("people", "kind") == ["student"]


STRICT: list[tuple[str | bytes, tuple[int, str | None, str]]] = [
    (USERS.replace("\n", ",aide\n").replace("aide", "role", 1),
     (2, "role", "stands in the header more than once, and the cells differ")),
    (USERS.replace(",role", ""),
     (1, "role", "this column is missing from the header; there are: sourcedid, ")),
    (USERS.split("\n", 1)[1], (1, "sourcedId", "this column is missing from the header")),
    (b"", (1, "sourcedId", "this column is missing from the header")),
    (USERS.encode("utf-16-le"), (0, None, "has NUL bytes")),
    (USERS.encode() + USERS.split("\n", 1)[1].encode("windows-1252"),
     (0, None, "is neither UTF-8 nor Windows-1252 text throughout")),
    (USERS.encode("windows-1252").replace(b"Ann", b"A\x81n"),
     (0, None, "is neither UTF-8 nor Windows-1252 text throughout")),
    (USERS.replace("teacher,", "teacher"), (3, None, "has 5 cells, the header 6")),
    (USERS.replace("teacher,", "teacher,,x"), (3, None, "has 7 cells, the header 6")),
    (USERS.replace("Ann", '"Ann"x'), (3, None, "has quotes or line breaks")),
    (USERS.replace("Lee", '"Lee'), (3, None, "has quotes or line breaks")),
    (USERS.replace("Ann", '"A\nn"'), (3, "givenName", "has control characters")),
    (USERS.replace("Ann", "A\x00n"), (0, None, "has NUL bytes")),
    (USERS.replace("Ann", "A\u202en"), (3, "givenName", "has control characters")),
    (USERS.replace("Ann", "A" * 501), (3, "givenName", "is longer than 500 characters")),
    (USERS.replace("e-1", "s-1"), (3, "sourcedId", "repeats an earlier row")),
    ("\ufeff" + "a," * 600, (1, None, "has more than 500 columns")),
]  # fmt: skip


@pytest.mark.parametrize(("users", "told"), STRICT)
def test_refused_with_line_column_and_reason(
    read: Reads, users: str | bytes, told: tuple[int, str | None, str]
) -> None:
    line, column, reason = told
    manifest = "oneroster.version,1.1\nfile.users,bulk\n"
    _, *error = read({"manifest.csv": manifest, "users.csv": users}).errors[0]
    assert error[:2] == [line, column]
    assert reason in error[2]


def test_a_quote_that_is_not_closed_swallows_no_refusal(read: Reads) -> None:
    """What looks like another record within a cell is one: nobody's `no` is lost in it."""
    given = profile("""
        name = "p"
        title = "P"
        [[flags]]
        file = "flags.csv"
        key = "id"
        [[flags.columns]]
        column = "photo"
        meanings = [
            { values = ["no"], means = "refuse" }, { values = [""], means = "unanswered" },
        ]
    """)
    text = 'id,photo,notes\na,no,"late\nb,no,"\nc,no,ok\n'
    result = read({"flags.csv": text}, given)
    assert [error[:2] for error in result.errors] == [("flags.csv", 2)]
    assert "a quote is not closed" in result.errors[0][3]
    assert result.of("flags", "person_id") == ["c"]


def test_lines_are_counted_over_line_breaks_in_cells(read: Reads) -> None:
    users = USERS.replace("\n", ',"a\r\nb"\n').replace('grade,"a\r\nb"', "grade,password")
    result = _users(read, users + 's-2,hill,Bo,Fox,wizard,4,""\n')
    assert [error[1:3] for error in result.errors] == [(6, "role")]


def test_no_message_repeats_what_a_cell_says(read: Reads) -> None:
    users = USERS.replace("teacher", "Wizardsecret").replace("José", "Jos\x02secretname")
    result = _users(read, users)
    assert len(result.errors) == 2
    assert "secret" not in str(result.errors).lower()


def test_a_formula_stays_text(read: Reads) -> None:
    result = _users(read, USERS.replace("Ann", "=HYPERLINK(1)"))
    assert "=HYPERLINK(1)" in result.of("people", "given_name")


def test_passwords_are_kept_nowhere(read: Reads) -> None:
    result = read(V2)
    assert "secret" not in repr(result.rows)
