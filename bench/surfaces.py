"""How fast the program answers: `ls` as a whole process, the MCP server from start to first answer, searches a second.

In     the recorded session, distilled into a fresh data directory
Out    rows for `python -m bench`
Never  counts the compilation of Python files: the first run of each program is thrown away, as on a used machine
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from demo.replay_recording import lay_out

_ROOT = Path(__file__).parents[1]
_RUNS = 7
_SEARCHES = 2000
_LS_S, _FIRST_ANSWER_S, _SEARCHES_S = 0.3, 0.9, 1000
# A machine without bytecode caches would measure the compiler.
_ENVIRON = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_PROGRAM = [sys.executable, "-m", "skillstrata"]


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=_ENVIRON, stdin=subprocess.DEVNULL)
    return time.perf_counter() - started


def _whole_process(command: list[str]) -> list[float]:
    _seconds(command)
    return [_seconds(command) for _ in range(_RUNS)]


class _Client:
    """The smallest client there is, so that the server is what is measured."""

    def __init__(self, data_dir: Path) -> None:
        self._process = subprocess.Popen(
            [*_PROGRAM, "--data-dir", str(data_dir), "mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRON,
        )
        self._sent = 0

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise RuntimeError("the server was started without pipes")
        return pipe

    def send(self, message: dict[str, object]) -> None:
        stdin = self._pipe(self._process.stdin)
        stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        stdin.flush()

    def ask(self, method: str, params: dict[str, object]) -> dict[str, object]:
        self._sent += 1
        self.send({"id": self._sent, "method": method, "params": params})
        line = self._pipe(self._process.stdout).readline()
        answer = json.loads(line)
        if "result" not in answer or answer["result"].get("isError"):
            raise RuntimeError(f"{method} was answered with {line[:500]!r}")
        return answer["result"]

    def start(self) -> None:
        who = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        self.ask("initialize", who)
        self.send({"method": "notifications/initialized"})

    def close(self) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait(timeout=30)
        self._pipe(self._process.stdout).close()


def _first_answer(data_dir: Path) -> float:
    started = time.perf_counter()
    client = _Client(data_dir)
    client.start()
    client.ask("tools/list", {})
    taken = time.perf_counter() - started
    client.close()
    return taken


def _searches_a_second(data_dir: Path) -> float:
    client = _Client(data_dir)
    client.start()
    asked = {"name": "skills_search", "arguments": {"query": "html to markdown"}}
    client.ask("tools/call", asked)
    started = time.perf_counter()
    for _ in range(_SEARCHES):
        client.ask("tools/call", asked)
    taken = time.perf_counter() - started
    client.close()
    return _SEARCHES / taken


def _library(root: Path) -> Path:
    data_dir = root / "library"
    lay_out(_ROOT / "demo" / "recording", root / "project", data_dir / "spool" / "new")
    command = [*_PROGRAM, "--data-dir", str(data_dir), "distill", "--once", "--quiet"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=_ENVIRON, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"the recording could not be distilled ({done.returncode}): {done.stderr}")
    return data_dir


def measure() -> list[dict[str, object]]:
    """Take the measurements of the surfaces."""
    with tempfile.TemporaryDirectory(prefix="skillstrata-bench-") as folder:
        data_dir = _library(Path(folder))
        bare = statistics.median(_whole_process([sys.executable, "-c", "pass"]))
        ls_runs = _whole_process([*_PROGRAM, "--data-dir", str(data_dir), "ls"])
        _first_answer(data_dir)
        starts = [_first_answer(data_dir) for _ in range(_RUNS)]
        searches = _searches_a_second(data_dir)
    listed, first = statistics.median(ls_runs), statistics.median(starts)
    return [
        {
            "name": "skillstrata ls, whole process",
            "value": listed,
            "unit": "s",
            "bound": f"< {_LS_S} s",
            "ok": listed < _LS_S,
            "detail": f"median of {_RUNS}, best {min(ls_runs):.2f}; {listed / bare:.0f} x `python -c pass`",
        },
        {
            "name": "skillstrata mcp, start to tools/list answered",
            "value": first,
            "unit": "s",
            "bound": f"< {_FIRST_ANSWER_S} s",
            "ok": first < _FIRST_ANSWER_S,
            "detail": f"median of {_RUNS}, best {min(starts):.2f}; {first / bare:.0f} x `python -c pass`",
        },
        {
            "name": "skills_search over stdio",
            "value": searches,
            "unit": "calls/s",
            "bound": f">= {_SEARCHES_S:,} calls/s",
            "ok": searches >= _SEARCHES_S,
            "detail": f"{_SEARCHES:,} calls one after the other, one tool in the library",
        },
    ]
