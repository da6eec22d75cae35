"""Which addresses a granted name may lead to, and how the name is looked up.

In     a host name that was granted; an address that it resolves to
Out    the addresses; the reason against one, "" where there is none
Never  lets a name lead to this machine, to a network that is not public, or to where a cloud keeps credentials
Why    whoever owns a granted name decides what it resolves to, also to 127.0.0.1. The list of networks is ours, not
       the `is_private` of the Python that happens to run us: what that says has changed between versions
"""

import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Callable

from skillstrata.records.sandbox_runs import Endpoint

MAX_ADDRESSES = 16
_MAX_ANSWER = 64 * 1024
_LOOKUP_S = 10.0

_V4 = {
    "unspecified": ("0.0.0.0/8",),
    "loopback": ("127.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "a provider's own": ("100.64.0.0/10",),
    "link-local": ("169.254.0.0/16",),
    "a cloud's metadata service": ("168.63.129.16/32",),  # outside every reserved network, and yet it gives out secrets
    "multicast": ("224.0.0.0/4",),
    "reserved": (
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
    ),
}
_V6 = {
    "loopback": ("::1/128",),
    "unspecified": ("::/128",),
    "private": ("fc00::/7", "fec0::/10", "64:ff9b:1::/48"),
    "link-local": ("fe80::/10",),
    "multicast": ("ff00::/8",),
    "an IPv4 address in disguise": ("::ffff:0:0/96", "::/96", "2002::/16", "2001::/32"),
    "reserved": ("2001::/23", "2001:db8::/32", "3fff::/20"),
}
_REFUSED_V4 = [(name, ipaddress.IPv4Network(net)) for name, nets in _V4.items() for net in nets]
_REFUSED_V6 = [(name, ipaddress.IPv6Network(net)) for name, nets in _V6.items() for net in nets]
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# In a network without IPv4 every name that has only IPv4 resolves into this one; the last 32 bits are the address.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class NotReachable(Exception):
    """A name that leads nowhere: it does not resolve, or nothing answers there; the message says which."""


def refusal_of(address: str) -> str:
    """Say why no run may connect to an address; "" when it may.

    Args:
        address: As a resolver gives it. What is no address, or one with a zone, is refused.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(found, ipaddress.IPv4Address):
        return next((name for name, net in _REFUSED_V4 if found in net), "")
    if found.scope_id is not None:
        return "link-local"
    if found in _TRANSLATED:
        return refusal_of(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    named = next((name for name, net in _REFUSED_V6 if found in net), "")
    return named or ("" if found in _PUBLIC_V6 else "reserved")


def is_own(address: str) -> bool:
    """Say whether an address is one of this machine's own, public ones included; sends nothing.

    Shapes:
        Towards itself, the kernel takes the address itself as the source; a datagram socket tells without a packet.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asking:
        try:
            asking.connect((address, 9))
        except OSError:
            return False
        return bool(asking.getsockname()[0] == asking.getpeername()[0])


def outside_only(address: str) -> str:
    """Give the rule for real runs: a public address that is not this machine's own."""
    return refusal_of(address) or ("this machine's own" if is_own(address) else "")


def addresses_of(host: str, wait: Callable[[int, float], bool]) -> tuple[str, ...]:
    """Look a name up as this machine does, in a process that can be ended.

    Args:
        host: A plain host name, which cannot be taken for an option.
        wait: Waits until a descriptor can be read, at most so many seconds; False when it cannot.

    Raises:
        NotReachable: It has no address, or the answer did not come.
    """
    program = shutil.which("getent", path="/usr/bin:/bin")
    if program is None:
        raise NotReachable("names cannot be looked up here: getent is not installed")
    command = (program, "ahosts", host)
    with subprocess.Popen(
        command, env={}, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        # A look-up inside this process could not be ended before its own time is over.
        try:
            said = _read_all(process, wait)
        finally:
            process.kill()
    found = tuple(dict.fromkeys(line.split()[0] for line in said.splitlines() if line.strip()))
    if not found:
        raise NotReachable("the name does not resolve")
    return found[:MAX_ADDRESSES]


def _read_all(process: subprocess.Popen[bytes], wait: Callable[[int, float], bool]) -> str:
    said = bytearray()
    if process.stdout is None:
        return ""
    fd = process.stdout.fileno()
    while len(said) < _MAX_ANSWER:
        if not wait(fd, _LOOKUP_S):
            raise NotReachable("the name does not resolve in time")
        part = os.read(fd, 4096)
        if not part:
            break
        said += part
    return said.decode("ascii", "replace")


def open_socket(address: str, endpoint: Endpoint) -> socket.socket:
    """Begin to connect to exactly this address; the caller waits until it can be written.

    Raises:
        OSError: It cannot even begin.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        made.connect((address, endpoint.port))
    except BlockingIOError:
        return made
    except OSError:
        made.close()
        raise
    return made
