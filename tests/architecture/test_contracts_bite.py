"""Every import contract fails when it is broken, and only then.

A miniature of the package (one small module a folder, the real `.importlinter`) is built whole and with one violation.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
STRATA, OUTSIDE, OUTSIDE_APP = "Data flows up", "Only adapters and surfaces touch", "app touches the outside"
SURFACES, JOINS, WIRING, CYCLES = "never know each other", "Only app joins", "Only app.wiring", "No cycles"

LAWFUL = {
    "__init__": "",
    "records.events": "from dataclasses import dataclass\n",
    "ports.clock": "from skillstrata.records import events\n",
    "capture.ingest": "from skillstrata.ports import clock\nfrom skillstrata.records import events\n",
    "distill.pipeline": "from skillstrata.ports import clock\n",
    "library.deposit": "from skillstrata.records import events\n",
    "runtime.registry": "from skillstrata.records import events\n",
    "compose.compiling": "from skillstrata.records import events\n",
    "policy.rules": "from skillstrata.records import events\n",
    "adapters.store": "import sqlite3, subprocess\nfrom skillstrata.ports import clock\n",
    "app.wiring": "from skillstrata.adapters import store\nfrom skillstrata.app import use_cases\n",
    "app.wiring_library": "from skillstrata.adapters import store\n",
    "app.wiring_tools": "from skillstrata.adapters import store\n",
    "app.use_cases": "from skillstrata.capture import ingest\nfrom skillstrata.distill import pipeline\n",
    "surfaces.cli.main": "import click\nfrom skillstrata.app import use_cases\n",
    "surfaces.mcp_server.server": "import mcp\nfrom skillstrata.app import use_cases\n",
}

VIOLATIONS = {
    "a stage imports its sibling": ("distill.pipeline", "from skillstrata.capture import ingest", STRATA),
    "hidden in a function": ("distill.pipeline", "def f():\n    from skillstrata.library import deposit", STRATA),
    "for types only": (
        "records.events",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from skillstrata.ports import clock",
        STRATA,
    ),
    "a record looks up": ("records.events", "import skillstrata.app.use_cases", STRATA),
    "a folder nobody placed": ("extras.things", "", STRATA),
    "a stage opens a database": ("library.deposit", "import sqlite3", OUTSIDE),
    "a stage starts a process": ("distill.pipeline", "import subprocess", OUTSIDE),
    "a port speaks SQLAlchemy": ("ports.clock", "from sqlalchemy import text", OUTSIDE),
    "a use case opens a database": ("app.use_cases", "import sqlite3", OUTSIDE_APP),
    "a stage picks an adapter": ("capture.ingest", "from skillstrata.adapters import store", WIRING),
    "a use case picks an adapter": ("app.use_cases", "from skillstrata.adapters import store", WIRING),
    "the CLI picks an adapter": ("surfaces.cli.main", "from skillstrata.adapters import store", WIRING),
    "the CLI joins stages": ("surfaces.cli.main", "from skillstrata.capture import ingest", JOINS),
    "an adapter calls a stage": ("adapters.store", "from skillstrata.library import deposit", JOINS),
    "one face knows another": ("surfaces.cli.main", "from skillstrata.surfaces.mcp_server import server", SURFACES),
    "a knot inside a folder": ("app.use_cases", "from skillstrata.app import wiring", CYCLES),
}


def _lint(folder: Path, modules: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for dotted, source in modules.items():
        path = folder / "skillstrata" / (dotted.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        for package in path.relative_to(folder).parents:
            if package.name:
                (folder / package / "__init__.py").touch()
    command = [LINT, "--config", str(ROOT / ".importlinter"), "--no-cache"]
    # The miniature must win over the installed package of the same name.
    environment = {"PYTHONPATH": str(folder), "PATH": "", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def _broken(process: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in process.stdout.splitlines() if line.endswith("BROKEN")]


def test_the_lawful_miniature_passes(tmp_path: Path) -> None:
    """The twin of every case below: without the violation nothing is broken."""
    process = _lint(tmp_path, LAWFUL)

    assert (process.returncode, _broken(process)) == (0, [])


@pytest.mark.parametrize(("module", "line", "contract"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_violation_breaks_its_contract(tmp_path: Path, module: str, line: str, contract: str) -> None:
    """House style: a rule that does not fail the build does not hold."""
    process = _lint(tmp_path, LAWFUL | {module: f"{LAWFUL.get(module, '')}{line}\n"})

    assert process.returncode == 1
    assert [b for b in _broken(process) if contract in b], process.stdout + process.stderr
