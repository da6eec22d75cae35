"""Attacks by too much: file nodes, sparse files, processor time, output (rows 26 to 29 and 44)."""

import os

from skillstrata.records.sandbox_runs import Limits
from tests.escape import looks, signs
from tests.escape.attack import DONE, ROOTLESS, Attack, Seen
from tests.escape.drives import counted
from tests.escape.scene import Scene

_MIB = 1 << 20
_MANY = 60_000

_EMPTY_FILES = """
for folder in FOLDERS if facts["inside"] else [facts["out"]]:
    for group in range(100 if facts["inside"] else 65):
        os.mkdir(folder + "/%d" % group)
        for number in range(1000):
            MAKE(folder + "/%d/%d" % (group, number))
hold()
"""
_MAKE_A_FILE = 'FOLDERS = ["/out"]\nMAKE = lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY))\n'
_MAKE_EVERYWHERE = 'FOLDERS = ["/tmp", "/dev/shm", "/out"]\nMAKE = lambda path: os.symlink("x", path)\n'

_SPARSE = """
fd = os.open(facts["out"] + "/sparse", os.O_CREAT | os.O_RDWR)
tried("truncate", os.ftruncate, fd, 1 << 40)
tried("fallocate", os.posix_fallocate, fd, 1 << 30, 4096)
tried("pwrite", os.pwrite, fd, b"x", 1 << 40)
hold()
"""

_MANY_SPARSE = """
for number in range(20):
    with open(facts["out"] + "/sparse-%02d" % number, "w") as file:
        tried("truncate", file.truncate, 90_000_000)
"""

# Ends by itself, so that the control does too.
_BUSY = """
import signal
for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGVTALRM):
    signal.signal(number, signal.SIG_IGN)
say("began", "done")
while time.process_time() < 2.7:
    pass
"""

_BUSY_CHILDREN = """
for _ in range(4):
    if os.fork() == 0:
        while time.process_time() < 0.9:
            pass
        os._exit(0)
say("began", "done")
for _ in range(4):
    os.wait()
"""

# Where nobody wants to know how a child ended, the kernel adds its time to no one's.
_BUSY_RELAY = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
say("began", "done")
for _ in range(9):
    for _ in range(2):
        if os.fork() == 0:
            while time.process_time() < 0.2:
                pass
            os._exit(0)
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        pass
"""

_STREAM = """
piece = b"x" * (1 << 20)
say("began", "done")
for number in range(500):
    os.write(STREAMS[number % len(STREAMS)], piece)
"""


def _many_nodes(scene: Scene, seen: Seen) -> bool:
    return "inodes" in seen.peaks.notes or sum(len(names) for _, _, names in os.walk(scene.out)) > _MANY


def _large_together(scene: Scene, seen: Seen) -> bool:
    there = sum(path.lstat().st_size for path in scene.out.iterdir())
    return there + sum(map(len, seen.files.values())) > 200 * _MIB


def _streamed(_: Scene, seen: Seen) -> bool:
    return max(len(seen.returned), int(seen.values.get("streamed", 0))) > 12 * _MIB


ATTACKS = (
    Attack(
        row=26,
        letter="a",
        slug="empty-files",
        what="makes 100,000 empty files in the output folder",
        stopped_by="watcher: the number of file nodes",
        program=_MAKE_A_FILE + _EMPTY_FILES,
        sign=_many_nodes,
        limit="files",
        watch=looks.inodes_over(_MANY, ("/out",)),
    ),
    Attack(
        row=26,
        letter="b",
        slug="links-in-every-folder",
        what="makes 300,000 links, spread over every writable folder",
        stopped_by="watcher: the number of file nodes in all folders together",
        program=_MAKE_EVERYWHERE + _EMPTY_FILES,
        sign=_many_nodes,
        limit="files",
        watch=looks.inodes_over(_MANY, ("/out", "/tmp", "/dev/shm")),
    ),
    Attack(
        row=27,
        letter="a",
        slug="sparse-terabyte",
        what="makes a sparse file of one terabyte",
        stopped_by="limit on the size of a file",
        program=_SPARSE,
        sign=signs.noted("big file"),
        steps=tuple((step, ("EFBIG",)) for step in ("truncate", "fallocate", "pwrite")),
        watch=looks.each_program(looks.big_file),
    ),
    Attack(
        row=27,
        letter="b",
        slug="many-sparse-files",
        what="leaves 20 sparse files of 90 MB each, which take no room until they are copied",
        stopped_by="the collector's cap on bytes",
        program=_MANY_SPARSE,
        sign=_large_together,
        steps=(("truncate", (DONE,)),),
        limit="disk",
        refused="the files are too large together",
    ),
    Attack(
        row=28,
        letter="a",
        slug="busy-loop",
        what="burns processor time and ignores every signal that says it must not",
        stopped_by="hard limit on processor time, a second above the soft one",
        program=_BUSY,
        sign=signs.noted("burnt"),
        steps=(("began", (DONE,)),),
        limit="cpu",
        limits=Limits(wall_s=20.0, cpu_s=1),
        watch=looks.burnt_over(2.5),
    ),
    Attack(
        row=28,
        letter="m",
        slug=f"busy-loop-{ROOTLESS}",
        what="does the same in a job without outputs",
        stopped_by="hard limit on processor time, a second above the soft one",
        program=_BUSY,
        sign=signs.noted("burnt"),
        steps=(("began", (DONE,)),),
        limit="cpu",
        limits=Limits(wall_s=20.0, cpu_s=1),
        watch=looks.burnt_over(2.5),
        form=ROOTLESS,
    ),
    Attack(
        row=29,
        letter="a",
        slug="busy-children",
        what="burns processor time in four children, each below its own limit",
        stopped_by="watcher: processor time of all processes together",
        program=_BUSY_CHILDREN,
        sign=signs.noted("burnt"),
        steps=(("began", (DONE,)),),
        limit="cpu",
        limits=Limits(wall_s=20.0, cpu_s=1),
        watch=looks.burnt_over(3.0),
    ),
    Attack(
        row=29,
        letter="b",
        slug="busy-relay",
        what="burns processor time in short-lived children whose end nobody waits for",
        stopped_by="watcher: processor time of all processes together, dead ones too",
        program=_BUSY_RELAY,
        sign=signs.noted("burnt"),
        steps=(("began", (DONE,)),),
        limit="cpu",
        limits=Limits(wall_s=20.0, cpu_s=1),
        watch=looks.burnt_over(3.0),
    ),
    Attack(
        row=44,
        letter="a",
        slug="much-output",
        what="writes 500 MB to standard output",
        stopped_by="the parent's cap on both streams",
        program="STREAMS = [1]\n" + _STREAM,
        sign=_streamed,
        steps=(("began", (DONE,)),),
        limit="stdout",
        drive=counted,
    ),
    Attack(
        row=44,
        letter="b",
        slug="much-output-and-errors",
        what="writes 500 MB to both streams in turn",
        stopped_by="the parent's cap on both streams",
        program="STREAMS = [1, 2]\n" + _STREAM,
        sign=_streamed,
        steps=(("began", (DONE,)),),
        limit="stdout",
        drive=counted,
    ),
)
