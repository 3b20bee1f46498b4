"""Deliveries that repeat the last one: their plan has nothing new."""

from collections.abc import Mapping

from app.imports.identities import id_doubts
from app.imports.merge.merge_plan import Plan


def make_unchanged_plan(plan: Plan) -> Plan:
    """Return the plan of a repeated delivery, made of its first plan: all is on file."""
    files = [{**one, "changes": _mark_unchanged(one["changes"])} for one in plan["files"]]
    return {
        **plan,
        "kinds": {name: _mark_unchanged(changes) for name, changes in plan["kinds"].items()},
        "files": files,
        "walked": {},
        "names": {},
        "identities": id_doubts.NONE,
        "missing": 0,
        "marked": 0,
        "ended": 0,
        "ties": dict.fromkeys(plan.get("ties", ()), 0),
        "consents": dict.fromkeys(plan["consents"], 0),
        "examples": {},
        "losses": {},
        "schools": {},
        "values": [{**value, "people": 0, "said": value["told"]} for value in plan["values"]],
    }


def _mark_unchanged(changes: Mapping[str, int]) -> dict[str, int]:
    total = changes["added"] + changes["changed"] + changes["unchanged"]
    return {"added": 0, "changed": 0, "unchanged": total, "removed": 0}
