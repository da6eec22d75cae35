"""Ctrl-C during an import, as a terminal sends it to the real program: an orderly end, and the next import goes on."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from tests.told_sessions import ToldSession

SESSIONS, CALLS = 30, 150
INTERRUPTED = 130
BOUND_S = 60.0
# Small batches, so that there is something to interrupt; the names are those of the program itself. The signal comes
# from a thread that looks all the time: on a busy machine another process would look too late.
SCRIPT = """
import os, signal, sys, threading, time
from pathlib import Path
from skillstrata.capture import history_batch

def interrupt(traces, files):
    while len(list(traces.glob("*/*.jsonl"))) < files:
        time.sleep(0.0005)
    os.kill(os.getpid(), signal.SIGINT)

if os.environ.get("INTERRUPT_AT"):
    watched = (Path(sys.argv[2]) / "traces", int(os.environ["INTERRUPT_AT"]))
    threading.Thread(target=interrupt, args=watched, daemon=True).start()
history_batch.BATCH_EVENTS = 50
from skillstrata.surfaces.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def _log(data: Path) -> list[Path]:
    return list((data / "traces").glob("*/*.jsonl"))


def _asked(data: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "catalog.db")) as connection:
        return connection.execute(statement).fetchall()


def _import(data: Path, folder: Path, *, interrupt_after: int | None) -> tuple[int, dict[str, Any], str]:
    """Import; send Ctrl-C once it has begun so many files of the log. Gives the exit code, the JSON, the messages."""
    at = "" if interrupt_after is None else str(len(_log(data)) + interrupt_after)
    words = ["--data-dir", str(data), "import", str(folder), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "HOME": str(data), "INTERRUPT_AT": at},
        start_new_session=True,
    )
    out, err = process.communicate(timeout=BOUND_S)
    return process.returncode, json.loads(out), err.decode()


def test_ctrl_c_ends_an_import_in_order_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """130; what it counts is stored, no call half or twice; no file is marked whose calls are not all there."""
    folder, data = tmp_path / "h", tmp_path / "data"
    for number in range(SESSIONS):
        told = ToldSession(f"s{number:03}")
        for count in range(CALLS):
            told.bash(f"echo {number} {count}", f"{count}\n" * 20)
        told.save(folder / f"s{number:03}.jsonl")

    for round_, files in enumerate((1, 4)):
        code, report, said = _import(data, folder, interrupt_after=files)
        calls = report["calls"]
        stored = dict(_asked(data, "SELECT session, count(*) FROM events WHERE kind = 'call' GROUP BY session"))
        marked = {Path(path).stem for (path,) in _asked(data, "SELECT path FROM read_marks")}

        assert (code, report["stopped"]) == (INTERRUPTED, True), f"round {round_}: {said}"
        assert "Traceback" not in said
        assert "goes on where this one ended" in said
        assert calls["found"] == calls["new"] + calls["duplicate"] + calls["quarantined"] + calls["forgotten"]
        assert sum(stored.values()) >= calls["new"] > 0
        assert 0 < sum(stored.values()) < SESSIONS * CALLS
        assert {session: stored.get(session) for session in marked} == dict.fromkeys(marked, CALLS)

    code, report, said = _import(data, folder, interrupt_after=None)
    ids = [id_ for (id_,) in _asked(data, "SELECT id FROM events WHERE kind = 'call'")]
    lines = [line for path in _log(data) for line in path.read_bytes().splitlines()]
    logged = {orjson.loads(line)["event"]["id"] for line in lines}

    assert (code, report["stopped"]) == (0, False), said
    assert report["unchanged"] > 0
    assert len(ids) == len(set(ids)) == SESSIONS * CALLS
    assert set(ids) <= logged
    assert _import(data, folder, interrupt_after=None)[1]["calls"]["found"] == 0
