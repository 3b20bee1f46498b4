"""The service against its own description, with requests that schemathesis makes from it."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

# Two of its checks do not fit: the rules across fields (one of `id` and `name`) are tighter than
# JSON Schema says them, and of several posts each gets a problem of its own in a 200.
UNFIT = "positive_data_acceptance,negative_data_rejection"

LONG = (pytest.mark.slow, pytest.mark.timeout(1200))


# Of each operation: all examples, and so many requests by chance; in the long run all edges of all
# fields, too.
@pytest.mark.parametrize(
    ("phases", "by_chance"),
    [("examples,fuzzing", 1), pytest.param("examples,coverage,fuzzing", 20, marks=LONG)],
)
def test_every_answer_is_as_described(
    client: httpx.Client, tmp_path: Path, phases: str, by_chance: int
) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{client.base_url}/openapi.json",
        "--header=Authorization: " + client.headers["Authorization"],
        f"--phases={phases}",
        f"--exclude-checks={UNFIT}",
        f"--max-examples={by_chance}",
        "--seed=1",
        "--generation-database=none",
        "--warnings=off",
        "--no-color",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Tested: " in run.stdout
