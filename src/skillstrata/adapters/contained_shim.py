"""Runs around the program of the `contained` tier: puts up the walls, starts it, and ends all that it leaves behind.

In     words of the command line, see `Job`; a Landlock ruleset and two pipes as inherited descriptors
Out    lines on the report pipe: X wall that is missing (nothing ran) · S about to start · E wait status, CPU in ms,
       all other processes dead
Never  imports anything of ours; starts a program behind a wall that was not tried first; outlives the control pipe
Why    the launcher stays outside the walls, so that the program can neither signal nor trace it, and adopts every
       orphan: without a process namespace this alone finds a process that forked twice and left its session
"""

import _ctypes
import os
import resource
import select
import sys

_RTLD_NOW = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_RESTRICT_SELF = 446
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_SLAVE, _MS_NOSUID, _MS_NODEV = 0x1000, 0x4000, 0x80000, 0x2, 0x4
_ALL_CHILDREN = 0x40000000  # also children that send no signal at their end
_SIGKILL, _SIGPIPE, _SIGXFSZ = 9, 13, 25
_MAX_CAPABILITY = 63
_CANNOT_START = 127
_FAMILIES = (1, 2, 16, 40)  # unix, inet, netlink, vsock
_REAP_EVERY_MS = 50
_INSTRUCTION_BYTES = 8


class Job:
    """What the parent asks for, as words of the command line."""

    def __init__(self, words: list[str]) -> None:
        """Read the words in their fixed order; lists come with their length before them."""
        self._rest = words
        self.control, self.report, self.ruleset, self.launcher, self.user = (int(self._one()) for _ in range(5))
        self.cpu_s, self.address_bytes, self.file_bytes, self.open_files, self.tasks = (
            int(self._one()) for _ in range(5)
        )
        self.outside, self.work_dir = self._one(), self._one()
        self.covers = self._many()
        self.kept = self._many()
        self.filters = [bytes.fromhex(word) for word in self._many()]
        self.env = dict(word.split("=", 1) for word in self._many())
        self.argv = self._rest

    def _one(self) -> str:
        return self._rest.pop(0)

    def _many(self) -> list[str]:
        return [self._one() for _ in range(int(self._one()))]


class WallMissing(Exception):
    """A wall that could not be put up, or that does not hold."""


class LibC:
    """The few calls that `os` does not have."""

    def __init__(self) -> None:
        """Find the C library this process runs on."""
        self._handle = _ctypes.dlopen("", _RTLD_NOW)

    def call(self, name: str, *arguments: int | bytes | None) -> int:
        """Call a function that takes whole numbers and texts and gives a whole number."""
        return int(_ctypes.call_function(_ctypes.dlsym(self._handle, name), arguments))

    def must(self, name: str, *arguments: int | bytes | None) -> None:
        """Call a function that gives 0 where it worked."""
        if self.call(name, *arguments):
            raise WallMissing(f"{name}({arguments[0]!r}) failed")

    def filter(self, program: bytes) -> None:
        """Load one system-call filter."""
        # struct sock_fprog: a count, padding up to a pointer, the pointer. Bytes lie at the end of their object, before
        # a closing zero; `ctypes` would say the same, for a millisecond.
        count = (len(program) // _INSTRUCTION_BYTES).to_bytes(8, sys.byteorder)
        head = count + (id(program) + bytes.__basicsize__ - 1).to_bytes(8, sys.byteorder)
        self.must("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0)


def open_the_way(job: Job, libc: LibC) -> None:
    """As root, lay the folders of the run open to the user it runs as, in a mount namespace of our own.

    Each cover is the outermost folder that this user may not enter: an empty one takes its place, in which only the
    kept folders are.
    """
    libc.must("unshare", _CLONE_NEWNS)
    libc.must("mount", None, b"/", None, _MS_REC | _MS_SLAVE, None)
    # In the new namespace, whose mounts alone can be bound, and before a cover hides them.
    kept = [os.open(path, os.O_PATH) for path in job.kept]
    for cover in job.covers:
        libc.must("mount", b"tmpfs", os.fsencode(cover), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=755,size=1m")
    for fd, path in zip(kept, job.kept, strict=True):
        os.makedirs(path, exist_ok=True)
        libc.must("mount", b"/proc/self/fd/%d" % fd, os.fsencode(path), None, _MS_BIND, None)
        os.close(fd)


def start(job: Job, libc: LibC) -> int:
    """Fork the program behind its walls; give its process id."""
    launcher = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _prepare(job, libc)
        _enter(job, libc)
        missing = missing_wall(libc, job.outside, launcher)
    except (OSError, ValueError, WallMissing) as error:
        missing = str(error)
    if missing:
        os.write(job.report, f"X {missing}\n".encode())
        os._exit(_CANNOT_START)
    try:
        os.write(job.report, b"S\n")
        os.execve(job.argv[0], job.argv, job.env)
    except OSError as error:
        os.write(2, os.fsencode(f"cannot start {job.argv[0]}: {error.strerror}\n"))
    finally:
        os._exit(_CANNOT_START)


def _prepare(job: Job, libc: LibC) -> None:
    # Whoever runs out of memory first shall be the program, not the launcher.
    libc.must("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass
    if job.user >= 0:
        for capability in range(_MAX_CAPABILITY + 1):
            libc.call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setresgid(job.user, job.user, job.user)
        os.setresuid(job.user, job.user, job.user)
    # After the change of user, which clears it.
    libc.must("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, job.cpu_s, job.cpu_s + 1),
        (resource.RLIMIT_AS, job.address_bytes, job.address_bytes),
        (resource.RLIMIT_FSIZE, job.file_bytes, job.file_bytes),
        (resource.RLIMIT_NOFILE, job.open_files, job.open_files),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, job.tasks, job.tasks),
    ):
        limit = resource.getrlimit(kind)[1]
        top = hard if limit == resource.RLIM_INFINITY else min(hard, limit)
        resource.setrlimit(kind, (min(soft, top), top))
    # Python ignores these two for itself; an ignored signal would stay ignored in the program.
    libc.call("signal", _SIGPIPE, 0)
    libc.call("signal", _SIGXFSZ, 0)
    os.chdir(job.work_dir)


def _enter(job: Job, libc: LibC) -> None:
    libc.must("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.call("syscall", _LANDLOCK_RESTRICT_SELF, job.ruleset, 0):
        raise WallMissing("landlock_restrict_self failed")
    for program in job.filters:
        libc.filter(program)


def missing_wall(libc: LibC, outside: str, launcher: int) -> str:
    """Try the walls themselves rather than trust that they were asked for; give the first that does not hold."""
    if os.geteuid() == 0 or os.getegid() == 0 or 0 in os.getgroups():
        return "the program would run as root"
    if _opens("/", os.O_RDONLY | os.O_DIRECTORY):
        return "the root folder of the host can be listed"
    if _opens(outside, os.O_WRONLY | os.O_CREAT | os.O_EXCL):
        return "a file can be made outside of the writable folders"
    if _signals(launcher):
        return "processes outside can be signalled"
    for family in _FAMILIES:
        if libc.call("socket", family, 1, 0) != -1:
            return f"a socket of family {family} can be made"
    # The second filter refuses this one.
    return "a folder can be watched" if libc.call("inotify_init1", 0) != -1 else ""


def _opens(path: str, flags: int) -> bool:
    try:
        os.close(os.open(path, flags))
    except PermissionError:
        return False
    return True


def _signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    return True


def wait_for(pid: int, control: int) -> bool:
    """Wait until the program has ended, and bury orphans meanwhile; False when the parent wants the end or is gone."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(control, 0)
    while True:
        ready = [fd for fd, _ in poll.poll(_REAP_EVERY_MS)]
        if control in ready:
            return False
        if ended in ready:
            return True
        while True:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | _ALL_CHILDREN)
            if found is None or found.si_pid == pid:
                break
            os.waitpid(found.si_pid, _ALL_CHILDREN)


def end_everything() -> None:
    """Kill every descendant and wait until none is left; each orphan becomes our child, so none gets away."""
    while True:
        for pid in children():
            try:
                os.kill(pid, _SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG | _ALL_CHILDREN)[0]:
                pass
        except ChildProcessError:
            return
        os.sched_yield()


def children() -> list[int]:
    """Name our children, adopted ones included."""
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        # A kernel built without that file: look at the parent of every process.
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == me]


def _parent(pid: str) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name stands in brackets and may hold brackets itself.
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def main(words: list[str]) -> None:
    """Run one job to its end."""
    job = Job(words)
    libc = LibC()
    os.close(job.launcher)
    for fd in (job.control, job.report, job.ruleset):
        os.set_inheritable(fd, False)
    try:
        os.setsid()
        libc.must("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.must("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        if job.covers:
            open_the_way(job, libc)
    except (OSError, WallMissing) as error:
        os.write(job.report, f"X {error}\n".encode())
        return
    # The parent may have put us into a control group by now; nothing of the program may be outside of it.
    if not os.read(job.control, 1):
        return
    pid = start(job, libc)
    os.closerange(0, 3)
    if not wait_for(pid, job.control):
        end_everything()
        return
    _, status = os.waitpid(pid, 0)
    end_everything()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_ms = int((used.ru_utime + used.ru_stime) * 1000)
    os.write(job.report, f"E {status} {cpu_ms}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
    # Taking an interpreter down in order costs time that the run would pay.
    os._exit(0)
