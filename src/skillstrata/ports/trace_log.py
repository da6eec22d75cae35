"""Seam: the durable, redacted log of events."""

from typing import Protocol

from skillstrata.records.events import Event


class TraceLog(Protocol):
    """Appends and reads events, a file per session and month.

    Promises, checked by tests/contracts/test_trace_log.py:
      - events appended and acknowledged survive kill -9; a torn last line costs that line only;
      - `session` gives each event id once, in order of time, then of arrival;
      - appending an event that is there already changes nothing a reader sees.
    """

    def append(self, events: tuple[Event, ...]) -> None:
        """Write events durably; returns after fsync."""
        ...

    def session(self, session: str) -> tuple[Event, ...]:
        """Read one session whole."""
        ...
