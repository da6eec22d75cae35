"""Marks of secret values in a folder of the data directory: a key of its own, and one line for each mark.

In     ValueMark
Out    FOLDER/key (32 random bytes) and FOLDER/values.jsonl, both readable by their owner alone
Never  holds a value; takes a line that is cut off or of a later form for a mark
Why    who has the folder can try words against a mark, but cannot read one: so the key never leaves the data directory
"""

import contextlib
import os
import secrets
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_all, write_new
from skillstrata.ports.secret_values import ValueMark

_KEY_BYTES = 32
_FORM = 1


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    v: int
    name: str
    length: int
    digest: str
    anchor_start: int
    anchor_length: int
    anchor_digest: str


class SecretValueFile:
    """Fulfils the SecretValues port in one folder."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; it is made at the first `key` or `remember`."""
        self._folder = folder
        self._key = b""

    def key(self) -> bytes:
        """Give the key, making it where there is none yet.

        Raises:
            StoreFull: It cannot be written or read.
        """
        if self._key:
            return self._key
        path = self._folder / "key"
        with storing(path):
            if not path.exists():
                make_folder(self._folder)
                # Of two processes the first one's key counts.
                with contextlib.suppress(FileExistsError):
                    write_new(path, secrets.token_bytes(_KEY_BYTES))
            self._key = path.read_bytes()
        return self._key

    def marks(self) -> tuple[ValueMark, ...]:
        """Give every mark; what cannot be read is no mark."""
        try:
            lines = (self._folder / "values.jsonl").read_bytes().split(b"\n")
        except OSError:
            return ()
        return tuple(dict.fromkeys(mark for line in lines if line and (mark := _mark(line)) is not None))

    def remember(self, marks: tuple[ValueMark, ...]) -> None:
        """Add those marks that are not there.

        Raises:
            StoreFull: They cannot be written.
        """
        known = set(self.marks())
        new = [mark for mark in dict.fromkeys(marks) if mark not in known]
        if not new:
            return
        path = self._folder / "values.jsonl"
        # A line break first: a line that a killed process left unfinished must not swallow ours.
        data = b"\n" + b"".join(orjson.dumps({"v": _FORM, **asdict(mark)}) + b"\n" for mark in new)
        with storing(path):
            make_folder(self._folder)
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                write_all(fd, data)
                os.fsync(fd)
            finally:
                os.close(fd)


def _mark(line: bytes) -> ValueMark | None:
    try:
        read = _Line.model_validate(orjson.loads(line))
    except (orjson.JSONDecodeError, ValidationError):
        return None
    if read.v != _FORM:
        return None
    return ValueMark(read.name, read.length, read.digest, read.anchor_start, read.anchor_length, read.anchor_digest)
