"""The Sandbox port without namespaces: Landlock, system-call filters, rlimits and a watcher; the tier `contained`.

In     SandboxJob
Out    SandboxResult of tier `contained`, or SandboxUnavailable when the program was never started
Never  runs as root; runs where a wall does not hold; grants a network
Why    containers often forbid user namespaces. These walls are weaker, so they have a name of their own and are only
       used when somebody chose them by it; what they let through is in `LETS_THROUGH`
"""

import os
import platform
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from skillstrata.adapters import landlock_rules
from skillstrata.adapters.contained_collect import Collection
from skillstrata.adapters.contained_command import NOBODY, Descriptors, Place, Walls, command_line, in_memory
from skillstrata.adapters.contained_filter import contained_filter
from skillstrata.adapters.contained_folder import PrivateFolder, remove_stale
from skillstrata.adapters.contained_paths import Relocation
from skillstrata.adapters.contained_result import result_of
from skillstrata.adapters.contained_run import Ending, Pipes, Supervision
from skillstrata.adapters.contained_selftest import failed_wall
from skillstrata.adapters.sandbox_paths import JobRefused, check_job
from skillstrata.adapters.sandbox_spawn import Command, spawner
from skillstrata.adapters.seccomp_filter import MACHINES, filter_program
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import Check, Limits, SandboxJob, SandboxResult

_KERNEL = "a Linux kernel of 6.2 or later that lists landlock among its security modules is needed"
LETS_THROUGH = (
    "a program can ask for names, sizes and times of your files by path (not for their content); limits of disk and"
    " processes are watched, not walled; a read-only input in a writable folder is a copy that it can rename or remove,"
    " unless root starts it"
)


class LandlockSandbox:
    """Runs each job behind Landlock and two system-call filters, in a private folder of the host."""

    tier = "contained"

    def __init__(self, at_most: int | None = None) -> None:
        """Take the version of Landlock to use at most; nothing is started yet."""
        found = landlock_rules.version()
        self._version = found if at_most is None else min(found, at_most)
        self._tried = False

    def run(self, job: SandboxJob) -> SandboxResult:
        """Run one job to its end or its limit.

        Args:
            job: What to run. Where its words name a path of the job, they are rewritten to where that lies. Exit code
                and files of the result are the program's word.

        Raises:
            SandboxUnavailable: The program was never started; the message has the reason.
            JobRefused: The job names something no sandbox can give it, or asks for a network.
            FileUnreadable: A source of the job cannot be read.
        """
        check_job(job)
        if job.network:
            raise JobRefused("a network grant needs the isolated tier", hint="set sandbox to isolated")
        if not self._tried:
            self._require()
            remove_stale()
            wall = failed_wall(self._run)
            if wall:
                raise _missing(wall)
            self._tried = True
        return self._run(job)

    def checks(self) -> tuple[Check, ...]:
        """Say whether the sandbox works here, by trying it, and what its walls let through."""
        try:
            result = self.run(SandboxJob(("/usr/bin/true",), roots=(), limits=Limits(wall_s=20.0)))
        except SandboxUnavailable as error:
            return (Check("sandbox", ok=False, detail=error.message, fix=error.hint),)
        detail = f"Landlock version {self._version}, tier {self.tier}, a run took {result.wall_ms:.0f} ms"
        return (
            Check("sandbox", ok=result.succeeded, detail=detail, fix="" if result.succeeded else _KERNEL),
            Check("sandbox tier", ok=True, detail=f"warning: contained is the weaker tier: {LETS_THROUGH}"),
        )

    def _require(self) -> None:
        if self._version < landlock_rules.OLDEST:
            found = f"is of version {self._version}" if self._version else "is missing or off"
            raise SandboxUnavailable(f"Landlock {found}, version {landlock_rules.OLDEST} is needed", hint=_KERNEL)
        if platform.machine() not in MACHINES:
            raise SandboxUnavailable(
                f"there is no system-call filter for {platform.machine()!r}", hint="run on x86_64 or aarch64"
            )

    def _run(self, job: SandboxJob) -> SandboxResult:
        walls = self._walls()
        with PrivateFolder(job, walls.user) as laid:
            place = Place(laid, Relocation(job, laid.top))
            with _pipes() as (ours, theirs):
                process = _start(job, place, walls, theirs)
                pipes = Pipes(*ours.fds)
                # The supervision closes the control pipe: that is how it ends the run.
                ours.fds.pop()
                ending = Supervision(process, pipes, job, laid).to_the_end()
            _require_started(ending)
            collection = Collection(job, laid)
            collection.collect()
            return result_of(job, ending, collection, place.relocation)

    def _walls(self) -> Walls:
        machine = platform.machine()
        scoped = self._version >= landlock_rules.WITH_SCOPES
        filters = (filter_program(machine), contained_filter(machine, signals_are_scoped=scoped))
        return Walls(self._version, filters, NOBODY if os.geteuid() == 0 else -1)


@contextmanager
def _pipes() -> Generator[tuple[Descriptors, Descriptors]]:
    """Give our ends (stdout, stderr, report, control) and those of the launcher, in the same order."""
    ours, theirs = Descriptors(), Descriptors()
    try:
        for _ in range(3):
            reading, writing = os.pipe2(os.O_CLOEXEC)
            ours.keep(reading)
            theirs.keep(writing)
            os.set_blocking(reading, False)
        reading, writing = os.pipe2(os.O_CLOEXEC)
        ours.keep(writing)
        theirs.keep(reading)
        yield ours, theirs
    finally:
        theirs.close()
        ours.close()


def _start(job: SandboxJob, place: Place, walls: Walls, theirs: Descriptors) -> subprocess.Popen[bytes]:
    held = Descriptors()
    stdout, stderr, report, control = theirs.fds
    try:
        argv = command_line(job, place, walls, (report, control), held)
        passed = (report, control, *held.fds)
        stdin = held.keep(in_memory(job.stdin)) if job.stdin else subprocess.DEVNULL
        return spawner().start(Command(argv, passed, stdin, stdout, stderr))
    except FileNotFoundError as error:
        raise SandboxUnavailable(f"{error.filename!r} is not there", hint="build the environment again") from error
    except OSError as error:
        raise SandboxUnavailable(f"the sandbox cannot be started: {error}", hint=_KERNEL) from error
    finally:
        held.close()
        # Our copies of its ends, so that a stream ends when the last process of the run does.
        theirs.close()


def _require_started(ending: Ending) -> None:
    if ending.wall:
        raise _missing(ending.wall)
    if not ending.started:
        said = ending.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else ending.limit or "it ended without a word"
        raise SandboxUnavailable(f"the sandbox could not start: {reason}", hint="see `skillstrata doctor`")


def _missing(wall: str) -> SandboxUnavailable:
    hint = (
        "run as an ordinary user, or keep data, Python and TMPDIR where every user may enter"
        if wall.startswith(("unshare", "mount"))
        else "nothing was run; see `skillstrata doctor`"
    )
    return SandboxUnavailable(f"a wall of the sandbox is missing: {wall}", hint=hint)
