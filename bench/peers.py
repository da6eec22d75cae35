"""A cold scan of the same skills by ours and by other loaders, in one run: how many times as long each takes.

In     SKILLSTRATA_BENCH_INSTALL=1, or `python -m bench.peers --install`: fetch what is missing;
       SKILLSTRATA_BENCH_SKILLS=DIR, or `--skills DIR`: skills to scan beside those made here
Out    one row a peer and folder, its seconds over ours; the fastest that reads YAML; who could not be had, and why
Never  puts a peer into our own environment: each has its own in the user's cache; fetches without being asked
Why    machines differ and are busy: the sides take turns, and only the ratio within one run counts
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from uv import find_uv_bin

from bench.runtime import lay_out

Row = dict[str, str | float | bool]
INSTALL, SKILLS, CACHE = "SKILLSTRATA_BENCH_INSTALL", "SKILLSTRATA_BENCH_SKILLS", "SKILLSTRATA_BENCH_CACHE"
COUNT, ROUNDS, SCANS = 2_000, 3, 2
TIMES = 5.0
_INSTALL_S, _SCAN_S, _MOST_SAID = 60, 300, 160


@dataclass(frozen=True, slots=True)
class Peer:
    """One loader: what to install, for which Python, and the lines that import it and that count a folder's skills."""

    name: str
    requirement: str
    imports: str
    count: str
    reads_yaml: bool = True
    python: str = ""


OURS = Peer(
    "ours",
    "",
    "from pathlib import Path\n"
    "from skillstrata.app.runtime_session import SkillQuery, open_skills\n"
    "from skillstrata.app.settings import load_settings\n"
    "from skillstrata.app.wiring import open_app\n"
    "home = Path(folder).parent / 'home'\n"
    "settings = load_settings(data_dir=home / 'data', config=None, environ={'HOME': str(home)})\n"
    "def scan():\n"
    "    query = SkillQuery((Path(folder),), usual=False, project=home)\n"
    "    return len(open_skills(open_app(settings), query).registry.skills)",
    "scan()",
)
PEERS: tuple[Peer, ...] = (
    Peer(
        "deepagents",
        "deepagents==0.7.32",
        "from deepagents.backends import FilesystemBackend\nfrom deepagents.middleware.skills import _list_skills",
        "len(_list_skills(FilesystemBackend(root_dir=folder, virtual_mode=False), folder))",
    ),
    Peer(
        "Haystack",
        "haystack-ai==3.4.0",
        "from haystack.skill_stores.file_system.skill_store import FileSystemSkillStore",
        "len(FileSystemSkillStore(folder).list_skills())",
    ),
    Peer(
        "Strands",
        "strands-agents==1.62.0",
        "from strands.vended_plugins.skills.skill import Skill",
        "len(Skill.from_directory(folder))",
    ),
    Peer(
        "agent-framework",
        "agent-framework-core==1.23.0",
        "import asyncio\nfrom agent_framework import FileSkillsSource",
        "len(asyncio.run(FileSkillsSource(folder).get_skills(None)))",
    ),
    Peer(
        "ADK",
        "google-adk==2.13.0",
        "from google.adk.skills import list_skills_in_dir",
        "len(list_skills_in_dir(folder))",
    ),
    Peer(
        "FastMCP",
        "fastmcp==4.1.2",
        "from fastmcp.server.providers.skills import SkillsDirectoryProvider",
        "len(SkillsDirectoryProvider(folder).providers)",
    ),
    Peer(
        "skills-ref",
        "skills-ref==0.1.1",
        "from pathlib import Path\nfrom skills_ref import SkillError, read_properties\n"
        "def reads(one):\n"
        "    try:\n        return bool(read_properties(one))\n"
        "    except SkillError:\n        return False",
        "sum(reads(one) for one in Path(folder).iterdir())",
    ),
    Peer(
        "pydantic-ai-harness",
        "pydantic-ai-skills==2.1.0",
        "import asyncio\nfrom pydantic_ai.workspaces import Workspace\n"
        "from pydantic_ai.workspaces.local import LocalWorkspaceBackend\n"
        "from pydantic_ai_harness.skills._loader import load_skill_libraries\n"
        "async def scan():\n"
        "    said = dict(missing_directories='error', duplicate_names='warn', unknown_names='error')\n"
        "    work = Workspace(LocalWorkspaceBackend(folder))\n"
        "    found, _ = await load_skill_libraries(work, [folder], include=None, exclude=(), **said)\n"
        "    return len(found)",
        "asyncio.run(scan())",
    ),
    Peer(
        "skillz",
        "skillz==0.1.14",
        "from pathlib import Path\nfrom skillz import SkillRegistry\n"
        "def scan():\n    known = SkillRegistry(Path(folder))\n    known.load()\n    return len(known.skills)",
        "scan()",
        python="3.12",
    ),
    Peer(
        "K-Dense (no YAML)",
        "claude-skills-mcp==1.0.6",
        "from claude_skills_mcp.skill_loader import load_from_local",
        "len(load_from_local(folder))",
        reads_yaml=False,
        python="3.12",
    ),
)
# Quiet while it scans: what a logger prints to a terminal is not the loader's work.
_PROGRAM = """
import gc, json, logging, sys, time, warnings
folder, scans = sys.argv[1], int(sys.argv[2])
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
{imports}
took = []
for _ in range(scans):
    gc.collect()
    began = time.perf_counter()
    count = {count}
    took.append(time.perf_counter() - began)
print("\\n" + json.dumps([min(took), count]))
"""


class CannotBeHad(Exception):
    """A peer that could not be installed or does not run here; the message says why."""


def measure(*, install: bool | None = None, real: Path | None = None) -> list[Row]:
    """Measure everything; some minutes, most of them the peers'.

    Args:
        install: Fetch peers that are not there; None leaves it to SKILLSTRATA_BENCH_INSTALL.
        real: A folder of skills, one folder each; None leaves it to SKILLSTRATA_BENCH_SKILLS.
    """
    install = bool(os.environ.get(INSTALL)) if install is None else install
    said = os.environ.get(SKILLS, "")
    real = real or (Path(said) if said else None)
    there, missing = _there(install=install)
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as folder:
        made = Path(folder) / "made"
        lay_out(made, COUNT)
        rows = _compared(f"{COUNT:,} made here", made, there, missing)
        if real is not None:
            number = sum((one / "SKILL.md").is_file() for one in real.iterdir())
            rows += _compared(f"{number:,} of a folder", real, there, missing)
    return [*rows, *(_absent(name, why) for name, why in missing.items())]


def cache() -> Path:
    """Give the folder of the peers' environments."""
    said = os.environ.get(CACHE)
    return Path(said) if said else Path(platformdirs.user_cache_dir("skillstrata-bench")) / "peers"


def _there(*, install: bool) -> tuple[dict[Peer, Path], dict[str, str]]:
    there: dict[Peer, Path] = {}
    missing: dict[str, str] = {}
    for peer in PEERS:
        try:
            there[peer] = _python_of(peer, install=install)
        except CannotBeHad as error:
            missing[peer.name] = str(error)
            print(f"{peer.name}: not measured, {error}", file=sys.stderr)
    return there, missing


def _python_of(peer: Peer, *, install: bool) -> Path:
    """Give the interpreter of a peer's environment, which is whole or not there."""
    place = cache() / peer.requirement.replace("==", "-")
    python, whole = place / "bin" / "python", place / "whole"
    if whole.is_file():
        return python
    if not install:
        raise CannotBeHad(f"{peer.requirement} is not installed; {INSTALL}=1 or --install fetches it")
    place.parent.mkdir(parents=True, exist_ok=True)
    which = ("--python", peer.python or sys.executable)
    for words in (
        ("venv", "--quiet", "--clear", *which, str(place)),
        ("pip", "install", "--quiet", "--python", str(python), peer.requirement),
    ):
        _uv(words, f"{peer.requirement} (Python {peer.python or 'of this bench'})")
    whole.touch()
    return python


def _uv(words: tuple[str, ...], what: str) -> None:
    try:
        done = subprocess.run(
            (find_uv_bin(), *words), capture_output=True, text=True, check=False, timeout=_INSTALL_S, cwd="/"
        )
    except subprocess.TimeoutExpired:
        raise CannotBeHad(f"{what} could not be installed within {_INSTALL_S} s") from None
    if done.returncode:
        # The last line is the cause, without the addresses that stand before it.
        why = done.stderr.strip().splitlines()[-1:] or [f"uv ended with {done.returncode}"]
        raise CannotBeHad(f"{what} cannot be installed: {why[0].strip()[-_MOST_SAID:]}")


def _compared(what: str, folder: Path, there: dict[Peer, Path], missing: dict[str, str]) -> list[Row]:
    took: dict[Peer, list[float]] = {OURS: []}
    counts: dict[Peer, int] = {}
    sides = {OURS: Path(sys.executable)} | there
    for _ in range(ROUNDS):
        for peer, python in sides.items():
            if peer.name in missing:
                continue
            try:
                seconds, counts[peer] = _scan(peer, python, folder)
                took.setdefault(peer, []).append(seconds)
            except CannotBeHad as error:
                missing[peer.name] = str(error)
                print(f"{peer.name}: not measured, {error}", file=sys.stderr)
    ours = statistics.median(took[OURS])
    found = {peer: statistics.median(seconds) for peer, seconds in took.items() if peer.name not in missing}
    rows = [
        _row(
            f"skills, scan of {what}: {peer.name} over ours",
            seconds / ours,
            "",
            f"{seconds:.3f} s; {_of(counts, peer)}",
        )
        for peer, seconds in sorted(found.items(), key=lambda one: one[1])
        if peer is not OURS
    ]
    yaml = [(seconds, peer) for peer, seconds in found.items() if peer is not OURS and peer.reads_yaml]
    fastest, name = min(((s, p.name) for s, p in yaml), default=(0.0, "no peer could be had"))
    detail = f"ours {ours:.3f} s, {_of(counts, OURS)}; {name}; medians of {ROUNDS} best-of-{SCANS}, after imports"
    return [
        *rows,
        _row(f"skills, scan of {what}: fastest that reads YAML over ours", fastest / ours, f">= {TIMES:g} x", detail),
    ]


def _of(counts: dict[Peer, int], peer: Peer) -> str:
    return f"{counts.get(peer, 0):,} skills"


def _scan(peer: Peer, python: Path, folder: Path) -> tuple[float, int]:
    program = _PROGRAM.format(imports=peer.imports, count=peer.count)
    # Ours is found beside this bench; a peer must not see it.
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH" or peer is OURS}
    try:
        done = subprocess.run(
            (str(python), "-c", program, str(folder), str(SCANS)),
            capture_output=True,
            text=True,
            check=False,
            timeout=_SCAN_S,
            env=environ,
        )
    except subprocess.TimeoutExpired:
        raise CannotBeHad(f"{peer.requirement} needs more than {_SCAN_S} s") from None
    if done.returncode:
        why = " ".join(done.stderr.split())[-_MOST_SAID:]
        raise CannotBeHad(f"{peer.requirement} does not run here: {why}")
    seconds, count = json.loads(done.stdout.strip().splitlines()[-1])
    return float(seconds), int(count)


def _absent(name: str, why: str) -> Row:
    return {
        "name": f"skills, peer not measured: {name}",
        "value": 0.0,
        "unit": "x",
        "bound": "",
        "ok": True,
        "detail": why,
    }


def _row(name: str, value: float, bound: str, detail: str) -> Row:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": "x",
        "bound": bound,
        "ok": value >= TIMES if bound else True,
        "detail": detail,
    }


def main() -> int:
    """Run this part alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="A cold scan beside other loaders.")
    parser.add_argument("--install", action="store_true", help="fetch the peers that are not there, each by itself")
    parser.add_argument("--skills", type=Path, metavar="DIR", help="also scan this folder of skills")
    asked = parser.parse_args()
    for row in measure(install=asked.install or None, real=asked.skills):
        print(f"{row['name']}: {row['value']} {row['unit']} {row['bound']} ({row['detail']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
