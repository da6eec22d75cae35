"""What a warm start costs: the hook as a whole process over a library of 1,000 tools, and preparing its texts.

In     nothing; 1,000 made-up tools, 100 projects of 20 sessions each, in a temporary folder
Out    rows of name, value, unit, bound, ok, detail; the hook is measured against /bin/true in the same run
"""

import hashlib
import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from skillstrata.adapters.claude_code_settings import ClaudeCodeSettings
from skillstrata.adapters.warm_start_files import WarmStartFiles
from skillstrata.library.warm_start import SkillLine, WarmStarts, Work
from skillstrata.records.contracts import Contract, Param, ToolOutput
from skillstrata.records.drafts import InputSpec, OutputSpec
from skillstrata.records.exchanges import SessionTrace, WarmStart
from skillstrata.records.tools import Branch, Quality, Tool, Version

Row = dict[str, str | float | bool]

TOOLS, PROJECTS, SESSIONS, RUNS = 1_000, 100, 20, 100
MAX_MS, MAX_RATIO, MAX_PREPARE_MS = 150.0, 10.0, 50.0
_KINDS = ("html", "csv", "json", "xml", "markdown", "pdf", "xlsx", "docx")


def measure() -> list[Row]:
    """Measure everything; about five seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-warm-") as folder:
        root = Path(folder).resolve()
        prepare_row = _prepared(root)
        return [*_hook_rows(root), prepare_row]


def _tool(number: int) -> Tool:
    given, made = _KINDS[number % len(_KINDS)], _KINDS[(number // len(_KINDS) + 1) % len(_KINDS)]
    version = Version(
        1, "branches/a/v1", "", "", (), (InputSpec("input", f"text/{given}", f"a.{given}"),),
        OutputSpec("output", "file", f"text/{made}", "parameter", f".{made}"),
    )  # fmt: skip
    contract = Contract(
        purpose=f"Convert {given.upper()} to {made.upper()} in the way number {number}",
        verb="convert",
        inputs=(Param("input", "file", (f"text/{given}",)),),
        outputs=(ToolOutput("output", "file", (f"text/{made}",)),),
    )
    return Tool(f"{given}-to-{made}-{number}", "distilled", contract, (Branch("a", 1, (version,), contract),))


def _sessions(root: Path, project: int) -> tuple[SessionTrace, ...]:
    folder = str(root / f"project-{project}")
    given, made = _KINDS[project % len(_KINDS)], _KINDS[(project + 3) % len(_KINDS)]
    one = SessionTrace("", folder, folder, 0.0, (), (given,), (f"convert {given} to {made}",))
    return tuple(replace(one, session=f"s{project}-{n}", at_s=float(n)) for n in range(SESSIONS))


def _prepared(root: Path) -> Row:
    tools = tuple(_tool(n) for n in range(TOOLS))
    qualities = {tool.name: Quality(5, 4, 2, 0.8) for tool in tools[::7]}
    skills = tuple(SkillLine(f"skill-{n}", f"Work with {_KINDS[n % len(_KINDS)]} files") for n in range(50))
    makes = WarmStarts(tools, qualities, skills, 1200)
    store, starts, took = WarmStartFiles(root / "data" / "warm"), list[tuple[str, WarmStart]](), list[float]()
    for number in range(PROJECTS):
        (root / f"project-{number}" / "src").mkdir(parents=True)
        began = time.perf_counter()
        start = makes.of(f"project-{number}", Work(_sessions(root, number), ("html",)))
        took.append((time.perf_counter() - began) * 1000)
        starts.append((str(root / f"project-{number}"), start))
    store.put((("", makes.general()), *starts))
    middle = statistics.median(took)
    detail = f"median of {PROJECTS} projects, {TOOLS} tools"
    return _row("warm start, one project's text", middle, "ms", MAX_PREPARE_MS, detail)


def _hook_rows(root: Path) -> list[Row]:
    home, data = root / "home", root / "data"
    home.mkdir()
    config = ClaudeCodeSettings(home, home, data, "project", ("skillstrata", "mcp"), {}, ("skillstrata",))
    config.install()
    script = str(data / "hooks" / "warm-start.sh")
    known, unknown = root / "project-42" / "src", root / "elsewhere"
    unknown.mkdir()
    trues, hooks, others = list[float](), list[float](), list[float]()
    payload = json.dumps({"session_id": "bench", "hook_event_name": "SessionStart", "source": "startup"}).encode()
    for _ in range(RUNS):
        trues.append(_process_ms(["/bin/true"], known, payload)[0])
        took, said = _process_ms(["/bin/sh", script], known, payload)
        hooks.append(took)
        others.append(_process_ms(["/bin/sh", script], unknown, payload)[0])
        if hashlib.sha256(_told(said).encode()).hexdigest()[:16] not in said_keys(root):
            raise RuntimeError(f"the hook said {said[:200]!r}")
    true = statistics.median(trues)
    p95 = sorted(hooks)[int(RUNS * 0.95)]
    detail = f"{RUNS} runs in turns with /bin/true ({true:.2f} ms), {TOOLS} tools, {PROJECTS} projects"
    return [
        _row("warm start hook, whole process, p95", p95, "ms", MAX_MS, detail),
        _row("warm start hook, times /bin/true", statistics.median(hooks) / true, "x", MAX_RATIO, detail),
        _row("warm start hook, unknown folder", statistics.median(others), "ms", MAX_MS, detail),
    ]


def said_keys(root: Path) -> str:
    """Give every line that hooks have written about what they said."""
    return (root / "data" / "warm" / "shown").read_text(encoding="utf-8")


def _told(said: bytes) -> str:
    return str(json.loads(said)["hookSpecificOutput"]["additionalContext"])


def _process_ms(argv: list[str], folder: Path, payload: bytes) -> tuple[float, bytes]:
    environ = {**os.environ, "CLAUDE_PROJECT_DIR": str(folder)}
    began = time.perf_counter()
    done = subprocess.run(argv, input=payload, capture_output=True, check=True, cwd=folder, env=environ)
    return (time.perf_counter() - began) * 1000, done.stdout


def _row(name: str, value: float, unit: str, most: float, detail: str) -> Row:
    return {"name": name, "value": value, "unit": unit, "bound": f"<= {most:g}", "ok": value <= most, "detail": detail}
