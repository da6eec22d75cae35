"""The RunStore port in memory; it can be made to fail at any write, as a crash would."""

from dataclasses import replace

from skillstrata.records.composed_runs import ComposedRun, RunHead, StepRecord
from skillstrata.records.failures import RunHeld, RunUnknown

CLOSED = frozenset({"done", "failed", "unknown", "cancelled", "expired"})


class Crash(BaseException):
    """The process is gone: nothing catches it."""


class MemoryRunStore:
    """Keeps runs in dictionaries. `crash_at` is the number of the write, from 1, at which the process is gone.

    `late` says that this write was done before; after `restart` nothing is held any more.
    """

    def __init__(self, *, crash_at: int = 0, late: bool = False) -> None:
        self.heads: dict[str, RunHead] = {}
        self.steps: dict[str, dict[str, StepRecord]] = {}
        self.ends: dict[str, ComposedRun] = {}
        self.held: set[str] = set()
        self.log: list[tuple[str, str, str, bool]] = []
        self.crash_at = crash_at
        self.late = late
        self._writes = 0

    def restart(self, *, crash_at: int = 0, late: bool = False) -> None:
        self.held.clear()
        self.crash_at, self.late, self._writes = crash_at, late, 0

    def begin(self, head: RunHead) -> None:
        if head.run_id in self.heads:
            raise RunHeld(f"there is a run {head.run_id!r} already")
        self._write(early=True)
        self.heads[head.run_id] = head
        self.steps[head.run_id] = {}
        self.held.add(head.run_id)
        self._write(early=False)

    def hold(self, run_id: str) -> ComposedRun:
        run = self.run(run_id)
        if run_id in self.held:
            raise RunHeld(f"run {run_id!r} is held")
        self.held.add(run_id)
        return run

    def is_held(self, run_id: str) -> bool:
        return run_id in self.held

    def record(self, run_id: str, step: StepRecord, *, durable: bool) -> None:
        if run_id not in self.held:
            raise RunUnknown(f"run {run_id!r} is not held")
        self._write(early=True)
        self.log.append((run_id, step.id, step.status, durable))
        self.steps[run_id][step.id] = step
        self.ends.pop(run_id, None)
        self._write(early=False)

    def finish(self, run: ComposedRun) -> None:
        run_id = run.head.run_id
        if run_id not in self.held:
            raise RunUnknown(f"run {run_id!r} is not held")
        self._write(early=True)
        self.ends[run_id] = run
        self.held.discard(run_id)
        self._write(early=False)

    def run(self, run_id: str) -> ComposedRun:
        if run_id not in self.heads:
            raise RunUnknown(f"there is no run {run_id!r}")
        steps, end = self.steps[run_id], self.ends.get(run_id)
        if end is None:
            told = "" if run_id in self.held else "the process that ran it has ended; resume it to go on"
            return ComposedRun(self.heads[run_id], "running", tuple(steps.values()), message=told)
        order = [step.id for step in end.steps]
        names = [name for name in order if name in steps]
        if end.status not in CLOSED:
            names += [name for name in steps if name not in order]
        return replace(end, head=self.heads[run_id], steps=tuple(steps[name] for name in names))

    def runs(self, *, most: int = 100, plan: str = "") -> tuple[ComposedRun, ...]:
        found = [h for h in self.heads.values() if not plan or (h.digest == plan and h.run_id.startswith(plan[:12]))]
        heads = sorted(found, key=lambda head: head.started_at_s, reverse=True)
        return tuple(self.run(head.run_id) for head in heads[:most])

    def forget_before(self, at_s: float) -> int:
        runs = [self.run(run_id) for run_id in self.heads if run_id not in self.held]
        old = [run for run in runs if run.head.started_at_s < at_s]
        return self._forget([r.head.run_id for r in old if r.status in CLOSED or r.head.deadline_s < at_s])

    def of_session(self, session: str) -> tuple[str, ...]:
        return tuple(sorted(run_id for run_id, head in self.heads.items() if head.session == session))

    def forget_session(self, session: str) -> int:
        return self._forget([run_id for run_id in self.of_session(session) if run_id not in self.held])

    def _forget(self, run_ids: list[str]) -> int:
        for run_id in run_ids:
            del self.heads[run_id], self.steps[run_id]
            self.ends.pop(run_id, None)
        return len(run_ids)

    def _write(self, *, early: bool) -> None:
        self._writes += early
        if self._writes == self.crash_at and early is not self.late:
            raise Crash
