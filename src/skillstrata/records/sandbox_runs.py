"""One program run in a sandbox: what goes in, what limits hold, what comes out."""

from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Seconds and bytes."""

    cpu_s: int = 30
    wall_s: float = 60.0
    memory_bytes: int = 512 * MIB
    output_bytes: int = 100_000_000
    processes: int = 64
    stdout_bytes: int = 10_000_000
    output_files: int = 1000


@dataclass(frozen=True, slots=True)
class MountedFile:
    """A file inside the sandbox at the absolute `path`: bytes given here, or copied from the host file `source`.

    A writable file lies on a writable root with modification time 0, so that a rewrite with equal bytes shows.
    A read-only one cannot be changed, renamed or removed by the program.
    """

    path: str
    data: bytes | None = None
    source: str = ""
    writable: bool = False


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A built, read-only environment on the host. `python` is the interpreter's path inside the sandbox too.

    `binds` are host folders that must be visible, read-only, at the same path inside.
    """

    key: str
    python: str
    binds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """Hash-pinned requirements without index addresses; empty text for a program of the standard library alone."""

    text: str
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxJob:
    """One run: `argv[0]` is absolute; `roots` are writable, size-capped folders whose files come back afterwards."""

    argv: tuple[str, ...]
    files: tuple[MountedFile, ...] = ()
    roots: tuple[str, ...] = ("/out",)
    work_dir: str = "/out"
    environment: PythonEnvironment | None = None
    env: tuple[tuple[str, str], ...] = ()
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class CollectedFile:
    """A regular file found under a root after the run. `written` is False for a mounted file nobody touched."""

    path: str
    data: bytes
    written: bool = True


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What a run did. `exit_code` is the program's own, None when it was killed; `limit` names the bound it broke.

    `refused` are names under the roots that were not taken (symlinks, devices, unprintable names), with the reason.
    Exit code and files are the program's word: no verdict rests on them alone.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    files: tuple[CollectedFile, ...] = ()
    refused: tuple[str, ...] = ()
    limit: str = ""
    wall_ms: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Say whether the program ended by itself with status 0 inside its limits."""
        return self.exit_code == 0 and not self.limit


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: a part that must work, whether it does, what was seen, and how to mend it."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
