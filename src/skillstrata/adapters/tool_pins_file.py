"""The ToolPins port on one file of JSON, shared by every process of a data directory.

In     definitions of tools as servers give them
Out    DATA_DIR/tool_pins.json, written whole, under a lock; those that hold
Never  replaces a pin because a server says so; takes a damaged file for an empty one: that would pin anything anew
"""

import threading
from pathlib import Path
from typing import ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.file_lock import LockFile
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.tool_servers import PinnedTool

_VERSION = 1
_LOCK_S = 10.0


class ToolPinsDamaged(StrataError):
    """The file of pinned definitions cannot be read; until it is mended, no tool of a server can be vouched for."""

    code: ClassVar[str] = "servers.pins_damaged"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)

    server: str
    tool: str
    digest: str
    definition: str
    pinned_at_s: float = 0.0


class _File(BaseModel):
    version: int = Field(ge=1, le=_VERSION)
    pins: list[_Row]


_Key = tuple[str, str]


class ToolPinsFile:
    """Fulfils the ToolPins port."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made with the first pin."""
        self._path = path
        self._lock = LockFile(path.with_name(f"{path.name}.lock"), wait_s=_LOCK_S)
        self._threads = threading.Lock()
        self._sorted: tuple[dict[_Key, PinnedTool], tuple[PinnedTool, ...]] | None = None
        self._read: tuple[tuple[int, int, int], dict[_Key, PinnedTool]] | None = None

    def pin(self, seen: tuple[PinnedTool, ...]) -> tuple[PinnedTool, ...]:
        """Pin what was never seen; give the pins that hold for all of these, in their order.

        Raises:
            ToolPinsDamaged: The file cannot be read.
            StoreFull: It cannot be written.
        """
        with self._threads:
            known = self._pins()
            if any(_key(tool) not in known for tool in seen):
                known = self._changed({_key(tool): tool for tool in reversed(seen)}, replace=False)
            return tuple(known[_key(tool)] for tool in seen)

    def repin(self, tool: PinnedTool) -> None:
        """Replace a pin, because a person said so."""
        with self._threads:
            self._changed({_key(tool): tool}, replace=True)

    def pins(self) -> tuple[PinnedTool, ...]:
        """Give every pin, sorted by server and tool."""
        with self._threads:
            known = self._pins()
            if self._sorted is None or self._sorted[0] is not known:
                # One tuple for as long as the file stays: whoever asks again can tell by its identity.
                self._sorted = (known, tuple(known[key] for key in sorted(known)))
            return self._sorted[1]

    def _changed(self, tools: dict[_Key, PinnedTool], *, replace: bool) -> dict[_Key, PinnedTool]:
        with storing(self._path):
            make_folder(self._path.parent)
            with self._lock.held():
                known = self._pins()
                whole = {**known, **tools} if replace else {**tools, **known}
                rows = [_row(whole[key]).model_dump() for key in sorted(whole)]
                write_atomic(self._path, orjson.dumps({"version": _VERSION, "pins": rows}))
        return whole

    def _pins(self) -> dict[_Key, PinnedTool]:
        try:
            stat = self._path.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if self._read is None or self._read[0] != mark:
                rows = _File.model_validate_json(self._path.read_bytes()).pins
                self._read = (mark, {(row.server, row.tool): _tool(row) for row in rows})
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValidationError) as error:
            said = error.strerror if isinstance(error, OSError) else "is not a file of pins, or one of a newer version"
            raise ToolPinsDamaged(
                f"{self._path}: {said}",
                hint="put it back from a backup; without it, move it away and look at each server's tools anew",
            ) from error
        return self._read[1]


def _key(tool: PinnedTool) -> _Key:
    return tool.server, tool.tool


def _row(tool: PinnedTool) -> _Row:
    return _Row(
        server=tool.server,
        tool=tool.tool,
        digest=tool.digest,
        definition=tool.definition,
        pinned_at_s=tool.pinned_at_s,
    )


def _tool(row: _Row) -> PinnedTool:
    return PinnedTool(row.server, row.tool, row.digest, row.definition, row.pinned_at_s)
