"""Attacks on the sandbox's own processes inside: the shim and bwrap's first process (rows 49 and 50).

The first process is bwrap's. Where it can be taken over, what must hold then is checked from outside: the limits set
before bwrap started, the watcher's limits with their names, that all of it dies with the run and with the supervisor,
and that a forged end changes nothing but the exit code that the caller is told.
"""

import ctypes
import platform
from pathlib import Path
from typing import Required, TypedDict, Unpack

from skillstrata.records.sandbox_runs import Limits
from tests.escape import looks, signs
from tests.escape.attack import ANY, DONE, FULL, ROOTLESS, TRACED, Attack, Mark, Seen, Sign
from tests.escape.drives import Drive, by_process, orphaned, telling_the_exit
from tests.escape.looks import is_program, is_walled_in
from tests.escape.scene import Scene
from tests.escape.witness import pids_of

_HERE = platform.machine() == "x86_64"

# Outside, a process of the attack's own stands in for the one around it; it lets itself be traced where Yama asks.
_BENEATH = """
import signal
if not facts["inside"]:
    open_file = open("result.txt", "w+")
    middle = os.fork()
    if middle:
        END
    libc.prctl(0x59616D61, ctypes.c_ulong(2**64 - 1), 0, 0, 0)
    libc.prctl(36, 1, 0, 0, 0)  # orphans come to it, as to a first process
    attacker = os.fork()
    if attacker:
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                os._exit(7)
parent = os.getppid()
"""
_WAIT_FOR_MIDDLE = """
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(middle, 0)[1]))
"""
_WAIT_A_WHILE = """
        time.sleep(OUTSIDE)
        sys.exit()
"""
_WAIT_UNTIL_BURNT = """
        end = time.monotonic() + OUTSIDE
        while time.monotonic() < end:
            ticks = read("/proc/%d/stat" % middle).rpartition(")")[2].split()[11]
            if int(ticks) > 3.2 * os.sysconf("SC_CLK_TCK"):
                break
            time.sleep(0.1)
        sys.exit()
"""

_SHIM_MEMORY = """
def write(path):
    fd = os.open(path, os.O_RDWR)
    hold()
tried("mem", write, "/proc/%d/mem" % parent)
for name in ("maps", "environ", "auxv", "syscall"):
    tried(name, lambda: print(open("/proc/%d/%s" % (parent, name), "rb").read(100)))
tried("root", os.listdir, "/proc/%d/root/" % parent)
tried("priority", os.open, "/proc/%d/oom_score_adj" % parent, os.O_WRONLY)
"""

# The frame of a file, as the shim would send it; a file of the stand-in takes it outside.
_SHIM_PIPE = """
name, body = b"/out/forged.txt", b"forged-" + facts["token"].encode()
frame = b"W" + len(name).to_bytes(4, "big") + len(body).to_bytes(8, "big") + name + body
errors = set()
for pid in {parent, 1} if facts["inside"] else {parent}:
    tried("list", os.listdir, "/proc/%d/fd" % pid)
    for number in range(3, 40):
        try:
            os.write(os.open("/proc/%d/fd/%d" % (pid, number), os.O_WRONLY), frame)
            say("write", "done")
        except OSError as error:
            errors.add(errno.errorcode[error.errno])
say("errors", "+".join(sorted(errors)))
tried("pidfd", lambda: syscall(438, 438, os.pidfd_open(parent), 3, 0))
"""

# What the shim says when the program is over, to every descriptor there is; then it goes on.
_SAY_THE_END = """
for number in range(3, 256):
    try:
        os.write(number, b"D" + bytes(12))
    except OSError:
        pass
time.sleep(3)
"""

_KILL_THE_SHIM = """
if os.fork() == 0:
    os.setsid()
    time.sleep(6)
    os._exit(0)
tried("kill", os.kill, parent, signal.SIGKILL)
time.sleep(6)
"""

# Writes code over the place where the process will go on when its wait is over, then lets the wait be over.
_TAKE_OVER = """
def take_over(pid, code):
    if platform.machine() != "x86_64":
        say("taken", "not applicable")
        os._exit(0)
    place = 0
    while not place:
        words = open("/proc/%d/syscall" % pid).read().split()
        place = int(words[-1], 16) if words[0] == "61" else 0  # it is in wait4
    with open("/proc/%d/mem" % pid, "r+b", 0) as memory:
        memory.seek(place)
        memory.write(bytes.fromhex(code))
    say("taken", "done")
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.05)
            os._exit(0)
        os._exit(0)
    os.wait()
    return 1
first = 1 if facts["inside"] else parent
if not tried("taken", take_over, first, CODE):
    OTHERWISE
end = time.monotonic() + (INSIDE if facts["inside"] else OUTSIDE + 2)
while time.monotonic() < end:
    time.sleep(0.1)
os._exit(7)
"""
_REST = "b822000000 0f05 ebf7"  # pause, for ever
# ebx = 400; as often: fork; then all rest
_FORKS = "bb90010000 b839000000 0f05 85c0 7404 ffcb 75f1" + _REST
_SPIN = "ebfe"
_EXIT_0 = "31ff b8e7000000 0f05"
# prctl(PR_SET_PDEATHSIG, 0): no longer bound to the life of its parent
_UNTIE = "bf01000000 31f6 b89d000000 0f05" + _REST
# poll(none, 0, 600 ms), then the same: by then the program has ended and the shim sends the outputs
_FORKS_LATER = "31ff 31f6 ba58020000 b807000000 0f05" + _FORKS
_PAUSE = "34"
_LANDLOCK_IN_USE = 2
_REST_TOO = "signal.alarm(6); libc.pause()"


def _first_rests(scene: Scene) -> bool:
    for pid in pids_of(scene.token):
        try:
            rests = Path(f"/proc/{pid}/syscall").read_text().split()[0] == _PAUSE
        except OSError:
            continue
        if rests and (is_walled_in(pid) or is_program(pid)):
            return True
    return False


def _forged(scene: Scene, seen: Seen) -> bool:
    return f"forged-{scene.token}".encode() in seen.returned


def _took(code: str, times_s: tuple[int, float], end: str = _WAIT_A_WHILE, otherwise: str = "os._exit(0)") -> str:
    head = f"CODE, INSIDE, OUTSIDE = {code!r}, {times_s[0]}, {times_s[1]}\n"
    return head + _BENEATH.replace("END", end.strip()) + _TAKE_OVER.replace("OTHERWISE", otherwise)


def _landlock() -> int:
    """Give the kernel's version of Landlock; less than 1 where there is none."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_long(0), 1)


# A program in a Landlock domain cannot touch the memory of a process outside it, and the first process is outside. A
# job without outputs has no such domain.
_SHUT = _landlock() >= _LANDLOCK_IN_USE


_UNDER = _BENEATH.replace("END", _WAIT_FOR_MIDDLE.strip())
_NOT_HERE = Mark("taken", ("not applicable",), "the attack is written in the code of another machine", ANY)
_CLOSED = Mark("taken", ("EACCES", "EPERM", "EIO"), "it lets no process write another one's code", ANY)
# What prlimit sets before bwrap starts, for a job with the usual limits.
_OUTER = looks.looser_than(cpu=36, file=102 << 20, core=0, open_files=256, address=1 << 30)


class _Rest(TypedDict, total=False):
    what: Required[str]
    program: Required[str]
    sign: Required[Sign]
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    limits: Limits
    drive: Drive
    watch: looks.Watch


_TAKEN = {
    FULL: ("EPERM", "EACCES", "not applicable") if _SHUT else (DONE, "not applicable"),
    ROOTLESS: (DONE, "EPERM", "EACCES", "not applicable"),
}


def _first_process(letter: str, slug: str, form: str, *, limit: str = "", **rest: Unpack[_Rest]) -> Attack:
    taken = _HERE and not (_SHUT and form == FULL)
    return Attack(
        row=50,
        letter=letter,
        slug=f"{slug}{form and '-'}{form}",
        stopped_by="memory of a process outside the Landlock domain is closed; else the outer limits and the watcher",
        limit=limit if taken else "",
        marks=(_NOT_HERE, _CLOSED),
        form=form,
        **{"steps": (("taken", _TAKEN[form]),), "drive": by_process, **rest},
    )


ATTACKS = (
    Attack(
        row=49,
        letter="a",
        slug="memory-of-the-shim",
        what="opens the memory of the process that supervises it for writing",
        stopped_by="the shim is not dumpable",
        program=_UNDER + _SHIM_MEMORY,
        sign=signs.held("/mem"),
        steps=(
            *((step, ("EACCES",)) for step in ("mem", "maps", "auxv", "root")),
            ("environ", ("EACCES",)),
            ("syscall", ("EPERM", "EACCES")),
            ("priority", ("EACCES",)),
        ),
    ),
    Attack(
        row=49,
        letter="b",
        slug="pipe-of-the-shim",
        what="writes a forged file into the pipe by which the outputs leave",
        stopped_by="the shim is not dumpable; the program does not inherit the pipe",
        program=_UNDER + _SHIM_PIPE,
        sign=_forged,
        steps=(("errors", ("EACCES", "EACCES+ENOENT")), ("pidfd", ("EPERM",))),
    ),
    Attack(
        row=49,
        letter="c",
        slug="kill-the-shim",
        what="kills the process that supervises it and goes on",
        stopped_by="bwrap ends the whole namespace with its first child; the result has no exit code",
        program=_UNDER + _KILL_THE_SHIM,
        sign=signs.survived,
        steps=(("exit", ("none",)),),
        drive=telling_the_exit(by_process),
    ),
    *(
        Attack(
            row=49,
            letter=letter,
            slug=f"say-the-end{form and '-'}{form}",
            what="says in the shim's stead that it is over, on every descriptor it has, and goes on",
            stopped_by="the program does not inherit the pipe",
            program=_SAY_THE_END,
            sign=signs.noted("lasted"),
            limit="wall",
            limits=Limits(wall_s=1.0),
            watch=looks.alive_over(2.5),
            form=form,
        )
        for letter, form in (("d", FULL), ("m", ROOTLESS), ("n", TRACED))
    ),
    *(
        attack
        for form, letters in ((FULL, "abcd"), (ROOTLESS, "mnop"))
        for attack in (
            _first_process(
                letters[0],
                "shed-limits",
                form,
                what="takes bwrap's first process over and has it start 400 processes, which no limit inside counts",
                program=_took(_FORKS, (6, 2.5)),
                sign=signs.either(signs.noted("crowd"), signs.noted("loose")),
                limit="processes",
                watch=looks.both(looks.crowd_lasting(120, 1.0), looks.each_process(_OUTER)),
            ),
            _first_process(
                letters[1],
                "burn-time-elsewhere",
                form,
                what="takes bwrap's first process over and has it burn processor time",
                program=_took(_SPIN, (15, 16), _WAIT_UNTIL_BURNT),
                sign=signs.noted("burnt"),
                limit="cpu",
                limits=Limits(wall_s=20.0, cpu_s=1),
                watch=looks.burnt_over(2.8),
            ),
            _first_process(
                letters[2],
                "outlive-the-supervisor",
                form,
                what="takes bwrap's first process over, unties it from its parent's life, and the supervisor is killed",
                program=_took(_UNTIE, (6, 6), otherwise=_REST_TOO),
                sign=signs.survived,
                steps=(),
                drive=orphaned(_first_rests),
            ),
            _first_process(
                letters[3],
                "shed-limits-at-the-end",
                form,
                what="takes bwrap's first process over, ends, and has it start 400 processes while outputs are sent",
                program=_took(_FORKS_LATER, (0, 3)),
                sign=signs.noted("crowd"),
                limit="processes",
                watch=looks.crowd_lasting(120, 1.0),
            ),
        )
    ),
    _first_process(
        "e",
        "forge-the-exit",
        FULL,
        what="takes bwrap's first process over and has it end with the exit code of success",
        program=_took(_EXIT_0, (3, 3), _WAIT_FOR_MIDDLE, "os._exit(7)"),
        sign=lambda _, seen: seen.steps.get("exit") == "0" and seen.steps.get("taken") == DONE,
        steps=(("taken", _TAKEN[FULL]), ("exit", ("7", "none"))),
        drive=telling_the_exit(by_process),
    ),
    # Here bwrap tells the exit code, so a program that takes it over can choose it, as it can by its own exit.
    _first_process(
        "q",
        "forge-the-exit",
        ROOTLESS,
        what="takes bwrap's first process over and has it end with the exit code of success; nothing else may come",
        program=_took(_EXIT_0, (3, 1)),
        sign=signs.survived,
        drive=telling_the_exit(by_process),
    ),
)
