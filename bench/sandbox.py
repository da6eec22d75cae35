"""What isolation costs: a run in the sandbox over the same program bare, and a hundred of them at once.

In     nothing; builds one environment of the standard library in a temporary folder
Out    rows of name, value, unit, bound, ok, detail, and the two medians behind each ratio
Never  measures one side first and the other afterwards: the runs alternate, so that both see the same machine
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.sandbox_cgroup import hierarchies
from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.records.sandbox_runs import Lock, MountedFile, SandboxJob

Row = dict[str, str | float | bool]

RUNS = 40
AT_ONCE = 100
MAX_TRUE_RATIO = 12.0
MAX_TRUE_MS = 10.0
MAX_OVERHEAD_MS = 35.0
PROGRAM = b"import sys\nopen(sys.argv[1], 'w').write('x' * 1000)\n"


def measure() -> list[Row]:
    """Measure everything; about ten seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-sandbox-") as folder:
        root = Path(folder)
        environments = UvEnvironments(root / "envs", root / "cache", allow_network=False)
        return [*_true_rows(), _replay_row(root, environments), _at_once_row()]


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


def _true_rows() -> list[Row]:
    # Nothing comes back of it but its status, so the walls are measured and not the collecting of files.
    sandbox, job = BubblewrapSandbox(), SandboxJob(("/usr/bin/true",), roots=())
    pair = _medians(lambda: _run(sandbox, job), lambda: _bare("/usr/bin/true"))
    return [
        _row("sandboxed true / true", pair[0] / pair[1], "x", MAX_TRUE_RATIO, pair),
        _row("sandboxed true", pair[0], "ms", MAX_TRUE_MS, pair),
    ]


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


def _at_once_row() -> Row:
    """Run many sandboxes from many threads and count what they leave: processes, mounts, files, control groups."""
    sandbox, job = BubblewrapSandbox(), SandboxJob(("/usr/bin/true",))
    _run(sandbox, job)
    before = _things()
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(lambda _: _run(sandbox, job), range(AT_ONCE)):
            pass
    took_ms = (time.perf_counter() - began) * 1000
    left = len(_things() - before)
    return {
        "name": f"{AT_ONCE} sandboxes at once: things left behind",
        "value": float(left),
        "unit": "things",
        "bound": "= 0",
        "ok": left == 0,
        "detail": f"processes, mounts, temporary files, control groups; {took_ms / AT_ONCE:.1f} ms each",
    }


def _things() -> set[str]:
    children = {c for f in Path("/proc/self/task").glob("*/children") for c in f.read_text(encoding="ascii").split()}
    mounts = set(Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines())
    temporary = {str(p) for p in Path(tempfile.gettempdir()).iterdir() if p.name.startswith("skillstrata-")}
    places = hierarchies()
    groups = {str(p) for d in (places.unified, places.memory, places.pids) if d for p in d.glob("skillstrata-*")}
    fds = {f"fd {n}" for n in os.listdir("/proc/self/fd")}
    return children | mounts | temporary | groups | fds
