"""Seam: the hand-over folder between the hook and ingest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SpoolItem:
    """One event file of the hook: its name, bytes and modification time (seconds since the epoch)."""

    name: str
    data: bytes
    at_s: float


class Spool(Protocol):
    """Event files waiting to be taken in.

    Promises, checked by tests/contracts/test_spool.py:
      - `items` gives every complete file, oldest first by modification time then name, and never a file twice in
        one pass;
      - a file stays until `done` or `quarantine` was called for it; `quarantine` keeps the bytes and writes the reason;
      - a file over the size cap is quarantined by name without being read into memory whole;
      - what is no regular file is named by `strange`, never opened, and quarantined by name like a file;
      - while `is_full`, the hook writes nothing and counts what it leaves out.
    """

    def items(self) -> Iterator[SpoolItem]:
        """Give the waiting files, one at a time."""
        ...

    def done(self, names: tuple[str, ...]) -> None:
        """Remove files whose events are stored durably."""
        ...

    def quarantine(self, name: str, reason: str) -> None:
        """Set a file aside with the reason beside it."""
        ...

    def oversized(self) -> tuple[str, ...]:
        """Name the waiting files over the size cap, which `items` leaves out."""
        ...

    def strange(self) -> tuple[str, ...]:
        """Name what waits and is no regular file, which `items` leaves out."""
        ...

    def waiting(self) -> int:
        """Count what is not taken in yet, `strange` things included."""
        ...

    def quarantined(self) -> int:
        """Count the files set aside."""
        ...

    def lost(self) -> int:
        """Count the events the hook could not write (its `dropped` mark)."""
        ...

    def of_session(self, session: str) -> int:
        """Count the files, waiting or set aside, that say they are of a session."""
        ...

    def remove_session(self, session: str) -> None:
        """Remove the files, waiting or set aside, that say they are of a session."""
        ...

    def remove_quarantined(self, before_s: float) -> int:
        """Remove what was set aside before a time, with the reasons; gives how many."""
        ...

    def size_bytes(self) -> int:
        """Give the room that everything in the spool takes, what is set aside included."""
        ...

    def set_full(self, full: bool) -> None:
        """Tell the hook to stop writing, or to go on; a spool that cannot be written stays as it is."""
        ...

    def is_full(self) -> bool:
        """Say whether the hook was told to stop writing."""
        ...
