"""How fast skills are found, found again, ordered and swapped.

In     skills made here, of the lengths that real ones have (half are longer than 3,000 characters, one in a hundred
       longer than 25,000)
Out    rows for `python -m bench`: seconds of work after imports, best of some runs; a ratio to a stat of every file
Never  reads skills of others
"""

import gc
import os
import random
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.records.skills import Frontmatter, Requirement, Skill, SkillSource
from skillstrata.runtime.dependency_graph import Resolver

_WORDS = (
    "deploy review invoice chart schema cluster metric lint render parse index cache branch merge ticket report sheet "
    "column query token image audio route socket kernel thread queue worker batch stream filter export import plan"
).split()
_LENGTHS = ((0.25, 1_800), (0.5, 3_100), (0.75, 6_500), (0.95, 14_000), (0.99, 25_000), (1.0, 40_000))
_COLD_S, _RESCAN_S, _MANY_S, _MANY_MB, _EDIT_S, _RESOLVE_S = 0.15, 0.010, 1.0, 60.0, 0.150, 0.200
_EDITS = 7


class Row(TypedDict):
    """One measurement."""

    name: str
    value: float
    unit: str
    bound: str
    ok: bool
    detail: str


class _Facts:
    def has_binary(self, name: str) -> bool:
        """Say that every program is there."""
        return bool(name)

    def has_variable(self, name: str) -> bool:
        """Say that every variable is there."""
        return bool(name)

    def has_mcp_server(self, name: str) -> bool:
        """Say that every server is there."""
        return bool(name)


def measure() -> list[Row]:
    """Measure everything; some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few", Path(folder) / "many"
        lay_out(few, 2_000)
        rows = [*_scans(few), *_edits(few)]
        lay_out(many, 10_000)
        return [*rows, *_many(many), _resolution()]


def lay_out(root: Path, count: int) -> None:
    """Write skills as people write them: a description of some 220 characters, a body of headings and paragraphs."""
    dice = random.Random(7)  # noqa: S311 - invented words, not secrets
    for n in range(count):
        name = f"{dice.choice(_WORDS)}-{dice.choice(_WORDS)}-{n}"
        length = _length(dice.random())
        description = " ".join(dice.choices(_WORDS, k=32))
        paragraph = (
            f"## Step\n\n{' '.join(dice.choices(_WORDS, k=60))}.\n\n```bash\nmake {dice.choice(_WORDS)}\n```\n\n"
        )
        body = f"# {name}\n\n" + paragraph * (length // len(paragraph) + 1)
        tools = "allowed-tools: Read, Grep, Bash(git:*)\n" if n % 3 == 0 else ""
        front = f"---\nname: {name}\ndescription: {description}\nversion: 1.{n % 9}.0\n{tools}---\n\n"
        (root / name).mkdir(parents=True)
        (root / name / "SKILL.md").write_text(front + body, encoding="utf-8")
        # What was written just now is asked about once more, which is not what a user's skills are like.
        os.utime(root / name / "SKILL.md", (1_700_000_000, 1_700_000_000))


def _length(part: float) -> int:
    """Give the length at a share of all real ones, on straight lines between the shares that were counted."""
    below, least = 0.0, 300
    for share, size in _LENGTHS:
        if part <= share:
            return round(least + (size - least) * (part - below) / (share - below))
        below, least = share, size
    return least


def _session(root: Path, *, stays: bool = False) -> RuntimeSession:
    settings = load_settings(data_dir=root.parent / "data", config=None, environ={"HOME": str(root.parent)})
    return open_skills(open_app(settings), SkillQuery((root,), usual=False, project=root), stays=stays)


def _best(act: Callable[[], object], runs: int) -> float:
    took: list[float] = []
    for _ in range(runs):
        gc.collect()
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return min(took)


def _stats(root: Path) -> None:
    for entry in os.scandir(root):
        os.stat(f"{entry.path}/SKILL.md")


def _scans(root: Path) -> list[Row]:
    cold = _best(lambda: _session(root), 5)
    session = _session(root)
    again = _best(session.look, 9)
    floor = _best(lambda: _stats(root), 9)
    detail = f"open_skills on 2,000 files, parse included; {cold / floor:.0f} times a stat of each"
    return [
        _row("skills, cold scan of 2,000", cold, "s", _COLD_S, detail),
        _row(
            "skills, rescan of 2,000",
            again,
            "s",
            _RESCAN_S,
            f"nothing changed; {again / floor:.1f} times a stat of each",
        ),
    ]


def _edits(root: Path) -> list[Row]:
    session = _session(root, stays=True)
    stop, heard = threading.Event(), threading.Event()
    session.live.subscribe(lambda _change: heard.set())
    thread = threading.Thread(target=session.watch, args=(stop.is_set,))
    thread.start()
    pages = sorted(root.glob("*/SKILL.md"))[:_EDITS]
    took: list[float] = []
    try:
        stop.wait(1.0)
        for page in pages:
            text = page.read_text(encoding="utf-8")
            heard.clear()
            began = time.perf_counter()
            page.write_text(text + "\nOne line more.\n", encoding="utf-8")
            heard.wait(10)
            took.append(time.perf_counter() - began)
            stop.wait(0.2)
    finally:
        stop.set()
        thread.join()
    value = statistics.median(took)
    return [
        _row("skills, edit to visible", value, "s", _EDIT_S, f"median of {_EDITS} saves among 2,000 watched skills")
    ]


def _many(root: Path) -> list[Row]:
    gc.collect()
    before = _resident_mb()
    began = time.perf_counter()
    session = _session(root)
    took = time.perf_counter() - began
    grown = _resident_mb() - before
    return [
        _row("skills, cold scan of 10,000", took, "s", _MANY_S, f"{len(session.registry.skills)} skills, first run"),
        _row("skills, memory of 10,000", grown, "MB", _MANY_MB, "growth of the resident set"),
    ]


def _resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _resolution() -> Row:
    source = SkillSource("user", "user", "-")
    dice = random.Random(3)  # noqa: S311 - invented needs, not secrets
    skills: list[Skill] = []
    for n in range(10_000):
        wants = {dice.randrange(n) for _ in range(dice.randrange(4))} if n else set[int]()
        needs = tuple(Requirement("skill", (f"s{one}",)) for one in sorted(wants))
        skills.append(Skill(f"user/s{n}", f"s{n}", source, f"-/s{n}", str(n), str(n), 1, Frontmatter(), needs))
    names = tuple((skill.name, skill.id) for skill in skills)
    resolver = Resolver(_Facts())
    value = _best(lambda: resolver.resolve(skills, names), 5)
    edges = len(resolver.resolve(skills, names).edges)
    return _row("skills, needs of 10,000", value, "s", _RESOLVE_S, f"{edges:,} edges, no circle")


def _row(name: str, value: float, unit: str, most: float, detail: str) -> Row:
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "bound": f"<= {most:g}",
        "ok": value <= most,
        "detail": detail,
    }


if __name__ == "__main__":
    for measured in measure():
        print(measured)
