"""How fast deliveries are read and staged: rows a second, and as a ratio to reading them alone.

    python -m bench.reading [--students 200000] [--shapes plain oneroster]

Time is processor time, since other work on the machine would be counted too. The yardstick is one
pass of `csv.reader` over the same files in the same run, which keeps nothing. Peak memory is that
of the whole process.
"""

import argparse
import csv
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from app.database.session import Store
from app.imports.reading.delivery import found, stage_delivery
from app.imports.reading.delivery_formats import Context
from app.imports.report import Report
from app.imports.staging.staged_area import open_area
from app.synthetic import generate_district
from migrations.upgrade import upgrade

TODAY = date(2026, 11, 1)
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"
)
ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate"
)


def plain(folder: Path, students: int) -> Path:
    generate_district(folder, students, 1, TODAY)
    return folder


def oneroster(folder: Path, students: int) -> Path:
    """The same district as OneRoster 1.1, with birth dates in demographics.csv."""
    made = plain(folder / "made", students)
    out = folder / "oneroster"
    out.mkdir()
    names = ("orgs", "users", "demographics", "classes", "enrollments")
    entries = "".join(f"file.{name},bulk\n" for name in names)
    (out / "manifest.csv").write_text(
        f"propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n{entries}"
    )
    _convert(made, out, "orgs", "sourcedId,status,name,type,parentSourcedId", lambda r: (
        r["sourced_id"], "", r["name"], r["kind"].replace("communications", "department"),
        r["parent_sourced_id"],
    ))  # fmt: skip
    _convert(made, out, "people:users", USERS, lambda r: (
        r["sourced_id"], "", "", "true", r["org_sourced_id"],
        "student" if r["kind"] == "student" else "teacher", r["sourced_id"], "",
        r["given_name"], r["family_name"], "", r["sourced_id"], r["email"], "", "", "",
        r["grade"], "",
    ))  # fmt: skip
    _convert(made, out, "people:demographics", "sourcedId,status,dateLastModified,birthDate",
             lambda r: (r["sourced_id"], "", "", r["birth_date"]))  # fmt: skip
    _convert(made, out, "classes", "sourcedId,title,schoolSourcedId",
             lambda r: (r["sourced_id"], r["title"], r["org_sourced_id"]))  # fmt: skip
    _convert(made, out, "enrollments", ENROLLMENTS, lambda r: (
        f"{r['class_sourced_id']}-{r['person_sourced_id']}", "", "", r["class_sourced_id"], "",
        r["person_sourced_id"], r["role"], "", "", "",
    ))  # fmt: skip
    return out


def _convert(
    made: Path, out: Path, files: str, header: str, cells: Callable[[dict[str, str]], tuple]
) -> None:
    old, _, new = files.partition(":")
    with (
        (made / f"{old}.csv").open(newline="") as source,
        (out / f"{new or old}.csv").open("w", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(header.split(","))
        writer.writerows(map(cells, csv.DictReader(source)))


def read_alone(folder: Path) -> tuple[int, float]:
    """Rows of all files, and how long one pass of `csv.reader` over them takes."""
    start, rows = time.process_time(), 0
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            rows += sum(1 for _ in csv.reader(file))
    return rows, time.process_time() - start


def measure(folder: Path) -> None:
    rows, alone = read_alone(folder)
    told: dict[str, tuple[int, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(f"sqlite:///{scratch}/store.db")
        upgrade(store)
        report = Report()
        with found(folder, Context(ZoneInfo("America/Denver"), TODAY), report) as delivery:
            if delivery is None:
                raise SystemExit("\n".join(map(str, report.errors)))
            with open_area(store, 600) as area:
                area.begin("bench")
                start = time.process_time()

                def progress(file: str, done: int, *_: int) -> None:
                    told[file] = (done, time.process_time() - start)

                with area.connection.begin():
                    stage_delivery(area.connection, delivery, progress)
                taken = time.process_time() - start
        store.close()
    if report.errors:
        raise SystemExit("\n".join(map(str, report.errors[:5])))
    before = 0.0
    for file, (done, until) in told.items():
        print(f"  {file:24} {done:>10,} rows {done / max(until - before, 1e-9):>10,.0f} rows/s")
        before = until
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  joined and settled in {taken - before:.1f} s")
    print(
        f"  all {rows:,} rows: {rows / taken:,.0f} rows/s; csv.reader alone {rows / alone:,.0f}; "
        f"ratio {alone / taken:.2f}; peak {peak:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200_000)
    parser.add_argument("--shapes", nargs="*", default=["plain", "oneroster"])
    options = parser.parse_args()
    for shape in options.shapes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = {"plain": plain, "oneroster": oneroster}[shape](
                Path(scratch) / shape, options.students
            )
            print(shape)
            measure(folder)


if __name__ == "__main__":
    main()
