"""What capture costs: the hook as a whole process, its safety under load, and how fast ingest drains the spool.

In     nothing; works in a temporary folder with the real script, the real stores and a made-up session
Out    rows of name, value, unit, bound, ok, detail; ratios are measured against /bin/true in the same run
"""

import contextlib
import hashlib
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import orjson

from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.snapshots import FileSnapshots
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.capture import IngestPorts, Redactor, ingest

Row = dict[str, str | float | bool]

RUNS = 200
WRITERS, ROUNDS, LARGE_BYTES = 16, 100, 1_000_000
EVENTS, SESSIONS = 5000, 10
MAX_RATIO, MAX_P95_MS, MIN_EVENTS_PER_S = 5.0, 5.0, 5000.0


def measure() -> list[Row]:
    """Measure everything; about twenty seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-capture-") as folder:
        root = Path(folder)
        hook = _installed_hook(root)
        argv = ["/bin/sh", hook]
        rows = [row for size in (1_000, 64_000) for row in hook_rows("hook", argv, root / "spool", size)]
        rows.append(_crowd_row(hook, root / "spool"))
    with tempfile.TemporaryDirectory(prefix="bench-capture-") as folder:
        rows.append(_ingest_row(Path(folder)))
    return rows


def _installed_hook(root: Path) -> str:
    home = root / "home"
    home.mkdir()
    settings = ClaudeCodeSettings(home, home, root, "project", ("skillstrata", "mcp"), {})
    settings.install()
    return settings.hook_path()


def _process_ms(argv: list[str], payload: bytes) -> float:
    """Time one process from start to end; the payload waits in the pipe before it starts."""
    read, write = os.pipe()
    os.write(write, payload)
    os.close(write)
    began = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, read, 0)])
    os.waitpid(pid, 0)
    took = (time.perf_counter() - began) * 1000
    os.close(read)
    return took


def hook_rows(what: str, argv: list[str], spool: Path, size: int) -> list[Row]:
    """Time a hook as a whole process against /bin/true, on payloads of one size."""
    payload = b"x" * size
    hooks: list[float] = []
    trues: list[float] = []
    # In turns, so that a slow moment of the machine falls on both.
    for _ in range(RUNS):
        trues.append(_process_ms(["/bin/true"], payload))
        hooks.append(_process_ms(argv, payload))
    written = len(list((spool / "new").iterdir()))
    for file in (spool / "new").iterdir():
        file.unlink()
    ratio = statistics.median(hooks) / statistics.median(trues)
    p95 = statistics.quantiles(hooks, n=20)[-1]
    detail = f"median {statistics.median(hooks):.2f} ms, /bin/true {statistics.median(trues):.2f} ms, {written} written"
    name = f"{what} {size // 1000} KB"
    return [
        _row(f"{name} / bin-true", ratio, "x", f"<= {MAX_RATIO:g}", detail, ok=ratio <= MAX_RATIO and written == RUNS),
        _row(f"{name} p95", p95, "ms", f"< {MAX_P95_MS:g}", "on a quiet machine", ok=p95 < MAX_P95_MS),
    ]


def _crowd_row(hook: str, spool: Path) -> Row:
    """Start 16 hooks at once, 100 times, each fed 1 MB in pieces; every event must be in the spool, whole."""
    lost = torn = 0
    for number in range(ROUNDS):
        payloads = [f"{number}-{writer}-".encode().ljust(LARGE_BYTES, b"y") for writer in range(WRITERS)]
        threads = [threading.Thread(target=_feed, args=(hook, payload)) for payload in payloads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wanted = {hashlib.sha256(payload).digest() for payload in payloads}
        for file in (spool / "new").iterdir():
            digest = hashlib.sha256(file.read_bytes()).digest()
            torn += digest not in wanted
            wanted.discard(digest)
            file.unlink()
        lost += len(wanted)
    detail = f"{WRITERS} x {ROUNDS} events of 1 MB: {lost} lost, {torn} torn"
    return _row("hook lost or torn", float(lost + torn), "events", "0", detail, ok=lost + torn == 0)


def _feed(hook: str, payload: bytes) -> None:
    read, write = os.pipe()
    pid = os.posix_spawn("/bin/sh", ["/bin/sh", hook], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, read, 0)])
    os.close(read)
    with contextlib.closing(os.fdopen(write, "wb", buffering=0)) as pipe:
        for start in range(0, len(payload), 250_000):
            pipe.write(payload[start : start + 250_000])
    os.waitpid(pid, 0)


def _ingest_row(root: Path) -> Row:
    new = root / "spool" / "new"
    new.mkdir(parents=True)
    for number in range(EVENTS):
        (new / f"{number:06}").write_bytes(_payload(number, root))
    redactor, disk = Redactor(os.environ), DiskFiles()
    catalog = SqliteCatalog(root / "catalog.db")
    catalog.known_events(("first use opens the file",))
    ports = IngestPorts(
        spool=SpoolFolder(root / "spool"),
        reader=ClaudeCodeHookReader(),
        redactor=redactor,
        disk=disk,
        snapshots=FileSnapshots(disk, FileBlobStore(root / "blobs"), redactor),
        trace_log=JsonlTraceLog(root / "traces"),
        catalog=catalog,
    )
    began = time.perf_counter()
    report = ingest(ports, now_s=time.time())
    speed = EVENTS / (time.perf_counter() - began)
    catalog.close()
    detail = f"{report.new} new of {EVENTS}, {SESSIONS} sessions, synced log and catalog"
    is_whole = report.new == EVENTS
    return _row(
        "ingest", speed, "events/s", f">= {MIN_EVENTS_PER_S:,.0f}", detail, ok=is_whole and speed >= MIN_EVENTS_PER_S
    )


def _payload(number: int, root: Path) -> bytes:
    return orjson.dumps(
        {
            "session_id": f"session-{number * SESSIONS // EVENTS}",
            "transcript_path": "/home/dev/.claude/projects/p/s.jsonl",
            "cwd": str(root),
            "prompt_id": "5f0c8f0e-0000-4000-8000-000000000000",
            "permission_mode": "default",
            "hook_event_name": "PostToolUse",
            "tool_name": "Bash",
            "tool_input": {"command": f"wc -l notes/{number}.txt && git status --short", "description": "Count lines"},
            "tool_response": {"stdout": f"{number} notes/{number}.txt\n" * 4, "stderr": "", "interrupted": False},
            "tool_use_id": f"toolu_{number:024}",
            "duration_ms": 12,
        }
    )


def _row(name: str, value: float, unit: str, bound: str, detail: str, *, ok: bool) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "bound": bound, "ok": ok, "detail": detail}


if __name__ == "__main__":
    for measured in measure():
        sys.stdout.write(f"{orjson.dumps(measured).decode()}\n")
