"""Seam: what a pass is at work on, so that the next one knows what the process died at that never came to its end."""

from typing import Protocol


class AttemptLog(Protocol):
    """Counts the deaths of processes by what they were at work on; one pass at a time writes it.

    Promises, checked by tests/contracts/test_attempt_log.py:
      - work that began and did not end, by whatever death of its process, counts once against it;
      - work that ended, settled or not, counts nothing; what is settled has no count any more;
      - it holds no name of anything, and is never in the way: what cannot be written or read counts as nothing.
    """

    def begin(self, what: str) -> int:
        """Note that work on something begins; gives how many processes have died at it before."""
        ...

    def end(self, *, settled: bool) -> None:
        """Note that it ended: `settled`, or put off (asked to stop, no sandbox)."""
        ...
