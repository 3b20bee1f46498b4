"""The example answers of `openapi.md` and `README.md`: `python -m docs.examples` records them.

They are the service's own answers about the demo's district, as of a stated time. What differs from
run to run (ids) is left as it was recorded where nothing else in an answer has changed.
"""

import json
import re
from pathlib import Path
from typing import Any

from app.routers.reference.examples import POSTS
from docs.demo import AT, Demo, demo_service, open_demo
from docs.tour import walk_district

__all__ = ["AT", "demo_service", "open_demo"]

RECORDED = Path(__file__).with_name("examples.json")
README = Path(__file__).parent.parent / "README.md"
Example = dict[str, Any]

# Ids, digests, salts, tokens, cursors and codes of declarations.
_VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|eyJ[\w.-]+|(?<=\"next_cursor\": \")[^\"]+"
    r"|(?<=\"code\": \")[2-9A-Z]{4}-[2-9A-Z]{4}"
)
_REFUSED: tuple[tuple[str, str, Any], ...] = (
    (
        "posts",
        "A post without its time's offset",
        {"posts": [{**POSTS["Allow"], "publish_at": "2027-01-15T09:00:00"}]},
    ),
    ("account", "Not as documented", {"platform": "x", "handel": "lakeviewhigh"}),
)


def ask(demo: Demo) -> list[Example]:
    """Every example with its answer."""
    return [*walk_district(demo), *(_ask_refused(demo, *one) for one in _REFUSED)]


def _ask_refused(demo: Demo, check: str, title: str, body: Any) -> Example:
    path = f"/v1/checks/{check}"
    answered = demo.client.post(path, json=body)
    return {
        "operation": f"POST {path}",
        "title": title,
        "request": body,
        "status": answered.status_code,
        "answer": answered.json(),
    }


def without_varying(example: Example) -> str:
    """`example` as text without what differs from run to run, for comparison."""
    return _VARYING.sub("…", json.dumps(example, sort_keys=True))


def recorded() -> list[Example]:
    """The examples as they stand in the documents."""
    found: list[Example] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def shown(readme: str, examples: list[Example]) -> str:
    """`readme` with the answer as recorded below the check that it asks by curl."""
    (sent,) = re.findall(r"^  -d '(.*)'$", readme, re.MULTILINE)
    answer = next(one["answer"] for one in examples if one["request"] == json.loads(sent))
    before, asked, after = readme.partition(f"  -d '{sent}'")
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    # Objects that hold no others fit on a line.
    text = re.sub(r"\{\s+([^{}\[\]]{1,160}?)\s+\}", _on_a_line, text)
    block = f"```json\n{text}\n```"
    return (
        before
        + asked
        + re.sub(r"```json\n.*?```", lambda _: block, after, count=1, flags=re.DOTALL)
    )


def _on_a_line(found: re.Match[str]) -> str:
    return "{" + re.sub(r"\n\s+", " ", found[1]) + "}"


def main() -> None:
    """Record what has changed."""
    kept = {without_varying(example): example for example in recorded()}
    with open_demo() as demo:
        asked = [kept.get(without_varying(example), example) for example in ask(demo)]
    text = json.dumps(asked, indent=1, ensure_ascii=False)
    RECORDED.write_text(f"{text}\n", encoding="utf-8")
    README.write_text(shown(README.read_text(encoding="utf-8"), asked), encoding="utf-8")


if __name__ == "__main__":
    main()
