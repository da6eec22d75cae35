"""The RemoteApprovals port on one small file in the data directory.

In     approvals
Out    the same; none where the file is damaged or of a newer version
Never  takes a file that it does not understand for a yes; changes what a newer version wrote
Why    written whole and renamed under a lock: a lost write could bring a revoked approval back
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import StoreNewer
from skillstrata.records.remote_skills import RemoteApproval

FORMAT = 1
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Version:
    v: int


@dataclass(frozen=True, slots=True)
class _Kept:
    v: int
    approvals: tuple[RemoteApproval, ...] = ()


_VERSION = TypeAdapter(_Version)
_KEPT = TypeAdapter(_Kept)


class ApprovalFile:
    """Fulfils the RemoteApprovals port; the file is made by the first approval."""

    def __init__(self, path: Path) -> None:
        """Remember where the file lies."""
        self._path = path

    def held(self) -> tuple[RemoteApproval, ...]:
        """Give every approval; none where they cannot be read."""
        data = self._bytes()
        return _parsed(data) if _version(data) == FORMAT else ()

    def problems(self) -> tuple[Diagnostic, ...]:
        """Give why nothing is held although something is there."""
        data = self._bytes()
        if not (self._path.exists() or self._path.is_symlink()) or _version(data) > FORMAT or _is_whole(data):
            return ()
        said = f"{self._path} cannot be read and approves nothing; approve the skills anew"
        return (Diagnostic("approvals_unreadable", "warning", said, path=str(self._path)),)

    def allow(self, approval: RemoteApproval) -> None:
        """Keep an approval in the place of an earlier one of the same skill.

        Raises:
            StoreFull: It cannot be written.
            StoreNewer: A newer version of the program wrote the file.
        """
        with self._changing() as kept:
            self._keep_damaged()
            self._write((*_without(kept, approval.server, approval.uri), approval))

    def revoke(self, server: str, uri: str) -> bool:
        """Take an approval back; says whether there was one.

        Raises:
            StoreFull: It cannot be written.
            StoreNewer: A newer version of the program wrote the file.
        """
        if not self._path.exists():
            return False
        with self._changing() as kept:
            left = _without(kept, server, uri)
            if len(left) < len(kept):
                self._write(left)
            return len(left) < len(kept)

    def _bytes(self) -> bytes:
        try:
            with self._path.open("rb") as stream:
                return stream.read(_MOST_BYTES)
        except OSError:
            return b""

    @contextmanager
    def _changing(self) -> Generator[tuple[RemoteApproval, ...]]:
        with storing(self._path):
            make_folder(self._path.parent)
            lock = self._path.with_name(f"{self._path.name}.lock")
            fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                data = self._bytes()
                if _version(data) > FORMAT:
                    raise StoreNewer(
                        f"{self._path} was written by a newer version of the program",
                        hint="use that version, or another --data-dir",
                    )
                yield _parsed(data)
            finally:
                os.close(fd)

    def _keep_damaged(self) -> None:
        """Leave a damaged file beside the new one: somebody may read in it what was approved."""
        data = self._bytes()
        if data and not _is_whole(data):
            write_atomic(self._path.with_name(f"{self._path.name}.damaged"), data)

    def _write(self, approvals: tuple[RemoteApproval, ...]) -> None:
        write_atomic(self._path, orjson.dumps(_Kept(FORMAT, approvals)) + b"\n")


def _version(data: bytes) -> int:
    try:
        return _VERSION.validate_json(data).v
    except ValidationError:
        return 0


def _is_whole(data: bytes) -> bool:
    try:
        return _KEPT.validate_json(data).v == FORMAT
    except ValidationError:
        return False


def _parsed(data: bytes) -> tuple[RemoteApproval, ...]:
    try:
        return _KEPT.validate_json(data).approvals
    except ValidationError:
        return ()


def _without(kept: tuple[RemoteApproval, ...], server: str, uri: str) -> tuple[RemoteApproval, ...]:
    return tuple(one for one in kept if (one.server, one.uri) != (server, uri))
