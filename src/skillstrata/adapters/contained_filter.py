"""The second system-call filter of the `contained` tier: what only shared namespaces make dangerous.

In     the machine's name as `platform.machine()` gives it; whether Landlock can keep signals inside
Out    a classic BPF program, loaded besides the one that both tiers share
Never  repeats what that one denies
Why    Landlock knows no right to change modes, owners or times, so a program could close the user's own files to the
       user; and with the user's processes in sight it could slow or stop them

Modes and times: the call is answered with success and changes nothing, as on a disk that keeps none; refusing it would
stop every program that copies a file with its mode.
"""

import struct
from dataclasses import dataclass

from skillstrata.adapters.seccomp_filter import MACHINES, Call

EPERM, EOPNOTSUPP, SUCCESS = 1, 95, 0

_LOAD, _EQUAL, _RETURN, _KEEP_BITS = 0x20, 0x15, 0x06, 0x54
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_AT_NUMBER, _AT_ARGUMENTS = 0, 16

_SWALLOWED = (
    Call("chmod", 90, None),
    Call("fchmod", 91, 52),
    Call("fchmodat", 268, 53),
    Call("fchmodat2", 452, 452),
    Call("utime", 132, None),
    Call("utimes", 235, None),
    Call("futimesat", 261, None),
    Call("utimensat", 280, 88),
)
_DENIED = (
    Call("chown", 92, None),
    Call("fchown", 93, 55),
    Call("lchown", 94, None),
    Call("fchownat", 260, 54),
    # what happens in the user's folders
    Call("inotify_init", 253, None),
    Call("inotify_init1", 294, 26),
    # queues and semaphores of the user's other programs; making them is denied already
    Call("semctl", 66, 191),
    Call("semop", 65, 193),
    Call("semtimedop", 220, 192),
    Call("msgctl", 71, 187),
    Call("msgsnd", 69, 189),
    Call("msgrcv", 70, 188),
    Call("mq_unlink", 241, 181),
)
_UNSUPPORTED = (
    Call("setxattr", 188, 5),
    Call("lsetxattr", 189, 6),
    Call("fsetxattr", 190, 7),
    Call("removexattr", 197, 14),
    Call("lremovexattr", 198, 15),
    Call("fremovexattr", 199, 16),
    Call("setxattrat", 463, 463),
    Call("removexattrat", 466, 466),
    Call("file_setattr", 469, 469),
    # Space without writing: a disk could be full before the watcher looks again. Programs fall back to writing.
    Call("fallocate", 285, 47),
)
# Where Landlock cannot scope them, a program may send none at all.
_SIGNALS = (
    Call("kill", 62, 129),
    Call("tkill", 200, 130),
    Call("tgkill", 234, 131),
    Call("rt_sigqueueinfo", 129, 138),
    Call("rt_tgsigqueueinfo", 297, 240),
    Call("pidfd_send_signal", 424, 424),
)


@dataclass(frozen=True, slots=True)
class _Arguments:
    """A call that is allowed only while each of these arguments is 0: then it means the caller itself."""

    call: Call
    must_be_zero: tuple[int, ...]


_OWN_ONLY = (
    _Arguments(Call("prlimit64", 302, 261), (0,)),
    _Arguments(Call("setpriority", 141, 140), (0, 1)),
    _Arguments(Call("sched_setparam", 142, 118), (0,)),
    _Arguments(Call("sched_setaffinity", 203, 122), (0,)),
    _Arguments(Call("ioprio_set", 251, 30), (1,)),
)


@dataclass(frozen=True, slots=True)
class _Values:
    """A call that is refused when one argument has one of these values."""

    call: Call
    argument: int
    values: tuple[int, ...]


_REFUSED_VALUES = (
    # Owner and number of the signal that a descriptor sends: a way to signal anybody. A lease holds up other readers.
    _Values(Call("fcntl", 72, 25), 1, (8, 10, 15, 1024)),
    # The same owner by ioctl, then flags, versions and verity of files that only need to be readable.
    _Values(Call("ioctl", 16, 29), 1, (0x8901, 0x8902, 0x40086602, 0x40046602, 0x401C5820, 0x40087602, 0x40806685)),
    # Priorities of a group or of everything the user runs, then a memory that the watcher could not look into.
    _Values(Call("ioprio_set", 251, 30), 0, (2, 3)),
    _Values(Call("prctl", 157, 167), 0, (4,)),
)


# One end of a pair of datagram sockets can be turned to any socket of the host that has a path.
_PAIR = Call("socketpair", 53, 199)
_SOCKET_KIND, _STREAM, _SEQUENCED = 0xF, 1, 5


def contained_filter(machine: str, *, signals_are_scoped: bool) -> bytes:
    """Give the filter for a machine.

    Raises:
        KeyError: There is no table for this machine; nothing may be run then.
    """
    if machine not in MACHINES:
        raise KeyError(machine)
    steps = [_step(_LOAD, _AT_NUMBER)]
    answers: list[tuple[tuple[Call, ...], int]]
    answers = [(_SWALLOWED, SUCCESS), (_DENIED, EPERM), (_UNSUPPORTED, EOPNOTSUPP)]
    if not signals_are_scoped:
        answers.append((_SIGNALS, EPERM))
    for calls, answer in answers:
        for call in calls:
            steps += _when(_number(call, machine), [_step(_RETURN, _ERRNO | answer)])
    for own in _OWN_ONLY:
        body = [step for argument in own.must_be_zero for step in _unless_equal(argument, 0)]
        steps += _when(_number(own.call, machine), [*body, _step(_LOAD, _AT_NUMBER)])
    for rule in _REFUSED_VALUES:
        body = [_step(_LOAD, _low_half(rule.argument))]
        for value in rule.values:
            body += [_step(_EQUAL, value, other=1), _step(_RETURN, _ERRNO | EPERM)]
        steps += _when(_number(rule.call, machine), [*body, _step(_LOAD, _AT_NUMBER)])
    steps += _when(_number(_PAIR, machine), _connected_pairs_only())
    steps.append(_step(_RETURN, _ALLOW))
    return b"".join(steps)


def _connected_pairs_only() -> list[bytes]:
    return [
        _step(_LOAD, _low_half(1)),
        _step(_KEEP_BITS, _SOCKET_KIND),
        _step(_EQUAL, _STREAM, then=2),
        _step(_EQUAL, _SEQUENCED, then=1),
        _step(_RETURN, _ERRNO | EPERM),
        _step(_LOAD, _AT_NUMBER),
    ]


def _number(call: Call, machine: str) -> int | None:
    return call.x86_64 if machine == "x86_64" else call.aarch64


def _low_half(argument: int) -> int:
    return _AT_ARGUMENTS + 8 * argument


def _unless_equal(argument: int, value: int) -> list[bytes]:
    # The kernel takes these arguments as int, so their low half is all of them.
    return [_step(_LOAD, _low_half(argument)), _step(_EQUAL, value, then=1), _step(_RETURN, _ERRNO | EPERM)]


def _when(number: int | None, body: list[bytes]) -> list[bytes]:
    return [] if number is None else [_step(_EQUAL, number, other=len(body)), *body]


def _step(code: int, value: int, *, then: int = 0, other: int = 0) -> bytes:
    return struct.pack("<HBBI", code, then, other, value)
