"""`clearpost-gate`: its exit code is the answer, and nothing but 0 is a yes."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.clients.conftest import DIGEST, Gated, post
from tests.clients.running import COMMAND, environment, run_gate
from tests.waiting import until


def test_exit_codes(gated: Gated, tmp_path: Path) -> None:
    known = environment(gated)
    shown = {"media": [{"kind": "photo", "rights": "own"}]}
    for said, code, told in (
        (post(), 0, ""),
        (post(**shown), 3, "Not cleared (review)"),
        (post(**shown, pictured={"students": [{"id": "ben"}]}), 4, "Not cleared (deny)"),
        ({**post(), "purpose": "fun"}, 5, "Could not ask: 422"),
    ):
        done = run_gate(known, stdin=json.dumps(said).encode())
        assert (done.returncode, told in done.stderr.decode()) == (code, True), done.stderr
        if code < 5:
            assert json.loads(done.stdout)["outcome"] == {0: "allow", 3: "review", 4: "deny"}[code]
    good = json.dumps(post()).encode()
    key = tmp_path / "scheduler.key"
    key.write_text(known["GATE_CLEARPOST_KEY"] + "\n")
    by_file = {**known, "GATE_CLEARPOST_KEY_FILE": str(key)}
    del by_file["GATE_CLEARPOST_KEY"]
    assert run_gate(by_file, stdin=good).returncode == 0
    for changed, options, stdin in (
        (known, [], b""),
        (known, [], b"[]"),
        (known, ["--no-such-option"], good),
        (known, ["no-such-command"], good),
        (known, ["proxy"], good),
        (known, ["--hold", "soon"], good),
        ({**known, "GATE_CLEARPOST_URL": "http://127.0.0.1:9"}, [], good),
        ({**known, "GATE_CLEARPOST_URL": "http://clearpost.example.org"}, [], good),
        ({**known, "GATE_CLEARPOST_KEY": "clp_other"}, [], good),
        ({**known, "GATE_CLEARPOST_KEY": ""}, [], good),
        ({**known, "GATE_CLEARPOST_KEY_FILE": str(tmp_path / "none")}, [], good),
    ):
        done = run_gate(changed, *options, stdin=stdin)
        assert (done.returncode, done.stdout) == (5, b""), (options, done.stdout, done.stderr)
        assert b"Traceback" not in done.stderr


def test_a_broken_pipe_or_an_end_by_hand_is_no_yes(gated: Gated) -> None:
    with subprocess.Popen([COMMAND], env=environment(gated), stdin=subprocess.PIPE) as process:
        process.terminate()
        assert process.wait(60) != 0


def test_hold_waits_until_the_fact_is_given(gated: Gated) -> None:
    known = environment(gated)
    shown: Any = post(media=[{"kind": "photo", "sha256": DIGEST, "alt_text": "A room"}])
    before = gated.asked()
    done: list[subprocess.CompletedProcess[bytes]] = []
    said = json.dumps(shown).encode()
    waiting = threading.Thread(
        target=lambda: done.append(run_gate(known, "--hold", "60", stdin=said))
    )
    waiting.start()
    until(lambda: gated.asked() > before or not waiting.is_alive())
    gated.declare("ana")
    waiting.join()
    assert done[0].returncode == 0, done[0].stderr
    # Not for ever.
    other = {**shown, "text": "Crap weather, but a great game on Friday!"}
    assert run_gate(known, "--hold", "0.2", stdin=json.dumps(other).encode()).returncode == 3
