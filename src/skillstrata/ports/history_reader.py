"""Seam: one file of an agent's history -> records, in constant memory."""

from collections.abc import Iterator
from typing import Protocol

from skillstrata.records.imports import HistoryItem


class HistoryReader(Protocol):
    """Reads the histories that one agent writes.

    Promises, checked for every implementation by tests/contracts/test_history_reader.py:
      - `recognises` goes by content, never by the file's name, and answers for any bytes;
      - `items` gives each tool call of the file exactly once, with its result where there is one (`ended` is False
        where there is none), in the order they were asked for or ended;
      - a damaged line costs that line only, and is a fault with its line number; unknown kinds of record are left out
        by name; nothing else escapes, whatever the bytes;
      - memory does not grow with the file, except for calls that wait for their result (bounded);
      - a file that changes meanwhile, ends in the middle of a line or is no regular file costs at most a fault.
    """

    agent: str
    version: int

    def recognises(self, head: bytes) -> bool:
        """Say whether a file that begins with these bytes (up to 64 KB) is one of this agent's."""
        ...

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one file from its beginning."""
        ...
