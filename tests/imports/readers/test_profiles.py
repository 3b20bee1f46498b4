"""Mapping profiles: what they may say, and what the columns of six systems come to."""

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.database.session import Store
from app.database.tables import people
from app.imports.reading.profiles import ProfileError, read_profile, read_shipped_profiles
from app.imports.reading.profiles.loader import parse_profile
from tests.imports.readers.conftest import Reads, lay_out, profile, staged
from tests.imports.readers.test_oneroster import ONE

EVERYWHERE = ("publish", "all", "image")
NAMED = ("publish", "all", "image_with_name")


def _publish(extent: str, *channels: str) -> list[tuple[str, str, str]]:
    return [("publish", channel, extent) for channel in channels]


PUBLIC = ("press", "social", "video", "website")
# File, its text, and what it says: person, decision, scope, end.
SYSTEMS: list[tuple[str, str, str, list[tuple[Any, ...]]]] = [
    ("powerschool", "permission_to_publish.txt",
     "Student_Number\tLastFirst\tPermission to Publish\n1\tLee, A\tNo\n2\tRoe, B\tyes\n3\tPoe\t\n",
     [("s-1", "refuse", *EVERYWHERE, None), ("s-2", "grant", *NAMED, date(2027, 7, 31))]),
    ("infinite_campus", "no_media_2026.csv",
     "student.studentNumber,No Media\n1,Y\n2,N\n3,\n",
     [("s-1", "refuse", *EVERYWHERE, None)]),
    ("skyward", "Skyward_Media.csv",
     '"Student ID","Local Use","Public Use"\n"1","Y","N"\n"2","N",""\n',
     [*(("s-1", "refuse", *scope, None) for scope in _publish("image", *PUBLIC)),
      *(("s-1", "grant", *scope, date(2027, 6, 30))
        for scope in _publish("image_with_name", "newspaper", "yearbook")),
      ("s-2", "refuse", *EVERYWHERE, None)]),
    ("synergy", "directory_release.csv",
     ('Sis Number,Student Name,Directory Release\n1,A,"No, Directory Release Denied"\n2,B,\n'
      '3,C,"Yes, Directory Release Allowed"\n'),
     [("s-1", "refuse", "publish", "directory", "image", None),
      ("s-3", "grant", *NAMED, date(2027, 8, 15)),
      ("s-3", "grant", "publish", "directory", "image_with_name", date(2027, 8, 15))]),
    ("synergetic", "photo_permissions.csv",
     "ID;Web;Promotional Material;School Publications\n1;True;False;\n",
     [("1", "refuse", "publish", "press", "image", None),
      ("1", "grant", "publish", "website", "image", None)]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def students(store: Store) -> None:
    """Students on file: `s-1` has the number 1."""
    who = {"kind": "student", "status": "active", "first_seen_at": datetime(2020, 1, 1, tzinfo=UTC)}
    rows = [
        {"id": f"s-{n}", "given_name": "Ann", "family_name": f"{n}", "student_number": f"{n}"}
        for n in range(10)
    ]
    with store.writing() as connection:
        connection.execute(insert(people), [who | row for row in rows])


@pytest.mark.parametrize(("name", "file", "text", "said"), SYSTEMS)
def test_what_each_system_says(
    read: Reads, name: str, file: str, text: str, said: list[tuple[Any, ...]]
) -> None:
    result = read({file: text}, read_profile(name))
    assert result.errors == []
    columns = ("person_id", "decision", "activity", "channel", "extent", "effective_to")
    assert sorted(result.of("flags", *columns), key=repr) == sorted(said, key=repr)
    assert set(result.of("flags", "source")) == {f"profile:{name}"}
    assert result.delivery is not None
    assert {t.extent for t in result.delivery.tables.values()} == {"complete"}


def test_oneroster_metadata(read: Reads) -> None:
    users = ONE["users.csv"].replace("password\n", "password,metadata.photoConsent\n")
    users = users.replace("03,secret", "03,secret,No").replace("KG,secret", "KG,secret,TRUE")
    users = users.replace(",,secret\n", ",,secret,\n").replace("s-1,,\n", "s-1,,,\n")
    result = read(ONE | {"users.csv": users}, read_profile("oneroster_metadata"))
    assert result.errors == []
    columns = ("person_id", "decision", "activity", "channel", "extent", "label")
    assert result.of("flags", *columns) == [
        ("s-1", "refuse", *EVERYWHERE, "metadata.photoConsent = no"),
        ("s-2", "grant", *NAMED, "metadata.photoConsent = true"),
    ]
    assert result.delivery is not None
    assert result.delivery.consent_columns == ["users.csv: metadata.photoConsent"]


def test_each_value_is_counted_in_the_profiles_words(read: Reads) -> None:
    result = read({"no_media.csv": "student.studentNumber,No Media\n1,y\n2,Y\n3,\n"},
                  read_profile("infinite_campus"))  # fmt: skip
    assert result.delivery is not None
    told = [str(tally) for tally in result.delivery.tallies if tally.rows]
    assert told == [
        "No Media = Y means no to publish image (all): 2 rows",
        "No Media = (blank) means that nobody refused: 1 row",
    ]


def test_a_value_that_is_not_in_the_profile_is_refused(read: Reads) -> None:
    text = "student.studentNumber,No Media\n1,Y\n2,Maybe Secret\n3,N\n"
    result = read({"no_media.csv": text}, read_profile("infinite_campus"))
    reason = "is a value of which the profile does not say what it means"
    assert result.errors == [("no_media.csv", 3, "No Media", reason)]
    assert result.of("flags", "person_id") == ["s-1"]


CHOICES = """
name = "choices"
title = "Privacy choices in one cell"
[[flags]]
file = "privacy*"
key = "ID"
[[flags.columns]]
column = "privacy"
{more}
[[flags.columns.meanings]]
values = ["Image", "No Media"]
means = "refuse"
[[flags.columns.meanings]]
values = [""]
means = "unanswered"
"""
CELLS = [
    ("Image", True), ("Image; Contact", True), ("contact;IMAGE", True), ("; no  media ;", True),
    ("Contact", False), ("Contact; Imagery", False), ("", False), (" ; ", False),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "refuses"), CELLS)
@pytest.mark.parametrize("more", ['split = ";"\nothers = "passed_over"', 'others = "passed_over"'])
def test_a_refusal_among_other_values_is_never_passed_over(
    read: Reads, more: str, cell: str, refuses: bool
) -> None:
    result = read(
        {"privacy.csv": f'ID,privacy\ns-1,"{cell}"\n'}, profile(CHOICES.format(more=more))
    )
    assert result.errors == []
    assert ("refuse" in result.of("flags", "decision")) == refuses


@pytest.mark.parametrize("cell", ["Image - Contact", "no media (all)", "all/image"])
def test_a_refusal_among_words_that_nothing_parts_is_an_error(read: Reads, cell: str) -> None:
    text = CHOICES.format(more='others = "passed_over"')
    result = read({"privacy.csv": f'ID,privacy\ns-1,"{cell}"\n'}, profile(text))
    reason = "holds a value that refuses, beside others: the profile must say what parts them"
    assert result.errors == [("privacy.csv", 2, "privacy", reason)]


def test_each_part_of_a_cell_must_be_listed(read: Reads) -> None:
    result = read(
        {"privacy.csv": "ID,privacy\ns-1,Image;Contact\ns-2,Image;No Media\n"},
        profile(CHOICES.format(more='split = ";"')),
    )
    reason = "is a value of which the profile does not say what it means"
    assert result.errors == [("privacy.csv", 2, "privacy", reason)]
    assert result.of("flags", "person_id", "decision") == [("s-2", "refuse")]


def test_a_lone_file_may_have_any_name(read: Reads, tmp_path: Any) -> None:
    path = tmp_path / "export (3).csv"
    path.write_text("student.studentNumber,No Media\n1,Y\n")
    assert read(path, read_profile("infinite_campus")).of("flags", "person_id") == ["s-1"]


@pytest.mark.parametrize("header", ["student.studentNumber,Media", "student.studentNumber"])
def test_a_consent_column_that_is_missing_is_an_error(read: Reads, header: str) -> None:
    result = read({"no_media.csv": f"{header}\n"}, read_profile("infinite_campus"))
    [(*where, reason)] = result.errors
    assert where == ["no_media.csv", 1, "No Media"]
    assert reason == f"this column is missing from the header; there are: {header.lower()}".replace(
        ",", ", "
    )


def test_a_key_that_is_empty_is_an_error(read: Reads) -> None:
    result = read(
        {"no_media.csv": "student.studentNumber,No Media\n,Y\n"}, read_profile("infinite_campus")
    )
    assert result.errors == [("no_media.csv", 2, "student.studentNumber", "must not be empty")]


FILE = """
    name = "p"
    title = "P"
    [[flags]]
    file = "flags.csv"
    key = "id"
    {file}
    [[flags.columns]]
    column = "photo"
    {column}
"""
GRANT = '{ values = ["yes"], means = "grant", scopes = [{ activity = "publish", channel = "all", '
GRANT += 'extent = "image" }] }'
REFUSE = '{ values = ["no"], means = "refuse" }'
BLANK = '{ values = [""], means = "unanswered" }'
REST = f"{BLANK}]".replace("{", "{{").replace("}", "}}")
MORE = "meanings = [{}, " + REST + "\n[[flags.columns]]\ncolumn = '{}'\n"
MORE += f"meanings = [{REFUSE}, {BLANK}]".replace("{", "{{").replace("}", "}}")
BAD: list[tuple[str, str, str]] = [
    ("", f"meanings = [{REFUSE}]", "flags.1.columns.1: must say what a blank cell means"),
    ("", f"meanings = [{BLANK}]", "flags.1.columns.1: no value means grant or refuse"),
    ("", f"meanings = [{REFUSE}, {REFUSE}, {BLANK}]", "a value is listed twice: no"),
    ("", f"meanings = [{GRANT.replace('yes', '')}]",
     "flags.1.columns.1.meanings.1: a blank cell is nobody's consent"),
    ("", 'meanings = [{ values = ["yes"], means = "grant" }]', "a grant must say its scopes"),
    ("", 'meanings = [{ values = ["x"], means = "withdraw" }]', "meanings.1.means: Input should"),
    ("", f"meanings = [{GRANT.replace('all', 'myspace')}, {BLANK}]", "scopes.1.channel"),
    ("", "meanings = []", "flags.1.columns.1.meanings: Tuple should have at least 1 item"),
    ("", f"meanings = [{REFUSE}, {BLANK}]\npolarity = 1", "columns.1.polarity: Extra inputs"),
    ('expires = "02-29"', f"meanings = [{REFUSE}, {BLANK}]", "flags.1.expires: must be a day of"),
    ('expires = "July"', f"meanings = [{REFUSE}, {BLANK}]", "flags.1.expires: must be a day of"),
    ("", MORE.format(GRANT, "b"), "column photo grants what another refuses: publish all image"),
    ("", MORE.format(REFUSE, "Photo"), "flags.1: names a column twice"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "column", "reason"), BAD)
def test_a_profile_that_is_not_right_is_told_by_place(file: str, column: str, reason: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(reason)):
        profile(FILE.replace("{file}", file).replace("{column}", column))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name = ", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b'name = "x"\ntitle = "nothing"', "says nothing"),
        (b'name = "../x"\ntitle = "y"\ntext = { dates = "mdy" }', "name: String should match"),
        (b"#" * (1 << 20) + b"#", "is larger than"),
    ],
)
def test_a_file_that_is_no_profile(content: bytes, reason: str) -> None:
    with pytest.raises(ProfileError, match=reason):
        parse_profile("p.toml", content)


def test_profiles_by_name_and_by_path(tmp_path: Any) -> None:
    assert {p.name for p in read_shipped_profiles()} == {
        "apple_school_manager", "clever", "ed_fi", "infinite_campus", "oneroster_metadata",
        "powerschool", "skyward", "synergetic", "synergy",
    }  # fmt: skip
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\ntitle = "Ours"\ntext = { dates = "mdy" }')
    assert read_profile(str(path)).name == "ours"
    with pytest.raises(ProfileError, match="neither a file nor one of"):
        read_profile("nonesuch")


@pytest.mark.parametrize(
    ("today", "end"), [("2026-07-31", "2026-07-31"), ("2026-08-01", "2027-07-31")]
)
def test_grants_end_on_the_next_such_day(today: str, end: str) -> None:
    [flags] = read_profile("powerschool").flags
    assert flags.ends(date.fromisoformat(today)) == end


def test_a_column_of_the_standard_cannot_be_one_of_consents(read: Reads) -> None:
    text = FILE.replace("flags.csv", "users.csv").replace('"photo"', '"role"')
    text = text.replace("{file}", "").replace("{column}", f"meanings = [{REFUSE}, {BLANK}]")
    [error] = read(ONE, profile(text)).errors
    assert error[0] == "profile p"
    assert error[3].startswith("role: is a column of the standard")


ROSTERS = """
    name = "contoso"
    title = "Rosters under other names"
    text = { dates = "mdy" }
    [[files]]
    file = "schools.csv"
    as = "orgs"
    columns = { sourced_id = "SchoolID", name = "SchoolName" }
    constants = { kind = "school" }
    [[files]]
    file = "students.csv"
    as = "people"
    constants = { kind = "student" }
    [files.columns]
    sourced_id = "StudentID"
    given_name = "FirstName"
    family_name = "LastName"
    birth_date = "Birthday"
    org_sourced_id = "SchoolID"
    [[flags]]
    file = "students.csv"
    key = "StudentID"
    [[flags.columns]]
    column = "Flag"
    meanings = [
        { values = ["No Photo"], means = "refuse" }, { values = [""], means = "unanswered" },
    ]
"""


def test_rosters_under_other_names(read: Reads) -> None:
    files = {
        "students.csv": "FirstName,LastName,StudentID,Birthday,SchoolID,Flag\n"
        "Ann,Lee,s-1,8/14/2010,hill,no  photo\n,,s-2,8/14/2010,hill,\nBo,Fox,s-3,14/8/2010,hill,\n",
        "schools.csv": "SchoolName,SchoolID\nHill School,hill\n",
    }
    result = read(files, profile(ROSTERS))
    assert result.of("orgs", "id", "kind") == [("hill", "school")]
    assert result.of("people", "id", "kind", "birth_date") == [
        ("s-1", "student", date(2010, 8, 14))
    ]
    assert result.of("flags", "person_id", "decision") == [("s-1", "refuse")]
    assert [error[:3] for error in result.errors] == [
        ("students.csv", 3, "LastName"), ("students.csv", 4, "Birthday"),
    ]  # fmt: skip


WORDS = """
    [[files]]
    file = "pupils.csv"
    as = "people"
    constants = { kind = "student" }
    columns = { sourced_id = "ID", given_name = "First", family_name = "Last", status = "State" }
    [files.values.status]
    Active = "active"
    "" = "active"
    "Withdrawal-24" = "inactive"
"""


def test_a_profile_says_what_a_systems_words_mean(read: Reads) -> None:
    text = (
        "ID,First,Last,State\na,Ann,Lee,ACTIVE\nb,Bo,Fox,withdrawal-24\nc,Cy,Ray,\nd,Di,Poe,Gone\n"
    )
    result = read({"pupils.csv": text}, profile('name = "w"\ntitle = "W"' + WORDS))
    assert sorted(result.of("people", "id", "status")) == [
        ("a", "active"), ("b", "inactive"), ("c", "active"),
    ]  # fmt: skip
    reason = "is a word of which the profile does not say what it means"
    assert result.errors == [("pupils.csv", 5, "State", reason)]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ('active = "active"\nACTIVE = "inactive"', "a word of status is listed twice"),
        ("", "Dictionary should have at least 1 item"),
    ],
)
def test_words_that_cannot_be_told_apart(words: str, reason: str) -> None:
    text = WORDS[: WORDS.index("Active =")] + words
    with pytest.raises(ProfileError, match=reason):
        profile('name = "w"\ntitle = "W"' + text)


def test_a_word_that_means_nothing_is_told(read: Reads) -> None:
    text = WORDS.replace('= "inactive"', '= "away"')
    [error] = read({"pupils.csv": "ID\n"}, profile('name = "w"\ntitle = "W"' + text)).errors
    assert "values.status: means what the plain format does not know" in error[3]
    text = WORDS.replace(", status", ", grade").replace("values.status", "values.status")
    with pytest.raises(ProfileError, match="status is none of the columns"):
        profile('name = "w"\ntitle = "W"' + text)


@pytest.mark.parametrize(
    ("named", "cell", "number"),
    [
        ("userIds:SIS", "{State:77001},{SIS:1001}", "1001"),
        ("userids:sis", "{ SIS : 1001 }", "1001"),
        ("userIds:SIS", "{State:77001}", None),
        ("userIds:SIS", "", None),
        ("userIds", "{SIS:1001}", "1001"),
        ("userIds:SIS", "{SIS:1},{SIS:2}", LookupError),
        ("userIds", "{State:77001},{SIS:1001}", LookupError),
    ],
)
def test_a_number_among_typed_ids(read: Reads, named: str, cell: str, number: Any) -> None:
    text = ONE["users.csv"].replace("student,jose,", f'student,jose,"{cell}"')
    given = profile(f'student_number = "{named}"\nname = "u"\ntitle = "U"')
    result = read(ONE | {"users.csv": text}, given)
    if number is LookupError:
        reason = "holds several ids: the profile must name the type of one, as userIds:SIS"
        assert result.errors == [("users.csv", 2, "userIds", reason)]
    else:
        assert result.errors == []
        assert dict(result.of("people", "id", "student_number"))["s-1"] == number


def test_a_roster_without_what_the_plain_format_needs(read: Reads) -> None:
    text = ROSTERS.replace('constants = { kind = "school" }', "")
    [error] = read({"schools.csv": "SchoolName,SchoolID\n"}, profile(text)).errors
    assert "kind: is needed for orgs.csv" in error[3]


def test_a_column_that_is_not_mapped_leaves_what_is_on_file(read: Reads) -> None:
    delivery = read({"students.csv": "FirstName,LastName,StudentID,Birthday,SchoolID,Flag\n"},
                    profile(ROSTERS)).delivery  # fmt: skip
    assert delivery is not None
    absent = {t.table.name: table.absent for t, table in delivery.tables.items()}
    assert absent["stage_people"] == {
        "preferred_name", "grade", "email", "status", "student_number"
    }  # fmt: skip


def test_two_files_of_one_kind_have_the_same_columns(read: Reads) -> None:
    more = """
    [[files]]
    file = "staff.csv"
    as = "people"
    columns = { sourced_id = "ID", given_name = "First", family_name = "Last", email = "Mail" }
    constants = { kind = "student" }
    """
    files = {"students.csv": "a\n", "staff.csv": "a\n"}
    [error] = read(files, profile(ROSTERS + more)).errors
    assert "must have the same columns" in error[3]


def test_polarity_in_words() -> None:
    no, yes = "No, Directory Release Denied", "Yes, Directory Release Allowed"
    refused = "means no to publish image (directory)"
    granted = "means yes to publish image_with_name (all, directory), until 08-15 each year"
    permitted = "Yes, Directory Release Permitted"
    said = [(no, refused), ("No", refused), (yes, granted), (permitted, granted), ("Yes", granted)]
    said.append(("(blank)", "means not answered"))
    assert list(read_profile("synergy").told()) == [
        f"directory_release*: Directory Release = {value} {meaning}" for value, meaning in said
    ]


def test_the_profile_in_the_paper_is_one() -> None:
    paper = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    whole, rosters = re.findall(r"```toml\n(.*?)```", paper, re.DOTALL)
    [flags] = profile(whole).flags
    assert flags.expires == "07-31"
    [file] = profile('name = "x"\ntitle = "X"\n' + rosters).files
    assert file.reads == "people"


def test_consent_columns_beside_the_plain_format(read: Reads) -> None:
    files = {
        "people.csv": "sourced_id,kind,given_name,family_name,student_number\n"
        "a,student,Ann,Lee,10\n",
        "no_media.csv": "student.studentNumber,No Media\n10,Y\n",
    }
    result = read(files, read_profile("infinite_campus"))
    assert result.errors == []
    assert result.of("flags", "person_id", "decision") == [("a", "refuse")]
    assert read(files).errors[0][0] == "no_media.csv"


CELLS = st.one_of(
    st.sampled_from(["Yes", "No", "yes ", "N", "Y", "", " ", "Nein", "YES!", '"', "Y\x00"]),
    st.text(max_size=6),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(CELLS, max_size=6))
def test_only_a_listed_yes_is_a_yes(
    store: Store, tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    """Whatever stands in a consent column: a grant is one that the profile lists as such."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Student_Number", "Permission to Publish"])
    writer.writerows((n, cell) for n, cell in enumerate(cells))
    content = out.getvalue().encode("utf-8", "surrogatepass")
    folder = lay_out(tmp_path_factory.mktemp("flags"), {"permission_to_publish.csv": content})
    with staged(store, folder, read_profile("powerschool")) as (result, _):
        said = dict(result.of("flags", "person_id", "decision")) if result.rows else {}
    for n, cell in enumerate(cells):
        word = cell.strip().lower()
        if said.get(f"s-{n}") == "grant":
            assert word in ("yes", "y", "1")
        if word in ("no", "n", "0") and not result.errors:
            assert said[f"s-{n}"] == "refuse"
        if word not in ("yes", "y", "1", "no", "n", "0", ""):
            assert f"s-{n}" not in said
            assert result.errors
