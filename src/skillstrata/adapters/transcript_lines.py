"""The lines of a file that is read while it may change, each held only if it is not too long.

In     a path
Out    Line per line that is not blank; a line that cannot be given, or a file, has its reason instead
Never  holds more than one line; waits on a pipe or device; reads beyond the size the file had when it was opened
"""

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_LINE_BYTES = 16_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n\x00"
_CHUNK = 1 << 20
_BUFFER = 1 << 18


class Line(NamedTuple):
    """One line, without its end. `number` begins at 1 (0 is the file); `whole` says that it ended in a newline."""

    number: int
    data: bytes
    whole: bool = True
    reason: str = ""


def history_lines(path: str, *, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Read a file's lines; whatever stops it is the last item, with its reason.

    Args:
        path: Any path.
        max_bytes: The most a line may have; of a longer one nothing is kept.
    """
    number = 0
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb", buffering=_BUFFER) as stream:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                yield Line(0, b"", reason="not a regular file: it was not read")
                return
            for line in _lines(stream, status.st_size, max_bytes):
                number = line.number
                yield line
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        yield Line(0, b"", reason=f"cannot be read{f' beyond line {number}' if number else ''}: {said}")


def _lines(stream: BinaryIO, size: int, max_bytes: int) -> Iterator[Line]:
    number = 0
    # What a program appends meanwhile is left for the next time: a file may grow faster than it is read.
    while size > 0 and (data := stream.readline(min(size, max_bytes + 1))):
        number += 1
        size -= len(data)
        if len(data) > max_bytes and not data.endswith(b"\n"):
            skipped = _skip_line(stream, size)
            size -= skipped
            length = len(data) + skipped
            del data
            yield Line(number, b"", reason=f"the line has {length} bytes, more than {max_bytes}: it was skipped")
            continue
        whole = data.endswith(b"\n")
        bare = (data.removeprefix(BYTE_ORDER_MARK) if number == 1 else data).strip(_BLANK)
        if bare:
            yield Line(number, bare, whole)
        elif b"\x00" in data:
            yield Line(number, b"", whole, "the line holds nothing but NUL bytes")


def _skip_line(stream: BinaryIO, size: int) -> int:
    """Read to the end of the line and give the number of bytes passed over."""
    passed = 0
    while passed < size and (data := stream.readline(min(_CHUNK, size - passed))):
        passed += len(data)
        if data.endswith(b"\n"):
            break
    return passed
