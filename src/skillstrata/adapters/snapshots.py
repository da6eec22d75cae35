"""What named files hold at this moment, kept in the blob store.

In     absolute paths; for a file that is gone, the text that was written to it
Out    one FileSnapshot per path: a digest, or the reason why nothing was kept
Never  follows a link at the last step; stores a secret it can see
Why    prose and program text with a secret is worth keeping without it; JSON, tables and binary files would no longer
       be what the program read
"""

import os
import posixpath
from collections.abc import Callable

from skillstrata.ports.blob_stock import BlobStock
from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.disk import Disk
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.records.events import FileSnapshot
from skillstrata.records.failures import FileUnreadable

MAX_BYTES = 5_000_000
_TYPES_KNOWN = 4096
_FREE_TEXT = frozenset({"", ".txt", ".md", ".rst", ".log", ".py", ".sh", ".bash", ".js", ".mjs", ".ts", ".rb", ".pl"})


class FileSnapshots:
    """Fulfils the Snapshots port on a disk, a blob store and a redactor."""

    def __init__(
        self,
        disk: Disk,
        blobs: BlobStore,
        redactor: TextRedactor,
        *,
        max_bytes: int = MAX_BYTES,
        stock: BlobStock | None = None,
        type_of: Callable[[bytes, str], str] = lambda _data, _name: "",
    ) -> None:
        """Remember the parts, the most bytes a file may have, and the room for all (None: any).

        `type_of` gives the media type of bytes that had a file name.
        """
        self._disk = disk
        self._blobs = blobs
        self._redactor = redactor
        self._max_bytes = max_bytes
        self._stock = stock
        self._type_of = type_of
        self._types: dict[tuple[str, str], str] = {}

    def take(self, paths: tuple[str, ...]) -> tuple[FileSnapshot, ...]:
        """Snapshot the files at these absolute paths, each once.

        Raises:
            StoreFull: The blob store cannot be written.
        """
        return tuple(self._snapshot(path) for path in dict.fromkeys(paths))

    def take_unchanged(self, paths: tuple[str, ...], since_s: float) -> tuple[FileSnapshot, ...]:
        """Snapshot the files that nobody changed since a moment, each once.

        Args:
            paths: Absolute.
            since_s: Seconds since the epoch. The file system's own time of change counts: programs can set the other.

        Raises:
            StoreFull: The blob store cannot be written.
        """
        return tuple(self._unchanged(path, since_s) for path in dict.fromkeys(paths))

    def _unchanged(self, path: str, since_s: float) -> FileSnapshot:
        try:
            found = os.lstat(path)
        except (OSError, ValueError):
            return FileSnapshot(path, digest=None, reason="vanished")
        if max(found.st_ctime, found.st_mtime) > since_s:
            return FileSnapshot(path, digest=None, size_bytes=found.st_size, reason="later")
        return self._snapshot(path)

    def keep(self, path: str, text: str) -> FileSnapshot:
        """Snapshot a file that is gone, from the text that was written to it.

        Args:
            path: Where it was, absolute.
            text: All of it, as it was written, not redacted yet.

        Raises:
            StoreFull: The blob store cannot be written.
        """
        held = text.encode("utf-8", "replace")
        if len(held) > self._max_bytes:
            return FileSnapshot(path, digest=None, size_bytes=len(held), reason="too_large")
        return self._kept(path, held)

    def _snapshot(self, path: str) -> FileSnapshot:
        try:
            held = self._disk.read(path, max_bytes=self._max_bytes, nofollow=True)
        except FileUnreadable as error:
            return FileSnapshot(path, digest=None, reason=error.reason)
        return self._kept(path, held)

    def _kept(self, path: str, held: bytes) -> FileSnapshot:
        kept = self._without_secrets(path, held)
        if kept is None:
            return FileSnapshot(path, digest=None, size_bytes=len(held), reason="secret")
        if self._stock is not None and self._stock.shortage():
            return FileSnapshot(path, digest=None, size_bytes=len(held), reason="no_room")
        digest = self._blobs.put(kept)
        if self._stock is not None:
            self._stock.added(digest, len(kept))
        return FileSnapshot(path, digest, len(held), media_type=self._type(digest, path, kept))

    def _type(self, digest: str, path: str, kept: bytes) -> str:
        """Look at the same bytes once: a session names its files again and again."""
        name = posixpath.basename(path)
        key = (digest, posixpath.splitext(name)[1])
        if key not in self._types:
            if len(self._types) >= _TYPES_KNOWN:
                self._types.clear()
            self._types[key] = self._type_of(kept, name)
        return self._types[key]

    def _without_secrets(self, path: str, held: bytes) -> bytes | None:
        try:
            text, is_text = held.decode("utf-8"), True
        except UnicodeDecodeError:
            # Byte for byte, so that a key in the clear is seen in a binary file too.
            text, is_text = held.decode("latin-1"), False
        redacted = self._redactor.redact(text)
        if redacted.hits == 0:
            return held
        is_free = is_text and posixpath.splitext(path)[1].lower() in _FREE_TEXT
        return redacted.text.encode() if is_free else None
