"""Attacks on the terminal of whoever started the sandbox (rows 33 and 34)."""

from tests.escape import signs
from tests.escape.attack import ANY, FULL, ROOTLESS, Attack, Mark, Seen
from tests.escape.drives import TYPED, on_a_terminal
from tests.escape.scene import Scene

# A terminal of one's own shows what the filter says: the kernel would let its owner type into it.
_TYPE = """
import fcntl, pty, termios

def type_into(fd):
    letter = ctypes.create_string_buffer(b"x")
    return syscall(16, 29, fd, REQUEST, ctypes.cast(letter, ctypes.c_void_p))

fd = tried("terminal", os.open, "/dev/tty", os.O_RDWR)
if fd is not None:
    tried("type", type_into, fd)
for number in range(3):
    try:
        type_into(number)
    except OSError:
        pass
pid, ours = pty.fork()
if pid == 0:
    try:
        type_into(0)
        os._exit(0)
    except OSError as error:
        os._exit(error.errno)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
say("own", errno.errorcode.get(code, "done"))
"""

# Pastes what is selected on the machine's console; asked for here with an order that does not exist.
_PASTE = """
def order(request):
    what = ctypes.create_string_buffer(bytes([255]))
    return syscall(16, 29, FD, request, ctypes.cast(what, ctypes.c_void_p))

import pty
_, FD = pty.openpty()
tried("plain", order, 0x541C)
tried("high", order, 0x541C | 1 << 32)
"""


def _typed(_: Scene, seen: Seen) -> bool:
    return seen.files.get(TYPED) == b"x"


def _typing(row: int, letter: str, slug: str, what: str, request: str, form: str = FULL) -> Attack:
    return Attack(
        row=row,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="a session of its own, without the terminal; system-call filter on the low half of the request",
        program=f"REQUEST = {request}\n{_TYPE}",
        sign=_typed,
        steps=(("terminal", ("ENXIO",)), ("own", ("EPERM",))),
        marks=(Mark("type", ("EIO",), "its setting legacy_tiocsti forbids it to everybody", ANY),),
        drive=on_a_terminal,
        form=form,
    )


ATTACKS = (
    _typing(33, "a", "type", "types into the terminal of the process that started the sandbox", "0x5412"),
    _typing(33, "m", f"type-{ROOTLESS}", "types into that terminal, in a job without outputs", "0x5412", ROOTLESS),
    _typing(34, "a", "type-high", "types with a bit set that the kernel does not look at", "0x5412 | 1 << 32"),
    Attack(
        row=34,
        letter="b",
        slug="paste",
        what="asks for a paste into the console, with and without a bit that the kernel does not look at",
        stopped_by="system-call filter on the low half of the request",
        program=_PASTE,
        sign=signs.passed("plain", "high"),
        steps=(("plain", ("EPERM",)), ("high", ("EPERM",))),
    ),
)
