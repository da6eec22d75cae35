"""What isolation costs: a run in the sandbox over the same program bare, and giving an environment that is there.

In     nothing; builds one environment of the standard library in a temporary folder
Out    rows of name, value, unit, bound, ok, detail, and the two medians behind each ratio
Never  measures one side first and the other afterwards: the runs alternate, so that both see the same machine
"""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.records.sandbox_runs import Lock, MountedFile, SandboxJob

Row = dict[str, str | float | bool]

RUNS = 40
MAX_TRUE_RATIO = 60.0
MAX_OVERHEAD_MS = 40.0
MAX_HIT_MS = 5.0
PROGRAM = b"import sys\nopen(sys.argv[1], 'w').write('x' * 1000)\n"


def measure() -> list[Row]:
    """Measure everything; about ten seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-sandbox-") as folder:
        root = Path(folder)
        environments = UvEnvironments(root / "envs", root / "cache", allow_network=False)
        return [_true_row(), _replay_row(root, environments), _hit_row(environments)]


def _medians(ours: Callable[[], None], bare: Callable[[], None]) -> tuple[float, float]:
    took: dict[Callable[[], None], list[float]] = {ours: [], bare: []}
    ours()
    for _ in range(RUNS):
        for run, times in took.items():
            began = time.perf_counter()
            run()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[ours]), statistics.median(took[bare])


def _row(name: str, value: float, unit: str, most: float, pair: tuple[float, float]) -> Row:
    ours, bare = pair
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "bound": f"<= {most:g} {unit}",
        "ok": value <= most,
        "detail": f"{ours:.2f} ms against {bare:.2f} ms bare, medians of {RUNS}",
        "ours_ms": ours,
        "bare_ms": bare,
        "ratio": ours / bare,
    }


def _bare(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def _run(sandbox: BubblewrapSandbox, job: SandboxJob) -> None:
    result = sandbox.run(job)
    if not result.succeeded:
        raise SystemExit(f"the measured job failed: {result}")


def _true_row() -> Row:
    sandbox, job = BubblewrapSandbox(), SandboxJob(("/usr/bin/true",))
    pair = _medians(lambda: _run(sandbox, job), lambda: _bare("/usr/bin/true"))
    return _row("sandboxed true / true", pair[0] / pair[1], "x", MAX_TRUE_RATIO, pair)


def _replay_row(root: Path, environments: UvEnvironments) -> Row:
    environment = environments.build(Lock(""))
    sandbox = BubblewrapSandbox()
    main = "/strata/main.py"
    words = (environment.python, "-I", main, "/out/result")
    job = SandboxJob(words, files=(MountedFile(main, PROGRAM),), environment=environment)
    (root / "main.py").write_bytes(PROGRAM)
    bare = (environment.python, "-I", str(root / "main.py"), str(root / "result"))
    pair = _medians(lambda: _run(sandbox, job), lambda: _bare(*bare))
    return _row("warm replay over the bare program", pair[0] - pair[1], "ms", MAX_OVERHEAD_MS, pair)


def _hit_row(environments: UvEnvironments) -> Row:
    lock = Lock("")
    environments.build(lock)
    pair = _medians(lambda: _given(environments, lock), lambda: _bare("/usr/bin/true"))
    return _row("environment that is there", pair[0], "ms", MAX_HIT_MS, pair)


def _given(environments: UvEnvironments, lock: Lock) -> None:
    environments.build(lock)
