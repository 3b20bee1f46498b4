"""The house stays as `docs/ARCHITECTURE.md` has it: rooms, names, sentences, and paths in papers.

The limits only ever get stricter.
"""

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted((ROOT / "app").rglob("*.py"))
# It stands alone, and keeps the same rules.
CLIENT = sorted((ROOT / "clients" / "python" / "clearpost_client").rglob("*.py"))
MOST_MODULES_IN_A_ROOM = 30
MOST_LINES = 400
ASKS = re.compile(
    r"^(What|Who|Whom|Whose|Whether|How|When|Where|That|Which|As what|Of which|By what|For whom)\b"
)
MOST_THAT_ASK = 19
# Words behind which a reader has to look for who does what.
VAGUE = re.compile(
    r"\b(whom|whose|comes? to|came of|what becomes|becomes of|gone on with|goes on|the like"
    r"|such as are|is to be|are to be|nobody|somebody|anybody|said|told|whatever)\b"
)
MOST_THAT_ARE_VAGUE = 97
CONTEXT = ROOT / "app" / "http" / "context.py"
# The checks, which FastAPI gives no dependencies; a stream of files, and headers of an answer.
MOST_THAT_TAKE_THE_REQUEST = 13
PAPERS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
PATH = re.compile(r"`((?:app|bench|docs|migrations|tests)/[\w./*-]+)`")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(modules: Iterable[Path] = MODULES) -> Iterator[tuple[Path, ast.Module]]:
    for path in modules:
        yield path, ast.parse(path.read_text("utf-8"))


def test_no_room_is_full() -> None:
    rooms = Counter(path.parent for path in [*MODULES, *CLIENT])
    assert {str(room): n for room, n in rooms.items() if n > MOST_MODULES_IN_A_ROOM} == {}


def test_no_file_is_too_long() -> None:
    lines = {str(path): path.read_text("utf-8").count("\n") for path in [*MODULES, *CLIENT]}
    long = {path: number for path, number in lines.items() if number > MOST_LINES}
    assert long == {}


@pytest.mark.parametrize("modules", [MODULES, CLIENT], ids=["app", "client"])
def test_a_class_name_stands_for_one_thing(modules: list[Path]) -> None:
    where: dict[str, set[str]] = defaultdict(set)
    for path, tree in trees(modules):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                where[node.name].add(str(path))
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_a_private_function_is_named_by_a_verb_and_its_object() -> None:
    short = [
        f"{path}: {node.name}"
        for path, tree in trees([*MODULES, *CLIENT])
        for node in tree.body
        if isinstance(node, Function) and node.name.startswith("_") and "_" not in node.name[1:]
    ]
    assert short == []


@pytest.mark.parametrize(
    ("modules", "most"), [(MODULES, MOST_THAT_ASK), (CLIENT, 6)], ids=["app", "client"]
)
def test_docstrings_say_what_a_thing_is_or_does(modules: list[Path], most: int) -> None:
    asking = [
        f"{path}: {text.splitlines()[0]}" for path, text in docstrings(modules) if ASKS.match(text)
    ]
    assert len(asking) <= most, "\n".join(asking)


def test_docstrings_name_who_does_what() -> None:
    vague = [f"{path}: {text}" for path, text in docstrings(MODULES) if VAGUE.search(text)]
    assert len(vague) <= MOST_THAT_ARE_VAGUE, "\n".join(vague)


def docstrings(modules: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for path, tree in trees(modules):
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                text = ast.get_docstring(node)
                if text:
                    yield path, text


def test_one_module_reads_the_state_of_the_application() -> None:
    reading = {path for path, tree in trees() for node in ast.walk(tree) if reads_state(node)}
    assert reading == {CONTEXT}


def reads_state(node: ast.AST) -> bool:
    """`app.state`, `request.app.state`, `scope["app"]`."""
    match node:
        case ast.Attribute(attr="state", value=ast.Name(id="app") | ast.Attribute(attr="app")):
            return True
        case ast.Subscript(slice=ast.Constant(value="app")):
            return True
    return False


def test_routes_name_what_they_work_with() -> None:
    taking = [
        f"{path}: {node.name}"
        for path, tree in trees()
        if path.is_relative_to(ROOT / "app" / "routers")
        for node in ast.walk(tree)
        if isinstance(node, Function) and any(one.arg == "request" for one in node.args.args)
    ]
    assert len(taking) <= MOST_THAT_TAKE_THE_REQUEST, "\n".join(taking)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_paths_in_the_papers_exist(paper: Path) -> None:
    named = set(PATH.findall(paper.read_text("utf-8")))
    assert [path for path in sorted(named) if not any(ROOT.glob(path.rstrip("/")))] == []


def test_packages_of_node_are_pinned_by_hash_and_name_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    pinned = {name: one for name, one in lock["packages"].items() if name}
    assert pinned
    assert [name for name, one in pinned.items() if "resolved" in one or not one["integrity"]] == []
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    assert {f"node_modules/{name}": version for name, version in asked.items()}.items() <= {
        name: one["version"] for name, one in pinned.items()
    }.items()


def test_rooms_of_the_architecture_are_all_there_are() -> None:
    paper = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    table = paper[paper.index("## Rooms") : paper.index("## A check's way")]
    rooms = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}`" not in table] == []
