"""Attacks by the kernel's rarer calls (rows 39 to 42)."""

import json
from pathlib import Path

from skillstrata.adapters.seccomp_filter import DENIED
from tests.escape import signs
from tests.escape.attack import ANY, ORDINARY, Attack, Mark, Peaks
from tests.escape.scene import Scene

_ADD_KEY = """
name = b"strata-" + facts["token"].encode()
def add():
    syscall(248, 217, b"user", name, b"hidden", 6, -2)  # into the keyring of this process, which goes with it
    hold()
tried("add_key", add)
tried("keyctl", lambda: syscall(250, 219, 0, -2, 0))
tried("request_key", lambda: syscall(249, 218, b"user", b"no-such-key", 0, 0))
"""

_RING = """
room = ctypes.create_string_buffer(200)
def ring():
    fd = syscall(425, 425, 4, ctypes.byref(room))
    hold()
tried("setup", ring)
tried("enter", lambda: syscall(426, 426, -1, 0, 0, 0, 0, 0))
tried("register", lambda: syscall(427, 427, -1, 0, 0, 0))
"""

# A child makes the call by the machine's other door, so that its death can be told.
_OTHER_DOOR = """
import mmap, signal
if platform.machine() != "x86_64":
    say("call", "not applicable")
    sys.exit()
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex(CODE))
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
pid = os.fork()
if pid == 0:
    value = call()
    say("call", "done" if value >= 0 else errno.errorcode[-value])
    hold()
    os._exit(0)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if code:
    say("call", signal.Signals(-code).name)
"""
# push rbx; eax = 359, socket; ebx = 2; ecx = 1; edx = 0; int 0x80; pop rbx; ret
_INT_80 = "53 b867010000 bb02000000 b901000000 ba00000000 cd80 5b c3"
# eax = 41 with the bit of the other door; edi = 2; esi = 1; edx = 0; syscall; ret
_X32 = "b829000040 bf02000000 be01000000 ba00000000 0f05 c3"

# The smallest program of the machine's 32-bit form: socket(2, 1, 0), then it writes "in" to standard output.
_OLD_PROGRAM = """
import struct
if platform.machine() != "x86_64":
    say("call", "not applicable")
    sys.exit()
import signal, subprocess
code = bytes.fromhex("b867010000 bb02000000 b901000000 ba00000000 cd80") + bytes.fromhex(
    "b804000000 bb01000000 b9" + struct.pack("<I", 0x8048000 + 84 + 22 + 22 + 12).hex() + "ba03000000 cd80"
    "b801000000 31db cd80 909090" + "696e0a"
)
size = 84 + len(code)
head = b"\\x7fELF" + bytes([1, 1, 1]) + bytes(9) + struct.pack(
    "<HHIIIIIHHHHHH", 2, 3, 1, 0x8048054, 52, 0, 0, 52, 32, 1, 0, 0, 0
) + struct.pack("<IIIIIIII", 1, 0, 0x8048000, 0x8048000, size, size, 5, 4096)
with open("old", "wb") as file:
    file.write(head + code)
os.chmod("old", 0o755)
def start():
    done = subprocess.run(["./old"], capture_output=True)
    print("old:", done.stdout)
    say("call", signal.Signals(-done.returncode).name if done.returncode < 0 else "done")
tried("start", start)
"""

_BPF = """
kind = (ctypes.c_uint32 * 32)(2, 4, 4, 1)  # an array of one
def make():
    fd = syscall(321, 280, 0, ctypes.byref(kind), 72)
    hold()
tried("bpf", make)
"""

_PERF = """
# The software counter of page faults, of this process alone and not in the kernel.
what = (ctypes.c_uint32 * 32)(1, 128, 2, 0)
what[10] = 1 << 5 | 1 << 6
def count():
    fd = syscall(298, 241, ctypes.byref(what), 0, -1, -1, 0)
    hold()
tried("perf", count)
"""

_FAULTS = """
def make():
    fd = syscall(323, 282, 1)  # of the user's own faults only
    hold()
tried("userfaultfd", make)
"""

_NOTIFY = """
def make():
    fd = syscall(300, 262, 0x200, 0)  # by file handle, as everybody may
    hold()
tried("fanotify", make)
"""

_LOG = """
room = ctypes.create_string_buffer(1 << 20)
def take():
    got = syscall(103, 116, 3, room, len(room))
    print("log:%d" % got)
tried("syslog", take)
"""

_HANDLE = """
handle = (ctypes.c_uint32 * 40)(128)
mount = ctypes.c_int()
tried("name", lambda: syscall(303, 264, -100, b"/usr", ctypes.byref(handle), ctypes.byref(mount), 0))
tried("open", lambda: syscall(304, 265, -1, ctypes.byref(handle), 0))
"""

# Each is asked for something that changes nothing: an order, a file or a module that is not there, the same name again.
_ORDERS = """
same = os.uname().nodename.encode()
nothing = b"/no-such-file-" + facts["token"].encode()
ORDERS = {
    "acct": lambda: syscall(163, 89, nothing),
    "swapon": lambda: syscall(167, 224, nothing, 0),
    "swapoff": lambda: syscall(168, 225, nothing),
    "reboot": lambda: syscall(169, 142, 1, 2, 3, 0),
    "sethostname": lambda: syscall(170, 161, same, len(same)),
    "setdomainname": lambda: syscall(171, 162, same, -1),
    "delete_module": lambda: syscall(176, 106, nothing, 0o4000),
    "finit_module": lambda: syscall(313, 273, -1, b"", 0),
    "clock_settime": lambda: syscall(227, 112, 0, 0),
    "settimeofday": lambda: syscall(164, 170, 0, 0),
    "kexec_load": lambda: syscall(246, 104, 0, 0, 0, 0xFFFF),
    "kexec_file_load": lambda: syscall(320, 294, -1, -1, 0, 0, -1),
    "quotactl": lambda: syscall(179, 60, -1, nothing, 0, 0),
}
tried(ORDER, ORDERS[ORDER])
"""
_ORDER_NAMES = (
    "acct", "swapon", "swapoff", "reboot", "sethostname", "setdomainname", "delete_module", "finit_module",
    "settimeofday", "clock_settime", "quotactl", "kexec_load", "kexec_file_load",
)  # fmt: skip

# Every argument is wrong, so that the kernel refuses each call in its own way. One call has no arguments, another takes
# these for a wish: they are tried inside only.
_EVERY_CALL = """
CALLS = json.loads(TABLE)
WITHOUT_WRONG = ("vhangup", "msgget")
passed, odd = [], []
for name, x86_64, aarch64 in CALLS:
    number = x86_64 if platform.machine() == "x86_64" else aarch64
    if number is None or (name in WITHOUT_WRONG and not facts["inside"]):
        continue
    if os.fork() == 0:
        libc.syscall(number, *[ctypes.c_long(-1)] * 6)
        os._exit(ctypes.get_errno())
    code = os.waitstatus_to_exitcode(os.wait()[1])
    if code not in (errno.EPERM, errno.ENOSYS):
        passed.append("%s=%s" % (name, errno.errorcode.get(code, code)))
    elif code == errno.ENOSYS:
        odd.append(name)
print("passed:", passed)
say("calls", "done" if passed else "ENOSYS" if odd else "EPERM", len(passed))
"""
_TABLE = json.dumps([(call.name, call.x86_64, call.aarch64) for call in DENIED])


def _key(scene: Scene, peaks: Peaks) -> None:
    if f"strata-{scene.token}" in Path("/proc/keys").read_text():
        peaks.notes.add("key")


def _kernel_attack(letter: str, slug: str, what: str, program: str, held: str, *marks: Mark) -> Attack:
    return Attack(
        row=42,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter",
        program=program,
        sign=signs.held(held),
        steps=((slug, ("EPERM",)),),
        marks=(Mark(slug, ("ENOSYS",), "it is built without it", ANY), *marks),
    )


def _order(number: int, name: str) -> Attack:
    return Attack(
        row=42,
        letter=f"p{number:02d}",
        slug=name.replace("_", "-"),
        what=f"gives the order {name}, in a form that would change nothing",
        stopped_by="system-call filter",
        program=f"ORDER = {name!r}\n{_ORDERS}",
        sign=signs.passed(name),
        steps=((name, ("EPERM",)),),
        marks=(
            Mark(name, ("EPERM",), "only root may", ORDINARY),
            Mark(name, ("ENOSYS",), "it is built without it", ANY),
        ),
    )


_NO_OTHER_DOOR = Mark("call", ("not applicable",), "this machine has no second form of system call", ANY)


def _door(letter: str, slug: str, what: str, code: str, *marks: Mark) -> Attack:
    return Attack(
        row=41,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter: another form of call ends the process",
        program=f"CODE = {code!r}\n{_OTHER_DOOR}",
        sign=signs.held("socket:"),
        steps=(("call", ("SIGSYS", "not applicable")),),
        marks=(_NO_OTHER_DOOR, *marks),
    )


ATTACKS = (
    Attack(
        row=39,
        letter="a",
        slug="keys",
        what="hides a key in the kernel's key store, and looks for others",
        stopped_by="system-call filter",
        program=_ADD_KEY,
        sign=signs.noted("key"),
        steps=tuple((step, ("EPERM",)) for step in ("add_key", "keyctl", "request_key")),
        marks=(Mark("add_key", ("ENOSYS",), "it is built without it", ANY),),
        watch=_key,
    ),
    Attack(
        row=40,
        letter="a",
        slug="io-uring",
        what="opens a ring by which work is done without system calls",
        stopped_by="system-call filter",
        program=_RING,
        sign=signs.held("[io_uring]"),
        steps=tuple((step, ("EPERM",)) for step in ("setup", "enter", "register")),
        marks=(
            Mark("setup", ("ENOSYS",), "it is built without it", ANY),
            Mark("setup", ("EPERM",), "its setting io_uring_disabled forbids it", ANY),
        ),
    ),
    _door(
        "a",
        "int-0x80",
        "makes a socket by the 32-bit form of system calls",
        _INT_80,
        Mark("call", ("SIGSEGV",), "it is built without that form", ANY),
    ),
    _door(
        "b",
        "x32",
        "makes a socket by the form of system calls with short pointers",
        _X32,
        Mark("call", ("ENOSYS",), "it is built without that form", ANY),
    ),
    Attack(
        row=41,
        letter="c",
        slug="old-program",
        what="starts a 32-bit program",
        stopped_by="system-call filter: another form of call ends the process",
        program=_OLD_PROGRAM,
        sign=lambda _, seen: b"old: b'in" in seen.returned,
        steps=(("call", ("SIGSYS", "not applicable")),),
        marks=(_NO_OTHER_DOOR, Mark("start", ("ENOEXEC",), "it is built without that form", ANY)),
    ),
    _kernel_attack(
        "a",
        "bpf",
        "loads a table for programs that run in the kernel",
        _BPF,
        "bpf-map",
        Mark("bpf", ("EPERM",), "only root may", ORDINARY),
    ),
    _kernel_attack(
        "b",
        "perf",
        "opens a counter of the processor",
        _PERF,
        "[perf_event]",
        Mark("perf", ("EACCES",), "its setting perf_event_paranoid forbids it", ORDINARY),
    ),
    _kernel_attack(
        "c",
        "userfaultfd",
        "takes page faults into its own hands",
        _FAULTS,
        "[userfaultfd]",
        Mark("userfaultfd", ("EPERM",), "only root may", ORDINARY),
    ),
    _kernel_attack(
        "d",
        "fanotify",
        "listens to what happens to files",
        _NOTIFY,
        "[fanotify]",
        Mark("fanotify", ("EPERM",), "only root may", ORDINARY),
    ),
    Attack(
        row=42,
        letter="e",
        slug="kernel-log",
        what="reads the kernel's log",
        stopped_by="system-call filter",
        program=_LOG,
        sign=lambda _, seen: b"log:" in seen.returned,
        steps=(("syslog", ("EPERM",)),),
        marks=(Mark("syslog", ("EPERM",), "its setting dmesg_restrict keeps it for root", ORDINARY),),
    ),
    Attack(
        row=42,
        letter="f",
        slug="file-handles",
        what="opens files by handle, past every folder's mode",
        stopped_by="system-call filter",
        program=_HANDLE,
        sign=signs.passed("name", "open"),
        steps=(("name", ("EPERM",)), ("open", ("EPERM",))),
    ),
    Attack(
        row=42,
        letter="g",
        slug="every-denied-call",
        what="makes every system call of the filter's list, with arguments that are all wrong",
        stopped_by="system-call filter, before the kernel looks at the arguments",
        program=f"TABLE = {_TABLE!r}\n{_EVERY_CALL}",
        sign=lambda _, seen: seen.steps.get("calls") in ("done", "ENOSYS"),
        steps=(("calls", ("EPERM",)),),
    ),
    *(_order(number, name) for number, name in enumerate(_ORDER_NAMES)),
)
