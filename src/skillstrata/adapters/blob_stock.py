"""The BlobStock port on the folder of the blob store.

In     the folder, the most it may take, the least that must stay free on its disk
Out    what lies there; less of it
Never  removes anything but a file named as a blob
"""

import contextlib
import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from skillstrata.adapters.atomic_files import storing
from skillstrata.ports.blob_stock import HeldBlob, Shortage

_REST = re.compile(r"[0-9a-f]{62}\Z")
_COUNTED_ANEW_S = 600.0


class FileBlobStock:
    """Fulfils the BlobStock port. The sum is counted once in ten minutes and carried on in between."""

    def __init__(self, root: Path, *, most_bytes: int, least_free_bytes: int, free: Callable[[str], int]) -> None:
        """Remember the folder and its bounds; nothing is counted yet."""
        self._root = root
        self._most_bytes = most_bytes
        self._least_free_bytes = least_free_bytes
        self._free = free
        self._used_bytes = 0
        self._counted: set[str] = set()
        self._counted_at_s = -math.inf

    def held(self) -> tuple[HeldBlob, ...]:
        """List the blobs, the oldest first."""
        return tuple(sorted(self._blobs(), key=lambda blob: (blob.at_s, blob.digest)))

    def remove(self, digests: tuple[str, ...]) -> int:
        """Remove blobs; gives the bytes that became free.

        Raises:
            StoreFull: The store cannot be written.
        """
        freed = 0
        for digest in digests:
            path = self._root / "sha256" / digest[:2] / digest[2:]
            with storing(path), contextlib.suppress(FileNotFoundError):
                size = path.stat().st_size
                path.unlink()
                freed += size
        self._counted_at_s = -math.inf
        return freed

    def used_bytes(self) -> int:
        """Give the room that the blobs take."""
        now_s = time.monotonic()
        if now_s - self._counted_at_s >= _COUNTED_ANEW_S:
            self._used_bytes = 0
            self._counted.clear()
            for blob in self._blobs():
                self.added(blob.digest, blob.size_bytes)
            self._counted_at_s = now_s
        return self._used_bytes

    def added(self, digest: str, size_bytes: int) -> None:
        """Say that a blob was stored; one that lay there already takes no more room."""
        if digest not in self._counted:
            self._counted.add(digest)
            self._used_bytes += size_bytes

    def shortage(self) -> Shortage:
        """Say what there is not enough of."""
        if self._free(str(self._root)) < self._least_free_bytes:
            return "disk"
        return "budget" if self.used_bytes() >= self._most_bytes else ""

    def _blobs(self) -> Iterator[HeldBlob]:
        for folder in sorted((self._root / "sha256").glob("[0-9a-f][0-9a-f]")):
            for path in folder.iterdir():
                # Another process may remove it at this moment.
                with contextlib.suppress(OSError):
                    if _REST.match(path.name):
                        status = path.stat()
                        yield HeldBlob(folder.name + path.name, status.st_size, status.st_mtime)
