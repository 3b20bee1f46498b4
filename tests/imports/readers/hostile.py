"""Read every delivery named on the command line; say what was told, and the peak of memory.

Run as a process of its own, so that the peak is that of reading them alone.
"""

import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from app.database.session import Store
from app.imports.reading.delivery import found, stage_delivery
from app.imports.reading.delivery_formats import Context
from app.imports.report import Report
from app.imports.staging.staged_area import open_area
from migrations.upgrade import upgrade


def errors(store: Store, path: Path) -> list[str]:
    report = Report()
    context = Context(ZoneInfo("America/Denver"), date(2026, 11, 1))
    with found(path, context, report) as delivery:
        if delivery is not None:
            with open_area(store, 600) as area:
                area.begin("test")
                with area.connection.begin():
                    stage_delivery(area.connection, delivery)
    return [str(error) for error in report.errors]


def _peak_mb() -> int:
    """Of this program alone; `getrusage` counts what the one that started it had, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/store.db")
        upgrade(store)
        told = {path: errors(store, Path(path))[:10] for path in sys.argv[1:]}
        store.close()
    peak = _peak_mb()
    sys.stdout.write(json.dumps({"told": told, "peak_mb": peak}))


if __name__ == "__main__":
    main()
