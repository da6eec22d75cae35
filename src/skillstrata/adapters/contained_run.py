"""One run of the `contained` tier from start to end: read every pipe, look at the clock and the watchers, end the tree.

In     a started launcher, the reading ends of its pipes and the writing end of the one that keeps it going
Out    Ending: both streams, what the launcher reported, the broken limit
Never  returns while the launcher is alive; it ends when every process of the run has
Why    waits for the end of the *launcher*, never for the end of a stream: a grandchild can hold a stream open
"""

import contextlib
import os
import selectors
import subprocess
import time
from dataclasses import dataclass, field

from skillstrata.adapters.contained_folder import LaidOut
from skillstrata.adapters.contained_watch import TMP_BYTES, FolderWatch, TreeWatch
from skillstrata.adapters.sandbox_cgroup import Group, group_for
from skillstrata.adapters.sandbox_stop import stop_asked
from skillstrata.records.sandbox_runs import SandboxJob

# Shorter than where a kernel's wall stands behind the watcher: between two looks a program can fill a disk.
LOOK_EVERY_S = 0.02
START_S = 20.0
_END_S = 10.0
_CHUNK = 1 << 18
_MAX_REPORT = 4096
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Pipes:
    """Our ends: three to read, non-blocking, and the one whose closing ends the run."""

    stdout: int
    stderr: int
    report: int
    control: int


@dataclass(slots=True)
class Ending:
    """What was seen of a run. `status` is None while the launcher has not said how the program ended."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    report: bytearray = field(default_factory=bytearray)
    started: bool = False
    wall: str = ""
    status: int | None = None
    cpu_ms: int = 0
    limit: str = ""
    wall_ms: float = 0.0


class Supervision:
    """Watches one launcher until nothing of its run is left."""

    def __init__(self, process: subprocess.Popen[bytes], pipes: Pipes, job: SandboxJob, laid: LaidOut) -> None:
        """Begin the clock."""
        self._process = process
        self._pipes = pipes
        self._limits = job.limits
        self._ending = Ending()
        self._began = self._started = time.monotonic()
        self._tree = TreeWatch(process.pid, job)
        self._folder = FolderWatch(job, laid)
        self._group: Group | None = None
        self._sinks = {pipes.stdout: self._ending.stdout, pipes.stderr: self._ending.stderr}

    def to_the_end(self) -> Ending:
        """Read and watch until the launcher has ended; then nothing of the run is alive."""
        launcher = os.pidfd_open(self._process.pid)
        self._group = group_for(self._limits, self._limits.output_bytes + TMP_BYTES)
        try:
            self._let_go()
            with selectors.DefaultSelector() as selector:
                for fd in (launcher, self._pipes.stdout, self._pipes.stderr, self._pipes.report):
                    selector.register(fd, selectors.EVENT_READ)
                self._loop(selector, launcher)
        finally:
            self._end(launcher)
            os.close(launcher)
            if self._group:
                self._ending.limit = self._ending.limit or self._group.broken_limit()
                self._group.close()
        self._ending.wall_ms = self._ending.wall_ms or self._elapsed_s() * 1000
        return self._ending

    def _let_go(self) -> None:
        if self._group:
            # One that ended already has no group to be put in, and a group we lost leaves the watcher.
            with contextlib.suppress(OSError):
                self._group.add(self._process.pid)
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipes.control, b"g")

    def _loop(self, selector: selectors.BaseSelector, launcher: int) -> None:
        next_look = 0.0
        running = True
        while running and not self._ending.limit:
            ready = [key.fd for key, _ in selector.select(LOOK_EVERY_S)]
            for fd in ready:
                if fd != launcher and not self._read(fd):
                    selector.unregister(fd)
            running = launcher not in ready
            now = time.monotonic()
            if running and not self._ending.limit and now >= next_look:
                self._ending.limit = self._look()
                next_look = time.monotonic() + LOOK_EVERY_S
        if not self._ending.limit:
            # Every process is dead, so each stream has an end; what is left in the pipes is all there will be.
            for fd in (*self._sinks, self._pipes.report):
                while self._read(fd):
                    pass

    def _read(self, fd: int) -> bool:
        try:
            part = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if not part:
            return False
        if fd in self._sinks:
            self._keep_output(self._sinks[fd], part)
        else:
            self._take_report(part)
        return True

    def _keep_output(self, sink: bytearray, part: bytes) -> None:
        room = self._limits.stdout_bytes - len(self._ending.stdout) - len(self._ending.stderr)
        sink += part[: max(room, 0)]
        if len(part) > room:
            self._ending.limit = "stdout"

    def _take_report(self, part: bytes) -> None:
        ending = self._ending
        ending.report += part[: _MAX_REPORT - len(ending.report)]
        *lines, rest = ending.report.split(b"\n")
        ending.report = rest
        for line in lines:
            kind, _, text = line.decode("utf-8", "replace").partition(" ")
            if kind == "X":
                ending.wall = text
            elif kind == "S":
                ending.started = True
                self._started = time.monotonic()
            elif kind == "E":
                status, cpu_ms = text.split()
                ending.status, ending.cpu_ms = int(status), int(cpu_ms)
                ending.wall_ms = self._elapsed_s() * 1000

    def _look(self) -> str:
        if stop_asked():
            return stop_asked()
        if not self._ending.started:
            return "wall" if self._elapsed_s() > START_S else ""
        if self._ending.status is not None:
            return ""
        if time.monotonic() - self._started > self._limits.wall_s:
            return "wall"
        counted = self._group.broken_limit() if self._group else ""
        return counted or self._tree.broken_limit() or self._folder.broken_limit(self._tree.pids)

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def _end(self, launcher: int) -> None:
        # The launcher kills all of the tree when this pipe closes, then ends itself.
        os.close(self._pipes.control)
        with selectors.DefaultSelector() as selector:
            selector.register(launcher, selectors.EVENT_READ)
            if not selector.select(_END_S):
                self._kill_what_is_seen()
        self._process.kill()
        self._process.wait()

    def _kill_what_is_seen(self) -> None:
        # A launcher that hangs, as one that was stopped does: its children are still in sight.
        self._tree.broken_limit()
        for pid in self._tree.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), _SIGKILL)
