"""Seam: what running processes counted about skills, and what was odd at the last look, for others to read."""

from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_metrics import Tally


class SkillLedger(Protocol):
    """One object is one writer; any number of processes write and read.

    Promises, checked by tests/contracts/test_skill_ledger.py:
      - `total` adds up what every writer counted last, also of those that ended within a day; of skills in a context
        and of the budget's use only what writers tell that did not close, of processes that run;
      - a process has one file, however many writers it opens; a number that was given to another process later is not
        its number;
      - what is no longer whole, or not ours, counts nothing;
      - `kept` gives what `keep` was given last, by whomever, in its order;
      - a writer that cannot write, or has no data directory yet, loses its counts, and nothing else.
    """

    def counted(self, tally: Tally) -> None:
        """Put this writer's counts in place of its last ones."""
        ...

    def closed(self) -> None:
        """End this writer: its counts stay, its active skills and its use of the budget do not."""
        ...

    def total(self) -> Tally:
        """Add up the counts of all writers."""
        ...

    def keep(self, odd: tuple[Diagnostic, ...]) -> None:
        """Put what is odd in place of what was."""
        ...

    def kept(self) -> tuple[Diagnostic, ...]:
        """Give what was odd at the last look."""
        ...
