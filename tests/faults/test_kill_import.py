"""An import that is killed at any moment: nothing twice, nothing lost, and the next one goes on."""

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson

from tests.told_sessions import ToldSession

ROUNDS = 8
SESSIONS, CALLS = 24, 40
# Small batches, so that a kill finds every state of them; the names are those of the program itself.
SCRIPT = """
import sys
from skillstrata.capture import history_batch
history_batch.BATCH_EVENTS = 50
from skillstrata.surfaces.cli.main import main
print("begun", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def _histories(folder: Path) -> int:
    """Write sessions, a few of them forks of others; give the number of calls that are different."""
    for number in range(SESSIONS):
        told = ToldSession(f"s{number:03}")
        for count in range(CALLS):
            told.bash(f"echo {number} {count}", f"{count}\n" * 20)
        told.save(folder / f"{number:03}.jsonl")
        if number % 8 == 0:
            told.forked(f"f{number:03}").save(folder / f"{number:03}-fork.jsonl")
    return SESSIONS * CALLS


def _started(data: Path, folder: Path) -> subprocess.Popen[bytes]:
    words = ["--data-dir", str(data), "import", str(folder), "--json", "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(data)},
    )


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end of the process, but no longer than this."""
    assert process.stdout is not None
    select.select([process.stdout], [], [], seconds)


def _killed(data: Path, folder: Path, after_s: float) -> bool:
    """Start an import and kill it; gives whether it was still at work."""
    process = _started(data, folder)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        _wait(process, after_s)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    return process.returncode == -signal.SIGKILL


def _asked(data: Path, statement: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(data / "catalog.db")) as connection:
        return connection.execute(statement).fetchall()


def test_an_import_that_is_killed_again_and_again_stores_every_call_once(tmp_path: Path) -> None:
    """The moments are drawn; FAULT_SEED repeats those of an earlier run."""
    seed = os.environ.get("FAULT_SEED") or os.urandom(4).hex()
    dice = random.Random(seed)  # noqa: S311 - chance that a seed repeats, no secret
    folder, data = tmp_path / "h", tmp_path / "data"
    calls = _histories(folder)
    killed = sum(_killed(data, folder, dice.uniform(0.0, 0.5)) for _ in range(ROUNDS))
    process = _started(data, folder)
    report = json.loads(process.communicate(timeout=60)[0].split(b"\n", 1)[1])
    ids = [row[0] for row in _asked(data, "SELECT id FROM events WHERE kind = 'call'")]
    logged: set[str] = set()
    for path in (data / "traces").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            try:
                logged.add(orjson.loads(line)["event"]["id"])
            except orjson.JSONDecodeError:
                # A line that the kill tore; its event was written again.
                continue
    every = {row[0] for row in _asked(data, "SELECT id FROM events")}

    assert killed > 0, f"seed {seed}: no kill met an import at work"
    assert (process.returncode, report["stopped"]) == (0, False), f"seed {seed}"
    assert len(ids) == len(set(ids)) == calls, f"seed {seed}"
    assert every <= logged, f"seed {seed}: in the catalog and not in the log"
    marks = _asked(data, "SELECT count(*) FROM read_marks")
    assert marks == [(SESSIONS + SESSIONS // 8,)], f"seed {seed}"
