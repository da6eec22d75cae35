"""The filter is run here by a small machine of its own, so that both processors are checked on either."""

import struct
from dataclasses import dataclass

import pytest

from skillstrata.adapters.seccomp_filter import DENIED, GIVING_A_MODE, MACHINES, ModeCall, filter_program

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
HARMLESS = {"x86_64": {"read": 0, "openat": 257}, "aarch64": {"read": 63, "openat": 56}}
NEW_BITS = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


@dataclass(frozen=True)
class Made:
    """A system call as the kernel shows it to a filter."""

    number: int
    word: int
    arguments: tuple[int, ...] = ()


def _answer(program: bytes, call: Made) -> int:
    seen = struct.pack("<IIQ6Q", call.number, call.word, 0, *(*call.arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("<HBBI", program))
    at, value = 0, 0
    while True:
        code, then, other, word = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", seen, word)
        elif code == 0x06:
            return word
        elif code == 0x54:
            value &= word
        else:
            holds = {0x15: value == word, 0x35: value >= word, 0x45: bool(value & word)}[code]
            at += then if holds else other


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    """Give each processor there is a table for."""
    return request.param


def _ask(machine: str, number: int, *arguments: int, network: bool = False) -> int:
    return _answer(filter_program(machine, network=network), Made(number, MACHINES[machine].word, arguments))


def test_every_call_on_the_list_is_denied(machine: str) -> None:
    """A wrong jump would let everything after it through."""
    numbers = [call.x86_64 if machine == "x86_64" else call.aarch64 for call in DENIED]

    assert {_ask(machine, n) for n in numbers if n is not None} == {EPERM}


def test_what_programs_need_is_allowed(machine: str) -> None:
    """The twin: a filter that denied everything would pass the test above."""
    assert {_ask(machine, number) for number in HARMLESS[machine].values()} == {ALLOW}


def test_no_number_stands_twice_in_the_list() -> None:
    """Two names for one number mean that one of them was mistyped and its call is open."""
    for column in ([c.x86_64 for c in DENIED], [c.aarch64 for c in DENIED]):
        numbers = [n for n in column if n is not None]
        assert len(numbers) == len(set(numbers))


def test_a_foreign_machine_word_kills(machine: str) -> None:
    """32-bit calls have other numbers: a filter that read them as its own would let `socket` through."""
    foreign = 0x40000003

    assert _answer(filter_program(machine), Made(HARMLESS[machine]["read"], foreign)) == KILL


def test_x32_calls_kill() -> None:
    """They share the machine word of x86-64 and carry a bit in the number."""
    assert _ask("x86_64", 0x40000000 | 41) == KILL
    assert _ask("x86_64", 0x40000000) == KILL


@pytest.mark.parametrize("bit", NEW_BITS, ids=hex)
def test_clone_into_any_new_namespace_is_denied(machine: str, bit: int) -> None:
    """A new user namespace gives every capability inside it."""
    assert _ask(machine, MACHINES[machine].clone, bit | 17) == EPERM


def test_clone_for_threads_and_processes_is_allowed(machine: str) -> None:
    """The twin: threads (0x3d0f00) and fork (SIGCHLD) must work."""
    assert _ask(machine, MACHINES[machine].clone, 0x3D0F00) == ALLOW
    assert _ask(machine, MACHINES[machine].clone, 17) == ALLOW


def test_clone3_is_said_not_to_exist(machine: str) -> None:
    """Its flags lie behind a pointer; ENOSYS makes the C library use clone, EPERM would make it give up."""
    assert _ask(machine, MACHINES[machine].clone3) == ENOSYS


def test_a_socketpair_is_allowed_between_own_processes_only(machine: str) -> None:
    """Event loops need a unix pair; any other family reaches out of the namespace."""
    flags = 0x80000 | 0x800  # CLOEXEC, NONBLOCK
    for kind in (1, 5, 1 | flags):
        assert _ask(machine, MACHINES[machine].socketpair, 1, kind) == ALLOW
    assert _ask(machine, MACHINES[machine].socketpair, 16, 1) == EPERM


@pytest.mark.parametrize("kind", [2, 3, 2 | 0x80000, 0, 4])
def test_no_pair_can_be_sent_elsewhere(machine: str, kind: int) -> None:
    """One end of a datagram pair reaches any datagram socket of the host in a shown folder; a raw one is no other."""
    assert _ask(machine, MACHINES[machine].socketpair, 1, kind) == EPERM


@pytest.mark.parametrize("request_word", [0x5412, 0x541C])
@pytest.mark.parametrize("high", [0, 1 << 32, 0xFFFFFFFF << 32])
def test_typing_into_a_terminal_is_denied_whatever_the_high_half(machine: str, request_word: int, high: int) -> None:
    """The kernel ignores the high half of the request, so a full compare can be fooled with it."""
    assert _ask(machine, MACHINES[machine].ioctl, 0, high | request_word) == EPERM


def test_other_ioctls_are_allowed(machine: str) -> None:
    """The twin: TCGETS is what `isatty` asks."""
    assert _ask(machine, MACHINES[machine].ioctl, 0, 0x5401) == ALLOW


@pytest.mark.parametrize("family", [2, 10])
@pytest.mark.parametrize("flags", [0, 0x800, 0x80000, 0x80800])
@pytest.mark.parametrize("protocol", [0, 6])
def test_a_granted_network_lets_tcp_sockets_be_made(machine: str, family: int, flags: int, protocol: int) -> None:
    """The twin of the refusals below: these are the sockets that reach the proxy."""
    call = (MACHINES[machine].socket, family, 1 | flags, protocol)

    assert _ask(machine, *call, network=True) == ALLOW
    assert _ask(machine, *call) == EPERM


@pytest.mark.parametrize(
    "arguments",
    [
        *((family, 1, 0) for family in (0, 1, 3, 11, 16, 17, 21, 31, 38, 40, 43, 44, 45)),
        *(
            (family, kind, 0)
            for family in (2, 10)
            for kind in (0, 2, 3, 4, 5, 6, 10, 11, 0x802, 0x80002, 0x101, 0x1001)
        ),
        *((family, 1, protocol) for family in (2, 10) for protocol in (1, 17, 33, 132, 136, 255, 256, 262)),
    ],
    ids=str,
)
def test_a_granted_network_is_nothing_but_tcp(machine: str, arguments: tuple[int, int, int]) -> None:
    """Unix, netlink, packet, vsock, datagrams, raw and the protocols the kernel loads modules for stay shut."""
    assert _ask(machine, MACHINES[machine].socket, *arguments, network=True) == EPERM


@pytest.mark.parametrize("high", [1 << 32, 0xFFFFFFFF << 32])
def test_the_high_halves_of_a_socket_call_change_nothing(machine: str, high: int) -> None:
    """The kernel takes the low halves alone, so what they say must decide."""
    assert _ask(machine, MACHINES[machine].socket, high | 2, high | 1, high | 6, network=True) == ALLOW
    assert _ask(machine, MACHINES[machine].socket, high | 1, high | 1, high, network=True) == EPERM


def test_a_granted_network_changes_nothing_else(machine: str) -> None:
    """Every other call is answered as before; `socket` was the only hole to be made."""
    for number in range(600):
        if number != MACHINES[machine].socket:
            assert _ask(machine, number, 16, network=True) == _ask(machine, number, 16)
    assert _ask(machine, MACHINES[machine].socketpair, 2, network=True) == EPERM


def test_a_machine_without_a_table_has_no_filter() -> None:
    """No filter means no run; a default table would deny the wrong calls."""
    with pytest.raises(KeyError):
        filter_program("riscv64")


def _with_mode(call: ModeCall, mode: int, flags: int = 0o100) -> tuple[int, ...]:
    arguments = [0] * 6
    arguments[call.mode] = mode
    if call.flags is not None:
        arguments[call.flags] = flags
    return tuple(arguments)


@pytest.mark.parametrize("call", GIVING_A_MODE, ids=lambda c: c.name)
@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6755])
def test_no_call_gives_a_file_the_rights_of_its_owner(machine: str, call: ModeCall, mode: int) -> None:
    """A set-user-id file that left the sandbox with its mode would run as whoever copied it."""
    number = call.x86_64 if machine == "x86_64" else call.aarch64

    assert number is None or _ask(machine, number, *_with_mode(call, mode)) == EPERM


@pytest.mark.parametrize("call", GIVING_A_MODE, ids=lambda c: c.name)
def test_plain_modes_and_files_that_are_only_opened_are_allowed(machine: str, call: ModeCall) -> None:
    """The twin: 0755 is a mode like any other, and an open that makes nothing has no mode, only a register's rest."""
    number = call.x86_64 if machine == "x86_64" else call.aarch64
    if number is None:
        return
    assert _ask(machine, number, *_with_mode(call, 0o1755)) == ALLOW
    if call.flags is not None:
        assert _ask(machine, number, *_with_mode(call, 0o6755, flags=0o2)) == ALLOW


def test_openat2_is_said_not_to_exist(machine: str) -> None:
    """Its mode lies behind a pointer; programs fall back to openat."""
    assert _ask(machine, 437) == ENOSYS


def test_the_signal_at_a_parents_death_stays_as_it_was_set(machine: str) -> None:
    """A sandbox ends with its parent by that signal; a program that took the init over must not take it away."""
    prctl = MACHINES[machine].prctl

    assert _ask(machine, prctl, 1) == 0x00050000  # done, says the answer, and nothing happened
    assert _ask(machine, prctl, 15) == ALLOW  # PR_SET_NAME
