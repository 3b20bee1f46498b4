"""The scenarios: every file under `cases/`, read by the vocabulary."""

from pathlib import Path

import vocabulary as v
import yaml

CASES = Path(__file__).parent / "cases"


def chapters() -> dict[str, v.Chapter]:
    """Every file of scenarios by its name."""
    return {
        path.stem: v.Chapter.model_validate(yaml.safe_load(path.read_text("utf-8")))
        for path in sorted(CASES.glob("*.yaml"))
    }


def everything() -> list[tuple[str, v.Scenario]]:
    """Every scenario, with the name it goes by in a test's report."""
    return [
        (f"{name}: {scenario.title}", scenario)
        for name, chapter in chapters().items()
        for scenario in chapter.scenarios
    ]
