"""Attacks by network: services of the host, outside addresses, strange sockets (rows 13 to 17)."""

from pathlib import Path

from tests.escape import signs
from tests.escape.attack import ANY, DONE, GRANTED, ORDINARY, Attack, Mark, Peaks
from tests.escape.scene import Scene

_TCP = """
import socket
def call():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.connect(("127.0.0.1", facts["tcp"]))
tried("tcp", call)
"""

_SHELL_TCP = """
import subprocess
done = subprocess.run(
    ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/%d" % facts["tcp"]], capture_output=True, text=True
)
say("shell", "done" if done.returncode == 0 else "EPERM" if "not permitted" in done.stderr else done.stderr)
"""

# Straight, by every name of this machine, and by asking the proxy that a granted run has.
_TCP_GRANTED = """
import re, socket
def call(host):
    with socket.create_connection((host, facts["tcp"]), timeout=5):
        pass
tried("straight", call, "127.0.0.1")
tried("any", call, "0.0.0.0")
proxy = re.search(r"//([^:/]+):([0-9]+)", os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or "")
for host in ("127.0.0.1", "localhost", "0.0.0.0", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"):
    if proxy is None:
        say("proxy", "none")
        break
    with socket.create_connection((proxy[1], int(proxy[2])), timeout=5) as caller:
        place = b"%s:%d" % (host.encode(), facts["tcp"])
        caller.sendall(b"CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n" % (place, place))
        answer = caller.recv(100).split()
        say("proxy " + host, answer[1].decode() if len(answer) > 1 else "closed")
"""

_LIST_CONNECTIONS = """
for name in ("tcp", "udp", "unix", "dev", "route"):
    print("net:", tried(name, read, "/proc/net/" + name))
"""

_UDP_LOOPBACK = """
import socket
def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"out", ("127.0.0.1", facts["udp"]))
tried("udp", send)
"""

# An address for documentation: nobody is there.
_UDP_OUTSIDE = """
import socket
def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("203.0.113.1", 9))
        sender.send(b"out")
        hold()
tried("udp", send)
"""

_STRANGE = """
import socket
def make():
    kept = socket.socket(FAMILY, KIND, PROTOCOL)
    hold()
tried("socket", make)
"""

_ALL_FAMILIES = """
import socket
errors, kept = set(), []
for family in range(64):
    for kind in (1, 2, 3, 5):
        fd = libc.socket(family, kind, 0)
        if fd >= 0:
            kept.append(fd)
        else:
            errors.add(errno.errorcode[ctypes.get_errno()])
say("any", "done" if kept else "+".join(sorted(errors)))
pair = (ctypes.c_int * 2)()
errors = set()
for family in range(2, 64):
    if libc.socketpair(family, 1, 0, pair) == 0:
        kept += pair
    else:
        errors.add(errno.errorcode[ctypes.get_errno()])
say("pair", "done" if not errors else "+".join(sorted(errors)))
if kept:
    hold()
"""

_ABSTRACT = """
import socket
def call():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.connect("\\0" + facts["abstract"])
tried("abstract", call)
"""

_UNIX_PATH = """
import socket, stat
say("there", "done" if stat.S_ISSOCK(os.stat(facts["unix"]).st_mode) else "not there")
def call():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.connect(facts["unix"])
tried("unix", call)
"""

# A datagram socket of a pair is open already, and may send to any address; a raw one becomes a datagram socket.
_UNIX_BY_PAIR = """
import socket
def send(kind, address):
    left, right = socket.socketpair(socket.AF_UNIX, kind)
    left.sendto(b"out", address)
tried("datagram", send, socket.SOCK_DGRAM, ADDRESS)
tried("raw", send, socket.SOCK_RAW, ADDRESS)
tried("flags", send, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, ADDRESS)
"""

_NAMED_PIPE = """
def send():
    fd = os.open(facts["fifo"], os.O_WRONLY | os.O_NONBLOCK)
    os.write(fd, b"out")
tried("fifo", send)
"""

_PAIR_STOPPED = tuple((step, ("EPERM",)) for step in ("datagram", "raw", "flags"))

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "0.0.0.0", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]")  # noqa: S104


def _outside_address(_: Scene, peaks: Peaks) -> None:
    # 203.0.113.1 port 9, as the kernel writes it, in the host's own table.
    if "017100CB:0009" in Path("/proc/net/udp").read_text():
        peaks.notes.add("sent outside")


def _strange(letter: str, slug: str, what: str, arguments: tuple[int, int, int], *marks: Mark) -> Attack:
    family, kind, protocol = arguments
    return Attack(
        row=15,
        letter=letter,
        slug=slug,
        what=what,
        stopped_by="system-call filter: no sockets",
        program=f"FAMILY, KIND, PROTOCOL = {family}, {kind}, {protocol}\n{_STRANGE}",
        sign=signs.held("socket:"),
        steps=(("socket", ("EPERM",)),),
        marks=(Mark("socket", ("EAFNOSUPPORT", "EPROTONOSUPPORT"), "it does not know this family", ANY), *marks),
    )


ATTACKS = (
    Attack(
        row=13,
        letter="a",
        slug="tcp-loopback",
        what="connects by TCP to a service on the host's loopback address",
        stopped_by="system-call filter: no sockets; and a network namespace of its own",
        program=_TCP,
        sign=signs.visited("tcp"),
        steps=(("tcp", ("EPERM",)),),
    ),
    Attack(
        row=13,
        letter="b",
        slug="tcp-from-the-shell",
        what="connects by TCP from bash, as a pipeline would",
        stopped_by="system-call filter, which every program of the run inherits",
        program=_SHELL_TCP,
        sign=signs.visited("tcp"),
        steps=(("shell", ("EPERM",)),),
    ),
    Attack(
        row=13,
        letter="c",
        slug="list-connections",
        what="lists the host's services, network devices and routes in /proc/net",
        stopped_by="network namespace of its own",
        program=_LIST_CONNECTIONS,
        sign=lambda scene, seen: f"0100007F:{scene.tcp:04X}".encode() in seen.returned,
        steps=tuple((name, (DONE,)) for name in ("tcp", "udp", "unix", "dev", "route")),
    ),
    Attack(
        row=13,
        letter="d",
        slug="tcp-by-the-proxy",
        what="with a network grant for another host: connects to a service on the host's loopback, also by the proxy",
        stopped_by="network namespace of its own; the proxy connects to granted names only",
        program=_TCP_GRANTED,
        sign=signs.visited("tcp"),
        steps=(
            ("straight", ("ECONNREFUSED",)),
            ("any", ("ECONNREFUSED",)),
            *((f"proxy {host}", ("403",)) for host in _LOOPBACK_NAMES),
        ),
        form=GRANTED,
    ),
    Attack(
        row=14,
        letter="a",
        slug="udp-loopback",
        what="sends a datagram to a service on the host's loopback address",
        stopped_by="system-call filter: no sockets; and a network namespace of its own",
        program=_UDP_LOOPBACK,
        sign=signs.visited("udp"),
        steps=(("udp", ("EPERM",)),),
    ),
    Attack(
        row=14,
        letter="b",
        slug="udp-outside",
        what="sends a datagram to an outside address",
        stopped_by="system-call filter: no sockets; and a network namespace of its own",
        program=_UDP_OUTSIDE,
        sign=signs.noted("sent outside"),
        steps=(("udp", ("EPERM",)),),
        marks=(Mark("udp", ("ENETUNREACH",), "this machine has no way out", ANY),),
        # The table is the machine's: the control of another user's run would show in it.
        alone=True,
        watch=_outside_address,
    ),
    _strange("a", "vsock", "opens a socket to the machine's hypervisor", (40, 1, 0)),
    _strange("b", "netlink", "opens a socket to the kernel's network settings", (16, 3, 0)),
    _strange(
        "c",
        "packet",
        "opens a socket that sees every packet",
        (17, 3, 0x300),
        Mark("socket", ("EPERM",), "only root may", ORDINARY),
    ),
    _strange("d", "crypto", "opens a socket to the kernel's ciphers", (38, 5, 0)),
    Attack(
        row=15,
        letter="e",
        slug="any-family",
        what="tries every family and kind of socket and of socket pair",
        stopped_by="system-call filter: no sockets; pairs of the unix family only",
        program=_ALL_FAMILIES,
        sign=signs.held("socket:"),
        steps=(("any", ("EPERM",)), ("pair", ("EPERM",))),
    ),
    Attack(
        row=16,
        letter="a",
        slug="abstract-unix",
        what="connects to a unix socket of the host that has a name but no file",
        stopped_by="system-call filter: no sockets; and a network namespace of its own",
        program=_ABSTRACT,
        sign=signs.visited("abstract"),
        steps=(("abstract", ("EPERM",)),),
    ),
    Attack(
        row=16,
        letter="b",
        slug="abstract-unix-by-a-pair",
        what="reaches an abstract unix socket of the host through one end of an allowed socket pair",
        stopped_by="network namespace of its own; and system-call filter: pairs of connected sockets only",
        program='ADDRESS = "\\0" + facts["abstract"] + ".dgram"' + _UNIX_BY_PAIR,
        sign=signs.visited("abstract-datagram"),
        steps=tuple((step, ("EPERM", "ECONNREFUSED")) for step, _ in _PAIR_STOPPED),
    ),
    Attack(
        row=17,
        letter="a",
        slug="unix-in-a-shown-folder",
        what="connects to a unix socket of the host that lies in a folder the job may see",
        stopped_by="system-call filter: no sockets",
        program=_UNIX_PATH,
        sign=signs.visited("unix"),
        steps=(("there", (DONE,)), ("unix", ("EPERM",))),
        shown=True,
    ),
    Attack(
        row=17,
        letter="b",
        slug="unix-by-a-pair",
        what="reaches a unix datagram socket in a shown folder through one end of an allowed socket pair",
        stopped_by="system-call filter: pairs of connected sockets only",
        program='ADDRESS = facts["unix"] + ".dgram"' + _UNIX_BY_PAIR,
        sign=signs.visited("unix-datagram"),
        steps=_PAIR_STOPPED,
        shown=True,
    ),
    Attack(
        row=17,
        letter="c",
        slug="named-pipe-in-a-shown-folder",
        what="writes into a named pipe of the host that lies in a folder the job may see",
        stopped_by="named pipes are not shown",
        program=_NAMED_PIPE,
        sign=signs.visited("fifo"),
        steps=(("fifo", ("EACCES", "EPERM", "EROFS", "ENOENT")),),
        shown=True,
    ),
)
