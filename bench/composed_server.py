"""How long an agent waits for a server with a thousand composed tools, and what that server holds in memory.

In     nothing: a home with a thousand skills of five steps is made in a temporary folder
Out    rows for `python -m bench`: seconds from start to the first list, milliseconds of the next, megabytes
Never  counts the compilation: that is bench/compiling.py
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import compiling
from skillstrata.app.wiring import open_app

_TOOLS, _STEPS, _REPEATS = 1_000, 5, 10
_START_S, _REPEAT_MS, _RSS_MB = 0.9, 40.0, 120.0
_WHO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}


class Row(TypedDict):
    """One measurement."""

    name: str
    value: float
    unit: str
    bound: str
    ok: bool
    detail: str


def measure() -> list[Row]:
    """Measure everything; some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for number in range(_TOOLS):
            file = home / ".claude" / "skills" / f"made-{number:04}" / "SKILL.md"
            file.parent.mkdir(parents=True)
            file.write_text(_skill(number), encoding="utf-8")
        environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
        app = open_app(load_settings(data_dir=home / "data", config=None, environ=environ))
        report = compiling.compile_skills(app, (), project=home)
        if len(report.compiled) != _TOOLS:
            raise RuntimeError(f"the skills made here do not compile: {report.errors[:1]}")
        found = [_served(home, environ) for _ in range(3)]
    start, repeat, memory = (min(values) for values in zip(*found, strict=True))
    return [
        _row("1,000 composed tools: start to first list", start, "s", _START_S, "best of 3 processes, two pages"),
        _row("1,000 composed tools: list again", repeat, "ms", _REPEAT_MS, f"best of {_REPEATS}, both pages"),
        _row("1,000 composed tools: memory", memory, "MB", _RSS_MB, "resident, after the lists"),
    ]


def _row(name: str, value: float, unit: str, bound: float, detail: str) -> Row:
    return Row(name=name, value=value, unit=unit, bound=f"<= {bound:g}", ok=value <= bound, detail=detail)


def _skill(number: int) -> str:
    steps = "".join(
        f'    - id: s{step}\n      tool: json_query\n      input: {{query: "result", data: '
        + (f'"{{{{steps.s{step - 1}.output}}}}"}}\n' if step else '{result: "{{input.value}}"}}\n')
        for step in range(_STEPS)
    )
    return (
        f"---\nname: made-{number:04}\ndescription: Passes value number {number} on, five times.\ntool_schema:\n"
        f"  input:\n    type: object\n    properties: {{value: {{type: string, description: Value {number}}}}}\n"
        f"    required: [value]\n  steps:\n{steps}---\nPass it on.\n"
    )


def _served(home: Path, environ: dict[str, str]) -> tuple[float, float, float]:
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "skillstrata", "--data-dir", str(home / "data"), "--compose-listed", "1000", "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=home,
        env=environ,
    )
    try:
        _ask(server, 1, "initialize", _WHO)
        _tell(server, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        count = _listed(server, 10)
        started = time.perf_counter() - began
        if count < _TOOLS:
            raise RuntimeError(f"only {count} tools are listed")
        # What is done in the background after the first list is not what a repeated list costs.
        time.sleep(2.0)  # noqa: TID251 - the server is another process and tells nobody when it is idle
        repeats: list[float] = []
        for turn in range(_REPEATS):
            before = time.perf_counter()
            _listed(server, 100 * (turn + 1))
            repeats.append((time.perf_counter() - before) * 1000)
        return started, min(repeats), _resident_mb(server.pid)
    finally:
        server.kill()
        server.wait()


def _listed(server: subprocess.Popen[bytes], number: int) -> int:
    count, cursor = 0, None
    while True:
        answer = _ask(server, number, "tools/list", {} if cursor is None else {"cursor": cursor})["result"]
        count, cursor, number = count + len(answer["tools"]), answer.get("nextCursor"), number + 1
        if cursor is None:
            return count


def _tell(server: subprocess.Popen[bytes], message: dict[str, object]) -> None:
    if server.stdin is None:
        raise RuntimeError("the server has no stdin")
    server.stdin.write(json.dumps(message).encode() + b"\n")
    server.stdin.flush()


def _ask(server: subprocess.Popen[bytes], number: int, method: str, params: dict) -> dict:
    _tell(server, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    while server.stdout is not None:
        line = json.loads(server.stdout.readline())
        if line.get("id") == number:
            return line
    raise RuntimeError("the server has no stdout")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000
