"""What an environment costs: put together from kept distributions, against installing by uv; one that is there.

In     wheels made here: one distribution of 70 modules, and seven with the number of files of a table stack; no network
Out    rows of name, value, unit, bound, ok, detail, and the two medians behind each ratio
Never  measures one side first and the other afterwards: the runs alternate, so that both see the same machine
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from skillstrata.adapters.uv_environments import UvEnvironments
from skillstrata.records.sandbox_runs import Lock

Row = dict[str, str | float | bool]

RUNS = 11
MAX_WARM_MS = 60.0
MAX_LARGE_RATIO = 2.0
MAX_HIT_MS = 5.0
SMALL = ("bench-small",)
LARGE = tuple(f"bench-part-{number}" for number in range(7))
FILES = {SMALL: 70, LARGE: 420}


@dataclass(frozen=True, slots=True)
class _Sides:
    """Milliseconds of each run of ours and of uv's."""

    ours: list[float]
    bare: list[float]


def measure() -> list[Row]:
    """Measure everything; about a minute."""
    with tempfile.TemporaryDirectory(prefix="bench-environments-") as folder, _wheels(Path(folder) / "wheels"):
        root = Path(folder)
        environments = UvEnvironments(root / "envs", root / "cache", allow_network=False)
        rows = [
            _small_row(root, environments),
            _large_row(root, environments),
            _hit_row(environments),
        ]
        subprocess.run(("/bin/chmod", "-R", "u+w", folder), check=True)
        return rows


@contextmanager
def _wheels(folder: Path) -> Iterator[None]:
    """Make the wheels and let uv find nothing but them."""
    folder.mkdir()
    for names, files in FILES.items():
        for name in names:
            _make_wheel(folder, name, files)
    before = dict(os.environ)
    os.environ |= {"UV_FIND_LINKS": str(folder), "UV_OFFLINE": "1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _make_wheel(folder: Path, name: str, files: int) -> None:
    stem = name.replace("-", "_")
    about = f"{stem}-1.dist-info"
    body = "".join(f"def work_{n}(value):\n    return value + {n}\n" for n in range(60))
    texts = {f"{stem}/__init__.py": "WORD = 'found'\n"}
    texts |= {f"{stem}/part_{n % 20}/module_{n}.py": body for n in range(files)}
    texts |= {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*texts, f"{about}/RECORD"))
    with zipfile.ZipFile(folder / f"{stem}-1-py3-none-any.whl", "w") as wheel:
        for path, text in (*texts.items(), (f"{about}/RECORD", record)):
            wheel.writestr(path, text)


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _small_row(root: Path, environments: UvEnvironments) -> Row:
    detail, pair = _warm(root, environments, SMALL)
    return _row("warm environment, 70 modules", pair[0], "ms", MAX_WARM_MS, (detail, pair))


def _large_row(root: Path, environments: UvEnvironments) -> Row:
    detail, pair = _warm(root, environments, LARGE)
    return _row("warm environment / uv, 7 x 420 modules", pair[0] / pair[1], "x", MAX_LARGE_RATIO, (detail, pair))


def _warm(root: Path, environments: UvEnvironments, names: tuple[str, ...]) -> tuple[str, tuple[float, float]]:
    lock = environments.lock(names)
    cold = _timed(lambda: _build(environments, lock))
    venv = root / "bare"
    sides = _Sides([], [])
    for number in range(1, RUNS + 1):
        # A blank line more: the same distributions, another environment.
        again = Lock(lock.text + "\n" * number, lock.requirements)
        sides.ours.append(_timed(lambda again=again: _build(environments, again)))
        sides.bare.append(_timed(lambda: _installed_by_uv(root, venv, names)))
        shutil.rmtree(venv)
    ours, bare = statistics.median(sides.ours), statistics.median(sides.bare)
    how = f"{ours:.1f} ms against {bare:.1f} ms of `uv venv` and `uv pip install` without compiling"
    return f"{how}; first time {cold:.0f} ms", (ours, bare)


def _build(environments: UvEnvironments, lock: Lock) -> None:
    environments.build(lock)


def _installed_by_uv(root: Path, venv: Path, names: tuple[str, ...]) -> None:
    variables = os.environ | {"UV_CACHE_DIR": str(root / "cache")}
    quiet = ("--offline", "--quiet", "--no-config")
    python = str(venv / "bin" / "python")
    for words in (
        ("venv", *quiet, "--python", sys.executable, str(venv)),
        ("pip", "install", *quiet, "--python", python, *names),
    ):
        subprocess.run((find_uv_bin(), *words), check=True, env=variables, cwd="/")


def _hit_row(environments: UvEnvironments) -> Row:
    lock = environments.lock(LARGE)
    environments.build(lock)
    sides = _Sides([], [])
    for _ in range(RUNS):
        sides.ours.append(_timed(lambda: _build(environments, lock)))
        sides.bare.append(_timed(lambda: subprocess.run(("/usr/bin/true",), check=True) and None))
    ours, bare = statistics.median(sides.ours), statistics.median(sides.bare)
    detail = f"{ours:.2f} ms against {bare:.2f} ms of `true`"
    return _row("environment that is there", ours, "ms", MAX_HIT_MS, (detail, (ours, bare)))


def _row(name: str, value: float, unit: str, most: float, how: tuple[str, tuple[float, float]]) -> Row:
    detail, (ours, bare) = how
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "bound": f"<= {most:g} {unit}",
        "ok": value <= most,
        "detail": f"{detail}, medians of {RUNS}",
        "ours_ms": ours,
        "bare_ms": bare,
        "ratio": ours / bare,
    }
