"""Start a writer, kill it with SIGKILL at a moment drawn from the seed, look at what is left; many times over.

In     a store's name, a folder, how many rounds, a seed
Out    one JSON object: rounds, acknowledged writes, torn, lost, crashed, rests before and after the sweep
Why    a program of its own: a writer is forked per round from a process that has everything imported and no thread
"""

import hashlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.all_stores import STORES
from tests.faults.stores import Maker, Torn, rests

_AGED_S = 7200.0
_HERE = Path(__file__).parents[2]
_NUMBER = struct.Struct("<I")


@dataclass
class KillReport:
    """What the rounds showed; `torn` and `crashed` say what and in which round."""

    seed: str
    rounds: int = 0
    acknowledged: int = 0
    lost: list[int] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)
    rests_left: int = 0
    rests_after_sweep: int = 0


def kill_rounds(store: str, root: Path, *, rounds: int, longest_s: float) -> KillReport:
    """Run the rounds in a process of their own; FAULT_SEED repeats the moments of an earlier run."""
    seed = os.environ.get("FAULT_SEED") or os.urandom(4).hex()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill_rounds", store, str(root), str(rounds), str(longest_s), seed],
        cwd=_HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    return KillReport(**json.loads(done.stdout))


def _drawn(seed: str, what: str) -> float:
    """Give a number in [0, 1) that depends on the seed alone."""
    return int.from_bytes(hashlib.sha256(f"{seed} {what}".encode()).digest()[:6]) / 2**48


def _write_for_ever(store: Maker, root: Path, start: int, acknowledge: int) -> None:
    """Never returns."""
    try:
        # A group of its own, so that a hook it started dies with it.
        os.setpgid(0, 0)
        one = store(root)
        for n in range(start, start + 10_000):
            one.put(n)
            os.write(acknowledge, _NUMBER.pack(n))
    finally:
        traceback.print_exc()
        os._exit(1)


def _one_round(store: Maker, root: Path, start: int, moment: tuple[int, float]) -> tuple[list[int], bool]:
    """Give what was acknowledged, and whether the writer lived until it was killed."""
    after, then_s = moment
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _write_for_ever(store, root, start, writer)
    os.close(writer)
    seen = b""
    while len(seen) < after * _NUMBER.size and (more := os.read(reader, _NUMBER.size)):
        seen += more
    select.select([], [], [], then_s)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    while more := os.read(reader, 65536):
        seen += more
    os.close(reader)
    return [n for (n,) in _NUMBER.iter_unpack(seen)], os.WIFSIGNALED(status)


def _run(store: Maker, root: Path, report: KillReport, rounds: int, longest_s: float) -> None:
    acknowledged: set[int] = set()
    start = 0
    for number in range(rounds):
        moment = (int(_drawn(report.seed, f"after {number}") * 3), _drawn(report.seed, f"then {number}") * longest_s)
        told, was_killed = _one_round(store, root, start, moment)
        acknowledged.update(told)
        report.rounds += 1
        if not was_killed:
            report.crashed.append(f"round {number}")
        try:
            held = store(root).held()
        except Torn as torn:
            report.torn.append(f"round {number}: {torn}")
            held = frozenset(acknowledged)
        report.lost += sorted(acknowledged - held)
        start = max(acknowledged | held, default=-1) + 1
    report.acknowledged = len(acknowledged)


def _sweep(store: Maker, root: Path, report: KillReport) -> None:
    left = rests(root)
    past = time.time() - _AGED_S
    for path in left:
        os.utime(path, (past, past))
    before = store(root).held()
    store(root).sweep()
    report.rests_left, report.rests_after_sweep = len(left), len(rests(root))
    report.lost += sorted(before - store(root).held())


def main() -> None:
    """Run as a program."""
    name, folder, rounds, longest_s, seed = sys.argv[1:]
    report = KillReport(seed)
    store, root = STORES[name], Path(folder)
    _run(store, root, report, int(rounds), float(longest_s))
    if not report.torn:
        _sweep(store, root, report)
    json.dump(asdict(report), sys.stdout)


if __name__ == "__main__":
    main()
