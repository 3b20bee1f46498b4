"""The settings table of `README.md`, written from the settings: `python -m docs.options`."""

from pathlib import Path

from pydantic_core import PydanticUndefined

from app.settings import Settings

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- settings: written by make docs -->", "<!-- end of settings -->"


def table() -> str:
    """Every option with its default and meaning, as a Markdown table."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _show_default(field.default)
        lines.append(f"| `CLEARPOST_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def refreshed(text: str) -> str:
    """`text`, the README, with the table between its marks as it should be now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def _show_default(default: object) -> str:
    if default in ((), None, PydanticUndefined):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
