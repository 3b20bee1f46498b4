"""`python -m bench`: measure, print the tables, write the report. See bench/README.md."""

import argparse
import sys
from pathlib import Path

from bench import report
from bench.databases import opened
from bench.figures import Figures
from bench.load import require_wrk
from bench.measure import measure
from bench.plan import AIMS, FULL, QUICK

_KEPT = Path("var/bench")


def main() -> None:
    """Measure and report; exit code 1 when a run was void or a store lost something."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="two minutes; report into var/bench")
    how.add_argument("--aims", action="store_true", help="32 connections only; ten minutes")
    given = parser.parse_args()
    plan = QUICK if given.quick else AIMS if given.aims else FULL
    folder = _KEPT if given.quick else Path("bench")
    require_wrk()
    with opened(_KEPT) as databases:
        measured = measure(plan, databases)
    print(report.write(folder, Figures(plan, measured.results), measured.complaints))
    print(f"The whole report is in {folder}/README.md", file=sys.stderr)
    sys.exit(1 if measured.complaints else 0)


if __name__ == "__main__":
    main()
