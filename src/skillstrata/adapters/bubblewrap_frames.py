"""What the shim sends, read piece by piece and believed in nothing but its form.

In     bytes as they arrive on the output pipe
Out    ShimReport: how far the run got, the files with sane names, the names that were refused
Never  keeps more bytes or files than the job's limits; makes a path on the host
Why    the stream comes out of the sandbox: a program that took the shim over could send anything
"""

from dataclasses import dataclass, field

from skillstrata.adapters.sandbox_paths import name_fault, under
from skillstrata.records.sandbox_runs import CollectedFile, Limits

_HEAD = 13
_MAX_NAME = 64 * 1024
_MAX_REFUSED = 400


@dataclass(slots=True)
class ShimReport:
    """What has arrived so far. `broken` says why nothing more is read."""

    wall: str = ""
    started: bool = False
    ended: bool = False
    complete: bool = False
    status: int = 0
    cpu_ms: int = 0
    over: str = ""
    broken: str = ""
    files: list[CollectedFile] = field(default_factory=list[CollectedFile])
    refused: list[str] = field(default_factory=list[str])


class FrameReader:
    """Turns the stream into a ShimReport."""

    def __init__(self, limits: Limits, roots: tuple[str, ...], before: dict[str, bytes]) -> None:
        """Take the limits that hold for the whole stream, and the bytes that mounted files began with."""
        self.report = ShimReport()
        self._limits = limits
        self._roots = roots
        self._before = before
        self._buffer = bytearray()
        self._bytes = 0

    def feed(self, part: bytes) -> None:
        """Take the next bytes; after a malformed frame nothing is read any more."""
        self._buffer += part
        while not self.report.broken and self._take_frame():
            pass
        if self.report.broken:
            self._buffer.clear()

    def _take_frame(self) -> bool:
        if len(self._buffer) < _HEAD:
            return False
        name_size = int.from_bytes(self._buffer[1:5], "big")
        body_size = int.from_bytes(self._buffer[5:_HEAD], "big")
        if name_size > _MAX_NAME or body_size > self._limits.output_bytes - self._bytes + _MAX_NAME:
            self.report.broken = "a frame is larger than the limits allow"
            return False
        end = _HEAD + name_size + body_size
        if len(self._buffer) < end:
            return False
        kind = bytes(self._buffer[:1])
        name = bytes(self._buffer[_HEAD : _HEAD + name_size])
        body = bytes(memoryview(self._buffer)[_HEAD + name_size : end])
        del self._buffer[:end]
        self._take(kind, name, body)
        return True

    def _take(self, kind: bytes, name: bytes, body: bytes) -> None:
        report = self.report
        if kind in (b"W", b"K"):
            self._take_file(name, body, touched=kind == b"W")
        elif kind == b"R":
            self._refuse(name, body.decode("ascii", "replace"))
        elif kind == b"X":
            report.wall = body.decode("utf-8", "replace")
        elif kind == b"S":
            report.started = True
        elif kind == b"D":
            report.ended = True
        elif kind == b"E":
            self._take_end(body)
        else:
            report.broken = "a frame of no known kind"

    def _take_file(self, name: bytes, body: bytes, *, touched: bool) -> None:
        if len(self.report.files) >= self._limits.output_files:
            self.report.broken = "more files than the limits allow"
            return
        self._bytes += len(body)
        fault = name_fault(name)
        path = name.decode("utf-8", "replace")
        if not fault and not any(path != root and under(path, root) for root in self._roots):
            fault = "it lies under no root of the job"
        if fault:
            self._refuse(name, fault)
            return
        written = touched or self._before.get(path) != body
        self.report.files.append(CollectedFile(path, body, written=written))

    def _take_end(self, body: bytes) -> None:
        words = body.decode("ascii", "replace").split()
        if len(words) not in (2, 3) or not all(word.isascii() and word.isdigit() for word in words[:2]):
            self.report.broken = "the last frame cannot be read"
            return
        self.report.status, self.report.cpu_ms = int(words[0]), int(words[1])
        self.report.over = words[2] if words[2:] and words[2] in ("disk", "files") else ""
        self.report.complete = True

    def _refuse(self, name: bytes, reason: str) -> None:
        if len(self.report.refused) < _MAX_REFUSED:
            shown = ascii(name.decode("utf-8", "backslashreplace"))[1:-1]
            self.report.refused.append(f"{shown}: {reason}")
