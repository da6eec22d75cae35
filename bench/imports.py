"""What importing histories costs: bytes a second, against a bare pass of the JSON parser, memory, and files unchanged.

In     nothing; writes made-up transcripts into a temporary folder and imports them with the real stores and readers
Out    rows of name, value, unit, bound, ok, detail; each import is a process of its own, timed by its own CPU
"""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson

Row = dict[str, str | float | bool]

SESSIONS, CALLS = 24, 400
FILES = 5000
MIN_MB_PER_S, MAX_RATIO, MAX_RSS_MB, MAX_UNCHANGED_S = 40.0, 6.0, 300.0, 2.0
_WORDS = ("parse", "table", "report", "convert", "render", "column", "value", "module", "result", "import", "return")

# Runs in a process of its own. Its `ru_maxrss` begins with the most memory that its parent ever had; VmHWM does not.
_PROBE = """
import json, resource, sys, time
from pathlib import Path
import orjson
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.importing import import_histories
from skillstrata.app.wiring import open_app
folder, data = sys.argv[1:]
app = open_app(load_settings(data_dir=Path(data), config=None, environ={"HOME": data}))
app.prepare()
app.catalog.known_events(("first use opens the file",))
app.history_readers, app.redactor.are_clean(("first use builds the gate",))
began, cpu = time.perf_counter(), time.process_time()
report = import_histories(app, (folder,), agent="auto", progress=lambda stage, done, total: None)
took, cpu = time.perf_counter() - began, time.process_time() - cpu
try:
    peak_kb = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rss = peak_kb / 1024
began = time.process_time()
for path in sorted(Path(folder).rglob("*.jsonl")) if report.files else ():
    with path.open("rb") as lines:
        for line in lines:
            orjson.loads(line)
bare = time.process_time() - began
print(json.dumps([report.files, report.unchanged, report.calls, report.new, took, cpu, bare, rss]))
"""


def measure() -> list[Row]:
    """Measure everything; about half a minute."""
    with tempfile.TemporaryDirectory(prefix="bench-imports-") as folder:
        rows = _large(Path(folder))
    with tempfile.TemporaryDirectory(prefix="bench-imports-") as folder:
        return [*rows, _unchanged(Path(folder))]


def _large(root: Path) -> list[Row]:
    histories = root / "projects"
    size = sum(_session(histories, number, CALLS) for number in range(SESSIONS))
    files, _, calls, new, took, cpu, bare, rss = _import(histories, root / "data")
    whole = files == SESSIONS and calls == SESSIONS * CALLS and new >= calls
    speed, ratio = size / 1e6 / cpu, cpu / bare
    detail = (
        f"{size / 1e6:.0f} MB, {calls:.0f} calls, {took:.2f} s on the clock, bare parser {size / 1e6 / bare:.0f} MB/s"
    )
    return [
        _row("import", speed, "MB/s CPU", f">= {MIN_MB_PER_S:g}", detail, ok=whole and speed >= MIN_MB_PER_S),
        _row("import / bare parser", ratio, "x", f"<= {MAX_RATIO:g}", "CPU time of both", ok=ratio <= MAX_RATIO),
        _row("import memory", rss, "MB RSS", f"< {MAX_RSS_MB:g}", "most the process ever had", ok=rss < MAX_RSS_MB),
    ]


def _unchanged(root: Path) -> Row:
    histories = root / "projects"
    for number in range(FILES):
        _session(histories, number, 1)
    first = _import(histories, root / "data")
    again = _import(histories, root / "data")
    is_whole = first[0] == FILES and again[1] == FILES and again[3] == 0
    detail = f"{FILES} files, all of them unchanged; the first import took {first[4]:.1f} s"
    bound = f"< {MAX_UNCHANGED_S:g}"
    return _row("import unchanged", again[4], "s", bound, detail, ok=is_whole and again[4] < MAX_UNCHANGED_S)


def _import(histories: Path, data: Path) -> list[float]:
    command = [sys.executable, "-c", _PROBE, str(histories), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _session(folder: Path, number: int, calls: int) -> int:
    """Write one transcript; a call takes about 10 KB of it, as in real ones. Gives its bytes."""
    session = f"5e55104a-0000-4000-8000-{number:012}"
    path = folder / f"-home-dev-p{number % 50}" / f"{session}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(number)  # noqa: S311 - made-up text, not secrets
    with path.open("wb") as lines:
        for count in range(calls):
            lines.writelines(orjson.dumps(record) + b"\n" for record in _records(session, count, dice))
        return lines.tell()


def _records(session: str, count: int, dice: random.Random) -> Iterator[dict[str, object]]:
    minute, second = divmod(count, 60)
    ids = {
        "sessionId": session,
        "cwd": "/home/dev/p",
        "version": "2.1.197",
        "gitBranch": "main",
        "userType": "external",
    }
    stamp = f"2026-11-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:{second:02}.000Z"
    shared = {**ids, "timestamp": stamp, "isSidechain": False, "parentUuid": f"u{count}"}
    call_id = f"toolu_01{dice.getrandbits(96):024x}"
    yield {
        **shared,
        "type": "assistant",
        "uuid": f"t{count}",
        "message": _said({"type": "text", "text": _text(dice, 300)}),
    }
    tool, sent, got, text = _call(count, dice)
    asked = {"type": "tool_use", "id": call_id, "name": tool, "input": sent}
    yield {**shared, "type": "assistant", "uuid": f"a{count}", "message": _said(asked), "requestId": "req_1"}
    for tick in range(2):
        ticking = {"type": "bash_progress", "output": _text(dice, 600), "elapsedTimeSeconds": tick}
        yield {**shared, "type": "progress", "uuid": f"p{count}{tick}", "data": ticking, "toolUseID": call_id}
    result = {"tool_use_id": call_id, "type": "tool_result", "content": text}
    message = {"role": "user", "content": [result]}
    yield {**shared, "type": "user", "uuid": f"r{count}", "message": message, "toolUseResult": got}


def _call(count: int, dice: random.Random) -> tuple[str, dict[str, object], dict[str, object], str]:
    """Give name, input, structured result and text of a call: half shell, a third reading, the rest writing."""
    if count % 6 < 3:
        out = _text(dice, dice.choice((200, 800, 6000)))
        shell = {"stdout": out, "stderr": "", "interrupted": False, "isImage": False}
        command = f"cd /home/dev/p && python3 scripts/step{count}.py --rows {dice.randrange(900)} | tail -5"
        return "Bash", {"command": command, "description": _text(dice, 60)}, shell, out
    path = f"/home/dev/p/src/module{count}.py"
    body = _text(dice, 4000)
    if count % 6 < 5:
        read = {"type": "text", "file": {"filePath": path, "content": body, "numLines": 90, "startLine": 1}}
        return "Read", {"file_path": path}, read, body
    patch = [{"oldStart": 1, "oldLines": 3, "newStart": 1, "newLines": 4, "lines": ["-a", "+b"]}]
    written = {"type": "create", "filePath": path, "content": body, "structuredPatch": patch, "originalFile": None}
    return "Write", {"file_path": path, "content": body}, written, f"File created successfully at: {path}"


def _text(dice: random.Random, size: int) -> str:
    """Make lines that look like a program or its output, of about this many characters."""
    found: list[str] = []
    length = 0
    while length < size:
        word, other, last = (dice.choice(_WORDS) for _ in range(3))
        line = f'    {word}_{dice.randrange(99)} = {other}({dice.random():.6f}, "{last}")'
        found.append(line)
        length += len(line) + 1
    return "\n".join(found)[:size]


def _said(block: dict[str, object]) -> dict[str, object]:
    usage = {"input_tokens": 12, "cache_read_input_tokens": 41000, "output_tokens": 310}
    return {"id": "msg_01", "role": "assistant", "model": "m", "content": [block], "stop_reason": None, "usage": usage}


def _row(name: str, value: float, unit: str, bound: str, detail: str, *, ok: bool) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "bound": bound, "ok": ok, "detail": detail}


if __name__ == "__main__":
    for measured in measure():
        sys.stdout.write(f"{orjson.dumps(measured).decode()}\n")
