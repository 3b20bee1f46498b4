"""`python -m tests.oracle SEED`: one case again, as sentences, with what both sides say of it."""

import sys
import tempfile
from pathlib import Path

from app.database.session import Store
from migrations.upgrade import upgrade
from tests.oracle.district import opened, round_of
from tests.oracle.histories import SEEDS_A_ROUND, history, questions


def main(seed: int) -> None:
    """Put the history on file in a store of its own, and print every question of its round."""
    number = seed // SEEDS_A_ROUND
    now, mode = round_of(number)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        store = Store(url)
        upgrade(store)
        store.close()
        with opened(url, Path(folder), mode, now) as office:
            found = office.compare([history(seed, now)], questions(number, now))
    sum_up = f"{len(found.differing)} of {len(found.told)} differ; turned away: {found.turned_away}"
    sys.stdout.write("\n\n".join([*found.told, sum_up]) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
