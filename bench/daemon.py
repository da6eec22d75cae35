"""What the background process costs and how fast it is: idle for a minute, an event drained, a batch given up.

In     nothing; works in a temporary folder with the real program and the real hook; SKILLSTRATA_BENCH_IDLE_S (or
       `python -m bench.daemon --idle-s 10`) shortens the idle minute
Out    rows of name, value, unit, bound, ok, detail
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app

Row = dict[str, str | float | bool]

IDLE_S = float(os.environ.get("SKILLSTRATA_BENCH_IDLE_S") or 60.0)
EVENTS, STOPS = 20, 5
MAX_CPU_PERCENT, MAX_DRAIN_S, MAX_YIELD_S, MAX_STARTER_MS = 0.5, 1.0, 1.0, 50.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PROGRAM = (sys.executable, "-m", "skillstrata")
_SLOW = "import csv, json, time\ntime.sleep(30)\njson.dump(list(csv.DictReader(open('in.csv'))), open('o.json', 'w'))\n"


def measure(idle_s: float = IDLE_S) -> list[Row]:
    """Measure everything; about a minute and a half."""
    with tempfile.TemporaryDirectory(prefix="bench-daemon-") as folder:
        rows = _quiet_rows(Path(folder), idle_s)
    rows += [_yield_row()]
    with tempfile.TemporaryDirectory(prefix="bench-daemon-") as folder:
        rows += [_starter_row(Path(folder))]
    return rows


class _Running:
    """A daemon of its own data directory."""

    def __init__(self, root: Path, *options: str) -> None:
        self.data_dir = root / "data"
        environ = {**os.environ, "HOME": str(root)}
        self.app: App = open_app(load_settings(data_dir=self.data_dir, config=None, environ=environ))
        self.app.prepare()
        starter = (*_PROGRAM, "--data-dir", str(self.data_dir))
        settings = ClaudeCodeSettings(root, root, self.data_dir, "project", _PROGRAM, {}, starter)
        settings.install()
        self.hook = settings.hook_path()
        words = [*_PROGRAM, "--data-dir", str(self.data_dir), *options, "daemon", "run", "--quiet"]
        self.process = subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, start_new_session=True)
        _until(lambda: (state := self.app.daemon_post.state()) is not None and state.pid == self.process.pid)

    def hand_over(self, number: int, command: str, cwd: Path) -> None:
        """Let the hook take one event."""
        call = {
            "session_id": "s",
            "cwd": str(cwd),
            "hook_event_name": "PostToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": command},
            "tool_response": {"stdout": "", "stderr": ""},
            "tool_use_id": f"toolu_{number}",
        }
        subprocess.run(["/bin/sh", self.hook], input=orjson.dumps(call), check=True)

    def end(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


def _quiet_rows(root: Path, idle_s: float) -> list[Row]:
    running = _Running(root, "--idle-s", "86400")
    try:
        drains = [_drain_s(running, number) for number in range(EVENTS)]
        before_ms, before_wakes = _cost(running.process.pid)
        threading.Event().wait(idle_s)
        after_ms, after_wakes = _cost(running.process.pid)
        resident_mb = _resident_mb(running.process.pid)
    finally:
        running.end()
    cpu_ms, wakes = after_ms - before_ms, after_wakes - before_wakes
    percent = cpu_ms / idle_s / 10
    told = f"{cpu_ms:.0f} ms CPU and {wakes} wake-ups in {idle_s:g} s, {resident_mb:.0f} MB resident"
    slowest = max(drains)
    median = f"median {statistics.median(drains):.2f} s of {EVENTS} events, from the hook's end to the catalog"
    return [
        _row("daemon idle", percent, "% of a core", f"<= {MAX_CPU_PERCENT:g}", told, ok=percent <= MAX_CPU_PERCENT),
        _row("daemon drain, slowest", slowest, "s", f"<= {MAX_DRAIN_S:g}", median, ok=slowest <= MAX_DRAIN_S),
    ]


def _drain_s(running: _Running, number: int) -> float:
    running.hand_over(number, f"echo {number}", running.data_dir)
    began = time.perf_counter()
    _until(lambda: running.app.spool.waiting() == 0)
    return time.perf_counter() - began


def _yield_row() -> Row:
    """Put a program that sleeps under proof, hand over an event, and wait until its sandbox is gone."""
    took: list[float] = []
    for _ in range(STOPS):
        with tempfile.TemporaryDirectory(prefix="bench-daemon-") as folder:
            root = Path(folder)
            (root / "in.csv").write_text("a,b\n1,2\n")
            (root / "slow.py").write_text(_SLOW)
            running = _Running(root, "--idle-s", "0")
            try:
                running.hand_over(1, f"python3 {root}/slow.py", root)
                _until(lambda root=root: _is_proved(root))
                running.hand_over(2, "ls", root)
                began = time.perf_counter()
                _until(lambda root=root: not _is_proved(root))
                took.append(time.perf_counter() - began)
            finally:
                running.end()
    slowest = max(took)
    detail = f"median {statistics.median(took):.2f} s of {STOPS}: from an event to the end of a program under proof"
    return _row("daemon yields", slowest, "s", f"<= {MAX_YIELD_S:g}", detail, ok=slowest <= MAX_YIELD_S)


def _starter_row(root: Path) -> Row:
    """Time the hook of a session's start, with a daemon that runs: the usual case."""
    running = _Running(root, "--idle-s", "86400")
    script = running.hook.replace("capture.sh", "start-daemon.sh")
    took: list[float] = []
    try:
        for _ in range(50):
            began = time.perf_counter()
            subprocess.run(["/bin/sh", script], input=b"{}", check=True)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        running.end()
    median = statistics.median(took)
    return _row("session start hook", median, "ms", f"<= {MAX_STARTER_MS:g}", "a daemon runs", ok=median <= 50)


def _is_proved(root: Path) -> bool:
    """Say whether a sandbox of this root's data directory is at work: its command line names the input."""
    del root
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"slow.py" in words and b"bwrap" not in words.split(b"\0")[0] and b"sh" != words[:2]:
            return True
    return False


def _cost(pid: int) -> tuple[float, int]:
    """Give the CPU time so far, in ms, and how often its threads went to sleep of their own will."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    wakes = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        wakes += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return ticks * 1000 / _TICKS, wakes


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def _until(claim: Callable[[], bool], bound_s: float = 60.0) -> None:
    until = time.monotonic() + bound_s
    while not claim():
        if time.monotonic() > until:
            raise TimeoutError("the daemon did not do what is measured")
        threading.Event().wait(0.005)


def _row(name: str, value: float, unit: str, bound: str, detail: str, *, ok: bool) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "bound": bound, "ok": ok, "detail": detail}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.daemon")
    parser.add_argument("--idle-s", type=float, default=IDLE_S, help="seconds of idleness that are measured")
    for measured in measure(parser.parse_args().idle_s):
        sys.stdout.write(f"{orjson.dumps(measured).decode()}\n")
