"""A job of the `contained` tier turned into the launcher's command line and the rules it lives by.

In     SandboxJob, checked and laid out; where its paths lie; the version of Landlock
Out    the words of the command, and the descriptors that it inherits
Never  allows a path of the host but the system's programs, the job's environment and its private folder
Why    the rules are made here, outside: the launcher then needs one system call to put them up
"""

import fcntl
import functools
import marshal
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from skillstrata.adapters import landlock_rules
from skillstrata.adapters.contained_folder import LaidOut
from skillstrata.adapters.contained_paths import Relocation
from skillstrata.adapters.landlock_rules import READ, READ_FILE, TRUNCATE, WRITE, WRITE_FILE, Rule
from skillstrata.adapters.sandbox_paths import TEMP, under
from skillstrata.records.sandbox_runs import MIB, SandboxJob

NOBODY = 65534
OPEN_FILES = 256
# Other processes of the user count too, so this only bounds a bomb between two looks of the watcher.
_SPARE_TASKS = 256
_SYSTEM = tuple("/usr /bin /sbin /lib /lib32 /lib64 /libx32 /nix/store /etc/alternatives".split())
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/dev/zero", "/dev/random", "/dev/urandom")
ENV = (
    ("PATH", "/usr/bin:/bin"),
    ("HOME", TEMP),
    ("TMPDIR", TEMP),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUTF8", "1"),
)


@dataclass(slots=True)
class Descriptors:
    """Descriptors made for one run, closed together."""

    fds: list[int] = field(default_factory=list[int])

    def keep(self, fd: int) -> int:
        """Take a descriptor over."""
        self.fds.append(fd)
        return fd

    def close(self) -> None:
        """Close all of them."""
        while self.fds:
            os.close(self.fds.pop())


@dataclass(frozen=True, slots=True)
class Walls:
    """What holds for every run: the version of Landlock, the system-call filters, the user (-1 for our own)."""

    version: int
    filters: tuple[bytes, ...]
    user: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job lies."""

    laid: LaidOut
    relocation: Relocation


def command_line(
    job: SandboxJob, place: Place, walls: Walls, pipes: tuple[int, int], held: Descriptors
) -> tuple[str, ...]:
    """Give the whole command; `pipes` are the report's writing end and the control's reading end.

    Raises:
        SandboxUnavailable: The kernel does not take the rules.
        OSError: A folder of the environment is not there.
    """
    report, control = pipes
    ruleset = held.keep(landlock_rules.ruleset(_rules(job, place.laid), walls.version))
    launcher = held.keep(in_memory(_launcher()))
    covers, kept = _closed_to(walls.user, job, place.laid)
    env = {**dict(ENV), **dict(job.env)}
    counted = (
        covers,
        kept,
        tuple(program.hex() for program in walls.filters),
        tuple(f"{name}={place.relocation.word(value)}" for name, value in env.items()),
    )
    return (
        os.path.realpath(sys.executable),
        *("-I", "-S", f"/proc/self/fd/{launcher}"),
        *map(str, (control, report, ruleset, launcher, walls.user)),
        *map(str, _numbers(job)),
        f"{place.laid.top}/.outside",
        place.relocation.work_dir,
        *(word for part in counted for word in (str(len(part)), *part)),
        *(place.relocation.word(word) for word in job.argv),
    )


def in_memory(content: bytes) -> int:
    """Make an anonymous file with these bytes, sealed and rewound."""
    fd = os.memfd_create("strata", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL)
    return fd


@functools.cache
def _launcher() -> bytes:
    """Compile the launcher once: doing it anew would cost each run 5 ms."""
    source = resources.files("skillstrata.adapters").joinpath("contained_shim.py").read_bytes()
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "contained_shim.py", "exec"))


def own_python() -> tuple[str, tuple[str, ...]]:
    """Give the interpreter that runs us, and the folders that it needs besides the system's."""
    folder = os.path.realpath(sys.base_prefix)
    return os.path.realpath(sys.executable), () if under(folder, _SYSTEM[0]) else (folder,)


def _shown(job: SandboxJob) -> tuple[str, ...]:
    return (*(job.environment.binds if job.environment else ()), *job.folders)


def _rules(job: SandboxJob, laid: LaidOut) -> tuple[Rule, ...]:
    system = (Rule(path, READ) for path in (*_SYSTEM, *_SYSTEM_FILES) if os.path.exists(path))
    shown = (Rule(path, READ) for path in (*_shown(job), laid.top))
    written = (Rule(laid.top + path, WRITE) for path in {*job.roots, TEMP})
    return (*system, Rule(os.devnull, READ_FILE | WRITE_FILE | TRUNCATE), *shown, *written)


def _numbers(job: SandboxJob) -> tuple[int, ...]:
    limits = job.limits
    return (
        limits.cpu_s,
        limits.address_space,
        # One file may pass the limit by a little, so that the watcher and the collection see that it was passed.
        limits.output_bytes + MIB,
        OPEN_FILES,
        _tasks() + limits.processes + _SPARE_TASKS,
    )


def _tasks() -> int:
    """Give the number of tasks on this machine, of which the user's are a part."""
    return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].split("/")[1])


def _closed_to(user: int, job: SandboxJob, laid: LaidOut) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the outermost folders that this user may not enter, and what the run needs below them."""
    needed = {path: cover for path in (*_shown(job), laid.top) for cover in _first_closed(user, path)}
    return tuple(sorted(set(needed.values()))), tuple(needed)


def _first_closed(user: int, path: str) -> Iterator[str]:
    for folder in reversed(Path(path).parents):
        seen = folder.stat()
        entered = stat.S_IXGRP if seen.st_gid == user else stat.S_IXOTH
        if user >= 0 and not seen.st_mode & entered:
            yield str(folder)
            return
