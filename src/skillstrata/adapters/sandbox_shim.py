"""Runs inside the sandbox, around the program: checks the walls, starts it, ends everything, sends the files out.

In     arguments: see `Job.read`; everything mounted by bwrap; one inherited pipe
Out    frames on the pipe: kind (1 byte), name length (4), body length (8), name, body; all numbers big-endian
       X wall that is missing (nothing ran) · S about to start · D ended, all other processes dead · W file written ·
       K mounted file whose time was never touched · R refused name with the reason · E wait status, CPU, what is full
Never  imports anything of ours or of an environment; trusts a name, a size or a type it did not look at itself
Why    a file of its own, mounted read-only and run by `python -I -S`: any Python 3 will do, and each import costs a
       run its time, which is why `ctypes`, `json`, `signal` and `tarfile` are not used
"""

import _ctypes
import os
import resource
import stat
import sys

MAX_DEPTH = 16
MAX_NAME_BYTES = 200
MAX_ENTRIES = 20_000
MAX_REFUSED = 200
CHUNK = 1 << 20

_RTLD_NOW = 2
_PR_SET_DUMPABLE = 4
_CLONE_NEWUSER = 0x10000000
# Families unix, inet, inet6, netlink, packet, vsock; types stream, datagram, raw.
_SOCKETS = ((1, 1), (1, 2), (2, 1), (2, 2), (10, 1), (10, 2), (16, 3), (17, 3), (40, 1))
_GRANTED = ((2, 1), (10, 1))
_AF_UNIX, _AF_INET, _SOCK_STREAM, _SOL_SOCKET, _SCM_RIGHTS = 1, 2, 1, 1, 1
_SIGPIPE, _SIGKILL, _SIGXFSZ = 13, 9, 25
_CANNOT_START = 127
# The same on every machine.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION, _LANDLOCK_WITH_REFER, _PATH_BENEATH = 1, 2, 1
_WRITE_FILE, _REFER = 1 << 1, 1 << 13
# Where a program may write besides its roots; the rest of /dev and /proc is held by their own rules.
_WRITABLE = tuple(f"/{name}" for name in ("tmp", "dev", "proc"))
_WALLS = {"Seccomp": "2", "NoNewPrivs": "1"}
_NO_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


class Job:
    """What the parent asks for, as words of the command line."""

    def __init__(self, words: list[str]) -> None:
        """Read the words in their fixed order; lists come with their length before them."""
        self._rest = words
        self.pipe, self.bridge, self.port = (int(self._one()) for _ in range(3))
        self.cpu_s, self.address_bytes, self.file_bytes, self.open_files, self.tasks = (
            int(self._one()) for _ in range(5)
        )
        self.max_files, self.max_bytes = int(self._one()), int(self._one())
        self.work_dir = self._one()
        self.roots = self._many()
        self.untouched = self._many()
        self.env = dict(word.split("=", 1) for word in self._many())
        self.argv = self._rest

    def _one(self) -> str:
        return self._rest.pop(0)

    def _many(self) -> list[str]:
        return [self._one() for _ in range(int(self._one()))]


class Pipe:
    """The frames on their way out."""

    def __init__(self, fd: int) -> None:
        """Keep the descriptor from the program: it is closed when the program starts."""
        self._fd = fd
        os.set_inheritable(fd, False)

    def frame(self, kind: bytes, name: bytes = b"", body: bytes = b"") -> None:
        """Send one whole frame."""
        self.begin(kind, name, len(body))
        self.send(body)

    def begin(self, kind: bytes, name: bytes, size: int) -> None:
        """Send the head of a frame whose body follows in pieces."""
        self.send(kind + len(name).to_bytes(4, "big") + size.to_bytes(8, "big") + name)

    def send(self, part: bytes) -> None:
        """Send bytes as they are."""
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(self._fd, rest) :]


class LibC:
    """The few calls that `os` does not have."""

    def __init__(self) -> None:
        """Find the C library this process runs on."""
        self._handle = _ctypes.dlopen("", _RTLD_NOW)

    def call(self, name: str, *arguments: int | bytes | None) -> int:
        """Call a function that takes whole numbers and bytes and gives a whole number."""
        return int(_ctypes.call_function(_ctypes.dlsym(self._handle, name), arguments))


def missing_wall(libc: LibC, *, network: bool) -> str:
    """Try the walls themselves rather than trust that they were asked for; give the first that is not there.

    Args:
        libc: What to try them with.
        network: A network was granted: TCP sockets can be made, and nothing else about the walls differs.
    """
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    for name, wanted in _WALLS.items():
        if fields.get(name, "").strip() != wanted:
            return f"{name} is {fields.get(name)!r}"
    if any(int(fields.get(name, "1"), 16) for name in _NO_CAPABILITIES):
        return "the process has capabilities"
    for family, kind in _SOCKETS:
        if not (network and (family, kind) in _GRANTED) and libc.call("socket", family, kind, 0) != -1:
            return f"a socket of family {family} can be made"
    if libc.call("unshare", _CLONE_NEWUSER) != -1:
        return "another user namespace can be made"
    return _missing_mount()


def _missing_mount() -> str:
    for folder in ("/", "/usr", "/dev", "/proc/sys"):
        if not os.statvfs(folder).f_flag & os.ST_RDONLY:
            return f"{folder} is writable"
    others = [line for line in _readable("/proc/net/ipv6_route").splitlines() if not line.endswith(b" lo")]
    if others or _readable("/proc/net/route").count(b"\n") > 1:
        return "there is a route out of the network namespace"
    if _readable("/proc/1/environ"):
        return "the environment of the host is visible"
    if any(name.isdigit() and int(name) not in (1, os.getpid()) for name in os.listdir("/proc")):
        return "processes of the host are visible"
    return ""


def _readable(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def hand_out_listener(job: Job) -> None:
    """Listen in our own empty network, and let the parent have the listener: what it accepts there is its affair.

    Both ends are closed here before the program starts, so that it can hand out nothing.
    """
    sockets = __import__("_socket")  # a run without a network does without it
    listener = sockets.socket(_AF_INET, _SOCK_STREAM)
    listener.bind(("127.0.0.1", job.port))
    listener.listen()
    channel = sockets.socket(_AF_UNIX, _SOCK_STREAM, 0, job.bridge)
    rights = listener.fileno().to_bytes(4, sys.byteorder)
    channel.sendmsg([b"L"], [(_SOL_SOCKET, _SCM_RIGHTS, rights)])
    channel.close()
    listener.close()


def start(job: Job, libc: LibC) -> int:
    """Fork the program with its limits; give its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        for kind, soft, hard in (
            (resource.RLIMIT_CPU, job.cpu_s, job.cpu_s + 1),
            (resource.RLIMIT_AS, job.address_bytes, job.address_bytes),
            (resource.RLIMIT_FSIZE, job.file_bytes, job.file_bytes),
            (resource.RLIMIT_NOFILE, job.open_files, job.open_files),
            (resource.RLIMIT_CORE, 0, 0),
            (resource.RLIMIT_NPROC, job.tasks, job.tasks),
        ):
            resource.setrlimit(kind, (soft, hard))
        # Python ignores these two for itself; an ignored signal would stay ignored in the program.
        libc.call("signal", _SIGPIPE, 0)
        libc.call("signal", _SIGXFSZ, 0)
        os.makedirs(job.work_dir, exist_ok=True)
        os.chdir(job.work_dir)
        write_only_under((*job.roots, *_WRITABLE), libc)
        os.execve(job.argv[0], job.argv, job.env)
    except OSError as error:
        os.write(2, os.fsencode(f"cannot start {job.argv[0]}: {error.strerror}\n"))
    finally:
        os._exit(_CANNOT_START)


def write_only_under(folders: tuple[str, ...], libc: LibC) -> None:
    """Let this process, and what it starts, open files for writing in these folders alone.

    A mount that is read-only stops no write into a named pipe of the host's. Where the kernel has no Landlock, or one
    that cannot allow a rename between folders, the mounts hold alone; docs/security.md says so.
    """
    if libc.call("syscall", _LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION) < _LANDLOCK_WITH_REFER:
        return
    access = (_WRITE_FILE | _REFER).to_bytes(8, sys.byteorder)
    ruleset = libc.call("syscall", _LANDLOCK_CREATE, access, len(access), 0)
    for folder in folders:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        beneath = access + place.to_bytes(4, sys.byteorder)
        if libc.call("syscall", _LANDLOCK_ADD, ruleset, _PATH_BENEATH, beneath, 0):
            raise OSError(0, "a folder cannot be opened for writing")
    if libc.call("syscall", _LANDLOCK_RESTRICT_SELF, ruleset, 0):
        raise OSError(0, "writing cannot be restricted")
    os.close(ruleset)


def end_everything() -> None:
    """Kill every other process of the namespace and wait until none can write any more."""
    me = {"1", str(os.getpid())}
    while True:
        try:
            os.kill(-1, _SIGKILL)
        except ProcessLookupError:
            return
        if not any(name.isdigit() and name not in me and _alive(name) for name in os.listdir("/proc")):
            return
        os.sched_yield()


def _alive(pid: str) -> bool:
    # The state stands after the last bracket, since a process may put brackets into its name.
    state = _readable(f"/proc/{pid}/stat").rpartition(b")")[2].strip()[:1]
    return state not in (b"", b"Z", b"X")


class Collector:
    """Walks the roots by folder descriptor and sends what is a plain file."""

    def __init__(self, job: Job, pipe: Pipe) -> None:
        """Begin with nothing sent."""
        self._job = job
        self._pipe = pipe
        self._files = self._bytes = self._entries = self._refused = 0
        self.over = ""

    def collect(self) -> None:
        """Send every root; a root inside another is a mount of its own and comes once."""
        for root in self._job.roots:
            device = os.stat(root).st_dev
            os.chmod(root, 0o700)  # the program may have locked itself out
            self._walk(os.open(root, os.O_RDONLY | os.O_DIRECTORY), os.fsencode(root), device, 0)
            usage = os.statvfs(root)
            if not usage.f_bavail:
                self.over = "disk"

    def _walk(self, folder: int, path: bytes, device: int, depth: int) -> None:
        try:
            for name in sorted(os.listdir(folder), key=os.fsencode):
                self._entries += 1
                if self._entries > MAX_ENTRIES:
                    self.over = "files"
                    return
                self._visit(folder, name, path + b"/" + os.fsencode(name), device, depth)
        finally:
            os.close(folder)

    def _visit(self, folder: int, name: str, path: bytes, device: int, depth: int) -> None:
        seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if seen.st_dev != device:
            return  # a read-only input, an environment or another root, not something the program made
        if len(os.fsencode(name)) > MAX_NAME_BYTES:
            self._refuse(path, "its name is too long")
        elif stat.S_ISDIR(seen.st_mode):
            if depth >= MAX_DEPTH:
                self._refuse(path, "it lies too deep")
            else:
                self._walk(self._open(folder, name, os.O_DIRECTORY, 0o700), path, device, depth + 1)
        elif stat.S_ISREG(seen.st_mode):
            self._file(folder, name, path, seen)
        else:
            self._refuse(path, "it is not a regular file")

    def _open(self, folder: int, name: str, kind: int, mode: int) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | kind
        try:
            return os.open(name, flags, dir_fd=folder)
        except PermissionError:
            os.chmod(name, mode, dir_fd=folder)
            return os.open(name, flags, dir_fd=folder)

    def _file(self, folder: int, name: str, path: bytes, seen: os.stat_result) -> None:
        if self._files >= self._job.max_files:
            self.over = "files"
            self._refuse(path, "there are too many files")
            return
        if self._bytes + seen.st_size > self._job.max_bytes:
            self.over = "disk"
            self._refuse(path, "the files are too large together")
            return
        self._files += 1
        self._bytes += seen.st_size
        fd = self._open(folder, name, 0, 0o600)
        try:
            self._pipe.begin(b"W" if seen.st_mtime_ns else b"K", path, seen.st_size)
            left = seen.st_size
            while left:
                part = os.read(fd, min(left, CHUNK))
                self._pipe.send(part or bytes(min(left, CHUNK)))
                left -= len(part) or min(left, CHUNK)
        finally:
            os.close(fd)

    def _refuse(self, path: bytes, reason: str) -> None:
        self._refused += 1
        if self._refused <= MAX_REFUSED:
            self._pipe.frame(b"R", path, reason.encode())


def main(words: list[str]) -> None:
    """Run one job to its end."""
    job = Job(words)
    pipe = Pipe(job.pipe)
    libc = LibC()
    # The program has the same user: without this it could write our memory and our pipe.
    if libc.call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0):
        pipe.frame(b"X", b"", b"the shim can be traced")
        return
    wall = missing_wall(libc, network=job.bridge >= 0)
    if wall:
        pipe.frame(b"X", b"", wall.encode())
        return
    for path in job.untouched:
        os.utime(path, ns=(0, 0))
    if job.bridge >= 0:
        hand_out_listener(job)
    pipe.frame(b"S")
    _, status, usage = os.wait4(start(job, libc), 0)
    end_everything()
    pipe.frame(b"D")
    collector = Collector(job, pipe)
    collector.collect()
    cpu_ms = int((usage.ru_utime + usage.ru_stime) * 1000)
    pipe.frame(b"E", b"", f"{status} {cpu_ms} {collector.over}".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
    # Taking an interpreter down in order costs more than the whole collection.
    os._exit(0)
