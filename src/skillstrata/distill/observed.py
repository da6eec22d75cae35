"""What the original run was seen to do, in a sentence and as effects of a contract.

In     Observation
Out    one line for whoever asks why; the effects beyond the files a program is given and makes
Never  puts words of the program into a contract
"""

import posixpath
from collections.abc import Iterable

from skillstrata.records.drafts import Observation
from skillstrata.records.sandbox_runs import Touched

STARTS_PROGRAMS, TRIES_THE_NETWORK = "starts programs", "tries to reach the network"
_SHOWN, _LETTERS = 4, 80


def observed_text(observation: Observation) -> str:
    """Tell what was read, written, started and tried, with the line of the program where it is known."""
    reads = _files(observation, "read", (f.path for f in observation.reads)) or "nothing"
    writes = _files(observation, "write", (f.path for f in observation.writes))
    parts = [f"reads {reads}", f"writes {writes}" if writes else "prints to standard output"]
    for what, verb in (("spawn", "starts"), ("reach", "tries to reach")):
        done = [t for t in _touched(observation) if t.what == what]
        if done:
            parts.append(f"{verb} {_listed([_with_line(' '.join(t.target.split()), t.line) for t in done])}")
    seen_by = observation.provenance.seen_by if observation.provenance else ()
    return "; ".join(parts) + (f" (seen by {', '.join(seen_by)})" if seen_by else "")


def effects_of(observation: Observation) -> tuple[str, ...]:
    """Give the effects a contract must name; empty for a program that only reads and writes files."""
    done = {t.what for t in _touched(observation)}
    effects = (("spawn", STARTS_PROGRAMS), ("reach", TRIES_THE_NETWORK))
    return tuple(effect for what, effect in effects if what in done)


def _touched(observation: Observation) -> tuple[Touched, ...]:
    return observation.provenance.touched if observation.provenance else ()


def _files(observation: Observation, what: str, paths: Iterable[str]) -> str:
    lines = {t.target: t.line for t in _touched(observation) if t.what == what}
    return _listed([_with_line(posixpath.basename(path), lines.get(path, 0)) for path in paths])


def _with_line(name: str, line: int) -> str:
    shown = name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
    return f"{shown} (line {line})" if line else shown


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
