"""Seam: what agents are told at their start, prepared beforehand, and the record of who was told what."""

from typing import Protocol

from skillstrata.records.exchanges import HookTrial, SessionTrace, Shown, WarmStart


class WarmStartStore(Protocol):
    """Prepared texts by folder, what they were made from, and what was shown.

    Promises, checked by tests/contracts/test_warm_start_store.py:
      - `put` replaces everything that was prepared; a reader sees an old text or a new one, whole, never half of one;
      - `prepared` gives what the hook would tell in a folder: of the nearest folder above that has a text, within its
        repository, else the one for any project;
      - what was noted, and what was shown, of a session that was forgotten is in no file any more;
      - damaged files are as none;
      - `tried` gives what the hook tells now, and is in no record of what was shown.
    """

    def sessions(self) -> tuple[SessionTrace, ...]:
        """Give what was noted of sessions, the oldest first."""
        ...

    def note(self, traces: tuple[SessionTrace, ...], *, known: frozenset[str]) -> None:
        """Note sessions, replacing what was there for them; what is not among `known` goes. Raises StoreFull."""
        ...

    def put(self, starts: tuple[tuple[str, WarmStart], ...]) -> None:
        """Prepare these texts, by folder, "" for any; all others go. Raises StoreFull."""
        ...

    def prepared(self, folder: str) -> WarmStart | None:
        """Give the text that a session in this folder is told, with its key; None where it is told nothing."""
        ...

    def endings(self, folder: str) -> tuple[str, ...]:
        """Give the endings of files in a folder and a little below it, the most frequent first, bounded."""
        ...

    def shown(self) -> tuple[Shown, ...]:
        """Give which session was shown what, the oldest first; a session that was told twice is there twice."""
        ...

    def forget(self, session: str) -> None:
        """Take a session out of everything. Raises StoreFull."""
        ...

    def tried(self, script: str, folder: str) -> HookTrial:
        """Start the hook that reads the texts in a folder, as a client would, and leave no trace. Raises StoreFull."""
        ...

    def clear(self) -> None:
        """Remove the texts, so that nobody is told anything. Raises StoreFull."""
        ...
