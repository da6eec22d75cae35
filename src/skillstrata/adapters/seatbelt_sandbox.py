"""The Sandbox port on the `sandbox-exec` of macOS; the tier `contained`. Untested: written by its manual, never run.

In     SandboxJob
Out    SandboxResult of tier `contained`, or SandboxUnavailable when the program was never started
Never  runs anywhere but on macOS; grants a network
Why    macOS has neither namespaces nor Landlock. What it lacks besides the tier's other limits: nothing adopts orphans
       there, so a process that forked twice and left its session outlives the run behind its walls, and memory and
       processes are bounded for each process, not for all together
"""

import contextlib
import os
import platform
import select
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack

from skillstrata.adapters.contained_collect import Collection
from skillstrata.adapters.contained_command import ENV, OPEN_FILES
from skillstrata.adapters.contained_folder import LaidOut, PrivateFolder, remove_stale
from skillstrata.adapters.contained_paths import Relocation
from skillstrata.adapters.contained_result import TIER, result_of
from skillstrata.adapters.contained_run import Ending
from skillstrata.adapters.contained_watch import FolderWatch
from skillstrata.adapters.sandbox_paths import TEMP, JobRefused, check_job
from skillstrata.adapters.seatbelt_profile import PathUnquotable, Reach, profile_text
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Check, Limits, SandboxJob, SandboxResult

_PROGRAM = "/usr/bin/sandbox-exec"
_HINT = "choose the isolated tier on Linux; on macOS sandbox-exec is a part of the system"
# Says the word before the program runs, so that "never started" and "failed" differ; $0 is the descriptor for it.
_SHELL = (
    'ulimit -c 0 && ulimit -S -t "$1" && ulimit -H -t "$(($1 + 1))" && ulimit -f "$2" && ulimit -n "$3" && shift 3'
    ' && echo S >&"$0" && eval "exec $0>&-" && exec "$@"'
)
_BLOCK = 512
_LOOK_EVERY_S = 0.1
_CHUNK = 1 << 18


class SeatbeltSandbox:
    """Runs each job behind a profile that denies everything but the job's own; untested."""

    tier = TIER

    def run(self, job: SandboxJob) -> SandboxResult:
        """Run one job to its end or its limit.

        Raises:
            SandboxUnavailable: This is not macOS, or the program was never started.
            JobRefused: The job names something no sandbox can give it, or asks for a network.
            FileUnreadable: A source of the job cannot be read.
        """
        check_job(job)
        if job.network:
            raise JobRefused("a network grant needs the isolated tier", hint="set sandbox to isolated")
        _require()
        remove_stale()
        with PrivateFolder(job, -1) as laid:
            relocation = Relocation(job, laid.top)
            ending = _Run(job, laid).to_the_end(relocation)
            if not ending.started:
                said = ending.stderr.decode("utf-8", "replace").strip().splitlines()
                raise SandboxUnavailable(f"sandbox-exec could not start: {said[-1:]}", hint=_HINT)
            collection = Collection(job, laid)
            collection.collect()
            return result_of(job, ending, collection, relocation)

    def checks(self) -> tuple[Check, ...]:
        """Say whether the sandbox works here, by running `true` in it; marked as untested."""
        try:
            result = self.run(SandboxJob(("/usr/bin/true",), roots=(), limits=Limits(wall_s=20.0)))
        except SandboxUnavailable as error:
            return (Check("sandbox", ok=False, detail=error.message, fix=error.hint),)
        detail = f"{_PROGRAM}, tier {self.tier}, untested, a run took {result.wall_ms:.0f} ms"
        warning = "warning: contained is the weaker tier, and on macOS no test of ours has ever run it"
        return (
            Check("sandbox", ok=result.succeeded, detail=detail, fix="" if result.succeeded else _HINT),
            Check("sandbox tier", ok=True, detail=warning),
        )


def _require() -> None:
    if platform.system() != "Darwin":
        raise SandboxUnavailable(f"sandbox-exec is a part of macOS, and this is {platform.system()}", hint=_HINT)
    if not os.access(_PROGRAM, os.X_OK):
        raise SandboxUnavailable(f"there is no {_PROGRAM}", hint=_HINT)


def _reach(job: SandboxJob, laid: LaidOut) -> Reach:
    shown = (*(job.environment.binds if job.environment else ()), *job.folders, laid.top)
    written = tuple(laid.top + path for path in {*job.roots, TEMP})
    # The kernel compares real paths, and the system's folder for temporary files is behind a link.
    return Reach(tuple(map(os.path.realpath, shown)), tuple(map(os.path.realpath, written)))


def _command(job: SandboxJob, laid: LaidOut, relocation: Relocation, said: int) -> tuple[str, ...]:
    try:
        profile = profile_text(_reach(job, laid))
    except PathUnquotable as error:
        raise JobRefused(f"{str(error)!r} cannot stand in a profile", hint="use a plain path") from error
    limits = job.limits
    bounds = (limits.cpu_s, limits.output_bytes // _BLOCK, OPEN_FILES)
    words = (relocation.word(word) for word in job.argv)
    return (_PROGRAM, "-p", profile, "/bin/sh", "-c", _SHELL, str(said), *map(str, bounds), *words)


def _environment(job: SandboxJob, relocation: Relocation) -> dict[str, str]:
    return {name: relocation.word(value) for name, value in {**dict(ENV), **dict(job.env)}.items()}


class _Run:
    """One run from start to end."""

    def __init__(self, job: SandboxJob, laid: LaidOut) -> None:
        self._job = job
        self._laid = laid
        self._ending = Ending()
        self._folder = FolderWatch(job, laid)

    def to_the_end(self, relocation: Relocation) -> Ending:
        """Start the program, read and watch until it has ended, then kill what is left of its process group."""
        began = time.monotonic()
        with ExitStack() as held:
            ours, theirs = _pipes(held)
            stdin = held.enter_context(tempfile.TemporaryFile())
            stdin.write(self._job.stdin)
            stdin.seek(0)
            try:
                process = subprocess.Popen(
                    _command(self._job, self._laid, relocation, theirs[2]),
                    env=_environment(self._job, relocation),
                    cwd=relocation.work_dir,
                    stdin=stdin,
                    stdout=theirs[0],
                    stderr=theirs[1],
                    pass_fds=(theirs[2],),
                    start_new_session=True,
                )
            except OSError as error:
                raise SandboxUnavailable(f"sandbox-exec could not start: {error}", hint=_HINT) from error
            try:
                self._watch(process, ours, began)
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                self._take_end(process, 0)
            self._read(ours, 0.0)
        self._ending.wall_ms = (time.monotonic() - began) * 1000
        return self._ending

    def _watch(self, process: subprocess.Popen[bytes], ours: tuple[int, ...], began: float) -> None:
        while not self._take_end(process, os.WNOHANG) and not self._ending.limit:
            self._read(ours, _LOOK_EVERY_S)
            if time.monotonic() - began > self._job.limits.wall_s:
                self._ending.limit = "wall"
            self._ending.limit = self._ending.limit or self._folder.broken_limit([])

    def _take_end(self, process: subprocess.Popen[bytes], options: int) -> bool:
        """Say whether the program has ended; by ourselves, for only so the kernel tells the time it used."""
        if process.returncode is None:
            pid, status, used = os.wait4(process.pid, options)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                self._ending.status = status
                self._ending.cpu_ms = int((used.ru_utime + used.ru_stime) * 1000)
        return process.returncode is not None

    def _read(self, ours: tuple[int, ...], wait_s: float) -> None:
        """Take what has arrived; the first two pipes are the program's, the third tells that it was started."""
        ready, _, _ = select.select(ours, (), (), wait_s)
        for fd in ready:
            part = os.read(fd, _CHUNK)
            if fd == ours[2]:
                self._ending.started = self._ending.started or part.startswith(b"S")
                continue
            sink = self._ending.stdout if fd == ours[0] else self._ending.stderr
            room = self._job.limits.stdout_bytes - len(self._ending.stdout) - len(self._ending.stderr)
            sink += part[: max(room, 0)]
            if len(part) > room:
                self._ending.limit = "stdout"


def _pipes(held: ExitStack) -> tuple[tuple[int, ...], tuple[int, ...]]:
    pairs = [os.pipe() for _ in range(3)]
    for fd in (fd for pair in pairs for fd in pair):
        held.callback(os.close, fd)
    return tuple(reading for reading, _ in pairs), tuple(writing for _, writing in pairs)
