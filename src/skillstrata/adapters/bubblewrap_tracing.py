"""Look at a run from outside with strace, and from inside with Python's audit events.

In     SandboxJob with `traced`; the command that runs it
Out    the command with strace around it, the job with the observer in front, and what both sent
Never  fails a run: without strace, or where it may not trace, the others look; changes streams, status or limits
Why    strace runs outside as the same unprivileged user: inside, the filter forbids tracing. Its filter mode makes a
       run twice as long instead of five times, but the kernel refuses a socket before it; so it is left off where no
       audit events tell of a refused one
"""

import contextlib
import fcntl
import functools
import os
import posixpath
import re
import selectors
import shutil
import subprocess
import threading
from collections.abc import Generator
from dataclasses import replace
from importlib import resources

from skillstrata.adapters.bubblewrap_argv import Programs
from skillstrata.adapters.run_provenance import Heard, provenance_of
from skillstrata.adapters.sandbox_paths import PRIVATE
from skillstrata.adapters.sandbox_spawn import NOBODY, must_drop
from skillstrata.adapters.strace_lines import TRACED_CALLS
from skillstrata.records.sandbox_runs import Check, MountedFile, Provenance, SandboxJob, SandboxResult

MAX_TRACE_BYTES = 4 << 20
MAX_NOTE_BYTES = 1 << 20
OBSERVER = f"{PRIVATE}/observer.py"
_PIPE_BYTES = 1 << 20
_CHUNK = 1 << 18
_TRY_S = 10.0
_WORDS = f"-f -qqq -y --decode-pids=pidns -s 1000 -e signal=none -e trace={TRACED_CALLS}".split()
_QUICK = "--seccomp-bpf"
_SYSTEM_PYTHON = re.compile(r"/usr/(?:local/)?bin/python3(?:\.\d+)?")
_AS_NOBODY = ("--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all")
_FLAGS = frozenset("bBdEIOPqsSuv")
_NEEDS_STRACE = (
    "Python programs show what they open, start and try to reach; other programs and what they start show only the"
    " files they leave"
)


class Strace:
    """The system's strace, if it is there and may trace; that is tried once."""

    def __init__(self, path: str | None, setpriv: str | None = None) -> None:
        """Take the path of strace or its name on PATH, None for none."""
        self._path = shutil.which(path) if path else None
        self._setpriv = setpriv or shutil.which("setpriv", path="/usr/bin:/bin:/usr/sbin:/sbin")
        self._fault = "" if self._path else "strace is not installed"
        self._tried = False

    @property
    def path(self) -> str | None:
        """Give the path, None where it does not work."""
        if not self._tried:
            self._tried = True
            self._fault = self._fault or self._try()
        return None if self._fault else self._path

    def give_up(self, reason: str) -> None:
        """Do without it from now on."""
        self._fault = self._fault or reason

    def check(self) -> Check:
        """Say what is seen of a run here, for `doctor`."""
        if self.path:
            return Check("provenance", ok=True, detail=f"{self.path}: every process of a run is seen")
        return Check("provenance", ok=True, detail=f"{self._fault}: {_NEEDS_STRACE}", fix="install strace")

    def _try(self) -> str:
        """Trace `true` as the user who will trace; the trace goes to the standard error here."""
        drop = () if not must_drop() else (self._setpriv or "setpriv", *_AS_NOBODY, "--")
        command = (*drop, str(self._path), *_WORDS, _QUICK, "--", "/usr/bin/true")
        try:
            done = subprocess.run(
                command, env={}, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_TRY_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"strace cannot be started ({error})"
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if done.returncode == 0 and any("execve(" in line for line in said):
            return ""
        return f"strace may not trace here ({said[-1] if said else 'it saw nothing'})"


class Look:
    """Looks at one run: around its command, in front of its program, and at the ends of two pipes.

    Both pipes are closed on `exec`: only a run that is started with `fds` can write into them.
    """

    def __init__(self, job: SandboxJob, strace: str | None) -> None:
        """Open the pipes."""
        self._asked = job
        self._strace = strace
        self._place = python_target(job)
        self._trace = _Sink(MAX_TRACE_BYTES) if strace else None
        self._notes = _Sink(MAX_NOTE_BYTES) if self._place else None
        self._sinks = tuple(sink for sink in (self._trace, self._notes) if sink)
        self._over = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._listen, name="sandbox-look", daemon=True)
        if self._trace and must_drop():
            # strace opens its output by name, as the user it runs as.
            os.fchown(self._trace.writing, int(NOBODY), int(NOBODY))
        self._thread.start()

    @property
    def job(self) -> SandboxJob:
        """Give the job with the observer in front of its program."""
        if self._notes is None:
            return self._asked
        words, place = self._asked.argv, self._place
        observer = MountedFile(OBSERVER, data=_observer())
        argv = (*words[:place], OBSERVER, str(self._notes.writing), *words[place:])
        return replace(self._asked, argv=argv, files=(*self._asked.files, observer))

    @property
    def fds(self) -> tuple[int, ...]:
        """Give the descriptors the command needs besides its own."""
        return tuple(sink.writing for sink in self._sinks)

    def around(self, argv: tuple[str, ...], programs: Programs) -> tuple[str, ...]:
        """Put strace into the command, below the user it drops to and above the limits, which are the program's."""
        if self._trace is None or self._strace is None:
            return argv
        out = self._trace.writing
        quick = (_QUICK,) if self._notes else ()
        strace = (self._strace, *_WORDS, *quick, "-o", f"/proc/self/fd/{out}", "--")
        limits, bwrap = argv.index(programs.prlimit), argv.index(programs.bwrap)
        # strace must end with us, as bwrap ends with strace.
        drop = argv[1:limits] or ("--",)
        dropped = (programs.setpriv, "--pdeathsig", "KILL", *drop)
        # bwrap closes what it is given for its own story: nothing inside can write into the trace.
        told = ("--info-fd", str(out))
        return (*dropped, *strace, *argv[limits : bwrap + 1], *told, *argv[bwrap + 1 :])

    def end(self) -> None:
        """Take what is left and close everything; no process of the run is alive any more."""
        os.eventfd_write(self._over, 1)
        self._thread.join()
        for sink in self._sinks:
            sink.close()
        os.close(self._over)

    def provenance(self, result: SandboxResult, shim: str) -> Provenance:
        """Say what was seen, after the end."""
        trace, notes = self._trace, self._notes
        heard = Heard(
            trace=bytes(trace.content) if trace else None,
            notes=bytes(notes.content) if notes else None,
            cut=bool(trace and trace.cut),
        )
        script = python_script(self._asked, self._place)
        return provenance_of(heard, self._asked, result, shim=shim, script=script)

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._over, selectors.EVENT_READ)
            for sink in self._sinks:
                selector.register(sink.reading, selectors.EVENT_READ, sink)
            over = False
            while not over:
                for key, _ in selector.select():
                    if key.fd == self._over:
                        over = True
                    elif not key.data.take():
                        selector.unregister(key.fd)
        for sink in self._sinks:
            while sink.take():
                pass


class _Sink:
    """A pipe whose beginning is kept; the rest is read and dropped, so that no writer waits for ever."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.content = bytearray()
        self.cut = False
        self.reading, self.writing = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reading, False)
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(self.reading, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def take(self) -> bool:
        """Read once; say whether there may be more now."""
        try:
            part = os.read(self.reading, _CHUNK)
        except BlockingIOError:
            return False
        room = self._limit - len(self.content)
        self.content += part[:room]
        self.cut |= len(part) > room
        return bool(part)

    def close(self) -> None:
        os.close(self.writing)
        os.close(self.reading)


@contextlib.contextmanager
def looking(job: SandboxJob, strace: str | None) -> Generator[Look]:
    """Look at one run, and leave nothing open."""
    look = Look(job, strace)
    try:
        yield look
    finally:
        look.end()


def python_target(job: SandboxJob) -> int:
    """Give the place of the script, or of `-c`, among the words of a job that runs Python; 0 for every other job."""
    if not _is_python(job):
        return 0
    place = 1
    while place < len(job.argv):
        word = job.argv[place]
        if word in ("-X", "-W"):
            place += 2
        elif word.startswith(("-X", "-W")) or (word[:1] == "-" and word[1:] and _FLAGS.issuperset(word[1:])):
            place += 1
        else:
            runs = not word.startswith("-") or (word == "-c" and place + 1 < len(job.argv))
            return place if word and runs else 0
    return 0


def python_script(job: SandboxJob, place: int) -> str:
    """Give the path of the script at this place; empty for `-c`."""
    word = job.argv[place] if place else ""
    return posixpath.normpath(posixpath.join(job.work_dir, word)) if word and word != "-c" else ""


def _is_python(job: SandboxJob) -> bool:
    program = job.argv[0]
    if job.environment and program == job.environment.python:
        return True
    return _SYSTEM_PYTHON.fullmatch(program) is not None


@functools.cache
def _observer() -> bytes:
    return resources.files("skillstrata.adapters").joinpath("sandbox_observer.py").read_bytes()
