"""Seam: the files and folders in which agents' histories lie, to be looked at, not changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.imports import ImportFault


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file at an absolute path. `named` says that the user named it, not a folder it lies in."""

    path: str
    size_bytes: int
    mtime_ns: int
    named: bool = False


class HistoryFiles(Protocol):
    """Finds files and looks at their beginning.

    Promises, checked by tests/contracts/test_history_files.py:
      - `walk` gives every regular file below the folders once, hidden ones too, in the order of their names, without
        opening any; links in a circle end, what is no regular file is not touched;
      - what cannot be looked at, or vanished meanwhile, is a fault of its own and ends nothing;
      - size and time of a database are those of its journal as well: it changes before the database does.
    """

    def walk(self, paths: tuple[str, ...]) -> Iterator[FoundFile | ImportFault]:
        """Find the files at and below these paths."""
        ...

    def head(self, path: str, *, max_bytes: int) -> bytes:
        """Give the first bytes of a regular file; raises FileUnreadable."""
        ...
