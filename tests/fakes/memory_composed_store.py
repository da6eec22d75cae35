"""The ComposedStore port in memory."""

import threading
from collections.abc import Callable

from skillstrata.records.composed_tools import ComposedLibrary


class MemoryComposedStore:
    """Keeps one library."""

    def __init__(self, library: "ComposedLibrary | None" = None) -> None:
        self._library = library or ComposedLibrary()
        self._lock = threading.Lock()

    def load(self) -> ComposedLibrary:
        return self._library

    def update(self, change: Callable[[ComposedLibrary], ComposedLibrary]) -> ComposedLibrary:
        with self._lock:
            self._library = change(self._library)
            return self._library
