"""Attacks by what a program gets from its parent: open files, streams, limits, priorities (rows 46 and 48)."""

from tests.escape import looks, signs
from tests.escape.attack import ANY, DONE, ORDINARY, ROOTLESS, TRACED, Attack, Mark, Seen
from tests.escape.drives import with_a_secret_on_stdin, with_open_files
from tests.escape.scene import Scene

_DESCRIPTORS = """
found = []
for fd in range(3, 1024):
    try:
        link = os.readlink("/proc/self/fd/%d" % fd)
    except OSError:
        continue
    found.append(link)
    for act in (
        lambda: os.pread(fd, 1000, 0),
        lambda: os.read(os.open(".ssh/id_ed25519", os.O_RDONLY, dir_fd=fd), 1000),
        lambda: os.listdir(fd),
    ):
        try:
            print(act())
        except OSError:
            pass
print("open:", found)
say("open", "%d more" % len(found))
"""

_STDIN = """
print("read:", sys.stdin.buffer.read(1000))
say("read", "done")
print("again:", tried("again", lambda: open("/proc/self/fd/0", "rb").read(1000).decode()))
"""

_CORE = """
import resource
pid = os.fork()
if pid == 0:
    top = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (top, top))
    libc.prctl(4, 1, 0, 0, 0)
    os.abort()
_, status = os.waitpid(pid, 0)
say("core", "done" if os.WCOREDUMP(status) else "none")
"""

_RAISE = """
RESOURCES = {"cpu": 0, "fsize": 1, "core": 4, "nproc": 6, "nofile": 7, "as": 9}
def raise_limit(pid, number):
    both = (ctypes.c_uint64 * 2)(*[1 << 20 if number == 7 else 2**64 - 1] * 2)
    return syscall(302, 261, pid, number, ctypes.byref(both), 0)
for name, number in RESOURCES.items():
    tried(name, raise_limit, 0, number)
if facts["inside"]:
    for pid in (1, os.getppid()):
        for name, number in RESOURCES.items():
            tried(name, raise_limit, pid, number)
hold()
"""
_RAISED = ("cpu", "fsize", "core", "nproc", "nofile", "as")

_NICE = """
tried("nice", os.nice, -5)
tried("priority", os.setpriority, os.PRIO_PROCESS, 0, -5)
hold()
"""

_POLICY = """
def policy(name, priority):
    os.sched_setscheduler(0, getattr(os, name), os.sched_param(priority))
    hold()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
tried("fifo", policy, "SCHED_FIFO", 1)
tried("batch", policy, "SCHED_BATCH", 0)
attr = (ctypes.c_uint32 * 12)(48, 1, 0, 0, 0, 1)
tried("attr", lambda: syscall(314, 274, 0, ctypes.byref(attr), 0))
"""


def _core_came(scene: Scene, seen: Seen) -> bool:
    # Where the kernel hands cores to a program there is no file, but it tells the parent that there was a core.
    written = any(path.name.startswith("core") for path in scene.out.iterdir())
    return written or seen.steps.get("core") == DONE or any("/core" in path for path in seen.files)


def _files(letter: str, slug: str, form: str = "") -> Attack:
    return Attack(
        row=46,
        letter=letter,
        slug=slug,
        what="reads a secret and a folder that the parent has open and lets be inherited",
        stopped_by="every descriptor is closed but those named; the shim's own are closed at the program's start",
        program=_DESCRIPTORS,
        sign=signs.canary,
        # A traced program takes notes of what it does, on a pipe of its own.
        steps=(("open", ("1 more" if form == TRACED else "0 more",)),),
        drive=with_open_files,
        form=form,
    )


def _limits(letter: str, slug: str, form: str = "") -> Attack:
    return Attack(
        row=48,
        letter=letter,
        slug=slug,
        what="raises its own limits, and those of the processes around it",
        stopped_by="hard limits, and no capabilities",
        program=_RAISE,
        sign=signs.noted("loose"),
        steps=tuple((step, ("EPERM", "EACCES")) for step in _RAISED),
        watch=looks.each_program(
            looks.looser_than(cpu=31, file=101 << 20, core=0, processes=100, open_files=256, address=1 << 30)
        ),
        form=form,
    )


def _core(letter: str, slug: str, form: str = "") -> Attack:
    return Attack(
        row=48,
        letter=letter,
        slug=slug,
        what="dies with all its memory written to a file",
        stopped_by="hard limit of 0 on the size of a core",
        program=_CORE,
        sign=_core_came,
        steps=(("core", ("none",)),),
        marks=(Mark("core", ("none",), "it writes no cores here, or this user's own limit is 0", ANY),),
        form=form,
    )


ATTACKS = (
    _files("a", "inherited-files"),
    _files("m", f"inherited-files-{ROOTLESS}", ROOTLESS),
    _files("n", f"inherited-files-{TRACED}", TRACED),
    _core("a", "core"),
    _core("m", f"core-{ROOTLESS}", ROOTLESS),
    _limits("b", "raise-limits"),
    _limits("n", f"raise-limits-{ROOTLESS}", ROOTLESS),
    Attack(
        row=48,
        letter="c",
        slug="nice",
        what="puts itself before all other processes",
        stopped_by="no capabilities",
        program=_NICE,
        sign=signs.noted("hurry"),
        steps=(("nice", ("EPERM",)), ("priority", ("EACCES",))),
        marks=(Mark("nice", ("EPERM",), "only root may", ORDINARY),),
        watch=looks.each_program(looks.scheduling),
    ),
    Attack(
        row=48,
        letter="d",
        slug="scheduling",
        what="asks for a kind of scheduling that leaves nothing to others",
        stopped_by="system-call filter",
        program=_POLICY,
        sign=signs.noted("policy"),
        steps=(("fifo", ("EPERM",)), ("batch", ("EPERM",)), ("attr", ("EPERM",))),
        watch=looks.each_program(looks.scheduling),
    ),
    Attack(
        row=48,
        letter="e",
        slug="read-stdin",
        what="reads what is meant for the standard input of its parent",
        stopped_by="standard input is empty, or the job's own bytes",
        program=_STDIN,
        sign=signs.canary,
        steps=(("read", (DONE,)), ("again", (DONE,))),
        drive=with_a_secret_on_stdin,
    ),
)
