"""Attacks on the machine's resources: processes, memory, files (rows 18 to 25); bounded, the controls more so."""

from pathlib import Path

from skillstrata.records.sandbox_runs import MIB, Limits
from tests.escape import signs
from tests.escape.attack import ANY, ORDINARY, Attack, Mark, Peaks, Seen
from tests.escape.scene import Scene

_FORKS = """
many = 3000 if facts["inside"] else 200
born, told = [], None
for _ in range(many):
    try:
        pid = os.fork()
    except OSError as error:
        told = told or say("fork", errno.errorcode[error.errno]) or True
        time.sleep(0.001)
        continue
    if pid == 0:
        LEAVE
        os.closerange(0, 3)
        time.sleep(20)
        os._exit(0)
    born.append(pid)
say("born", "done", len(born))
time.sleep(5) if facts["inside"] else hold()
for pid in born:
    os.kill(pid, 9)
"""

_THREADS = """
import threading
threading.stack_size(64 * 1024)
stop = threading.Event()
try:
    for _ in range(3000 if facts["inside"] else 200):
        threading.Thread(target=stop.wait, daemon=True).start()
    say("threads", "done")
except RuntimeError:
    say("threads", "EAGAIN")
time.sleep(5) if facts["inside"] else hold()
os._exit(0)
"""

_MEMORY_LEAP = """
import mmap
def leap():
    kept = mmap.mmap(-1, 1_500_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    piece = b"x" * 10_000_000
    for _ in range(60):
        kept.write(piece)
    hold()
tried("map", leap)
"""

_MEMORY_STEPS = """
kept = []
for _ in range(50):
    kept.append(b"x" * 20_000_000)
hold()
"""

# All five have theirs before any of them may end.
_MEMORY_FIVE = """
import mmap
full, filled = os.pipe()
wait, go = os.pipe()
for _ in range(5):
    if os.fork() == 0:
        os.close(go)
        FILL
        os.write(filled, b".")
        os.read(wait, 1)
        os._exit(0)
for _ in range(5):
    os.read(full, 1)
hold()
os.close(go)
for _ in range(5):
    os.wait()
"""
_OWN_PAGES = _MEMORY_FIVE.replace("FILL", 'kept = b"x" * 300_000_000')
_SHARED_PAGES = _MEMORY_FIVE.replace(
    "FILL", 'kept = mmap.mmap(-1, 300_000_000); [kept.write(piece) for piece in [b"x" * 10_000_000] * 30]'
)

_MEMFD = """
def fill():
    fd = os.memfd_create("bomb")
    os.posix_fallocate(fd, 0, 1_300_000_000)
    hold()
tried("memfd", fill)
"""

_MEMFD_SECRET = """
def make():
    syscall(447, 447, 0)
    hold()
tried("memfd_secret", make)
"""

_SYSV = """
libc.shmat.restype = ctypes.c_void_p
size = 1_000_000_000
def take():
    number = checked(libc.shmget(facts["number"], ctypes.c_size_t(size), 0o1600))
    try:
        at = libc.shmat(number, None, 0)
        for page in range(0, size, 4096 * 64):
            ctypes.memset(at + page, 1, 1)
        hold()
    finally:
        libc.shmctl(number, 0, None)
tried("shmget", take)
"""

_QUEUES = """
key = facts["number"]
def queue():
    number = checked(libc.msgget(key, 0o1600))
    hold()
    libc.msgctl(number, 0, None)
tried("msgget", queue)
def semaphores():
    number = checked(libc.semget(key, 4, 0o1600))
    hold()
    libc.semctl(number, 0, 0)
tried("semget", semaphores)
def posix():
    name = ctypes.c_char_p(b"strata-%d" % key)
    fd = syscall(240, 180, name, 0o102, 0o600, 0)
    syscall(241, 181, name)
tried("mq_open", posix)
"""

_FILL = """
kept = []
def fill(folder):
    for number in range(5):
        path = "%s/strata-bomb-%s-%d" % (folder.rstrip("/"), facts["token"], number)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.unlink(path)
        kept.append(fd)
        for _ in range(50):
            os.write(fd, bytes(1_000_000))
for folder in FOLDERS:
    tried(folder, fill, folder)
if any(os.fstat(fd).st_size for fd in kept):
    hold()
"""

_ONE_FILE = """
def fill():
    fd = os.open(PLACE + "/strata-bomb-" + facts["token"], os.O_RDWR | os.O_CREAT, 0o600)
    if UNSEEN:
        os.unlink(PLACE + "/strata-bomb-" + facts["token"])
    for _ in range(600):
        os.write(fd, bytes(1_000_000))
    hold()
tried("write", fill)
"""

_MANY_FILES = """
def fill(fd):
    for piece in range(90):
        try:
            os.posix_fallocate(fd, piece * 1_000_000, 1_000_000)
        except OSError:
            os.pwrite(fd, bytes(1_000_000), piece * 1_000_000)  # what is left, to the last page
            raise
for number in range(12):
    fd = os.open("%s/bomb-%d" % (facts["out"], number), os.O_RDWR | os.O_CREAT, 0o600)
    tried("file %d" % number, fill, fd)
hold()
"""


def _sysv(scene: Scene, peaks: Peaks) -> None:
    """Look for the run's key in the host's own tables."""
    number = int(scene.token[:7], 16)
    for kind in ("shm", "msg", "sem"):
        for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]:
            if int(line.split()[0]) == number:
                peaks.notes.add(f"sysv {kind}")


def _anything_sysv(_: Scene, seen: Seen) -> bool:
    return any(note.startswith("sysv") for note in seen.peaks.notes)


ATTACKS: tuple[Attack, ...] = (
    Attack(
        row=18,
        letter="a",
        slug="fork-bomb",
        what="starts 3,000 processes that sleep",
        stopped_by="limit on processes, counted from outside and by the kernel inside",
        program=_FORKS.replace("LEAVE", "pass"),
        sign=signs.tasks_over(120),
        limit="processes",
    ),
    Attack(
        row=18,
        letter="b",
        slug="fork-bomb-of-orphans",
        what="starts 3,000 processes, each in a session of its own and without a parent",
        stopped_by="limit on processes, counted from outside and by the kernel inside",
        program=_FORKS.replace("LEAVE", "os.setsid(); os.fork() and os._exit(0)"),
        sign=signs.tasks_over(120),
        limit="processes",
    ),
    Attack(
        row=18,
        letter="c",
        slug="thread-bomb",
        what="starts 3,000 threads",
        stopped_by="limit on processes, which counts threads",
        program=_THREADS,
        sign=signs.tasks_over(120),
        limit="processes",
    ),
    Attack(
        row=19,
        letter="a",
        slug="memory-leap",
        what="asks for 1.5 GB at one stroke",
        stopped_by="RLIMIT_AS on each process",
        program=_MEMORY_LEAP,
        sign=signs.memory_over(500),
        steps=(("map", ("ENOMEM",)),),
    ),
    Attack(
        row=19,
        letter="b",
        slug="memory-steps",
        what="takes 1 GB in pieces of 20 MB",
        stopped_by="limit on the memory of all processes together",
        program=_MEMORY_STEPS,
        sign=signs.memory_over(800),
        limit="memory",
    ),
    Attack(
        row=20,
        letter="a",
        slug="memory-of-five",
        what="takes 300 MB in each of five processes",
        stopped_by="limit on the memory of all processes together",
        program=_OWN_PAGES,
        sign=signs.memory_over(1300),
        limit="memory",
    ),
    Attack(
        row=20,
        letter="b",
        slug="shared-memory-of-five",
        what="takes 300 MB of shared pages in each of five processes",
        stopped_by="limit on the memory of all processes together",
        program=_SHARED_PAGES,
        sign=signs.memory_over(1300),
        limit="memory",
    ),
    Attack(
        row=21,
        letter="a",
        slug="memory-file",
        what="puts 1.3 GB into a memory file that is mapped nowhere",
        stopped_by="system-call filter: no memfd_create",
        program=_MEMFD,
        sign=signs.held_over(600),
        steps=(("memfd", ("EPERM",)),),
    ),
    Attack(
        row=21,
        letter="b",
        slug="secret-memory-file",
        what="makes a memory file that not even the kernel maps",
        stopped_by="system-call filter: no memfd_secret",
        program=_MEMFD_SECRET,
        sign=signs.held("secretmem"),
        steps=(("memfd_secret", ("EPERM",)),),
        marks=(Mark("memfd_secret", ("ENOSYS",), "this kernel has it switched off", ANY),),
    ),
    Attack(
        row=22,
        letter="a",
        slug="sysv-shared-memory",
        what="takes 1 GB as a System V segment, which outlives its maker",
        stopped_by="system-call filter: no shmget; and an IPC namespace",
        program=_SYSV,
        sign=_anything_sysv,
        steps=(("shmget", ("EPERM",)),),
        watch=_sysv,
    ),
    Attack(
        row=22,
        letter="b",
        slug="queues-and-semaphores",
        what="makes System V queues and semaphores and a POSIX message queue",
        stopped_by="system-call filter; and an IPC namespace",
        program=_QUEUES,
        sign=_anything_sysv,
        steps=(("msgget", ("EPERM",)), ("semget", ("EPERM",)), ("mq_open", ("EPERM",))),
        watch=_sysv,
    ),
    Attack(
        row=23,
        letter="a",
        slug="fill-the-root",
        what="writes 250 MB each into / and /dev",
        stopped_by="both are mounted read-only",
        program='FOLDERS = ("/", "/dev")' + _FILL,
        sign=signs.held_over(150),
        steps=(("/", ("EROFS",)), ("/dev", ("EROFS",))),
        marks=(Mark("/", ("EACCES",), "both belong to root", ORDINARY),),
    ),
    Attack(
        row=23,
        letter="b",
        slug="fill-shared-memory",
        what="writes 250 MB into /dev/shm",
        stopped_by="size of the run's own /dev/shm: 16 MB",
        program='FOLDERS = ("/dev/shm",)' + _FILL,
        sign=signs.held_over(150),
        steps=(("/dev/shm", ("ENOSPC",)),),
        marks=(Mark("/dev/shm", ("ENOSPC",), "this machine's /dev/shm is smaller", ANY),),
    ),
    Attack(
        row=23,
        letter="c",
        slug="fill-temporary",
        what="writes 250 MB into /tmp",
        stopped_by="size of the run's own /tmp: 64 MB",
        program='FOLDERS = ("/tmp",)' + _FILL,
        sign=signs.held_over(150),
        steps=(("/tmp", ("ENOSPC",)),),
    ),
    Attack(
        row=24,
        letter="a",
        slug="one-large-output",
        what="writes one file of 600 MB into the output folder",
        stopped_by="limit on output: RLIMIT_FSIZE and the folder's size",
        program='PLACE, UNSEEN = facts["out"], False' + _ONE_FILE,
        sign=signs.held_over(400),
        limit="disk",
        limits=Limits(wall_s=15.0, output_bytes=20 * MIB),
    ),
    Attack(
        row=24,
        letter="b",
        slug="one-large-file",
        what="writes one file of 600 MB into a folder that has room for more than a file may hold",
        stopped_by="RLIMIT_FSIZE",
        program='PLACE, UNSEEN = "/tmp", True' + _ONE_FILE,
        sign=signs.held_over(400),
        steps=(("write", ("EFBIG",)),),
        limits=Limits(wall_s=15.0, output_bytes=10 * MIB),
    ),
    Attack(
        row=25,
        letter="a",
        slug="many-large-outputs",
        what="makes twelve files of 90 MB in the output folder",
        stopped_by="size of the output folder, for all files together",
        program=_MANY_FILES,
        sign=signs.held_over(600),
        limit="disk",
    ),
)
