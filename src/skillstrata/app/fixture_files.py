"""Read a fixture out of a tool's folder, which anybody may have edited.

In     the tool's folder, the fixture's name
Out    its bytes; none where it is missing, and the digest of the fixture then says so
Never  follows a link out of the folder; waits at a pipe; reads what is no regular file
"""

from pathlib import Path

from skillstrata.ports.disk import Disk
from skillstrata.records.failures import FileUnreadable

_MAX_BYTES = 256_000_000


def fixture_bytes(disk: Disk, folder: str, name: str) -> bytes:
    """Give a fixture's bytes; b"" for anything but a regular file among the tool's fixtures."""
    path = Path(folder) / "fixtures" / name
    try:
        if not path.resolve().is_relative_to(Path(folder).resolve() / "fixtures"):
            return b""
        return disk.read(str(path), max_bytes=_MAX_BYTES, nofollow=True)
    except (FileUnreadable, OSError, ValueError, RuntimeError):
        return b""
