"""Seam: what is remembered of the use of learned artefacts, for longer than the records of sessions are kept."""

from typing import Protocol

from skillstrata.records.learned_use import LearnedUse


class LearnedUses(Protocol):
    """One row for each learned artefact that is in its place.

    Promises, checked by tests/contracts/test_learned_uses.py:
      - what was kept last comes back, also in another process; what was dropped does not;
      - a file that cannot be read gives nothing: each artefact then counts as new, and none is put away too early.
    """

    def kept(self) -> tuple[LearnedUse, ...]:
        """Give the rows, sorted by path."""
        ...

    def keep(self, rows: tuple[LearnedUse, ...]) -> None:
        """Keep these rows and no others; raises StoreFull."""
        ...

    def drop(self, paths: frozenset[str]) -> None:
        """Remove the rows of these paths, so that what is there begins anew; raises StoreFull."""
        ...
