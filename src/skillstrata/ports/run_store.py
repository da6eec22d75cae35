"""Seam: the durable record of runs of composed tools."""

from typing import Protocol

from skillstrata.records.composed_runs import ComposedRun, RunHead, StepRecord


class RunStore(Protocol):
    """Keeps runs so that a crash or a restart never repeats a finished step.

    Promises, checked by tests/contracts/test_run_store.py:
      - what was recorded with `durable` is there after a crash at any moment; a torn last line is dropped;
      - only one process at a time holds a run; `hold` of a held one raises RunHeld;
      - a run comes back with the newest record of each of its steps;
      - what is forgotten is gone; a run that somebody holds is never forgotten under their hands.
    """

    def begin(self, head: RunHead) -> None:
        """Begin a run; its id is new."""
        ...

    def hold(self, run_id: str) -> ComposedRun:
        """Take hold of a run to go on with it; raises RunUnknown, RunHeld."""
        ...

    def is_held(self, run_id: str) -> bool:
        """Say whether somebody is at work on a run now."""
        ...

    def record(self, run_id: str, step: StepRecord, *, durable: bool) -> None:
        """Write down a step as it stands now."""
        ...

    def finish(self, run: ComposedRun) -> None:
        """Write down how the run stands (done, failed, waiting …) and let it go."""
        ...

    def run(self, run_id: str) -> ComposedRun:
        """Give a run as it stands; raises RunUnknown."""
        ...

    def runs(self, *, most: int = 100, plan: str = "") -> tuple[ComposedRun, ...]:
        """Give the newest runs, newest first; with `plan`, those alone that were begun with this plan's digest.

        A run is found by its plan if its id begins with the first 12 characters of the digest; to look for it costs
        nothing like reading them all.
        """
        ...

    def forget_before(self, at_s: float) -> int:
        """Remove runs begun before a moment that have ended or could not go on then any more; give how many."""
        ...

    def of_session(self, session: str) -> tuple[str, ...]:
        """Give the ids of the runs that were begun in a session, "" in none."""
        ...

    def forget_session(self, session: str) -> int:
        """Remove the runs of a session, those that wait too; give how many."""
        ...
