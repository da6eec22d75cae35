"""How fast a draft is compared with very many skills, decided about and applied.

In     skills made here: lengths of real ones, words drawn as words of a language are, a third of each in all of them
Out    rows for `python -m bench`: cold (nothing remembered), warm, after some changes, a whole process; apply besides
       its synced writes, which are measured alone in the same folder
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypedDict

from skillstrata.adapters.artifact_folders import ArtifactFolders
from skillstrata.app.learned_artifacts import LearnedArtifacts
from skillstrata.library.lifecycle_deciding import decide
from skillstrata.records.learned import DecisionType, LearnedDraft

_MANY = 10_000
_LENGTHS = ((0.25, 1_800), (0.5, 3_100), (0.75, 6_500), (0.95, 14_000), (1.0, 25_000))
_COMPARE_MS, _APPLY_MS, _COLD_S = 300.0, 50.0, 30.0
_APPLIES = 15


class Row(TypedDict):
    """One measurement."""

    name: str
    value: float
    unit: str
    bound: str
    ok: bool
    detail: str


def measure() -> list[Row]:
    """Measure everything; half a minute, most of it for writing the skills."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "skills"
        lay_out(root, _MANY)
        state = Path(folder) / "data"
        return [*_compare(root, state), _process(root, state, Path(folder)), *_apply(Path(folder))]


def lay_out(root: Path, count: int) -> None:
    """Write skills."""
    dice = random.Random(11)  # noqa: S311 - invented words, not secrets
    words = ["".join(dice.choices("aeioulnrstdmkpbg", k=dice.randint(3, 10))) for _ in range(20_000)]
    weights = [1.0 / (n + 20) for n in range(len(words))]
    for n in range(count):
        share = dice.random()
        length = next(chars for part, chars in _LENGTHS if share <= part)
        body = " ".join(dice.choices(words, weights, k=length // 7))
        text = (
            f"---\nname: skill-{n}\ndescription: {body[:200]}\norigin: skill-learning\nconfidence: 0.6\n---\n{body}\n"
        )
        page = root / f"skill-{n}" / "SKILL.md"
        page.parent.mkdir(parents=True)
        page.write_text(text, encoding="utf-8")


def a_draft(root: Path) -> LearnedDraft:
    """Give a draft that shares much with one of the skills."""
    text = (root / "skill-17" / "SKILL.md").read_text(encoding="utf-8").partition("---\n")[2][:2_500]
    return LearnedDraft("new-skill", text[40:200], f"{text[300:]} and something else besides", 0.9)


def _timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _compare(root: Path, state: Path) -> list[Row]:
    draft, roots = a_draft(root), (str(root),)
    files = ArtifactFolders(state, now_s=time.time)
    cold_s = _timed(lambda: LearnedArtifacts(files).compare(draft, roots))
    warm_ms = 1000 * min(_timed(lambda: _decided(files, draft, roots)) for _ in range(5))
    for n in range(20):
        page = root / f"skill-{100 + n}" / "SKILL.md"
        page.write_text(page.read_text(encoding="utf-8") + "changed\n", encoding="utf-8")
    changed_ms = 1000 * _timed(lambda: _decided(files, draft, roots))
    terms_mb = sum(path.stat().st_size for path in (state / "remembered").iterdir()) / 1e6
    return [
        _row("lifecycle: compare and decide, 10,000 skills, warm", warm_ms, _COMPARE_MS, "ms", "best of 5, in process"),
        _row("lifecycle: the same, nothing remembered", cold_s, _COLD_S, "s", "every file read and cut into terms"),
        _row(
            "lifecycle: the same, 20 of them changed",
            changed_ms,
            _COMPARE_MS,
            "ms",
            f"reads those 20; {terms_mb:.0f} MB of terms are kept",
        ),
    ]


def _decided(files: ArtifactFolders, draft: LearnedDraft, roots: tuple[str, ...]) -> None:
    found = LearnedArtifacts(files).compare(draft, roots)
    if decide(draft, found).target is None:
        raise SystemExit("a bench that found nothing measured nothing")


def _process(root: Path, state: Path, folder: Path) -> Row:
    draft = a_draft(root)
    path = folder / "draft.json"
    fields = {"name": draft.name, "description": draft.description, "content": draft.content, "confidence": 0.9}
    path.write_text(json.dumps(fields), encoding="utf-8")
    words = ("learn", "decide", str(path), "--root", str(root), "--data-dir", str(folder / "other"), "--json")
    command = [sys.executable, "-m", "skillstrata", *words]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HOME": str(state)})

    run()
    took_ms = 1000 * min(_timed(run) for _ in range(3))
    return _row("lifecycle: `learn decide`, whole process", took_ms, 1_000.0, "ms", "best of 3, warm; start included")


def _apply(folder: Path) -> list[Row]:
    root, state = folder / "few", folder / "state"
    root.mkdir()
    files = ArtifactFolders(state, now_s=time.time)
    times: list[float] = []
    for n in range(_APPLIES):
        draft = LearnedDraft(
            "tides", "Tides of a harbour", f"{'tide table sund wind current ' * 9}{n:04d}", 0.5 + n / 40
        )
        times.append(_timed(partial(_applied, files, draft, str(root), n)))
    synced_ms = 1000 * statistics.median(_syncs(folder) for _ in range(_APPLIES))
    median_ms = 1000 * statistics.median(times[1:])
    detail = f"median of {_APPLIES - 1}; as many syncs alone: {synced_ms:.1f} ms"
    return [_row("lifecycle: decide and apply a replace", median_ms, _APPLY_MS + synced_ms, "ms", detail)]


def _applied(files: ArtifactFolders, draft: LearnedDraft, root: str, number: int) -> None:
    artifacts = LearnedArtifacts(files)
    found = artifacts.compare(draft, (root,))
    decision = decide(draft, found)
    if number and decision.target is not None and decision.type is not DecisionType.REPLACE:
        # What is measured is the longest change; the figures of the texts are not the point.
        decision = type(decision)(DecisionType.REPLACE, decision.reason, decision.target)
    artifacts.apply(decision, draft, root)


def _syncs(folder: Path) -> float:
    """Take the time of the syncs of one replace: five files and some ten folders."""

    def work() -> None:
        for n in range(15):
            path = folder / f"sync-{n % 5}"
            fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, b"x" * 500)
            os.fsync(fd)
            os.close(fd)

    return _timed(work)


def _row(name: str, value: float, bound: float, unit: str, detail: str) -> Row:
    return Row(name=name, value=value, unit=unit, bound=f"<= {bound:,.0f} {unit}", ok=value <= bound, detail=detail)
