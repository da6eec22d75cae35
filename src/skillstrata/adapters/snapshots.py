"""What named files hold at this moment, kept in the blob store.

In     absolute paths; for a file that is gone, the text that was written to it
Out    one FileSnapshot per path: a digest, or the reason why nothing was kept
Never  follows a link at the last step; stores a secret it can see
Why    prose and program text with a secret is worth keeping without it; JSON, tables and binary files would no longer
       be what the program read
"""

import posixpath

from skillstrata.ports.blob_store import BlobStore
from skillstrata.ports.disk import Disk
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.records.events import FileSnapshot
from skillstrata.records.failures import FileUnreadable

MAX_BYTES = 5_000_000
_FREE_TEXT = frozenset({"", ".txt", ".md", ".rst", ".log", ".py", ".sh", ".bash", ".js", ".mjs", ".ts", ".rb", ".pl"})


class FileSnapshots:
    """Fulfils the Snapshots port on a disk, a blob store and a redactor."""

    def __init__(self, disk: Disk, blobs: BlobStore, redactor: TextRedactor, *, max_bytes: int = MAX_BYTES) -> None:
        """Remember the parts and the most bytes a file may have."""
        self._disk = disk
        self._blobs = blobs
        self._redactor = redactor
        self._max_bytes = max_bytes

    def take(self, paths: tuple[str, ...]) -> tuple[FileSnapshot, ...]:
        """Snapshot the files at these absolute paths, each once.

        Raises:
            StoreFull: The blob store cannot be written.
        """
        return tuple(self._snapshot(path) for path in dict.fromkeys(paths))

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
        return FileSnapshot(path, digest=self._blobs.put(kept), size_bytes=len(held))

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
