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
from importlib import resources

from skillstrata.adapters.bubblewrap_argv import Inherited, Layout, Programs, Shim, command_line, originals
from skillstrata.adapters.bubblewrap_frames import FrameReader, ShimReport
from skillstrata.adapters.bubblewrap_run import Ending, Pipes, Supervision
from skillstrata.adapters.sandbox_paths import check_job
from skillstrata.adapters.sandbox_spawn import Command, spawner
from skillstrata.adapters.seccomp_filter import MACHINES, filter_program
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Check, Limits, SandboxJob, SandboxResult

_INSTALL = "install it: `apt-get install bubblewrap` (Debian, Ubuntu), `dnf install bubblewrap` (Fedora)"
_PIPE_BYTES = 1 << 20
_SIGKILL, _SIGXCPU = 9, 24
# What bwrap says when it may not build the walls, and what forbids it.
_CAUSES = (
    (
        ("creating new namespace failed", "no permissions to create", "uid map", "user namespace"),
        "user namespaces are forbidden here: allow them (sysctl user.max_user_namespaces above 0,"
        " kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or in a container"
        " start it with a security profile that allows them",
    ),
    (("mount proc",), "the container hides parts of /proc: start it with an unmasked /proc"),
    (("unknown option",), "this bubblewrap is too old: version 0.8 or newer is needed"),
)


class BubblewrapSandbox:
    """Runs each job in its own empty root without network, as another user."""

    tier = "isolated"

    def __init__(self, bwrap: str | None = None) -> None:
        """Take the path of bwrap, or find the system's; nothing is started yet."""
        self._bwrap = bwrap or shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin") or shutil.which("bwrap")
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
        layout = self._ready()
        before = originals(job)
        frames = FrameReader(job.limits, job.roots, before)
        with _pipes() as (read, write):
            process = _start(job, layout, before, write)
            ending = Supervision(process, read, job, frames).to_the_end()
        _require_started(ending)
        return _result(ending, job)

    def checks(self) -> tuple[Check, ...]:
        """Say whether the sandbox works here, by running `true` in it."""
        if self._bwrap is None:
            return (Check("sandbox", ok=False, detail="bubblewrap is not installed", fix=_INSTALL),)
        try:
            result = self.run(SandboxJob(argv=("/usr/bin/true",), limits=Limits(wall_s=20.0)))
        except SandboxUnavailable as error:
            return (Check("sandbox", ok=False, detail=error.message, fix=error.hint),)
        detail = f"{self._bwrap}, tier {self.tier}, a run took {result.wall_ms:.0f} ms"
        return (Check("sandbox", ok=result.succeeded, detail=detail, fix="" if result.succeeded else _INSTALL),)

    def _ready(self) -> Layout:
        if self._layout is None:
            machine = platform.machine()
            if machine not in MACHINES:
                raise SandboxUnavailable(
                    f"there is no system-call filter for {machine!r}", hint="run on x86_64 or aarch64"
                )
            programs = Programs(self._program(), _needed("setpriv"), _needed("prlimit"))
            shim = resources.files("skillstrata.adapters").joinpath("sandbox_shim.py").read_bytes()
            self._layout = Layout(programs, Shim.of(shim), filter_program(machine), _reachable)
        return self._layout

    def _program(self) -> str:
        if self._bwrap is None:
            raise SandboxUnavailable("bubblewrap (bwrap) is not installed", hint=_INSTALL)
        if not os.access(self._bwrap, os.X_OK):
            raise SandboxUnavailable(f"there is no bubblewrap at {self._bwrap!r}", hint=_INSTALL)
        return os.path.abspath(self._bwrap)


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


def _start(job: SandboxJob, layout: Layout, before: dict[str, bytes], write: Inherited) -> subprocess.Popen[bytes]:
    inherited = Inherited()
    stdout, stderr, status, frames = write.fds
    try:
        argv = command_line(job, layout, inherited, before, (status, frames))
        stdin = int(inherited.sealed(job.stdin)) if job.stdin else subprocess.DEVNULL
        return spawner().start(Command(argv, (*inherited.fds, status, frames), stdin, stdout, stderr))
    except OSError as error:
        raise SandboxUnavailable(f"the sandbox cannot be started: {error}", hint=_INSTALL) from error
    finally:
        inherited.close()
        # Our writing ends, so that a stream ends when the sandbox does.
        write.close()


def _require_started(ending: Ending) -> None:
    report = ending.frames.report
    if report.wall:
        raise SandboxUnavailable(
            f"a wall of the sandbox is missing: {report.wall}", hint="nothing was run; see `skillstrata doctor`"
        )
    if report.started:
        return
    said = ending.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = said[-1] if said else ending.limit or "it ended without a word"
    causes = (hint for words, hint in _CAUSES if any(word in reason.lower() for word in words))
    raise SandboxUnavailable(f"bubblewrap could not start: {reason}", hint=next(causes, _INSTALL))


def _result(ending: Ending, job: SandboxJob) -> SandboxResult:
    report = ending.frames.report
    limit = ending.limit or _limit_of(report, job.limits) or _memory_error(report, ending)
    return SandboxResult(
        exit_code=_exit_code(report) if report.complete and not ending.limit else None,
        stdout=bytes(ending.stdout),
        stderr=bytes(ending.stderr),
        files=tuple(report.files),
        refused=tuple(report.refused),
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


def _memory_error(report: ShimReport, ending: Ending) -> str:
    # One leap over the limit ends in Python's own error before the watcher can see it.
    lines = ending.stderr[-500:].rstrip().splitlines()
    failed = report.complete and report.status != 0
    return "memory" if failed and lines and lines[-1].startswith(b"MemoryError") else ""


def _exit_code(report: ShimReport) -> int | None:
    if os.WIFSIGNALED(report.status):
        number = os.WTERMSIG(report.status)
        return None if number in (_SIGKILL, _SIGXCPU) else 128 + number
    return os.WEXITSTATUS(report.status)
