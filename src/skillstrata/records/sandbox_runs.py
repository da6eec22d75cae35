"""One program run in a sandbox: what goes in, what limits hold, what comes out."""

from dataclasses import dataclass, field

MIB = 1024 * 1024
_LEAST_MEMORY = 64 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. Seconds and bytes; all but `address_bytes` hold for all processes of the run together.

    `processes` counts threads too: each is a task that the machine has to carry.

    `address_bytes` bounds the address space of each process; 0 means twice the memory. It only stops a leap that is too
    quick to be watched, and a runtime that reserves more than it uses (node) needs it high.
    """

    cpu_s: int = 30
    wall_s: float = 60.0
    memory_bytes: int = 512 * MIB
    output_bytes: int = 100_000_000
    processes: int = 64
    stdout_bytes: int = 10_000_000
    output_files: int = 1000
    address_bytes: int = 0

    def within(self, most: "Limits") -> "Limits":
        """Give these limits, none above `most`, none below 1, and no less memory than an interpreter needs to start."""
        return Limits(
            cpu_s=max(1, min(self.cpu_s, most.cpu_s)),
            wall_s=max(1.0, min(self.wall_s, most.wall_s)),
            memory_bytes=max(_LEAST_MEMORY, min(self.memory_bytes, most.memory_bytes)),
            output_bytes=max(MIB, min(self.output_bytes, most.output_bytes)),
            processes=max(1, min(self.processes, most.processes)),
            stdout_bytes=max(1, min(self.stdout_bytes, most.stdout_bytes)),
            output_files=max(1, min(self.output_files, most.output_files)),
            address_bytes=max(0, min(self.address_bytes, most.address_space)),
        )

    @property
    def address_space(self) -> int:
        """Give the address space one process may have, in bytes."""
        return self.address_bytes or 2 * self.memory_bytes


# What no contract and no user can go beyond.
MOST = Limits(
    cpu_s=3600,
    wall_s=3600.0,
    memory_bytes=16 * 1024 * MIB,
    output_bytes=4 * 1024 * MIB,
    processes=1024,
    stdout_bytes=100_000_000,
    output_files=20_000,
    address_bytes=1024 * 1024 * MIB,
)


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


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One host and port, as a grant names it: a host name in lower case, never an address."""

    host: str
    port: int

    def __str__(self) -> str:
        """Give `host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class NetworkGrant:
    """What one run may reach: exactly these endpoints, and never one that resolves to a private address."""

    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach something outside: where to, as the program named it, and why it was refused ("" where not)."""

    target: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing that a run did: `what` is read, write, spawn or reach; `line` is the line of the program, 0 unknown.

    `target` is an absolute path, a command line, or a place on a network.
    """

    what: str
    target: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a run read, wrote, spawned and tried to reach, each once, in the order it was first seen.

    `seen_by` names what looked: "strace" (every process), "audit" (Python alone, with lines), "files" (what came back).
    """

    touched: tuple[Touched, ...] = ()
    seen_by: tuple[str, ...] = ()

    def of(self, what: str) -> tuple[str, ...]:
        """Give the targets of one kind."""
        return tuple(t.target for t in self.touched if t.what == what)


@dataclass(frozen=True, slots=True)
class SandboxJob:
    """One run: `argv[0]` is absolute; `roots` are writable, size-capped folders whose files come back afterwards.

    Without roots nothing comes back but the streams and the status, and the run is cheaper. `folders` are host folders
    to be seen, read-only, at the same path. `traced` asks for the provenance of the run, which makes it slower.
    """

    argv: tuple[str, ...]
    files: tuple[MountedFile, ...] = ()
    roots: tuple[str, ...] = ("/out",)
    work_dir: str = "/out"
    environment: PythonEnvironment | None = None
    env: tuple[tuple[str, str], ...] = ()
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    folders: tuple[str, ...] = ()
    network: NetworkGrant | None = None
    traced: bool = False


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
    Exit code and files are the program's word: no verdict rests on them alone. `tier` names the walls that held;
    `attempts` is what a run with a network grant tried to reach; `provenance` is there when the job asked for it.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    files: tuple[CollectedFile, ...] = ()
    refused: tuple[str, ...] = ()
    limit: str = ""
    wall_ms: float = 0.0
    tier: str = "isolated"
    attempts: tuple[Attempt, ...] = ()
    provenance: Provenance | None = None

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
