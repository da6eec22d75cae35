"""The Sandbox port on the system's bubblewrap.

In     SandboxJob
Out    SandboxResult, or SandboxUnavailable when the program was never started
Never  runs anything outside the sandbox; falls back to weaker walls
Why    the system's `bwrap` and not one of our own: some systems grant user namespaces to that program alone
"""

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from skillstrata.adapters.bubblewrap_argv import (
    SHM_BYTES,
    TMP_BYTES,
    Ends,
    Inherited,
    Layout,
    Programs,
    Shim,
    command_line,
    interpreter,
    needs_shim,
    originals,
)
from skillstrata.adapters.bubblewrap_faults import INSTALL, hint_for, limits_check
from skillstrata.adapters.bubblewrap_frames import FrameReader, ShimReport
from skillstrata.adapters.bubblewrap_run import Ending, Pipes, Started, Supervision
from skillstrata.adapters.bubblewrap_selftest import attack, failing_wall, key_of
from skillstrata.adapters.bubblewrap_tracing import Strace, looking
from skillstrata.adapters.filter_files import MACHINES, shipped_filter
from skillstrata.adapters.network_bridge import Bridge, bridging
from skillstrata.adapters.sandbox_cgroup import Group, group_for
from skillstrata.adapters.sandbox_paths import check_job
from skillstrata.adapters.sandbox_spawn import Command, spawner
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Check, Limits, SandboxJob, SandboxResult

if TYPE_CHECKING:
    from skillstrata.adapters.network_proxy import Reach

_PIPE_BYTES = 1 << 20
_SIGKILL, _SIGXCPU = 9, 24
_UNSAFE = (
    "nothing is run here: report this with the output of `skillstrata doctor --json`, kernel and bubblewrap version"
)


class BubblewrapSandbox:
    """Runs each job in its own empty root and its own empty network, as another user."""

    tier = "isolated"

    def __init__(
        self,
        bwrap: str | None = None,
        state: Path | None = None,
        *,
        reach: "Reach | None" = None,
        strace: str | None = "strace",
    ) -> None:
        """Take the path of bwrap, or find it on PATH; nothing is started yet.

        Args:
            bwrap: An absolute path.
            state: The folder that remembers a passed self-test; None to make it once a process.
            reach: How a run with a network grant finds its way out; None for this machine's own.
            strace: Its path or its name on PATH; None to look at runs without it.
        """
        self._bwrap = bwrap or shutil.which("bwrap")
        self._state = state
        self._reach = reach
        self._strace = Strace(strace)
        self._layout: Layout | None = None

    def run(self, job: SandboxJob) -> SandboxResult:
        """Run one job to its end or its limit.

        Args:
            job: What to run. Exit code and files of the result are the program's word.

        Raises:
            SandboxUnavailable: The program was never started; the message has bwrap's reason.
            JobRefused: The job names something no sandbox can give it.
            FileUnreadable: A source of the job cannot be read.
        """
        check_job(job)
        return self._traced(job) if job.traced else _run(job, self._ready(), self._reach)

    def checks(self) -> tuple[Check, ...]:
        """Say whether the sandbox works here, by running `true` in it and attacking its walls."""
        if self._bwrap is None:
            detail = "bubblewrap (bwrap) is not on PATH"
            return (Check("sandbox", ok=False, detail=detail, fix=INSTALL),)
        try:
            result = self.run(SandboxJob(("/usr/bin/true",), roots=(), limits=Limits(wall_s=20.0)))
            wall = attack(partial(_run, layout=self._ready()))
        except SandboxUnavailable as error:
            return (Check("sandbox", ok=False, detail=error.message, fix=error.hint),)
        if wall or not result.succeeded:
            detail = wall or f"a run of `true` ended with {result.exit_code} {result.limit}"
            return (Check("sandbox", ok=False, detail=detail, fix=_UNSAFE),)
        detail = f"{self._bwrap}, tier {self.tier}, withstands its self-test, a run took {result.wall_ms:.0f} ms"
        return (Check("sandbox", ok=True, detail=detail), limits_check(), self._strace.check())

    def _traced(self, job: SandboxJob) -> SandboxResult:
        layout, strace = self._ready(), self._strace.path
        try:
            return _look_at(job, layout, self._reach, strace)
        except SandboxUnavailable as error:
            if strace is None:
                raise
            # Nothing was run: whatever it was, it is not the sandbox that fails if it works without.
            result = _look_at(job, layout, self._reach, None)
            self._strace.give_up(error.message)
            return result

    def _ready(self) -> Layout:
        if self._layout is None:
            layout = self._laid_out()
            key = key_of(layout.programs.bwrap, layout.seccomp, layout.shim.source)
            wall = failing_wall(partial(_run, layout=layout), key, self._state)
            if wall:
                raise SandboxUnavailable(f"a wall of the sandbox does not hold: {wall}", hint=_UNSAFE)
            self._layout = layout
        return self._layout

    def _laid_out(self) -> Layout:
        machine = platform.machine()
        if machine not in MACHINES:
            raise SandboxUnavailable(f"there is no system-call filter for {machine!r}", hint="run on x86_64 or aarch64")
        programs = Programs(self._program(), _needed("setpriv"), _needed("prlimit"))
        shim = resources.files("skillstrata.adapters").joinpath("sandbox_shim.py").read_bytes()
        filters = shipped_filter(machine), shipped_filter(machine, network=True)
        return Layout(programs, Shim.of(shim), *filters, _reachable)

    def _program(self) -> str:
        if self._bwrap is None:
            raise SandboxUnavailable("bubblewrap (bwrap) is not installed", hint=INSTALL)
        if not os.access(self._bwrap, os.X_OK):
            raise SandboxUnavailable(f"there is no bubblewrap at {self._bwrap!r}", hint=INSTALL)
        return os.path.abspath(self._bwrap)


def _run(job: SandboxJob, layout: Layout, reach: "Reach | None" = None) -> SandboxResult:
    before = originals(job)
    frames = FrameReader(job.limits, job.roots, before)
    with _pipes() as (read, write), _gate(job) as gate, bridging(job.network, reach) as bridge:
        started = Started(_start(job, layout, before, write, gate, bridge), gate)
        if bridge:
            bridge.begin()
        ending = Supervision(started, read, job, frames).to_the_end()
    _require_started(ending, job)
    result = _result(ending, job) if needs_shim(job) else _result_alone(ending, job.limits)
    return replace(result, attempts=bridge.attempts) if bridge else result


def _look_at(job: SandboxJob, layout: Layout, reach: "Reach | None", strace: str | None) -> SandboxResult:
    with looking(job, strace) as look:
        result = _run(look.job, replace(layout, look=look), reach)
    return replace(result, provenance=look.provenance(result, layout.shim.file_for(interpreter(job))[0]))


def _needed(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if found is None:
        raise SandboxUnavailable(f"{name} is not installed", hint="install it: `apt-get install util-linux`")
    return found


def _reachable(folder: str) -> str:
    try:
        return spawner().reachable(folder)
    except FileNotFoundError as error:
        raise SandboxUnavailable(f"{folder!r} is not there", hint="build the environment again") from error
    except OSError as error:
        raise SandboxUnavailable(
            f"as root, {folder!r} cannot be laid out for the sandbox: {error.strerror}",
            hint="run as an ordinary user, or allow root to mount",
        ) from error


@contextmanager
def _pipes() -> Generator[tuple[Pipes, Inherited]]:
    read, write = Inherited(), Inherited()
    try:
        for _ in range(4):
            reading, writing = os.pipe2(os.O_CLOEXEC)
            read.keep(reading)
            write.keep(writing)
            os.set_blocking(reading, False)
        # The files come last and in bulk; a user over the system's allowance for pipes keeps the small one.
        with suppress(PermissionError):
            fcntl.fcntl(read.fds[-1], fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        yield Pipes(*read.fds), write
    finally:
        write.close()
        read.close()


class _Gate:
    """Holds a sandbox back until its control group has it; open from the start where there is none."""

    def __init__(self, group: Group | None) -> None:
        self._group = group
        self.reading, self._writing = os.pipe2(os.O_CLOEXEC) if group else (-1, -1)

    def open_for(self, init: int) -> None:
        if self._group is None:
            return
        # Without the group the watcher alone holds the limits, as on machines that have none.
        with suppress(OSError):
            self._group.add(init)
        with suppress(BrokenPipeError):
            os.write(self._writing, b"x")

    def broken_limit(self) -> str:
        return self._group.broken_limit() if self._group else ""

    def close(self) -> None:
        for fd in (self.reading, self._writing):
            if fd >= 0:
                os.close(fd)
        if self._group:
            self._group.close()


@contextmanager
def _gate(job: SandboxJob) -> Generator[_Gate]:
    folders = TMP_BYTES + SHM_BYTES + len(job.roots) * job.limits.output_bytes
    gate = _Gate(group_for(job.limits, folders))
    try:
        yield gate
    finally:
        gate.close()


def _start(
    job: SandboxJob, layout: Layout, before: dict[str, bytes], write: Inherited, gate: _Gate, bridge: Bridge | None
) -> subprocess.Popen[bytes]:
    inherited = Inherited()
    stdout, stderr, status, frames = write.fds
    # Without the shim nobody inside would close the pipe before the program starts.
    ends = Ends(status, frames if needs_shim(job) else -1, gate.reading, bridge.inner if bridge else -1)
    try:
        argv = command_line(job, layout, inherited, before, ends)
        looking = layout.look.fds if layout.look else ()
        argv = layout.look.around(argv, layout.programs) if layout.look else argv
        stdin = int(inherited.sealed(job.stdin)) if job.stdin else subprocess.DEVNULL
        passed = tuple(fd for fd in (*inherited.fds, status, ends.frames, ends.block, ends.bridge, *looking) if fd >= 0)
        return spawner().start(Command(argv, passed, stdin, stdout, stderr))
    except OSError as error:
        raise SandboxUnavailable(f"the sandbox cannot be started: {error}", hint=INSTALL) from error
    finally:
        inherited.close()
        # Our writing ends, so that a stream ends when the sandbox does.
        write.close()


def _require_started(ending: Ending, job: SandboxJob) -> None:
    report = ending.frames.report
    if report.wall:
        raise SandboxUnavailable(
            f"a wall of the sandbox is missing: {report.wall}", hint="nothing was run; see `skillstrata doctor`"
        )
    if report.started or (ending.went_in and not needs_shim(job)):
        return
    if ending.limit == "wall":
        raise SandboxUnavailable(
            "bubblewrap was started and did not come to the program in time",
            hint="try it by hand: `bwrap --unshare-user --ro-bind / / true`; `skillstrata doctor` tries it too",
        )
    said = ending.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = said[-1] if said else ending.limit or "it ended without a word"
    raise SandboxUnavailable(f"bubblewrap could not start: {reason}", hint=hint_for(reason))


def _result(ending: Ending, job: SandboxJob) -> SandboxResult:
    report = ending.frames.report
    failed = report.complete and report.status != 0
    limit = ending.limit or _limit_of(report, job.limits) or _memory_error(ending, failed=failed)
    return SandboxResult(
        exit_code=_exit_code(report) if report.complete and not ending.limit else None,
        stdout=bytes(ending.stdout),
        stderr=bytes(ending.stderr),
        files=tuple(report.files),
        refused=tuple(report.refused),
        limit=limit,
        wall_ms=ending.wall_ms,
    )


def _result_alone(ending: Ending, limits: Limits) -> SandboxResult:
    # bwrap gives a signal as 128 and its number.
    number, failed = (ending.exit_code or 0) - 128, bool(ending.exit_code)
    spent = number == _SIGXCPU or (number == _SIGKILL and ending.cpu_s >= limits.cpu_s)
    limit = ending.limit or ("cpu" if spent else "") or _memory_error(ending, failed=failed)
    return SandboxResult(
        exit_code=None if limit or number in (_SIGKILL, _SIGXCPU) else ending.exit_code,
        stdout=bytes(ending.stdout),
        stderr=bytes(ending.stderr),
        limit=limit,
        wall_ms=ending.wall_ms,
    )


def _limit_of(report: ShimReport, limits: Limits) -> str:
    if not report.complete:
        return ""
    signal_number = os.WTERMSIG(report.status) if os.WIFSIGNALED(report.status) else 0
    if signal_number == _SIGXCPU or (signal_number == _SIGKILL and report.cpu_ms >= limits.cpu_s * 1000):
        return "cpu"
    return report.over


def _memory_error(ending: Ending, *, failed: bool) -> str:
    # One leap over the limit ends in Python's own error before the watcher can see it.
    lines = ending.stderr[-500:].rstrip().splitlines()
    return "memory" if failed and lines and lines[-1].startswith(b"MemoryError") else ""


def _exit_code(report: ShimReport) -> int | None:
    if os.WIFSIGNALED(report.status):
        number = os.WTERMSIG(report.status)
        return None if number in (_SIGKILL, _SIGXCPU) else 128 + number
    return os.WEXITSTATUS(report.status)
