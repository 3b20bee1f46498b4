"""The files of a synthetic district, open at once, so that one pass over its people fills all."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

HEADERS = {
    "orgs": "sourced_id,name,kind,parent_sourced_id",
    "people": "sourced_id,kind,given_name,family_name,preferred_name,grade,org_sourced_id,email,"
    "birth_date,status",
    "classes": "sourced_id,title,org_sourced_id",
    "enrollments": "class_sourced_id,person_sourced_id,role",
    "guardians": "student_sourced_id,guardian_id,name,relationship",
    "consents": "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at,"
    "effective_from,effective_to",
    "designations": "office,person_sourced_id,capacity,effective_from,effective_to",
    "accounts": "platform,handle,url,kind,org_sourced_id,owner_sourced_id,manager_sourced_ids,"
    "contact_email,authorized_by_sourced_id,authorized_at,communications_admin_at",
    "grants": "kind,grantee_kind,grantee,network,granted_by_sourced_id,effective_from,effective_to",
    "releases": "name,work_or_sha256,channel,effective_from,effective_to",
}


class Files:
    """The files of a district: `write("people", …)` takes the cells of one row in header order."""

    def __init__(self, writers: dict[str, Any]) -> None:
        self._writers = writers

    def write(self, name: str, *cells: object) -> None:
        """Add a row; None is an empty cell."""
        self._writers[name].writerow(cells)


@contextmanager
def open_files(folder: Path) -> Iterator[Files]:
    """Yield the files of the plain format, made anew in `folder`, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers = {}
        for name, header in HEADERS.items():
            path = folder / f"{name}.csv"
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            writers[name] = csv.writer(file, lineterminator="\n")
            writers[name].writerow(header.split(","))
        yield Files(writers)
