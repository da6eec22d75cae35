"""Tell which runs of a session are attempts at the same program, and which of them stands for the others.

In     the executions of one session
Out    (execution id, id of the one that stands for it, reason), at most one per execution, without circles
Why    a third of the failed programs get a similar retry that works: the last working variant is the one to keep, and a
       second run on another file is a second demonstration of the first
"""

import functools
import posixpath
import re

from skillstrata.distill.constant_paths import looks_like_path
from skillstrata.distill.sources import is_content
from skillstrata.records.events import Outcome
from skillstrata.records.executions import Execution

_TOKEN = re.compile(r"\w+|[^\w\s]")
_SHINGLE = 4
_SIMILAR = 0.5
_NEARLY_THE_SAME = 0.7
_NEAR = 6
_MOST_COMPARED = 200_000
_FILE = re.compile(r"[^\s'\"`(){}<>|;,=:]+\.[A-Za-z][A-Za-z0-9]{1,5}(?![\w.(])")
_PAIR = 2
_SUCCESS = {Outcome.OK, Outcome.BENIGN}


def variants(executions: tuple[Execution, ...]) -> tuple[tuple[str, str, str], ...]:
    """Find the runs that another run of the session stands for.

    Reasons: "failed_variant" (a later run of the script, or of a similar text, worked), "earlier_variant" (the script
    was edited and worked again), "another_demonstration" (the same text worked before).

    Args:
        executions: Of one session; sorted here by time.
    """
    ordered = sorted(executions, key=lambda e: e.at_s)
    found: list[tuple[str, str, str]] = []
    for at, run in enumerate(ordered):
        later = [e for e in ordered[at + 1 :] if e.outcome in _SUCCESS]
        if run.outcome is Outcome.FAILED:
            better = next((e for e in later if _retries(run, e)), None)
            better = better or next((e for e in later[:_NEAR] if _same_work(run, e)), None)
            reason = "failed_variant"
        elif run.outcome in _SUCCESS and run.body is not None:
            better, reason = _stands_for(run, ordered[:at], later)
        else:
            continue
        if better is not None:
            found.append((run.id, better.id, reason))
    return tuple(found)


def similarity(left: str, right: str) -> float:
    """Give the share of four-token runs that two programs have in common, 0.0 to 1.0."""
    if max(len(left), len(right)) > _MOST_COMPARED:
        return float(left == right)
    a, b = _shingles(left), _shingles(right)
    return len(a & b) / len(a | b) if a or b else 1.0


def _stands_for(run: Execution, earlier: list[Execution], later: list[Execution]) -> tuple[Execution | None, str]:
    first = next((e for e in earlier if _is_same_program(e, run) and e.outcome in _SUCCESS), None)
    if first is not None:
        return first, "another_demonstration"
    # An edit that was taken back does not count: only what came after this text's last run stands for it.
    last = max((at for at, e in enumerate(later) if e.body == run.body), default=-1)
    better = next((e for e in later[last + 1 :] if _edits(run, e)), None)
    # Code without a file of its own is typed anew for an edit: nearly the same text on the same files.
    typed = [e for e in later[last + 1 :][:_NEAR] if not run.script_path and not e.script_path]
    return better or next((e for e in typed if _typed_anew(run, e)), None), "earlier_variant"


def _is_same_program(one: Execution, other: Execution) -> bool:
    """Say whether two runs differ in their files alone: another fixed word makes it do another thing."""
    return one.body == other.body and _fixed_words(one) == _fixed_words(other)


def _fixed_words(run: Execution) -> tuple[str, ...]:
    return tuple("" if looks_like_path(word.rpartition("=")[2]) else word for word in run.argv)


def _retries(failed: Execution, later: Execution) -> bool:
    same_script = bool(failed.script_path) and failed.script_path == later.script_path
    return same_script or _alike(failed, later)


def _edits(earlier: Execution, later: Execution) -> bool:
    same_script = bool(earlier.script_path) and earlier.script_path == later.script_path
    return same_script and earlier.body != later.body and _alike(earlier, later)


def _typed_anew(earlier: Execution, later: Execution) -> bool:
    same = earlier.language == later.language and earlier.body != later.body and _files(earlier) == _files(later)
    return same and bool(_files(earlier)) and similarity(earlier.body or "", later.body or "") >= _NEARLY_THE_SAME


def _same_work(failed: Execution, later: Execution) -> bool:
    """Say whether a later run, in any language, makes the same files out of the same."""
    shared = _files(failed) & _files(later)
    return len(shared) >= _PAIR and shared == _files(failed)


def _files(run: Execution) -> frozenset[str]:
    """Give the names of the files that a run's text and words hold, without sources."""
    body = run.body if run.body is not None and len(run.body) <= _MOST_COMPARED else ""
    text = " ".join((body, *run.argv, run.stdin_path, run.stdout_path))
    named = (posixpath.basename(m) for m in _FILE.findall(text))
    return frozenset(name for name in named if is_content(name))


def _alike(left: Execution, right: Execution) -> bool:
    return left.body is not None and right.body is not None and similarity(left.body, right.body) >= _SIMILAR


@functools.lru_cache(maxsize=512)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    if len(tokens) < _SHINGLE:
        return frozenset([tuple(tokens)] if tokens else [])
    return frozenset(tuple(tokens[i : i + _SHINGLE]) for i in range(len(tokens) - _SHINGLE + 1))
