"""The AttemptLog port on one small file, which is there only while something is at work or has a count.

Never  syncs: the death of a process loses nothing of it, and after a power failure an empty file counts as none
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

_MOST = 200


@dataclass(frozen=True, slots=True)
class _Kept:
    """A digest of what is at work, "" where nothing is; and of what processes died at, how many."""

    at: str = ""
    deaths: dict[str, int] = field(default_factory=dict[str, int])


_KEPT = TypeAdapter(_Kept)


class AttemptFile:
    """Fulfils the AttemptLog port."""

    def __init__(self, path: Path) -> None:
        """Remember where the file lies."""
        self._path = path

    def begin(self, what: str) -> int:
        """Note that work on something begins; gives how many processes have died at it before."""
        deaths = dict(self._kept().deaths)
        left = self._kept().at
        if left:
            deaths[left] = deaths.pop(left, 0) + 1
        digest = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()
        self._keep(_Kept(digest, dict(list(deaths.items())[-_MOST:])))
        return deaths.get(digest, 0)

    def end(self, *, settled: bool) -> None:
        """Note that it ended."""
        kept = self._kept()
        if kept.at:
            self._keep(_Kept("", {one: n for one, n in kept.deaths.items() if not settled or one != kept.at}))

    def _kept(self) -> _Kept:
        try:
            return _KEPT.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return _Kept()

    def _keep(self, kept: _Kept) -> None:
        beside = self._path.with_name(f".{self._path.name}.tmp")
        with contextlib.suppress(OSError):
            if kept == _Kept():
                self._path.unlink(missing_ok=True)
                return
            fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as stream:
                stream.write(orjson.dumps(kept))
            beside.replace(self._path)
