"""What a proof costs, against the bare runs it is made of; and a pass that finds nothing new to judge.

In     one recorded program of the standard library, as a session of a user; a warm environment
Out    rows of name, value, unit, bound, ok, detail
Never  counts the first judgement, which builds the environment
"""

import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.wiring import App, open_app
from skillstrata.distill import Judged, Workshop, judge_execution
from skillstrata.records.executions import Execution
from tests.programs import CSV_TABLE, CSV_TO_JSON, HTML_PAGE, HTML_TO_MD
from tests.sessions import Session

Row = dict[str, str | float | bool]

PROOFS = 5
LEAST_RUNS = 12
MAX_PROOF_S = 5.0
KNOWN = 1000
MAX_KNOWN_S = 2.0


def measure() -> list[Row]:
    """Measure everything; about a minute."""
    with tempfile.TemporaryDirectory(prefix="bench-proof-") as folder:
        root = Path(folder)
        rows = [
            _proof_row("CSV to JSON", root / "csv", {"ports.csv": CSV_TABLE, "convert.py": CSV_TO_JSON}),
            _proof_row("HTML to Markdown", root / "html", {"docs/page.html": HTML_PAGE, "convert.py": HTML_TO_MD}),
            _known_row(root / "known"),
        ]
        subprocess.run(("/bin/chmod", "-R", "u+w", folder), check=True)
        return rows


def _app(root: Path) -> App:
    root.mkdir(parents=True)
    environ = {"HOME": str(root), "PATH": os.environ["PATH"]}
    app = open_app(load_settings(data_dir=root / "data", config=None, environ=environ))
    app.prepare()
    return app


def _execution(app: App, root: Path, files: dict[str, str]) -> Execution:
    session = Session(root / "project", app.data_dir / "spool")
    for name, text in files.items():
        session.write(name, text.replace("{dir}", str(root / "project")))
    session.bash("python3 convert.py")
    distill(app, install=False, progress=lambda _stage, _done, _total: None)
    (candidate,) = app.catalog.candidates()
    if candidate.state.value != "placed":
        raise RuntimeError(candidate.stages)
    return app.catalog.execution(candidate.id)


def _proof_row(name: str, root: Path, files: dict[str, str]) -> Row:
    app = _app(root)
    execution = _execution(app, root, files)
    workshop = Workshop(
        sandbox=app.proving_sandbox,
        environments=app.environments,
        blobs=app.blobs,
        snapshots=app.snapshots,
        binaries_on_path=app.binaries_on_path,
        clock=app.clock,
        installed=app.installed,
        runtimes=app.runtimes,
    )
    seconds: list[float] = []
    judged: Judged | None = None
    for _ in range(PROOFS):
        began = time.perf_counter()
        judged = judge_execution(execution, workshop)
        seconds.append(time.perf_counter() - began)
    runs = judged.proof.runs if judged and judged.proof else ()
    bare = sum(run.wall_ms for run in runs) / 1000
    median = statistics.median(seconds)
    return _row(
        f"full proof, {name}, warm environment",
        median,
        "s",
        f"<= {MAX_PROOF_S} with >= {LEAST_RUNS} runs",
        ok=median <= MAX_PROOF_S and len(runs) >= LEAST_RUNS,
        detail=f"{len(runs)} runs; {median / bare:.2f} x the time of the runs themselves, two at once",
    )


def _known_row(root: Path) -> Row:
    app = _app(root)
    execution = _execution(app, root, {"ports.csv": CSV_TABLE, "convert.py": CSV_TO_JSON})
    (candidate,) = app.catalog.candidates()
    for number in range(KNOWN):
        one = replace(execution, id=f"x{number:016x}", event_ids=(f"e{number}",))
        app.catalog.save_reconstruction(f"s{number}", (one,), ())
        app.catalog.save_candidate(replace(candidate, id=one.id))
    began = time.perf_counter()
    distill(app, install=False, progress=lambda _stage, _done, _total: None)
    seconds = time.perf_counter() - began
    return _row(
        f"a pass over {KNOWN:,} known executions",
        seconds,
        "s",
        f"< {MAX_KNOWN_S}",
        ok=seconds < MAX_KNOWN_S,
        detail="nothing is judged again",
    )


def _row(name: str, value: float, unit: str, bound: str, *, ok: bool, detail: str) -> Row:
    return {"name": name, "value": round(value, 3), "unit": unit, "bound": bound, "ok": ok, "detail": detail}
