"""What a run with a network grant reaches, and what it does not. Each is a real run, looked at from outside."""

import contextlib
import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.network_proxy import Reach
from skillstrata.records.sandbox_runs import Attempt, Endpoint, Limits, NetworkGrant, SandboxJob, SandboxResult
from tests.listeners import PAGE, Place, listening, way_to

pytestmark = pytest.mark.sandbox

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
QUICK = Limits(wall_s=20.0)
WEB, RAW = Endpoint("api.example.com", 80), Endpoint("api.example.com", 443)
GRANT = NetworkGrant((WEB, RAW))
FETCH = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=8).read().decode())"
# Prints what a tunnel to the named place brings back, or the proxy's answer.
TUNNEL = """
import socket, sys
with socket.create_connection(("127.0.0.1", 3128), timeout=8) as s:
    s.sendall(f"CONNECT {sys.argv[1]} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n".encode())
    head = s.recv(4096)
    if b" 200 " in head:
        s.sendall(b"ping from inside")
        s.shutdown(socket.SHUT_WR)
        head = b""
    while part := s.recv(4096):
        head += part
print(head.decode())
"""


@pytest.fixture
def place() -> Generator[Place]:
    """Give a place on the host's loopback."""
    with listening() as place:
        yield place


def _towards(place: Place) -> BubblewrapSandbox:
    return BubblewrapSandbox(reach=way_to(place))


def _python(program: str, *words: str, grant: NetworkGrant | None = GRANT, limits: Limits = QUICK) -> SandboxJob:
    return SandboxJob((PYTHON, "-I", "-c", program, *words), network=grant, limits=limits)


def _said(result: SandboxResult) -> str:
    return result.stdout.decode() + result.stderr.decode()


# ---- what a grant opens ---------------------------------------------------------------------------------------


def test_python_reaches_the_granted_host(place: Place) -> None:
    """`urllib` knows nothing of us: it reads the variables every program reads."""
    result = _towards(place).run(_python(FETCH, "http://api.example.com/page"))

    assert PAGE.decode() in _said(result)
    assert result.attempts == (Attempt("api.example.com:80"),)


@pytest.mark.skipif(shutil.which("curl", path="/usr/bin") is None, reason="curl is not installed in /usr/bin")
def test_curl_reaches_the_granted_host(place: Place) -> None:
    """The other program that recorded sessions fetch with."""
    job = SandboxJob(("/usr/bin/curl", "-sS", "http://api.example.com/page"), network=GRANT, limits=QUICK)

    assert _said(_towards(place).run(job)) == PAGE.decode()


@pytest.mark.skipif(shutil.which("node", path="/usr/bin") is None, reason="node is not installed in /usr/bin")
def test_node_reaches_the_granted_host_where_its_program_asks_the_proxy(place: Place) -> None:
    """Its `fetch` looks at no variable, so a program must; what it does by itself is the next test."""
    program = (
        "const http = require('http'), p = new URL(process.env.http_proxy);"
        "http.get({host: p.hostname, port: p.port, path: 'http://api.example.com/page'},"
        " r => r.on('data', d => process.stdout.write(d)))"
    )
    limits = Limits(wall_s=20.0, address_bytes=1 << 40)
    result = _towards(place).run(SandboxJob(("/usr/bin/node", "-e", program), network=GRANT, limits=limits))

    assert _said(result) == PAGE.decode()


@pytest.mark.skipif(shutil.which("node", path="/usr/bin") is None, reason="node is not installed in /usr/bin")
def test_node_without_the_proxy_reaches_nothing(place: Place) -> None:
    """`fetch` goes straight for the host, and there is no way but the proxy."""
    program = "fetch('http://api.example.com/').then(() => console.log('in'), e => console.log(e.cause.code))"
    limits = Limits(wall_s=20.0, address_bytes=1 << 40)
    result = _towards(place).run(SandboxJob(("/usr/bin/node", "-e", program), network=GRANT, limits=limits))

    assert "in\n" not in _said(result)
    assert (place.came, result.attempts) == ([], ())


def test_a_tunnel_reaches_the_granted_host_and_port(place: Place) -> None:
    """The twin of all refusals below."""
    result = _towards(place).run(_python(TUNNEL, "api.example.com:443"))

    assert "echo of ping from inside" in _said(result)


def test_only_a_granted_run_sees_the_certificates_and_none_sees_keys() -> None:
    """Without them no library would take the other side of a tunnel for who it says it is."""
    program = "import os; print([os.path.isdir('/etc/ssl/' + name) for name in ('certs', 'private')])"
    seen = [BubblewrapSandbox().run(_python(program, grant=grant)).stdout for grant in (GRANT, None)]

    assert seen == [f"[{Path('/etc/ssl/certs').is_dir()}, False]\n".encode(), b"[False, False]\n"]


def test_what_is_between_processes_of_the_program_stays_there(place: Place) -> None:
    """A server that a program starts for itself works, and no one else sees it."""
    program = (
        "import socket, threading\n"
        "with socket.create_server(('127.0.0.1', 8080)) as s:\n"
        "    threading.Thread(target=lambda: s.accept()[0].sendall(b'own')).start()\n"
        "    print(socket.create_connection(('127.0.0.1', 8080)).recv(9))\n"
    )
    result = _towards(place).run(_python(program))

    assert result.stdout == b"b'own'\n"
    assert result.attempts == ()


# ---- what it does not -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("other.example.com:443", "not granted"),
        ("api.example.com:22", "not granted"),
        ("api.example.com.:443", "it is not a plain host name"),
        ("user@api.example.com:443", "it is not a plain host name"),
        ("api.example.com\0:443", "the request cannot be read"),
        ("api.example.com:443\r\nX", "the request cannot be read"),
        ("127.0.0.1:443", "it is an address"),
        ("0x7f000001:443", "it is an address"),
        ("[::1]:443", "it is an address"),
        ("169.254.169.254:80", "it is an address"),
    ],
)
def test_what_was_not_granted_is_refused_and_recorded(place: Place, target: str, reason: str) -> None:
    """In this world every name leads to the listener, so that only the refusal keeps the program away."""
    program = TUNNEL.replace("sys.argv[1]", "eval(sys.argv[1])")
    result = _towards(place).run(_python(program, repr(target)))

    assert place.came == []
    assert [attempt.refused[: len(reason)] for attempt in result.attempts] == [reason]
    assert "HTTP/1.1 40" in _said(result)


def test_an_empty_grant_opens_nothing(place: Place) -> None:
    """Elsewhere, no list at all was taken for every host."""
    result = _towards(place).run(_python(FETCH, "http://api.example.com/", grant=NetworkGrant(())))

    assert (place.came, result.exit_code) == ([], 1)
    assert result.attempts == (Attempt("api.example.com:80", "not granted"),)


def test_without_a_grant_there_is_no_proxy_and_no_socket(place: Place) -> None:
    """The twin of the first test."""
    result = _towards(place).run(_python(FETCH, "http://api.example.com/", grant=None))

    assert (place.came, result.exit_code, result.attempts) == ([], 1, ())


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "192.168.1.1"])
def test_a_granted_name_that_leads_inside_is_refused(place: Place, address: str) -> None:
    """With the real rule for addresses; the tests above show the same listener reached without it."""
    sandbox = BubblewrapSandbox(reach=Reach(resolve=lambda _host, _wait: (address,), connect=way_to(place).connect))
    result = sandbox.run(_python(FETCH, "http://api.example.com/"))

    assert place.came == []
    assert result.attempts[0].refused.startswith(f"it leads to {address} (")


def test_a_granted_name_is_really_looked_up() -> None:
    """Nothing of the proxy is replaced here; `.invalid` is promised never to exist."""
    job = _python(FETCH, "http://a.b.invalid/", grant=NetworkGrant((Endpoint("a.b.invalid", 80),)))

    assert BubblewrapSandbox().run(job).attempts == (Attempt("a.b.invalid:80", "the name does not resolve"),)


def test_a_second_request_on_one_connection_reaches_no_other_host(place: Place) -> None:
    """Neither to another host, nor to the first one with that head."""
    program = (
        "import socket\n"
        "s = socket.create_connection(('127.0.0.1', 3128), timeout=8)\n"
        "one = b'GET http://api.example.com/ HTTP/1.1\\r\\nHost: api.example.com\\r\\n\\r\\n'\n"
        "s.sendall(one + one.replace(b'api.', b'evil.'))\n"
        "said = b''\n"
        "while part := s.recv(9999): said += part\n"
        "print(said.count(b'HTTP/1.1 '), s.recv(9))\n"
    )
    result = _towards(place).run(_python(program))

    assert result.stdout == b"1 b''\n", _said(result)
    assert len(place.came) == 1
    assert b"evil" not in place.came[0]


DIRECT = """
import json, socket, sys
SOCKETS = {
    "datagram": (2, 2, 0), "datagram six": (10, 2, 0), "raw": (2, 3, 1), "unix": (1, 1, 0), "netlink": (16, 3, 0),
    "packet": (17, 3, 0), "vsock": (40, 1, 0), "multipath": (2, 1, 262),
}
places, tries = json.loads(sys.argv[1]), {}
for host, port in places:
    try:
        socket.create_connection((host, port), timeout=3).close()
        tries[host] = 0
    except OSError as error:
        tries[host] = error.errno
for name, kind in SOCKETS.items():
    try:
        socket.socket(*kind).close()
        tries[name] = 0
    except OSError as error:
        tries[name] = error.errno
print(json.dumps(tries))
"""
OUTSIDE = ("8.8.8.8", "2606:4700:4700::1111", "169.254.169.254", "10.0.0.1")


def test_past_the_proxy_there_is_no_way(place: Place) -> None:
    """TCP finds an empty network, and no other kind of socket can be made. Outside, the same calls succeed."""
    own = ("127.0.0.1", place.port)
    said = _towards(place).run(_python(DIRECT, json.dumps([own, *((host, 443) for host in OUTSIDE)]))).stdout
    # Only what stays on this machine is tried without the walls.
    command = [sys.executable, "-I", "-c", DIRECT, json.dumps([own])]
    control = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=20).stdout)
    inside = json.loads(said)

    assert inside.pop("127.0.0.1") == errno.ECONNREFUSED
    assert {inside.pop(host) for host in OUTSIDE} <= {errno.ENETUNREACH, errno.EADDRNOTAVAIL}
    assert set(inside.values()) == {errno.EPERM}
    assert {control[name] for name in ("127.0.0.1", "datagram", "unix", "netlink")} == {0}


def test_an_abstract_socket_of_the_host_is_out_of_reach(place: Place) -> None:
    """It has no path, so that only the network namespace and the filter hide it."""
    name = f"\0strata-test-{os.getpid()}"
    program = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(eval(sys.argv[1]))"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        listener.settimeout(0)
        result = _towards(place).run(_python(program, repr(name)))
        with pytest.raises(BlockingIOError):
            listener.accept()
        with socket.socket(socket.AF_UNIX) as outside:
            outside.connect(name)
        listener.accept()[0].close()

    assert b"PermissionError" in result.stderr


def test_the_program_holds_nothing_of_the_bridge(place: Place) -> None:
    """With the shim's end of the socket pair it could hand out descriptors."""
    program = (
        "import os\n"
        "print(sorted(os.listdir('/proc/self/fd')))\n"
        "for pid in ('1', str(os.getppid())):\n"
        "    try: print(os.listdir(f'/proc/{pid}/fd') and 'open')\n"
        "    except OSError as e: print(e.errno)\n"
    )
    result = _towards(place).run(_python(program))

    assert result.stdout.splitlines()[0] == b"['0', '1', '2', '3']"
    assert result.stdout.splitlines()[2] == b"13"


# ---- what is left ---------------------------------------------------------------------------------------------


def _left() -> tuple[int, int, set[str]]:
    children = [pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()]
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("network-proxy")}
    sockets = [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and _is_open(fd)]
    return len(children), len(sockets), threads


def _is_open(fd: Path) -> bool:
    try:
        return os.readlink(fd).startswith(("socket:", "anon_inode:[eventfd]"))
    except FileNotFoundError:
        return False


def test_more_connections_at_once_than_the_cap_are_turned_away(place: Place) -> None:
    """Each costs the host a thread. The twin in the same run: those under the cap work on."""
    program = (
        "import socket\n"
        "held = [socket.create_connection(('127.0.0.1', 3128), timeout=8) for _ in range(70)]\n"
        "print(held[-1].recv(9))\n"
        "held[0].sendall(b'CONNECT api.example.com:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
        "print(held[0].recv(12))\n"
    )
    result = _towards(place).run(_python(program))

    assert result.stdout == b"b''\nb'HTTP/1.1 200'\n", _said(result)
    assert result.attempts == (*[Attempt("the proxy", "too many connections")] * 6, Attempt("api.example.com:443"))


HANGS = """
import socket, sys
held = [socket.create_connection(("127.0.0.1", 3128)) for _ in range(20)]
for s in held[:5]:
    s.sendall(b"CONNECT api.example.com:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    s.recv(100)
while True:
    pass
"""


@pytest.mark.parametrize(
    ("program", "limits", "limit"),
    [
        (HANGS, Limits(wall_s=1.0), "wall"),
        (
            HANGS.replace("while True", "print('x' * 99999)\nwhile True"),
            Limits(wall_s=20.0, stdout_bytes=1000),
            "stdout",
        ),
        ("import socket; socket.create_connection(('127.0.0.1', 3128))", QUICK, ""),
        ("pass", QUICK, ""),
    ],
)
def test_nothing_of_the_proxy_is_left_however_the_run_ends(
    place: Place, program: str, limits: Limits, limit: str
) -> None:
    """Tunnels in the middle of nothing, requests never finished, and the quiet ends beside them."""
    sandbox = _towards(place)
    sandbox.run(_python("pass"))
    before = _left()
    result = sandbox.run(_python(program, limits=limits))

    place.stop()

    assert result.limit == limit
    assert _left() == before


def test_a_look_up_that_never_ends_does_not_hold_the_run(place: Place) -> None:
    """The name server of a hotel network may never answer."""
    asked = threading.Event()

    def resolve(_host: str, wait: object) -> tuple[str, ...]:
        asked.set()
        assert callable(wait)
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
            try:
                wait(silent.fileno(), 3600.0)
            finally:
                threading.Event().wait(0.3)  # ends late, so that the run has to wait for this thread
        return ()

    program = FETCH.replace("timeout=8", "timeout=0.3")  # the program's own patience
    before = _left()
    result = BubblewrapSandbox(reach=Reach(resolve=resolve)).run(_python(program, "http://api.example.com/"))

    assert asked.is_set()
    assert result.wall_ms < QUICK.wall_s * 1000
    assert (_left()[0], _left()[2]) == (before[0], before[2])
