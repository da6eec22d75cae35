"""read_file, write_file and list_dir.

In     a path below the caller's folder or a declared root
Out    text, or what was written
Never  opens a device or a pipe; leaves half a file; writes where other programs would obey what is written; cuts text
       without saying so
"""

import codecs
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from skillstrata.adapters.atomic_files import write_all
from skillstrata.adapters.native_places import Place, Roots, folder_of, place_of
from skillstrata.adapters.native_tools import (
    MOST_TEXT_BYTES,
    NativeFault,
    NativeTool,
    capability,
    closed_object,
    number_argument,
    text_argument,
)
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Effects
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolCall

_MOST_ENTRIES = 5_000
_PATH: JsonObject = {
    "type": "string",
    "minLength": 1,
    "description": "Relative to the folder of the call, or absolute below a root that policy declares.",
}
_READING = Effects(read_only=True, destructive=False, idempotent=True, open_world=False)


def read_file(roots: Roots) -> NativeTool:
    """Make the tool that reads a text file."""
    taken = closed_object(
        {
            "path": _PATH,
            "from_byte": {"type": "integer", "minimum": 0, "default": 0},
            "max_bytes": {"type": "integer", "minimum": 1, "maximum": MOST_TEXT_BYTES, "default": MOST_TEXT_BYTES},
        },
        ("path",),
    )
    given = closed_object(
        {
            "path": {"type": "string"},
            "content": {"type": "string"},
            "size": {"type": "integer", "description": "Bytes of the whole file."},
            "truncated": {"type": "boolean", "description": "Whether the file goes on after this text."},
        },
        ("path", "content", "size", "truncated"),
    )
    about = "Read a UTF-8 text file. A longer file is read in parts: `truncated` says that it goes on."
    described = capability("read_file", about, (taken, given), Approval.NONE, _READING)

    def act(call: ToolCall, _until: float, _cancel: Cancellation) -> JsonObject:
        place = place_of(text_argument(call, "path"), call, roots)
        start = number_argument(call, "from_byte", 0)
        most = min(number_argument(call, "max_bytes", MOST_TEXT_BYTES), MOST_TEXT_BYTES)
        data, size = read_part(place, start, most)
        rest = start + len(data) < size
        return {"path": str(place.path), "content": _text_of(data, place, more=rest), "size": size, "truncated": rest}

    return NativeTool(replace(described, needs=("fs.read",)), act)


def read_part(place: Place, start: int, most: int) -> tuple[bytes, int]:
    """Read some bytes of a regular file, and its size.

    Raises:
        NativeFault: It is not there, or not a regular file.
    """
    if not place.parts:
        raise NativeFault("tool_error", f"{place.path} is a folder", hint="use list_dir", sent=False)
    with folder_of(place) as folder:
        try:
            fd = os.open(place.parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            raise NativeFault("tool_error", f"{place.path}: {error.strerror}", sent=False) from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise NativeFault("tool_error", f"{place.path} is not a regular file", hint="use list_dir for a folder")
        return _read(fd, start, most), found.st_size
    finally:
        os.close(fd)


def _read(fd: int, start: int, most: int) -> bytes:
    parts: list[bytes] = []
    while most > 0 and (part := os.pread(fd, most, start)):
        parts.append(part)
        start, most = start + len(part), most - len(part)
    return b"".join(parts)


def _text_of(data: bytes, place: Place, *, more: bool) -> str:
    try:
        # A character that the end of the part cuts in two is left for the next part.
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=not more)
    except UnicodeDecodeError as error:
        raise NativeFault(
            "tool_error",
            f"{place.path} is not UTF-8 text (byte {error.start})",
            hint="read_file reads text alone; a distilled tool or bash with `files` can read other formats",
        ) from error


def write_file(roots: Roots, planted: Callable[[str, str], str]) -> NativeTool:
    """Make the tool that writes a text file; `planted` says why a path may not be written, given it and its root."""
    taken = closed_object(
        {
            "path": _PATH,
            "content": {"type": "string", "maxLength": 10_000_000},
            "overwrite": {"type": "boolean", "default": True, "description": "Replace a file that is there."},
        },
        ("path", "content"),
    )
    given = closed_object(
        {"path": {"type": "string"}, "bytes": {"type": "integer"}, "created": {"type": "boolean"}},
        ("path", "bytes", "created"),
    )
    about = "Write a UTF-8 text file whole, making its folders; what was there is replaced in one step."
    effects = Effects(read_only=False, destructive=True, idempotent=True, open_world=False)
    described = capability("write_file", about, (taken, given), Approval.PLAN_CONFIRM, effects)

    def act(call: ToolCall, _until: float, _cancel: Cancellation) -> JsonObject:
        place = place_of(text_argument(call, "path"), call, roots)
        why = planted(place.path.as_posix(), place.root.as_posix())
        if why:
            raise NativeFault(
                "denied", f"{place.path} may not be written: {why}", hint="choose another name or folder", sent=False
            )
        data = text_argument(call, "content").encode()
        created = _write(place, data, replace_it=call.arguments.get("overwrite", True) is True)
        return {"path": str(place.path), "bytes": len(data), "created": created}

    return NativeTool(replace(described, needs=("fs.write",)), act)


def _write(place: Place, data: bytes, *, replace_it: bool) -> bool:
    if not place.parts:
        raise NativeFault("tool_error", f"{place.path} is a folder", sent=False)
    name = place.parts[-1]
    with folder_of(place, make=True) as folder:
        before = _mode_of(folder, name)
        if before is not None and not stat.S_ISREG(before):
            raise NativeFault("denied", f"{place.path} is there and not a regular file", sent=False)
        if before is not None and not replace_it:
            raise NativeFault(
                "tool_error", f"{place.path} is there already", hint="another path, or `overwrite: true`", sent=False
            )
        _write_beside(folder, name, data, None if before is None else stat.S_IMODE(before))
        return before is None


def _mode_of(folder: int, name: str) -> int | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _write_beside(folder: int, name: str, data: bytes, mode: int | None) -> None:
    tmp = f".{secrets.token_hex(12)}.tmp"
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        try:
            write_all(fd, data)
            if mode is not None:
                os.fchmod(fd, mode & 0o777)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(tmp, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(tmp, dir_fd=folder)
        raise
    os.fsync(folder)


def list_dir(roots: Roots) -> NativeTool:
    """Make the tool that lists a folder."""
    taken = closed_object(
        {
            "path": {**_PATH, "default": "."},
            "most": {"type": "integer", "minimum": 1, "maximum": _MOST_ENTRIES, "default": 1_000},
        },
        (),
    )
    entry = closed_object(
        {
            "name": {"type": "string"},
            "kind": {"type": "string", "enum": ["file", "folder", "link", "other"]},
            "size": {"type": "integer"},
        },
        ("name", "kind", "size"),
    )
    given = closed_object(
        {
            "path": {"type": "string"},
            "entries": {"type": "array", "items": entry},
            "truncated": {"type": "boolean", "description": "Whether there are more entries than were asked for."},
        },
        ("path", "entries", "truncated"),
    )
    about = "List a folder: names in order, with kind and size in bytes. Links are named and not followed."
    described = capability("list_dir", about, (taken, given), Approval.NONE, _READING)

    def act(call: ToolCall, _until: float, _cancel: Cancellation) -> JsonObject:
        place = place_of(text_argument(call, "path", "."), call, roots)
        most = min(number_argument(call, "most", 1_000), _MOST_ENTRIES)
        # The folder of an imagined entry in it is the folder itself, opened without following a link.
        with folder_of(Place(place.root, (*place.parts, "."))) as folder:
            names = sorted(os.listdir(folder))
            entries: list[Json] = [_entry(folder, name) for name in names[:most]]
        return {"path": str(place.path), "entries": entries, "truncated": len(names) > most}

    return NativeTool(replace(described, needs=("fs.read",)), act)


def _entry(folder: int, name: str) -> JsonObject:
    shown = os.fsencode(name).decode("utf-8", "replace")
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return {"name": shown, "kind": "other", "size": 0}
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"))
    kind = next((word for test, word in kinds if test(found.st_mode)), "other")
    return {"name": shown, "kind": kind, "size": found.st_size}
