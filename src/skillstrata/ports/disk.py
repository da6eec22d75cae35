"""Seam: the user's files, read for snapshots and inputs, written for outputs."""

from typing import Protocol

from skillstrata.records.events import FileSnapshot


class Disk(Protocol):
    """Reads and writes single files of the user.

    Promises, checked by tests/contracts/test_disk.py:
      - `read` follows no symlink at the last step when `nofollow`, refuses what is not a regular file and what is
        over the cap, and raises FileUnreadable with the reason;
      - `matching` looks into one folder, at a bounded number of names, and gives no hidden file;
      - `write` never leaves half a file, and never replaces one unless told.
    """

    def read(self, path: str, *, max_bytes: int, nofollow: bool = False) -> bytes:
        """Give a regular file's bytes."""
        ...

    def write(self, path: str, data: bytes, *, replace: bool = False, private: bool = False) -> None:
        """Write a file atomically; raises OutputExists when it is there and `replace` is False.

        A `private` file can be read by its owner alone, whoever could read what it replaces.
        """
        ...

    def exists(self, path: str) -> bool:
        """Say whether something is at this path."""
        ...

    def matching(self, pattern: str, *, most: int) -> tuple[str, ...]:
        """Give the first regular files, by name, that an absolute pattern (`*`, `?` in its last part) stands for."""
        ...

    def blocked_by(self, folder: str) -> str:
        """Give the path that keeps this from being a folder, "" where it is one or can be made one."""
        ...


class Snapshots(Protocol):
    """Keeps what an event's files hold at this moment.

    Promises, checked by tests/contracts/test_disk.py: a digest is given only for bytes that are in the blob store;
    every path named comes back once, with a reason where nothing was kept; text with secrets is stored redacted or
    not at all.
    """

    def take(self, paths: tuple[str, ...]) -> tuple[FileSnapshot, ...]:
        """Snapshot the files at these absolute paths."""
        ...

    def take_unchanged(self, paths: tuple[str, ...], since_s: float) -> tuple[FileSnapshot, ...]:
        """Snapshot the files that nobody changed since a moment (epoch seconds); of others say vanished or later."""
        ...

    def keep(self, path: str, text: str) -> FileSnapshot:
        """Snapshot a file that is gone, from the text that was written to it; the same rules hold."""
        ...
