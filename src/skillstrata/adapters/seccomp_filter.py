"""The system-call filter of the sandbox: a readable list, turned into the BPF program that bwrap loads.

In     the machine's name as `platform.machine()` gives it
Out    a classic BPF program, one 8-byte instruction after the other, for `bwrap --seccomp FD`
Never  allows a foreign architecture: such a call kills the process
Why    a network namespace alone stops neither vsock nor a unix socket in a read-only folder, and several kernel
       interfaces hold memory that no limit counts
"""

import struct
from dataclasses import dataclass

EPERM, ENOSYS = 1, 38

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_KEEP_BITS = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

# Offsets in struct seccomp_data; arguments are 64 bits wide, and both machines keep the low half first.
_AT_NUMBER, _AT_MACHINE, _AT_ARGUMENTS = 0, 4, 16

# x32 calls carry this bit in their number and share the x86-64 machine word.
_X32_BIT = 0x40000000
_OPENAT2 = 437  # on every machine

# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. NEWTIME shares its bit with the exit signal of clone.
_CLONE_NEW = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SOCK_STREAM, _IPPROTO_TCP = 1, 6
_PAIRED, _TYPE_BITS = (1, 5), 0xF  # STREAM, SEQPACKET
_PR_SET_PDEATHSIG = 1
_SOCKET_FLAGS = 0x80000 | 0x800  # CLOEXEC, NONBLOCK
# The kernel looks at the low 32 bits of an ioctl request only, so the compare does too.
_IOCTLS_INTO_A_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX


@dataclass(frozen=True, slots=True)
class Call:
    """A system call by name, with its number on each machine; None where the machine has no such call."""

    name: str
    x86_64: int | None
    aarch64: int | None


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between machines: the audit word, the column of numbers, and the calls with special rules."""

    word: int
    has_x32: bool
    clone: int
    clone3: int
    ioctl: int
    socketpair: int
    socket: int
    prctl: int


MACHINES = {
    "x86_64": Machine(0xC000003E, True, clone=56, clone3=435, ioctl=16, socketpair=53, socket=41, prctl=157),
    "aarch64": Machine(0xC00000B7, False, clone=220, clone3=435, ioctl=29, socketpair=199, socket=198, prctl=167),
}

# A denylist: look through it for new calls whenever the kernel headers move on.
DENIED = (
    # tracing
    Call("ptrace", 101, 117),
    Call("process_vm_readv", 310, 270),
    Call("process_vm_writev", 311, 271),
    Call("process_madvise", 440, 440),
    Call("process_mrelease", 448, 448),
    Call("kcmp", 312, 272),
    Call("pidfd_getfd", 438, 438),
    # mounts and namespaces
    Call("mount", 165, 40),
    Call("umount2", 166, 39),
    Call("pivot_root", 155, 41),
    Call("chroot", 161, 51),
    Call("move_mount", 429, 429),
    Call("open_tree", 428, 428),
    Call("open_tree_attr", 467, 467),
    Call("fsopen", 430, 430),
    Call("fsconfig", 431, 431),
    Call("fsmount", 432, 432),
    Call("fspick", 433, 433),
    Call("mount_setattr", 442, 442),
    Call("setns", 308, 268),
    Call("unshare", 272, 97),
    Call("statmount", 457, 457),
    Call("listmount", 458, 458),
    Call("listns", 470, 470),
    # keys and the kernel
    Call("add_key", 248, 217),
    Call("keyctl", 250, 219),
    Call("request_key", 249, 218),
    Call("bpf", 321, 280),
    Call("perf_event_open", 298, 241),
    Call("userfaultfd", 323, 282),
    Call("io_uring_setup", 425, 425),
    Call("io_uring_enter", 426, 426),
    Call("io_uring_register", 427, 427),
    Call("kexec_load", 246, 104),
    Call("kexec_file_load", 320, 294),
    Call("init_module", 175, 105),
    Call("finit_module", 313, 273),
    Call("delete_module", 176, 106),
    Call("swapon", 167, 224),
    Call("swapoff", 168, 225),
    Call("reboot", 169, 142),
    Call("acct", 163, 89),
    Call("quotactl", 179, 60),
    Call("quotactl_fd", 443, 443),
    Call("syslog", 103, 116),
    Call("lookup_dcookie", 212, 18),
    Call("fanotify_init", 300, 262),
    Call("nfsservctl", 180, 42),
    Call("uselib", 134, None),
    Call("vhangup", 153, 58),
    # handles, clocks, names
    Call("open_by_handle_at", 304, 265),
    Call("name_to_handle_at", 303, 264),
    Call("settimeofday", 164, 170),
    Call("clock_settime", 227, 112),
    Call("adjtimex", 159, 171),
    Call("clock_adjtime", 305, 266),
    Call("sethostname", 170, 161),
    Call("setdomainname", 171, 162),
    Call("iopl", 172, None),
    Call("ioperm", 173, None),
    Call("personality", 135, 92),
    Call("modify_ldt", 154, None),
    # memory that no limit counts
    Call("shmget", 29, 194),
    Call("shmat", 30, 196),
    Call("shmctl", 31, 195),
    Call("shmdt", 67, 197),
    Call("msgget", 68, 186),
    Call("semget", 64, 190),
    Call("mq_open", 240, 180),
    Call("memfd_create", 319, 279),
    Call("memfd_secret", 447, 447),
    Call("mbind", 237, 235),
    Call("move_pages", 279, 239),
    Call("migrate_pages", 256, 238),
    Call("set_mempolicy", 238, 237),
    Call("set_mempolicy_home_node", 450, 450),
    # scheduling
    Call("sched_setscheduler", 144, 119),
    Call("sched_setattr", 314, 274),
    # network
    Call("socket", 41, 198),
)


@dataclass(frozen=True, slots=True)
class ModeCall:
    """A call that gives a file its mode: which argument holds it, and which the flags that say whether it counts."""

    name: str
    x86_64: int | None
    aarch64: int | None
    mode: int
    flags: int | None = None


# A set-user-id file in an output would be a trap for whoever copies it with its mode.
GIVING_A_MODE = (
    ModeCall("chmod", 90, None, mode=1),
    ModeCall("fchmod", 91, 52, mode=1),
    ModeCall("fchmodat", 268, 53, mode=2),
    ModeCall("fchmodat2", 452, 452, mode=2),
    ModeCall("creat", 85, None, mode=1),
    ModeCall("mknod", 133, None, mode=1),
    ModeCall("mknodat", 259, 33, mode=2),
    # Without the flag that makes a file, the mode is whatever happened to be in the register.
    ModeCall("open", 2, None, mode=2, flags=1),
    ModeCall("openat", 257, 56, mode=3, flags=2),
)
_SET_ID_BITS = 0o6000
_MAKES_A_FILE = 0o100 | 0o20000000  # O_CREAT, and the own bit of O_TMPFILE


def filter_program(machine: str, *, network: bool = False) -> bytes:
    """Give the filter for a machine.

    Args:
        machine: As `platform.machine()` gives it.
        network: Let the program make TCP sockets, and no other ones; for runs with a network grant alone.

    Raises:
        KeyError: There is no table for this machine; nothing may be run then.
    """
    this = MACHINES[machine]
    numbers = [call.x86_64 if machine == "x86_64" else call.aarch64 for call in DENIED]
    program = [
        _step(_LOAD, _AT_MACHINE),
        _step(_JUMP_EQUAL, this.word, then=1),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _AT_NUMBER),
    ]
    if this.has_x32:
        program += [_step(_JUMP_AT_LEAST, _X32_BIT, other=1), _step(_RETURN, _KILL_PROCESS)]
    for number in numbers:
        if number is not None and not (network and number == this.socket):
            program += [_step(_JUMP_EQUAL, number, other=1), _step(_RETURN, _ERRNO | EPERM)]
    # These two take their flags by pointer, where no filter can look; without them the C library and others fall back.
    for number in (this.clone3, _OPENAT2):
        program += [_step(_JUMP_EQUAL, number, other=1), _step(_RETURN, _ERRNO | ENOSYS)]
    for call in GIVING_A_MODE:
        program += _without_set_id(call, call.x86_64 if machine == "x86_64" else call.aarch64)
    program += _when(this.clone, _low_half(0), _step(_JUMP_ANY_BIT, _CLONE_NEW, other=1), _deny())
    program += _when(this.socketpair, *_own_pairs())
    # Answered as done and not done: whoever took the init over could otherwise outlive the parent, and a program that
    # sets it for its own children loses nothing, for they end with the run.
    asked = _step(_JUMP_EQUAL, _PR_SET_PDEATHSIG, other=1)
    program += _when(this.prctl, _low_half(0), asked, _step(_RETURN, _ERRNO))
    if network:
        program += _when(this.socket, *_tcp_only())
    refused = [step for request in _IOCTLS_INTO_A_TERMINAL for step in (_step(_JUMP_EQUAL, request, other=1), _deny())]
    program += _when(this.ioctl, _low_half(1), *refused)
    program.append(_step(_RETURN, _ALLOW))
    return b"".join(program)


def _own_pairs() -> list[bytes]:
    # One end of a datagram pair can be sent to any datagram socket by path; the kernel makes raw pairs datagram ones.
    kinds = [step for kind in _PAIRED for step in (_step(_JUMP_EQUAL, kind, other=1), _step(_RETURN, _ALLOW))]
    family = [_low_half(0), _step(_JUMP_EQUAL, _AF_UNIX, then=1), _deny()]
    return [*family, _low_half(1), _step(_KEEP_BITS, _TYPE_BITS), *kinds, _deny()]


def _without_set_id(call: ModeCall, number: int | None) -> list[bytes]:
    if number is None:
        return []
    steps = [_low_half(call.mode), _step(_JUMP_ANY_BIT, _SET_ID_BITS, other=1), _deny()]
    if call.flags is not None:
        steps = [_low_half(call.flags), _step(_JUMP_ANY_BIT, _MAKES_A_FILE, other=len(steps)), *steps]
    return _when(number, *steps)


def _step(code: int, value: int, *, then: int = 0, other: int = 0) -> bytes:
    # `then` and `other` count the instructions to skip when a test holds or fails.
    return struct.pack("<HBBI", code, then, other, value)


def _deny() -> bytes:
    return _step(_RETURN, _ERRNO | EPERM)


def _tcp_only() -> list[bytes]:
    # Not the other stream protocols: each is a module that the kernel would load for the asking.
    return [
        _low_half(0),
        _step(_JUMP_EQUAL, _AF_INET, then=2),
        _step(_JUMP_EQUAL, _AF_INET6, then=1),
        _deny(),
        _low_half(1),
        _step(_KEEP_BITS, 0xFFFFFFFF & ~_SOCKET_FLAGS),
        _step(_JUMP_EQUAL, _SOCK_STREAM, then=1),
        _deny(),
        _low_half(2),
        _step(_JUMP_EQUAL, 0, then=2),
        _step(_JUMP_EQUAL, _IPPROTO_TCP, then=1),
        _deny(),
    ]


def _low_half(argument: int) -> bytes:
    return _step(_LOAD, _AT_ARGUMENTS + 8 * argument)


def _when(number: int, *body: bytes) -> list[bytes]:
    # The body ends in the answer "allowed", so that the number need not be loaded again after it.
    steps = [*body, _step(_RETURN, _ALLOW)]
    return [_step(_JUMP_EQUAL, number, other=len(steps)), *steps]
