"""A job turned into the command line of setpriv, prlimit, bwrap and the shim.

In     SandboxJob, checked; where the programs are; how to reach a folder
Out    the words of the command, the descriptors it inherits, and the bytes of writable files for comparison
Never  shows the sandbox anything of the host but its programs, the job's files and the job's environment
Why    starts from an empty root and binds in: binding all of / leaked keys, the environment and unix sockets
"""

import fcntl
import marshal
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Protocol

from skillstrata.adapters.network_bridge import PROXY_PORT, VARIABLES
from skillstrata.adapters.sandbox_paths import PRIVATE, SHARED_MEMORY, TEMP, under
from skillstrata.adapters.sandbox_spawn import NOBODY, must_drop
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.sandbox_runs import MIB, SandboxJob

_SHIM = f"{PRIVATE}/shim.py"
TMP_BYTES, SHM_BYTES = 64 * MIB, 16 * MIB
OPEN_FILES = 256
# A few processes more than allowed: that there are too many is what the watcher sees a fork bomb by.
_SPARE_TASKS = 16

_USER = "1000"
_SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/nix/store")
# What a program checks the other side's certificate with; keys lie elsewhere.
_CERTIFICATES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted")
_PASSWD = f"user:x:1000:1000:user:{TEMP}:/bin/sh\n".encode()
_GROUP = b"user:x:1000:\n"
_DEFAULT_ENV = (
    ("PATH", "/usr/bin:/bin"),
    ("HOME", TEMP),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUTF8", "1"),
)
_NAMESPACES = (
    "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --unshare-net --disable-userns"
    f" --die-with-parent --new-session --cap-drop ALL --uid {_USER} --gid {_USER} --hostname sandbox --clearenv"
    " --setenv LANG C.UTF-8"
)


@dataclass(frozen=True, slots=True)
class Ends:
    """Descriptors that the sandbox gets, -1 for none.

    `block` holds it back until a byte can be read; `bridge` takes its listener out, where a network was granted.
    """

    status: int
    frames: int
    block: int = -1
    bridge: int = -1


@dataclass(frozen=True, slots=True)
class Programs:
    """Absolute paths of what a run needs on the host."""

    bwrap: str
    setpriv: str
    prlimit: str


@dataclass(slots=True)
class Inherited:
    """Descriptors made for one start; closed as soon as the process has its own."""

    fds: list[int] = field(default_factory=list[int])

    def keep(self, fd: int) -> str:
        """Take a descriptor over; give it as a word."""
        self.fds.append(fd)
        return str(fd)

    def sealed(self, content: bytes) -> str:
        """Put bytes into memory that can be read but neither changed nor grown; give the descriptor as a word."""
        return self.keep(sealed_memory(content))

    def close(self) -> None:
        """Close all of them."""
        while self.fds:
            os.close(self.fds.pop())


@dataclass(frozen=True, slots=True)
class Shim:
    """The script run inside: its source, and the same compiled by the Python that runs us."""

    source: bytes
    compiled: bytes

    @classmethod
    def of(cls, source: bytes) -> "Shim":
        """Compile the source once, in the form of a `.pyc` file: compiling it anew cost each run 4 ms."""
        code = marshal.dumps(compile(source, _SHIM, "exec"))
        return cls(source, MAGIC_NUMBER + bytes(12) + code)

    def file_for(self, python: str) -> tuple[str, bytes]:
        """Give the path and bytes to run with this interpreter; only our own version can read the compiled form."""
        return (f"{_SHIM}c", self.compiled) if python == os.path.realpath(sys.executable) else (_SHIM, self.source)


class Look(Protocol):
    """What looks at a run from around its command."""

    @property
    def fds(self) -> tuple[int, ...]:
        """Give the descriptors it needs."""
        ...

    def around(self, argv: tuple[str, ...], programs: Programs) -> tuple[str, ...]:
        """Give the command that runs this command."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """What the command line is made of besides the job; `granted` is the filter of a run with a network grant."""

    programs: Programs
    shim: Shim
    seccomp: bytes
    granted: bytes
    reachable: Callable[[str], str]
    look: Look | None = None


def sealed_memory(content: bytes) -> int:
    """Make an anonymous file with these bytes, sealed and rewound."""
    fd = os.memfd_create("strata", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL)
    return fd


def originals(job: SandboxJob) -> dict[str, bytes]:
    """Read the bytes that writable files begin with."""
    found: dict[str, bytes] = {}
    for file in job.files:
        if file.writable:
            found[file.path] = file.data if file.data is not None else _read_whole(file.source)
    return found


def command_line(
    job: SandboxJob, layout: Layout, inherited: Inherited, before: dict[str, bytes], pipes: Ends
) -> tuple[str, ...]:
    """Give the whole command."""
    mounts = _Mounts(job, layout, inherited, before)
    inputs_bytes = mounts.add_files()
    return (
        *_drop(layout.programs),
        *_outer_limits(job, layout.programs, inputs_bytes),
        layout.programs.bwrap,
        *_NAMESPACES.split(),
        *mounts.words_in_order(),
        *(_inside_shim(job) if needs_shim(job) else _inside_alone(job)),
        *("--seccomp", inherited.sealed(layout.granted if job.network else layout.seccomp)),
        *("--json-status-fd", str(pipes.status)),
        *(("--block-fd", str(pipes.block)) if pipes.block >= 0 else ()),
        "--",
        *(_shim_command(job, layout, before, pipes) if needs_shim(job) else _alone_command(job, layout)),
    )


def needs_shim(job: SandboxJob) -> bool:
    """Say whether something must be done inside besides the program; it costs an interpreter's start."""
    return bool(job.roots or job.folders or job.environment or job.network or job.traced)


def _inside_shim(job: SandboxJob) -> tuple[str, ...]:
    # The shim goes to the work folder and sets the program's variables itself.
    return ("--chdir", "/", "--remount-ro", "/")


def _inside_alone(job: SandboxJob) -> tuple[str, ...]:
    variables = (word for pair in _variables(job).items() for word in ("--setenv", *pair))
    return (*variables, "--chdir", job.work_dir, "--remount-ro", "/")


def _shim_command(job: SandboxJob, layout: Layout, before: dict[str, bytes], pipes: Ends) -> tuple[str, ...]:
    python = interpreter(job)
    return (python, "-I", "-S", layout.shim.file_for(python)[0], *_shim_words(job, before, pipes))


def _alone_command(job: SandboxJob, layout: Layout) -> tuple[str, ...]:
    # The number of processes can be bounded only here, where the user is one of the sandbox's own.
    limits = job.limits
    cpu = f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}"
    return (layout.programs.prlimit, cpu, f"--nproc={limits.processes + _SPARE_TASKS}", "--", *job.argv)


def _variables(job: SandboxJob) -> dict[str, str]:
    return {**dict(_DEFAULT_ENV), **dict(job.env), **dict(VARIABLES if job.network else ())}


def interpreter(job: SandboxJob) -> str:
    """Give a Python that is surely inside: the one under the environment, else the system's, else our own."""
    if job.environment:
        return os.path.realpath(job.environment.python)
    ours = os.path.realpath(sys.executable)
    return next((p for p in ("/usr/bin/python3", "/usr/local/bin/python3") if os.access(p, os.X_OK)), ours)


def _drop(programs: Programs) -> tuple[str, ...]:
    # bwrap started by real root leaves hundreds of files under /proc/sys writable.
    if not must_drop():
        return ()
    return (programs.setpriv, "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--inh-caps=-all", "--")


def _outer_limits(job: SandboxJob, programs: Programs, inputs_bytes: int) -> tuple[str, ...]:
    # For bwrap's own init, which the program could take over; the shim sets the tighter ones. The number of processes
    # is not among them: outside, it counts everything the user runs.
    limits = job.limits
    file_bytes = max(limits.output_bytes, inputs_bytes) + MIB
    return (
        programs.prlimit,
        f"--cpu={limits.cpu_s + 5}:{limits.cpu_s + 6}",
        f"--as={max(limits.address_space, 256 * MIB)}",
        f"--fsize={file_bytes}",
        f"--nofile={OPEN_FILES}",
        "--core=0",
        "--",
    )


def _shim_words(job: SandboxJob, before: dict[str, bytes], pipes: Ends) -> tuple[str, ...]:
    limits = job.limits
    env = _variables(job)
    counted = (job.roots, tuple(before), tuple(f"{name}={value}" for name, value in env.items()))
    lists = (word for part in counted for word in (str(len(part)), *part))
    # Twice the memory as address space: the watcher counts what is really used and names it; this only stops a leap
    # between two of its looks.
    numbers = (
        pipes.frames,
        pipes.bridge,
        PROXY_PORT,
        limits.cpu_s,
        limits.address_space,
        limits.output_bytes,
        OPEN_FILES,
        limits.processes + _SPARE_TASKS,
        limits.output_files,
        limits.output_bytes,
    )
    return (*map(str, numbers), job.work_dir, *lists, *job.argv)


class _Mounts:
    """The mounts of one job, each kind in its own list, so that the order is decided in one place."""

    def __init__(self, job: SandboxJob, layout: Layout, inherited: Inherited, before: dict[str, bytes]) -> None:
        self._job = job
        self._layout = layout
        self._inherited = inherited
        self._before = before
        self._files: list[str] = []

    def add_files(self) -> int:
        """Open or copy every file of the job; give the size of the largest."""
        largest = 0
        for file in self._job.files:
            content = self._before.get(file.path, file.data)
            if content is None:
                fd, size = _open_source(file.source)
                word = self._inherited.keep(fd)
            else:
                word, size = self._inherited.sealed(content), len(content)
            largest = max(largest, size)
            kind = "--file" if file.writable else "--ro-bind-data"
            self._files += ["--perms", "0644", kind, word, file.path]
        return largest

    def words_in_order(self) -> list[str]:
        """Give system, then writable folders, then what lies on top of them; the last mounts win."""
        return [*_system(), *self._certificates(), *self._writable(), *self._environment(), *self._own(), *self._files]

    def _writable(self) -> list[str]:
        job = self._job
        sizes = {TEMP: TMP_BYTES, **dict.fromkeys(job.roots, job.limits.output_bytes)}
        words: list[str] = []
        for path in sorted(sizes, key=len):
            words += ["--perms", "0755", "--size", str(sizes[path]), "--tmpfs", path]
        if not any(under(job.work_dir, path) for path in sizes):
            words += ["--dir", job.work_dir]
        return words

    def _environment(self) -> list[str]:
        binds = self._job.environment.binds if self._job.environment else self._own_python()
        shown = (*binds, *self._job.folders)
        return [word for path in shown for word in ("--ro-bind", self._layout.reachable(path), path)]

    def _certificates(self) -> list[str]:
        shown = _CERTIFICATES if self._job.network else ()
        return [word for path in shown for word in ("--ro-bind-try", path, path)]

    def _own_python(self) -> tuple[str, ...]:
        return (
            ()
            if not needs_shim(self._job) or interpreter(self._job).startswith("/usr/")
            else (os.path.realpath(sys.base_prefix),)
        )

    def _own(self) -> list[str]:
        files = [("/etc/passwd", _PASSWD), ("/etc/group", _GROUP)]
        if needs_shim(self._job):
            files.append(self._layout.shim.file_for(interpreter(self._job)))
        return [
            word
            for path, content in files
            for word in ("--perms", "0644", "--ro-bind-data", self._inherited.sealed(content), path)
        ]


def _system() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM_LINKS:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for path in _SYSTEM_FILES:
        words += ["--ro-bind-try", path, path]
    return [
        *words,
        *"--proc /proc --ro-bind /proc/sys /proc/sys --dev /dev".split(),
        *("--size", str(SHM_BYTES), "--tmpfs", SHARED_MEMORY),
        *("--remount-ro", "/dev"),
    ]


def _open_source(path: str) -> tuple[int, int]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise FileUnreadable(f"cannot read {path!r}: {error.strerror}", hint="give a file you may read") from error
    seen = os.fstat(fd)
    if not stat.S_ISREG(seen.st_mode):
        os.close(fd)
        raise FileUnreadable(f"{path!r} is not a regular file", hint="give a plain file, not a link or a device")
    return fd, seen.st_size


def _read_whole(path: str) -> bytes:
    fd, _ = _open_source(path)
    with open(fd, "rb") as file:
        return file.read()
