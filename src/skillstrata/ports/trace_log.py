"""Seam: the durable, redacted log of events."""

from typing import Protocol

from skillstrata.records.events import Event


class TraceLog(Protocol):
    """Appends and reads events, a file per session and month.

    Promises, checked by tests/contracts/test_trace_log.py:
      - events appended and acknowledged survive kill -9; a torn last line costs that line only;
      - `session` gives each event id once, in order of time, then of arrival; a call that has ended takes the place of
        the same call while it had not;
      - appending an event that is there already changes nothing a reader sees;
      - what was removed is in no file any more; a removal that was killed is carried on by the next one.
    """

    def append(self, events: tuple[Event, ...]) -> None:
        """Write events durably; returns after fsync."""
        ...

    def session(self, session: str) -> tuple[Event, ...]:
        """Read one session whole."""
        ...

    def holds(self, session: str) -> bool:
        """Say whether anything of a session is there, readable or not."""
        ...

    def digests(self, session: str) -> frozenset[str]:
        """Give the blobs that a session's events name."""
        ...

    def named_elsewhere(self, digests: frozenset[str], session: str) -> frozenset[str]:
        """Say which of these blobs an event of another session names; with "", an event of any."""
        ...

    def remove(self, session: str) -> None:
        """Remove a session whole. Nobody may append meanwhile."""
        ...

    def remove_before(self, session: str, at_s: float) -> None:
        """Remove a session's events of an earlier time. Nobody may append meanwhile."""
        ...
