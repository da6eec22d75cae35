"""Which addresses a name may lead to, and that names are really looked up."""

import ipaddress
import select
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.network_hosts import NotReachable, addresses_of, is_own, outside_only, refusal_of

METADATA = ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)


def _wait(fd: int, seconds: float) -> bool:
    return bool(select.select([fd], [], [], seconds)[0])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "::1", str(ipaddress.IPv4Address(0)), "::", "0.1.2.3"),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1"),
        *("169.254.0.1", "fe80::1", "fe80::1%lo", "2606:4700::1111%eth0", "100.64.0.1", "100.127.255.255"),
        *("224.0.0.1", "239.255.255.255", "ff02::1", "240.0.0.1", "255.255.255.255"),
        *("192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "198.19.255.255", "2001:db8::1", "3fff::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::7f00:1", "2002:7f00:1::1", "2002:808:808::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::", "64:ff9b:1::808:808"),
        *("2001::1", "100::1", "4000::1", "5f00::1"),
        *METADATA,
        *("", "example.com", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1 ", "[::1]"),
    ],
)
def test_an_address_that_is_not_public_is_refused_with_its_kind(address: str) -> None:
    """The owner of a granted name could else point it at the host, its network or a cloud's credentials."""
    assert refusal_of(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "169.253.0.1"),
        *("2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808", "168.63.129.17"),
    ],
)
def test_a_public_address_is_taken(address: str) -> None:
    """The twin: what lies right beside a refused network is not."""
    assert refusal_of(address) == ""


@given(V4)
def test_nothing_that_python_calls_private_is_taken(address: ipaddress.IPv4Address) -> None:
    """A second list, not ours, to hold ours against; in the forms that carry an IPv4 address too."""
    bits = int(address)
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + bits)
    hidden = (ipaddress.IPv6Address((0xFFFF << 32) + bits), ipaddress.IPv6Address((0x2002 << 112) + (bits << 80)))

    assert refusal_of(str(address)) or address.is_global
    assert refusal_of(str(translated)) == refusal_of(str(address))
    assert all(refusal_of(str(other)) for other in hidden)


@given(st.ip_addresses(v=6))
def test_no_address_outside_the_public_range_is_taken(address: ipaddress.IPv6Address) -> None:
    """Everything outside 2000::/3 is for special use, or not given out yet."""
    public = address in ipaddress.IPv6Network("2000::/3") or address in ipaddress.IPv6Network("64:ff9b::/96")

    assert refusal_of(str(address)) or public


def test_an_address_of_this_machine_is_its_own_whatever_its_range() -> None:
    """A public address of the host leads to services that listen on all of its addresses."""
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} | {"127.0.0.1"}

    assert all(is_own(str(address)) for address in own if not str(address).startswith("0."))
    assert not is_own("8.8.8.8")
    assert outside_only("127.0.0.1")
    assert outside_only("8.8.8.8") == ""


def _in_an_own_network(program: str) -> str:
    """Run a program as root of namespaces of its own, so that this machine's network stays as it is."""
    tools = [shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin") for name in ("unshare", "ip", "mount")]
    if None in tools or subprocess.run([str(tools[0]), "-rnm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs `unshare`, `ip` and `mount`, and leave to make namespaces")
    command = [str(tools[0]), "-rnm", sys.executable, "-c", program, *map(str, tools[1:])]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


def test_a_public_address_of_this_machine_is_refused() -> None:
    """The rule on ranges alone would take it."""
    program = """
import subprocess, sys
from skillstrata.adapters.network_hosts import outside_only
before = outside_only("44.1.2.3")
subprocess.run([sys.argv[1], "link", "set", "lo", "up"], check=True)
subprocess.run([sys.argv[1], "addr", "add", "44.1.2.3/32", "dev", "lo"], check=True)
print([before, outside_only("44.1.2.3"), outside_only("44.1.2.4")])
"""

    assert _in_an_own_network(program) == str(["", "this machine's own", ""])


def test_a_look_up_that_no_server_answers_is_ended(tmp_path: Path) -> None:
    """The system's resolver would wait half a minute here, and longer than a run that ends may."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:1\n", encoding="ascii")
    program = f"""
import select, socket, subprocess, sys
from skillstrata.adapters.network_hosts import NotReachable, addresses_of
subprocess.run([sys.argv[1], "link", "set", "lo", "up"], check=True)
subprocess.run([sys.argv[2], "--bind", {str(tmp_path / "resolv.conf")!r}, "/etc/resolv.conf"], check=True)
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
try:
    addresses_of("api.example.com", lambda fd, _: bool(select.select([fd], [], [], 0.3)[0]))
except NotReachable as error:
    print(error, b"example" in silent.recv(4096))
"""

    assert _in_an_own_network(program) == "the name does not resolve in time True"


def test_names_are_looked_up_as_this_machine_does() -> None:
    """`localhost` is in every hosts file; `.invalid` is promised never to exist."""
    assert set(addresses_of("localhost", _wait)) <= {"127.0.0.1", "::1"}
    with pytest.raises(NotReachable, match="does not resolve"):
        addresses_of("no-such-host.invalid", lambda fd, _: _wait(fd, 8.0))
