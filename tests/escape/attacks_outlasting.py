"""Attacks that do not end: sleepers, stopped processes, children that outlive their parent (rows 30 to 32)."""

from skillstrata.records.sandbox_runs import Limits
from tests.escape import looks, signs
from tests.escape.attack import DONE, ROOTLESS, TRACED, Attack, Seen
from tests.escape.drives import by_process, has_family, orphaned
from tests.escape.scene import Scene

_LASTING_S = 2.5
_SHORT = Limits(wall_s=1.0)

_SLEEP = """
import signal
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCONT):
    signal.signal(number, signal.SIG_IGN)
say("began", "done")
time.sleep(3)
"""

# Somebody must wake it, or the control would never end.
_STOP_SELF = """
import signal
me = os.getpid()
if os.fork() == 0:
    time.sleep(3)
    os.kill(me, signal.SIGCONT)
    os._exit(0)
say("began", "done")
os.kill(me, signal.SIGSTOP)
"""

_STOP_THE_PARENT = """
import signal
if not facts["inside"] and os.fork():
    os.wait()
    sys.exit()
parent = os.getppid()
tried("stop", os.kill, parent, signal.SIGSTOP)
time.sleep(3)
os.kill(parent, signal.SIGCONT)
"""

_STAY_BEHIND = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        HIDE
        time.sleep(0.7)
        with open("late", "w") as file:
            file.write("late")
        time.sleep(5)
    os._exit(0)
os.wait()
say("left", "done")
"""

# Each one lives for an instant only: who looks for the process finds another. The last one stays.
_RELAY = """
import signal
if os.fork() == 0:
    os.setsid()
    end = time.monotonic() + 0.25
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
    time.sleep(3)
    os._exit(0)
os.wait()
say("left", "done")
"""

_FAMILY = """
import signal
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(3):
                os.close(fd)
            time.sleep(8)
        os._exit(0)
time.sleep(8)
"""


def _wrote_late(scene: Scene, seen: Seen) -> bool:
    return bool(seen.survivors) or any(path.endswith("/late") for path in seen.files) or (scene.out / "late").exists()


def _lasting(letter: str, slug: str, what: str, program: str, form: str = "") -> Attack:
    return Attack(
        row=30,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="limit on time by the clock, which the parent holds",
        program=program,
        sign=signs.noted("lasted"),
        steps=(("stop" if "stop" in program else "began", (DONE,)),),
        limit="wall",
        limits=_SHORT,
        watch=looks.alive_over(_LASTING_S),
        form=form,
    )


def _orphans(letter: str, slug: str, form: str = "") -> Attack:
    return Attack(
        row=32,
        letter=letter,
        slug=slug,
        what="goes on in three sessions of its own after the process that runs the sandbox was killed with -9",
        stopped_by="bwrap and the first process of the namespace die with their parent",
        program=_FAMILY,
        sign=signs.survived,
        drive=orphaned(has_family),
        form=form,
    )


ATTACKS = (
    _lasting("a", "sleep", "sleeps, and ignores every signal that can be ignored", _SLEEP),
    _lasting("b", "stop-itself", "stops itself", _STOP_SELF),
    _lasting("c", "stop-the-parent", "stops the process that started it", _STOP_THE_PARENT),
    _lasting("m", f"sleep-{ROOTLESS}", "sleeps, in a job without outputs", _SLEEP, ROOTLESS),
    Attack(
        row=31,
        letter="a",
        slug="stay-behind",
        what="leaves a grandchild in a session of its own, which holds the output stream and writes a file later",
        stopped_by="process namespace: the run is over when its first process is, and everything in it dead",
        program=_STAY_BEHIND.replace("HIDE", "pass"),
        sign=_wrote_late,
        steps=(("left", (DONE,)),),
        drive=by_process,
    ),
    Attack(
        row=31,
        letter="b",
        slug="stay-behind-in-silence",
        what="leaves a grandchild without any open stream, which writes a file later",
        stopped_by="process namespace: the run is over when its first process is, and everything in it dead",
        program=_STAY_BEHIND.replace("HIDE", "os.closerange(0, 100)"),
        sign=_wrote_late,
        steps=(("left", (DONE,)),),
        drive=by_process,
    ),
    Attack(
        row=31,
        letter="c",
        slug="relay",
        what="leaves a chain of processes of which each starts the next and ends, so as to outrun a kill",
        stopped_by="process namespace: the kernel kills all of it at once",
        program=_RELAY,
        sign=signs.survived,
        steps=(("left", (DONE,)),),
        drive=by_process,
    ),
    Attack(
        row=31,
        letter="m",
        slug=f"stay-behind-{ROOTLESS}",
        what="leaves a grandchild that holds the output stream, in a job without outputs",
        stopped_by="process namespace: the run is over when its first process is, and everything in it dead",
        program=_STAY_BEHIND.replace("HIDE", "pass"),
        sign=_wrote_late,
        steps=(("left", (DONE,)),),
        drive=by_process,
        form=ROOTLESS,
    ),
    _orphans("a", "supervisor-killed"),
    _orphans("m", f"supervisor-killed-{ROOTLESS}", ROOTLESS),
    _orphans("n", f"supervisor-killed-{TRACED}", TRACED),
)
