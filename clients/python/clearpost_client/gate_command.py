"""`clearpost-gate`: may this post be published? The exit code answers.

0 allow, 3 review, 4 deny, 5 could not ask, whatever the reason, wrong use included. Nothing but
0 is a yes.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, cast

import httpx

from clearpost_client.answers import Decision
from clearpost_client.bodies import Account, Post
from clearpost_client.client import AsyncClearpost, Clearpost
from clearpost_client.failures import GateError, NotCleared
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.brightbean_gate import BrightBeanApi, BrightBeanGate
from clearpost_client.gates.downloads import MediaSource, make_scheduler_http, read_origins
from clearpost_client.gates.memory import GateMemory
from clearpost_client.gates.postiz_api import PostizApi
from clearpost_client.gates.postiz_gate import PostizGate
from clearpost_client.gates.postiz_sweep import Sweep
from clearpost_client.gates.reading import read_body
from clearpost_client.holding import Holding

ALLOW, REVIEW, DENY, COULD_NOT_ASK = 0, 3, 4, 5
_CODES = {"review": REVIEW, "deny": DENY}
_PURPOSES = ("school", "personal", "promotional", "other")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are no other answer."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(COULD_NOT_ASK, f"{self.prog}: {message}\n")


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    asked = _make_parser().parse_args(given)
    try:
        return _run_command(asked)
    except NotCleared as error:
        _show_decision(error.decision)
        _say_why(f"Not cleared ({error.outcome}): {error}", *error.remedies)
        return _CODES[error.outcome]
    except (GateError, ValueError, OSError, ImportError) as error:
        _say_why(f"Could not ask: {error}")
    except KeyboardInterrupt:
        _say_why("Could not ask: ended")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no yes
        _say_why(f"Could not ask: {type(error).__name__}")
    return COULD_NOT_ASK


def _run_command(asked: argparse.Namespace) -> int:
    match asked.command:
        case None:
            _show_decision(_gate_post(asked))
            return ALLOW
        case "proxy":
            return asyncio.run(_serve_proxy(asked))
        case "sweep":
            return asyncio.run(_sweep_postiz(asked))
        case "postiz":
            return asyncio.run(_schedule_on_postiz(asked))
        case "brightbean":
            return asyncio.run(_schedule_on_brightbean(asked))
        case _:
            return asyncio.run(_recall_on_brightbean(asked))


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="clearpost-gate",
        description="Reads a post as JSON from standard input. Exit codes: 0 allow, 3 review,"
        " 4 deny, 5 could not ask (also for wrong use). The service's address is in"
        " GATE_CLEARPOST_URL, the key in GATE_CLEARPOST_KEY, or in the file that"
        " GATE_CLEARPOST_KEY_FILE names.",
    )
    parser.add_argument(
        "--hold", nargs="?", const=3600.0, type=float, metavar="SECONDS",
        help="wait for a review to end, an hour where no time is given",
    )  # fmt: skip
    parser.add_argument("--plain-http", action="store_true", help="take a way without TLS for safe")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    proxy = commands.add_parser("proxy", help="stand in front of Postiz's public API")
    proxy.add_argument("--host", default="127.0.0.1")
    proxy.add_argument("--port", type=int, default=8010)
    proxy.add_argument(
        "--sweep-every", type=float, default=60.0, metavar="SECONDS",
        help="0: do not sweep, and take no repeated posts",
    )  # fmt: skip
    sweep = commands.add_parser("sweep", help="delete in Postiz what has no live clearance")
    sweep.add_argument("--dry-run", action="store_true", help="only tell")
    sweep.add_argument("--soon", type=float, default=600.0, metavar="SECONDS")
    postiz = commands.add_parser("postiz", help="draft, check and schedule Postiz's body")
    bright = commands.add_parser("brightbean", help="check and schedule BrightBean Studio's body")
    recall = commands.add_parser("brightbean-recall", help="cancel what is no longer cleared")
    for one, uploads in (
        (proxy, True),
        (sweep, True),
        (postiz, True),
        (bright, False),
        (recall, False),
    ):
        _add_scheduler_options(one, "postiz" if uploads else "brightbean")
    return parser


def _add_scheduler_options(parser: argparse.ArgumentParser, system: str) -> None:
    parser.add_argument("--upstream", required=True, metavar="URL", help="the scheduler's address")
    parser.add_argument(
        "--upstream-key-file",
        type=Path,
        metavar="FILE",
        help="a key of the scheduler, for the gate",
    )
    parser.add_argument("--memory", type=Path, default=Path("clearpost-gate.db"), metavar="FILE")
    parser.add_argument(
        "--media-origin", action="append", default=[], metavar="URL",
        help="where else media are fetched from; may be given again",
    )  # fmt: skip
    parser.add_argument("--system", default=system, help="of the accounts' aliases")
    parser.add_argument("--accounts", type=Path, metavar="FILE", help="JSON: channel id to account")
    parser.add_argument("--purpose", choices=_PURPOSES, default="school")
    parser.add_argument("--author", metavar="ID", help="who posts, where the key is nobody's")


def _read_key() -> str:
    if file := os.environ.get("GATE_CLEARPOST_KEY_FILE"):
        return Path(file).read_text("utf-8").strip()
    return _require_setting("GATE_CLEARPOST_KEY")


def _require_setting(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise ValueError(f"{name} is not set")
    return value


def _gate_post(asked: argparse.Namespace) -> Decision:
    try:
        post = cast("Post", read_body(sys.stdin.buffer.read()))
    except NotCleared as error:  # nobody was asked
        raise ValueError(str(error)) from None
    url, key = _require_setting("GATE_CLEARPOST_URL"), _read_key()
    with Clearpost(url, key, plain_http=asked.plain_http) as clearpost:
        if asked.hold is None:
            return clearpost.gate(post)
        return Holding(clearpost, asked.hold).gate(post)


@dataclass(frozen=True)
class _Gates:
    """The parts of a scheduler's gate."""

    clearpost: AsyncClearpost
    http: httpx.AsyncClient
    memory: GateMemory
    rules: GateRules
    base: str
    origins: tuple[str, ...]
    key: str

    def make_postiz(self, *, sweeps: bool) -> PostizGate:
        media = MediaSource(self.http, self.origins)
        swept = self.key if sweeps else None
        return PostizGate(self.clearpost, self.memory, media, self.rules, swept)

    def make_brightbean(self) -> BrightBeanGate:
        media = MediaSource(self.http, self.origins, uploads="", signed=True)
        api = BrightBeanApi(self.http, self.base, self.key)
        return BrightBeanGate(self.clearpost, self.memory, media, self.rules, api)


@asynccontextmanager
async def _open_gates(asked: argparse.Namespace) -> AsyncIterator[_Gates]:
    base = asked.upstream.rstrip("/")
    file = asked.upstream_key_file
    memory = GateMemory(asked.memory, f"{asked.system} {base}")
    http = make_scheduler_http()
    clearpost = AsyncClearpost(
        _require_setting("GATE_CLEARPOST_URL"), _read_key(), plain_http=asked.plain_http
    )
    async with clearpost, http:
        yield _Gates(
            clearpost, http, memory, _read_rules(asked), base,
            read_origins([base, *asked.media_origin]),
            "" if file is None else file.read_text("utf-8").strip(),
        )  # fmt: skip
    memory.close()


def _read_rules(asked: argparse.Namespace) -> GateRules:
    named: dict[str, Account] = {}
    if asked.accounts is not None:
        named = cast("dict[str, Account]", read_body(asked.accounts.read_bytes()))
    author = None if asked.author is None else {"id": asked.author}
    return GateRules(asked.system, asked.purpose, author, named)  # type: ignore[arg-type]


async def _serve_proxy(asked: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415 - of the extra `proxy`

    from clearpost_client.proxy import Sweeping, make_app  # noqa: PLC0415

    async with _open_gates(asked) as gates:
        sweeping = Sweeping(gates.key, asked.sweep_every) if asked.sweep_every > 0 else None
        if sweeping is not None and not gates.key:
            raise ValueError(
                "a proxy that sweeps needs --upstream-key-file; or set --sweep-every 0"
            )
        app = make_app(
            gates.make_postiz(sweeps=sweeping is not None), gates.http, gates.base, sweeping
        )
        config = uvicorn.Config(
            app, asked.host, asked.port, access_log=False, server_header=False, log_level="warning"
        )
        await uvicorn.Server(config).serve()
    return ALLOW


async def _sweep_postiz(asked: argparse.Namespace) -> int:
    async with _open_gates(asked) as gates:
        api = PostizApi(gates.http, gates.base, gates.key)
        gate = gates.make_postiz(sweeps=True)
        swept = await Sweep(gate, api, timedelta(seconds=asked.soon), spares=asked.dry_run).run()
    print(json.dumps({"kept": swept.kept, "removed": swept.removed, "unsure": swept.unsure}))  # noqa: T201
    return COULD_NOT_ASK if swept.unsure else ALLOW


async def _schedule_on_postiz(asked: argparse.Namespace) -> int:
    from clearpost_client.gates.postiz import read_post_body  # noqa: PLC0415 - two have this name

    body = read_post_body(sys.stdin.buffer.read())
    async with _open_gates(asked) as gates:
        api = PostizApi(gates.http, gates.base, gates.key)
        made = await gates.make_postiz(sweeps=False).schedule(body, api)
    print(json.dumps({"scheduled": made}))  # noqa: T201
    return ALLOW


async def _schedule_on_brightbean(asked: argparse.Namespace) -> int:
    from clearpost_client.gates.brightbean import read_post_body  # noqa: PLC0415

    body = read_post_body(sys.stdin.buffer.read())
    async with _open_gates(asked) as gates:
        made = await gates.make_brightbean().schedule(body)
    print(json.dumps({"scheduled": [made]}))  # noqa: T201
    return ALLOW


async def _recall_on_brightbean(asked: argparse.Namespace) -> int:
    async with _open_gates(asked) as gates:
        cancelled = await gates.make_brightbean().sweep()
    print(json.dumps({"cancelled": cancelled}))  # noqa: T201
    return ALLOW


def _show_decision(decision: Decision | None) -> None:
    if decision is not None:
        print(json.dumps(decision.raw, ensure_ascii=False))  # noqa: T201 - what was asked for


def _say_why(*sentences: str) -> None:
    for one in sentences:
        print(one, file=sys.stderr)  # noqa: T201
