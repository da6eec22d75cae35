"""Content-addressed bytes as files, blobs/sha256/ab/cd…: the name is the digest of what is inside.

Never  changes a blob that is whole; trusts a file because of its name
"""

import hashlib
import re
from pathlib import Path

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_atomic
from skillstrata.records.failures import BlobDamaged, BlobUnknown

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class FileBlobStore:
    """Fulfils the BlobStore port below a folder, which is made when the first blob comes."""

    def __init__(self, root: Path) -> None:
        """Remember where the blobs lie."""
        self._root = root

    def put(self, data: bytes) -> str:
        """Store bytes durably and give their digest; a damaged copy is replaced by the right bytes."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        with storing(path):
            if _holds(path, data):
                # A writer that was killed before this step left a name that a power failure would take away.
                sync_folder(path.parent)
            else:
                make_folder(path.parent)
                write_atomic(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Give the bytes of a digest.

        Raises:
            BlobUnknown: Nobody stored it here, or it is no digest.
            BlobDamaged: The file no longer holds what it is named for.
        """
        if not _DIGEST.match(digest):
            raise BlobUnknown(f"{digest!r} is not a sha256 digest", hint="give 64 lower-case hex digits")
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise BlobUnknown(
                f"no blob {digest} under {self._root}", hint="check that --data-dir is the one it was stored in"
            ) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise BlobDamaged(
                f"{path} no longer holds what it is named for",
                hint="put the file back from a backup; storing the same bytes again also repairs it",
            )
        return data

    def _path(self, digest: str) -> Path:
        return self._root / "sha256" / digest[:2] / digest[2:]


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False
