"""A check's answer, for people to read."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from app.policy.verdict import SEVERITY

STYLES = {"allow": "green", "review": "yellow", "deny": "red"}
_INDENT = (0, 0, 0, 2)
_ROLES = {
    "asker": "whoever asks",
    "office": "the office that keeps consents",
    "director_communications": "the Communications Department",
    "superintendent": "the Superintendent's office",
}


def show_answer(answer: Mapping[str, Any], question: str | None = None) -> None:
    """Draw `answer` on standard output, under the `question` it answers."""
    outcome = answer["outcome"]
    parts: list[Any] = [Text(question), Rule(style="dim")] if question else []
    parts += [_draw_finding(one) for one in sorted(answer["findings"], key=_rank_severity)]
    if "not_pictured" in answer:
        parts.append(_left_out(answer["not_pictured"]))
    if answer.get("holds_for"):
        parts.append(Text(_describe_holding(answer), style="dim"))
    if given := answer.get("clearance"):
        parts.append(Text(_describe_clearance(given), style="dim"))
    parts += [Text(f"Reminder: {one['message']}", style="dim") for one in answer["reminders"]]
    title = Text(outcome.upper(), style=f"bold {STYLES[outcome]}")
    panel = Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=f"decision {answer['id']}",
        subtitle_align="right",
        border_style=STYLES[outcome],
    )
    Console().print(panel)


def _describe_holding(answer: Mapping[str, Any]) -> str:
    """Until when an allow holds by what is on file, and for what it was asked."""
    asked = answer["holds_for"]
    words = ("account", "media", "channel", "purpose", "day")
    until = answer["holds_until"]
    end = f"until {until}" if until else "with no end of its own"
    return f"Holds {end}, for {', '.join(str(asked[word]) for word in words if asked[word])}"


def _describe_clearance(given: Mapping[str, Any]) -> str:
    """The clearance of an allow, its window and its receipt."""
    window = f"from {given['not_before']} to {given['not_after']}"
    receipt = given.get("receipt", "none, since no key can be read")
    return f"Clearance {given['id']}, {window}\nReceipt: {receipt}"


def _rank_severity(finding: Mapping[str, Any]) -> int:
    return -SEVERITY[finding["outcome"]]


def _draw_finding(one: Mapping[str, Any]) -> Group:
    """Return what stands in the way with all there is to know about it; the rest in a line."""
    clause, outcome = one["clause"], one["outcome"]
    number = (f" (clause {clause['number']})", "dim")
    head = Text.assemble((outcome, f"bold {STYLES[outcome]}"), "  ", one["message"], number)
    if outcome == "allow":
        return Group(head)
    place = f" at {one['at']}" if one["at"] else ""
    where = f"{one['code']}{place}; {clause['section']} {clause['item']}"
    lines = [Text(where, style="dim")]
    if one["remedy"]:
        lines.append(Text(f"What to do: {one['remedy']}"))
    if one["resolvable_by"]:
        label = "Who can do that" if one["ends_by"] == "fact" else "Who can decide"
        lines.append(Text(f"{label}: {', '.join(map(_name_role, one['resolvable_by']))}"))
    return Group(head, *(Padding(line, _INDENT) for line in lines))


def _name_role(role: str) -> str:
    return _ROLES.get(role, role.replace("_", " "))


def _left_out(students: list[Mapping[str, Any]]) -> Group:
    if not students:
        return Group(Text("Everybody in the class may be pictured."))
    lines = (Text(f"{one['name']} ({one['outcome']}, {one['code']})") for one in students)
    return Group(Text("Not to be pictured:"), *(Padding(line, _INDENT) for line in lines))
