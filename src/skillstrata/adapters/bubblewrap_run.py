"""One run from start to end: read every pipe, look at the clock and the watcher, end what must be ended.

In     a started process and the reading ends of its pipes
Out    Ending: both streams, what the shim sent, the broken limit
Never  returns while a process of the sandbox is alive
Why    waits for the end of the *process*, never for the end of a stream: a grandchild can hold a stream open for ever
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import Protocol

from skillstrata.adapters.bubblewrap_argv import needs_shim
from skillstrata.adapters.bubblewrap_frames import FrameReader
from skillstrata.adapters.sandbox_stop import stop_asked
from skillstrata.adapters.sandbox_watch import Watcher
from skillstrata.records.sandbox_runs import SandboxJob

LOOK_EVERY_S = 0.05
COLLECT_S = 30.0
START_S = 20.0
_END_S = 10.0
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Pipes:
    """Reading ends, all non-blocking."""

    stdout: int
    stderr: int
    status: int
    frames: int


@dataclass(slots=True)
class Ending:
    """What was seen of a run. `status` is what bwrap told of itself; `exit_code` and `went_in` are read from it."""

    frames: FrameReader
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    status: bytearray = field(default_factory=bytearray)
    limit: str = ""
    wall_ms: float = 0.0
    went_in: bool = False
    cpu_s: float = 0.0
    exit_code: int | None = None


class Gate(Protocol):
    """What stands between the sandbox's init and the program."""

    def open_for(self, init: int) -> None:
        """Let the init with this process id go on."""
        ...

    def broken_limit(self) -> str:
        """Give the limit that the kernel had to enforce, or an empty string."""
        ...


@dataclass(frozen=True, slots=True)
class Started:
    """A process on its way into the sandbox."""

    process: subprocess.Popen[bytes]
    gate: Gate


class Supervision:
    """Watches one process until nothing of it is left."""

    def __init__(self, started: Started, pipes: Pipes, job: SandboxJob, frames: FrameReader) -> None:
        """Begin the clock."""
        self._process = started.process
        self._gate = started.gate
        self._pipes = pipes
        self._job = job
        self._ending = Ending(frames)
        self._began = time.monotonic()
        self._watcher: Watcher | None = None
        self._init_fd = -1
        self._sinks = {pipes.stdout: self._ending.stdout, pipes.stderr: self._ending.stderr}

    def to_the_end(self) -> Ending:
        """Read and watch until the process has ended; then nothing of the sandbox is alive."""
        outer_fd = os.pidfd_open(self._process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                for fd in (outer_fd, self._pipes.stdout, self._pipes.stderr, self._pipes.status, self._pipes.frames):
                    selector.register(fd, selectors.EVENT_READ)
                self._loop(selector, outer_fd)
        finally:
            self._leave_nothing()
            os.close(outer_fd)
        self._ending.wall_ms = self._ending.wall_ms or self._elapsed_s() * 1000
        self._ending.cpu_s = self._watcher.cpu_s if self._watcher else 0.0
        return self._ending

    def _loop(self, selector: selectors.BaseSelector, outer_fd: int) -> None:
        next_look = 0.0
        running = True
        while running and not self._ending.limit:
            ready = [key.fd for key, _ in selector.select(LOOK_EVERY_S)]
            for fd in ready:
                if fd != outer_fd and not self._read(fd):
                    selector.unregister(fd)
            running = outer_fd not in ready
            now = time.monotonic()
            if running and not self._ending.limit and now >= next_look:
                self._ending.limit = self._look()
                next_look = now + LOOK_EVERY_S
        if self._ending.limit:
            self._ending.went_in |= self._init_fd >= 0
        else:
            # Everything inside is dead, so each stream has an end; what is left in the pipes is all there will be.
            for fd in self._sinks.keys() | {self._pipes.status, self._pipes.frames}:
                while self._read(fd):
                    pass
            self._ending.limit = self._ending.limit or self._gate.broken_limit()

    def _read(self, fd: int) -> bool:
        try:
            part = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if not part:
            return False
        if fd in self._sinks:
            self._keep_output(self._sinks[fd], part)
        elif fd == self._pipes.status:
            self._ending.status += part
            self._read_status()
        else:
            self._ending.frames.feed(part)
            if self._ending.frames.report.ended and not self._ending.wall_ms:
                self._ending.wall_ms = self._elapsed_s() * 1000
        return True

    def _keep_output(self, sink: bytearray, part: bytes) -> None:
        room = self._job.limits.stdout_bytes - len(self._ending.stdout) - len(self._ending.stderr)
        sink += part[:room]
        if len(part) > room:
            self._ending.limit = "stdout"

    def _read_status(self) -> None:
        *lines, rest = self._ending.status.split(b"\n")
        self._ending.status = rest
        for line in lines:
            with contextlib.suppress(ValueError, AttributeError, TypeError, ProcessLookupError):
                said = json.loads(line)
                if "child-pid" in said and self._init_fd < 0:
                    self._let_in(int(said["child-pid"]))
                if "exit-code" in said:
                    self._ending.exit_code = int(said["exit-code"])
                    self._ending.went_in = True

    def _let_in(self, init: int) -> None:
        self._init_fd = os.pidfd_open(init)
        self._watcher = Watcher(init, self._job.limits, self._job.roots)
        self._gate.open_for(init)

    def _look(self) -> str:
        report = self._ending.frames.report
        if report.broken or stop_asked():
            return "disk" if report.broken else stop_asked()
        inside = report.started if needs_shim(self._job) else self._init_fd >= 0
        # That the program is over is what the sandbox says: only sending the files may remain, and nothing may grow.
        since = self._ending.wall_ms / 1000 if report.ended else 0.0
        allowed = (
            COLLECT_S if report.ended else self._job.limits.wall_s if inside else START_S + self._job.limits.wall_s
        )
        if self._elapsed_s() - since > allowed:
            return "wall"
        return self._watcher.broken_limit() or self._gate.broken_limit() if self._watcher and inside else ""

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def _leave_nothing(self) -> None:
        # Killing the init of a process namespace kills all of it; the kernel lets the init go only when it is empty.
        if self._init_fd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)
            with selectors.DefaultSelector() as selector:
                selector.register(self._init_fd, selectors.EVENT_READ)
                selector.select(_END_S)
        if self._job.traced and self._init_fd >= 0:
            # Its tracer ends after it, and takes bwrap in; killed before that, it would leave bwrap to somebody else.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
        self._process.kill()
        self._process.wait()
        if self._init_fd >= 0:
            # Where we are process 1 of a container, bwrap leaves its child to us.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PIDFD, self._init_fd, os.WEXITED | os.WNOHANG)
            os.close(self._init_fd)
