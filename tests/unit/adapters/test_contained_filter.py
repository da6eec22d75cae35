"""The second filter, run by a small machine of its own, so that both processors are checked on either."""

import struct

import pytest

from skillstrata.adapters.contained_filter import contained_filter
from skillstrata.adapters.seccomp_filter import MACHINES

ALLOW, SUCCESS, EPERM, EOPNOTSUPP = 0x7FFF0000, 0x00050000, 0x00050001, 0x0005005F
# By machine: chmod's successor, fchown, setxattr, prlimit64, setpriority, kill, socketpair, read, fcntl
NUMBERS = {
    "x86_64": {"mode": 268, "owner": 93, "label": 188, "limit": 302, "nice": 141, "kill": 62, "pair": 53, "read": 0},
    "aarch64": {"mode": 53, "owner": 55, "label": 5, "limit": 261, "nice": 140, "kill": 129, "pair": 199, "read": 63},
}
FCNTL = {"x86_64": 72, "aarch64": 25}


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    """Give each processor there is a table for."""
    return request.param


def _answer(program: bytes, number: int, *arguments: int) -> int:
    seen = struct.pack("<IIQ6Q", number, 0, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("<HBBI", program))
    at, value = 0, 0
    while True:
        code, then, other, word = steps[at]
        at += 1
        if code == 0x06:
            return word
        if code == 0x20:
            (value,) = struct.unpack_from("<I", seen, word)
        elif code == 0x54:
            value &= word
        else:
            at += then if value == word else other


def _ask(machine: str, call: str, *arguments: int, scoped: bool = True) -> int:
    return _answer(contained_filter(machine, signals_are_scoped=scoped), NUMBERS[machine][call], *arguments)


def test_a_change_of_mode_is_swallowed_and_one_of_owner_or_label_is_refused(machine: str) -> None:
    """Programs that copy a file with its mode must go on; the mode of the user's own files must not change."""
    assert (_ask(machine, "mode"), _ask(machine, "owner"), _ask(machine, "label")) == (SUCCESS, EPERM, EOPNOTSUPP)


def test_a_program_may_bound_itself_and_nobody_else(machine: str) -> None:
    """The user's other processes are in sight here."""
    assert (_ask(machine, "limit", 0), _ask(machine, "limit", 77)) == (ALLOW, EPERM)
    assert [_ask(machine, "nice", *which) for which in ((0, 0), (0, 77), (2, 0))] == [ALLOW, EPERM, EPERM]


def test_signals_are_refused_only_where_landlock_does_not_keep_them_inside(machine: str) -> None:
    """A program that ends its own children is the common case."""
    assert (_ask(machine, "kill", 77), _ask(machine, "kill", 77, scoped=False)) == (ALLOW, EPERM)


@pytest.mark.parametrize(
    ("kind", "answer"), [(1, ALLOW), (5, ALLOW), (2, EPERM), (1 | 0x80000, ALLOW), (2 | 0x800, EPERM)]
)
def test_only_connected_pairs_of_sockets_are_made(machine: str, kind: int, answer: int) -> None:
    """One end of a pair of datagram sockets can be turned to a path of the host; flags do not hide the kind."""
    assert _ask(machine, "pair", 1, kind) == answer


@pytest.mark.parametrize(("command", "answer"), [(8, EPERM), (10, EPERM), (15, EPERM), (1024, EPERM), (4, ALLOW)])
def test_a_descriptor_signals_nobody(machine: str, command: int, answer: int) -> None:
    """Its owner may be any process of the user. Other commands pass."""
    program = contained_filter(machine, signals_are_scoped=True)

    assert _answer(program, FCNTL[machine], 3, command) == answer


def test_everything_else_is_allowed(machine: str) -> None:
    """The twin: the first filter denies, this one adds."""
    denied = [n for n in range(600) if _answer(contained_filter(machine, signals_are_scoped=True), n) != ALLOW]

    assert _ask(machine, "read") == ALLOW
    assert len(denied) < 40


def test_an_unknown_machine_has_no_filter() -> None:
    """Nothing may run there."""
    with pytest.raises(KeyError):
        contained_filter("riscv64", signals_are_scoped=True)
