"""Bytes kept by digest in a file that has no name: not in memory, and gone with the process.

In     digest and bytes
Out    the same bytes
Why    the text of an older version must be there after its file was overwritten, for thousands of skills at once
"""

import os
import tempfile
import threading
from collections.abc import Iterable

_LEAST_TO_TIDY = 4 * 1024 * 1024


class TextFileStore:
    """Fulfils the KeptTexts port."""

    def __init__(self) -> None:
        """Make nothing yet: the file comes with the first text."""
        self._lock = threading.Lock()
        self._at: dict[str, tuple[int, int]] = {}
        self._fd = -1
        self._end = 0

    def put(self, digest: str, data: bytes) -> None:
        """Keep these bytes; putting them twice changes nothing. Raises OSError where there is no room."""
        with self._lock:
            if digest not in self._at:
                self._append(digest, data)

    def get(self, digest: str) -> bytes | None:
        """Give the bytes of a digest, or None."""
        with self._lock:
            place = self._at.get(digest)
            return None if place is None else os.pread(self._fd, place[1], place[0])

    def keep_only(self, digests: Iterable[str]) -> None:
        """Forget every other digest."""
        wanted = set(digests)
        with self._lock:
            self._at = {digest: place for digest, place in self._at.items() if digest in wanted}
            held = sum(size for _, size in self._at.values())
            if self._end > _LEAST_TO_TIDY and held * 2 < self._end:
                self._write_anew()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd, self._end, self._at = -1, 0, {}

    def __del__(self) -> None:
        """Give the file back with the object."""
        if self._fd >= 0:
            os.close(self._fd)

    def _append(self, digest: str, data: bytes) -> None:
        if self._fd < 0:
            self._fd = _nameless()
        rest = memoryview(data)
        at = self._end
        while rest:
            written = os.pwrite(self._fd, rest, at)
            rest, at = rest[written:], at + written
        self._at[digest] = (self._end, len(data))
        self._end = at

    def _write_anew(self) -> None:
        old, end, texts = self._fd, self._end, self._at
        self._fd, self._end, self._at = -1, 0, {}
        try:
            for digest, (at, size) in texts.items():
                self._append(digest, os.pread(old, size, at))
        except OSError:
            # No room for a second file: the first one stays, with what nobody needs.
            old, self._fd, self._end, self._at = self._fd, old, end, texts
        if old >= 0:
            os.close(old)


def _nameless() -> int:
    fd, path = tempfile.mkstemp(prefix="skillstrata-")
    os.unlink(path)
    return fd
