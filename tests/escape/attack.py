"""What an attack is: a program, what must stop it, and what shows from outside that it got through.

In     nothing
Out    Attack and its parts; Seen, what the parent saw of one run; the prelude that every program begins with
Never  judges: see verdict.py
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from skillstrata.adapters.sandbox_paths import TEMP
from skillstrata.records.sandbox_runs import Limits

if TYPE_CHECKING:
    from tests.escape.scene import Scene

ROOT, ORDINARY, ANY = "root", "ordinary user", "any"
DONE = "done"
PYTHON = next(p for p in ("/usr/bin/python3", "/usr/local/bin/python3") if os.access(p, os.X_OK))
# Ways to run a job: with files that come back, without, with a network grant, with a look at what it does.
FULL, ROOTLESS, GRANTED, TRACED = "", "without-outputs", "with-a-network-grant", "traced"

# Every program begins with this. `tried` reports one step: its name, then "done" or the name of the error.
PRELUDE = '''
import ctypes, errno, json, os, platform, sys, time
facts = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)


def say(step, outcome, value=""):
    sys.stdout.write("@" + json.dumps([step, outcome, value]) + "\\n")
    sys.stdout.flush()


def tried(step, act, *arguments):
    """Do it and report; give what came out, or None."""
    try:
        value = act(*arguments)
    except OSError as error:
        say(step, errno.errorcode.get(error.errno, str(error.errno)))
        return None
    say(step, "done", value if isinstance(value, (str, int)) else "")
    return value


def checked(result):
    """Raise the error that a C function left behind."""
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def syscall(x86_64, aarch64, *arguments):
    number = {"x86_64": x86_64, "aarch64": aarch64}[platform.machine()]
    return checked(libc.syscall(number, *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]))


def read(path):
    with open(path, "rb") as file:
        return file.read(1 << 20).decode("utf-8", "replace")


looks = os.open(facts["looks"], os.O_RDONLY) if facts["looks"] else -1


def hold():
    """Stay, with everything open, until the parent has looked twice; it says so outside, where it can."""
    if looks < 0:
        time.sleep(0.15)
        return
    enough, end = int(os.pread(looks, 20, 0)) + 2, time.monotonic() + 5
    while int(os.pread(looks, 20, 0)) < enough and time.monotonic() < end:
        time.sleep(0.003)
'''


@dataclass(frozen=True, slots=True)
class Mark:
    """The control cannot succeed here: the kernel itself gives this user this error in this step, for this reason."""

    step: str
    errors: tuple[str, ...]
    reason: str
    user: str = ANY


@dataclass(slots=True)
class Peaks:
    """The most that was seen at once, from outside, of all processes of a run."""

    tasks: int = 0
    memory_bytes: int = 0
    held_bytes: int = 0
    links: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Seen:
    """One run as the parent saw it. `returned` is everything that came back: both streams, files, refused names."""

    returned: bytes = b""
    steps: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    limit: str = ""
    refused: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    peaks: Peaks = field(default_factory=Peaks)
    survivors: tuple[str, ...] = ()
    error: str = ""
    wall_ms: float = 0.0


Sign = Callable[["Scene", Seen], bool]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack program.

    `sign` says, from outside, whether it got through; the control must show it, the sandboxed run must not.
    `steps` are the outcomes that the walls must give: an error name, or "done" where the step is harmless inside.
    `limit` is the limit that must be named ("" when the program must come to its end, with status 0).
    `refused` is a part of the reason for which something it left must not have come back.
    `marks` say why the control cannot succeed; without one it must.
    `drive` runs the attack in a way of its own: (attack, scene, inside) -> Seen.
    `form` is how the job is run: each has walls of its own to hold.
    `alone` is for an attack that would hit the victims of others: no two of them at a time, and only theirs listen.
    `watch` is called with the Peaks, again and again while it runs, to note more than the usual.
    """

    row: int
    letter: str
    slug: str
    what: str
    stopped_by: str
    program: str
    sign: Sign
    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limit: str = ""
    refused: str = ""
    marks: tuple[Mark, ...] = ()
    limits: Limits = field(default_factory=lambda: Limits(wall_s=15.0))
    shown: bool = False
    victim: bool = False
    writable: tuple[tuple[str, bytes], ...] = ()
    stdin: bytes = b""
    form: str = FULL
    alone: bool = False
    drive: "Callable[[Attack, Scene, bool], Seen] | None" = None
    watch: "Callable[[Scene, Peaks], None] | None" = None

    @property
    def place(self) -> str:
        """Give the folder inside that the program may write to."""
        return TEMP if self.form == ROOTLESS else "/out"

    @property
    def name(self) -> str:
        """Give row, letter and slug: `07c-others-memory`."""
        return f"{self.row:02d}{self.letter}-{self.slug}"

    @property
    def source(self) -> str:
        """Give the whole program."""
        return PRELUDE + self.program
