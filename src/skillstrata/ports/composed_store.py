"""Seam: where compiled tools are kept."""

from collections.abc import Callable
from typing import Protocol

from skillstrata.records.composed_tools import ComposedLibrary


class ComposedStore(Protocol):
    """Keeps `composed_tools.json`.

    Promises, checked by tests/contracts/test_composed_store.py:
      - a write is there whole or not at all; two writers lose nothing of each other's;
      - a damaged file gives the last good one, and `told` says so; one of a newer version is left alone, StoreNewer;
      - what was written comes back equal.
    """

    def load(self) -> ComposedLibrary:
        """Give what is compiled; empty where nothing was."""
        ...

    def update(self, change: Callable[[ComposedLibrary], ComposedLibrary]) -> ComposedLibrary:
        """Read again under the lock, change, write where that made a difference, and give the result."""
        ...
