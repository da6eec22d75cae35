"""One connection through the proxy, played by hand over a socket pair; the sandbox around it is tested elsewhere."""

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.network_hosts import NotReachable, open_socket, outside_only
from skillstrata.adapters.network_ledger import Caps, Ledger
from skillstrata.adapters.network_proxy import Exchange, Reach
from skillstrata.records.sandbox_runs import Attempt, Endpoint, NetworkGrant

GRANTED = Endpoint("api.example.com", 443)
PLAIN = Endpoint("api.example.com", 80)
GRANT = NetworkGrant((GRANTED, PLAIN))
CONNECT = b"CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"
WAIT_S = 10.0


@dataclass
class Server:
    """What a granted place got; it answers each connection with `answer`, or sends back what comes.

    One that `listens_on` reads on after its answer, as places do that hope for another request.
    """

    listener: socket.socket
    answer: bytes | None = None
    listens_on: bool = False
    got: list[bytes] = field(default_factory=list[bytes])

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self.got.append(b"")
                self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        try:
            while part := client.recv(65536):
                self.got[-1] += part
                client.sendall(part if self.answer is None else self.answer)
                if self.answer is not None and not self.listens_on:
                    return
        except OSError:
            return


@contextmanager
def _serving(answer: bytes | None = None, *, listens_on: bool = False) -> Generator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, answer, listens_on)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_S)


def _towards(server: Server) -> Reach:
    """Lead every name to the server of the test, whose loopback address the real rule refuses."""
    port = server.listener.getsockname()[1]

    def connect(address: str, endpoint: Endpoint) -> socket.socket:
        return open_socket(address, Endpoint(endpoint.host, port))

    return Reach(resolve=lambda _host, _wait: ("127.0.0.1",), refusal=lambda _address: "", connect=connect)


@dataclass
class Talk:
    """One connection: what the program says, and what came of it."""

    reach: Reach
    caps: Caps = field(default_factory=Caps)
    grant: NetworkGrant = GRANT
    answer: bytes = b""
    attempts: tuple[Attempt, ...] = ()

    def say(self, *parts: bytes, wait_for: bytes = b"") -> "Talk":
        """Send the first part; after `wait_for` has come back, the others; then end, and read all there is."""
        ours, theirs = socket.socketpair()
        stop = os.eventfd(0)
        ledger = Ledger(self.caps)
        thread = threading.Thread(target=Exchange(theirs, self.grant, self.reach, ledger, stop).serve)
        thread.start()
        with ours:
            ours.settimeout(WAIT_S)
            try:
                ours.sendall(parts[0])
                while wait_for and wait_for not in self.answer and (part := ours.recv(65536)):
                    self.answer += part
                for part in parts[1:]:
                    ours.sendall(part)
                ours.shutdown(socket.SHUT_WR)
                while part := ours.recv(65536):
                    self.answer += part
            except (BrokenPipeError, ConnectionResetError):
                pass
        thread.join(WAIT_S)
        assert not thread.is_alive()
        os.close(stop)
        self.attempts = ledger.attempts
        return self


def _nowhere() -> Reach:
    def resolve(host: str, _wait: object) -> tuple[str, ...]:
        raise NotReachable(f"the test looked {host} up")

    return Reach(resolve=resolve, refusal=outside_only)


# ---- what is let through --------------------------------------------------------------------------------------


def test_a_tunnel_carries_bytes_both_ways() -> None:
    """What every https library asks a proxy for."""
    with _serving() as server:
        talk = Talk(_towards(server)).say(CONNECT, b"\x16\x03\x01 any bytes \x00\xff", wait_for=b"\r\n\r\n")

    assert talk.answer.startswith(b"HTTP/1.1 200 ")
    assert talk.answer.endswith(b"\r\n\r\n\x16\x03\x01 any bytes \x00\xff")
    assert talk.attempts == (Attempt("api.example.com:443"),)


def test_what_comes_with_the_head_goes_through_the_tunnel_too() -> None:
    """A program that does not wait for the answer loses nothing; and an old one says HTTP/1.0."""
    with _serving() as server:
        talk = Talk(_towards(server)).say(b"CONNECT API.example.com:443 HTTP/1.0\r\n\r\nearly")

    assert talk.answer.endswith(b"\r\n\r\nearly")


def test_a_plain_request_is_written_anew_for_the_place_it_names() -> None:
    """The place gets what it asked for and nothing that was meant for a proxy, under the name that was checked."""
    with _serving(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as server:
        talk = Talk(_towards(server)).say(
            b"GET http://API.example.com/a?b=c HTTP/1.1\r\nHost: other.example\r\nProxy-Authorization: x\r\n"
            b"Connection: keep-alive\r\nAccept: text/plain\r\n\r\n"
        )

    assert talk.answer.endswith(b"\r\n\r\nok")
    assert server.got == [
        b"GET /a?b=c HTTP/1.1\r\nHost: api.example.com\r\nAccept: text/plain\r\nConnection: close\r\n\r\n"
    ]
    assert talk.attempts == (Attempt("api.example.com:80"),)


@pytest.mark.parametrize(
    ("head", "body", "arrived"),
    [
        (b"Content-Length: 5\r\n", b"hello", b"hello"),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_a_body_arrives_whole(head: bytes, body: bytes, arrived: bytes) -> None:
    """Forms are posted."""
    with _serving(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        Talk(_towards(server)).say(
            b"POST http://api.example.com HTTP/1.1\r\nHost: api.example.com\r\n" + head + b"\r\n" + body
        )

    assert server.got[0].startswith(b"POST / HTTP/1.1\r\n")
    assert server.got[0].endswith(arrived)


# ---- what is not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("other.example.com:443", "other.example.com:443"),
        ("example.com:443", "example.com:443"),
        ("xapi.example.com:443", "xapi.example.com:443"),
        ("api.example.com.evil.example:443", "api.example.com.evil.example:443"),
        ("api.example.com:444", "api.example.com:444"),
        ("api.example.com:22", "api.example.com:22"),
    ],
)
def test_another_host_or_port_is_not_granted_and_the_answer_says_how(target: str, shown: str) -> None:
    """Nothing is looked up for it either: a name can carry what a program wants to tell."""
    talk = Talk(_nowhere()).say(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())

    assert talk.answer.startswith(b"HTTP/1.1 403 ")
    assert f"--allow-host {shown}".encode() in talk.answer
    assert talk.attempts == (Attempt(shown, "not granted"),)


@pytest.mark.parametrize(
    "target",
    [
        *("api.example.com", "api.example.com:", "api.example.com.:443", "api.example.com:0443", ":443"),
        *("user@api.example.com:443", "api.example.com:443@evil.example:443", "evil.example:443#api.example.com:443"),
        *("127.0.0.1:443", "2130706433:443", "0x7f000001:443", "0177.0.0.1:443", "127.1:443", "[::1]:443"),
        *("[::ffff:127.0.0.1]:443", "169.254.169.254:80", "1.1.1.1:443", "http://api.example.com:443@1.1.1.1:443"),
        *("api.example.com:443/path", "api.example.com:443?x", "api.example.com%00.evil.example:443"),
    ],
)
@pytest.mark.parametrize("form", ["CONNECT {0} HTTP/1.1", "GET http://{0}/ HTTP/1.1", "GET https://{0}/ HTTP/1.1"])
def test_a_target_with_a_second_reading_is_refused(target: str, form: str) -> None:
    """Whatever a program means by it, nothing is looked up."""
    if form.startswith("GET http:") and target.startswith("api.example.com") and "@" not in target:
        target = target.replace("api.", "user@api.")  # without it, this is how a plain address is written
    talk = Talk(_nowhere()).say(form.format(target).encode() + b"\r\nHost: api.example.com\r\n\r\n")

    assert talk.answer[9:12] in {b"400", b"403"}
    assert len(talk.attempts) == 1
    assert talk.attempts[0].refused
    assert "looked" not in talk.attempts[0].refused


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT api.example.com\0.evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT api.example.com:443\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT evil.example:443\rHost: api.example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT  api.example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT api.example.com:443\tHTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT api.example.com:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"CONNECT api.example.com:443 HTTP/1.1\r\nBad Name: x\r\n\r\n",
        b"CONNECT b\xc3\xbccher.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
        b"GET http://api.example.com/ HTTP/1.0\r\nHost: api.example.com\r\n\r\n",
        b"GET http://api.example.com/#x HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
        b"POST http://api.example.com/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST http://api.example.com/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        b"POST http://api.example.com/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"\x05\x01\x00",
        b"CONNECT api.example.com:443 HTTP/1.1\r\nX: " + b"x" * 20_000,
    ],
)
def test_a_head_that_is_not_plain_is_refused(head: bytes) -> None:
    """Zero bytes, bare line ends, lengths given twice, other protocols, heads without an end."""
    talk = Talk(_nowhere()).say(head + b"\r\n\r\n")

    assert talk.answer[9:12] in {b"400", b"403", b"501", b""}
    assert all(attempt.refused for attempt in talk.attempts)
    assert all("looked" not in attempt.refused for attempt in talk.attempts)
    assert talk.attempts or not talk.answer


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60)
    | st.builds(
        lambda method, target, rest: method + b" " + target + rest,
        st.sampled_from([b"CONNECT", b"GET", b"POST"]),
        st.binary(max_size=12).map(lambda noise: b"api.example.com" + noise) | st.binary(max_size=12),
        st.sampled_from([b":443 HTTP/1.1\r\nHost: a\r\n\r\n", b" HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n\r\n"]),
    )
)
def test_no_bytes_reach_a_place_that_was_not_granted(head: bytes) -> None:
    """Whatever is sent: only the one granted host is ever looked up."""
    asked: list[str] = []

    def resolve(host: str, _wait: object) -> tuple[str, ...]:
        asked.append(host)
        raise NotReachable("nowhere")

    Talk(Reach(resolve=resolve), grant=NetworkGrant((GRANTED,))).say(head)

    assert set(asked) <= {"api.example.com"}


def test_an_empty_list_grants_nothing() -> None:
    """Elsewhere an empty list of hosts meant that all were allowed."""
    talk = Talk(_nowhere(), grant=NetworkGrant(())).say(CONNECT)

    assert talk.attempts == (Attempt("api.example.com:443", "not granted"),)


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("169.254.169.254",), ("10.1.2.3",), ("::1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:127.0.0.1",)],
)
def test_a_granted_name_that_leads_inside_is_refused(addresses: tuple[str, ...]) -> None:
    """One inner address among many is enough; the twin is every test above that is let through."""

    def connect(address: str, _endpoint: Endpoint) -> socket.socket:
        raise AssertionError(address)

    talk = Talk(Reach(resolve=lambda _host, _wait: addresses, connect=connect)).say(CONNECT)

    assert talk.answer.startswith(b"HTTP/1.1 403 ")
    assert talk.attempts[0].refused.startswith(f"it leads to {addresses[-1]} (")


def test_the_name_is_looked_up_once_and_that_address_is_used() -> None:
    """An owner who answers 127.0.0.1 the second time gets nowhere."""
    answers = [("127.0.0.1",), ("127.0.0.2",)]
    used: list[str] = []
    with _serving() as server:
        port = server.listener.getsockname()[1]

        def connect(address: str, endpoint: Endpoint) -> socket.socket:
            used.append(address)
            return open_socket(address, Endpoint(endpoint.host, port))

        reach = Reach(resolve=lambda _host, _wait: answers.pop(0), refusal=lambda _address: "", connect=connect)
        Talk(reach).say(CONNECT, wait_for=b"\r\n\r\n")

    assert (used, len(answers)) == (["127.0.0.1"], 1)


def test_a_place_where_nothing_answers_is_said_to() -> None:
    """The program can tell it from a refusal."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    reach = Reach(
        resolve=lambda _host, _wait: ("127.0.0.1",),
        refusal=lambda _address: "",
        connect=lambda address, endpoint: open_socket(address, Endpoint(endpoint.host, port)),
    )
    talk = Talk(reach).say(CONNECT)

    assert talk.answer.startswith(b"HTTP/1.1 502 ")
    assert talk.attempts == (Attempt("api.example.com:443", "nothing answers there"),)


@pytest.mark.parametrize(
    "second",
    [
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_second_request_goes_nowhere(second: bytes, *, together: bool) -> None:
    """It is passed on neither to another host nor to the first one."""
    first = b"POST http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 2\r\n\r\nhi"
    with _serving(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", listens_on=True) as server:
        parts = (first + second,) if together else (first, second)
        Talk(_towards(server)).say(*parts, wait_for=b"" if together else b"200 OK")

    assert len(server.got) == 1
    assert server.got[0].endswith(b"\r\n\r\nhi")
    assert b"evil" not in server.got[0]


@pytest.mark.parametrize(("cap", "whole"), [(100_000, False), (1_000_000, True)])
def test_more_bytes_than_the_cap_end_the_connection(cap: int, *, whole: bool) -> None:
    """The cap holds for each way; under a larger one the same bytes come through."""
    sent = b"x" * 300_000
    with _serving(sent) as server:
        talk = Talk(_towards(server), Caps(bytes_each_way=cap)).say(CONNECT, b"go", wait_for=b"\r\n\r\n")

    assert talk.answer.endswith(sent) == whole
    assert (talk.attempts[-1].refused == "") == whole
    assert len(talk.answer) <= (len(sent) if whole else cap) + 100


def test_a_connection_that_says_nothing_is_ended() -> None:
    """Else it would hold a thread as long as the run; the twin is any test above."""
    ours, theirs = socket.socketpair()
    stop = os.eventfd(0)
    ledger = Ledger(Caps(head_s=0.05))
    with ours:
        Exchange(theirs, GRANT, _nowhere(), ledger, stop).serve()
        assert ours.recv(1) == b""
    os.close(stop)

    assert ledger.attempts == ()


def test_an_idle_tunnel_is_ended() -> None:
    """The same for a place that never answers."""
    with _serving() as server:
        talk = Talk(_towards(server), Caps(idle_s=0.05)).say(CONNECT[:10], CONNECT[10:])

    assert talk.answer.startswith(b"HTTP/1.1 200 ")


def test_what_is_kept_of_a_try_is_printable_short_and_without_passwords() -> None:
    """It is shown on terminals and to agents, and a program chooses it."""
    ledger = Ledger(Caps(attempts=2))
    for target in ("a\x1b[2J\n\u202e" + "x" * 500, "b", "c"):
        ledger.note(target, "no")
    talk = Talk(_nowhere()).say(b"GET http://user:pa55@evil.example/?key=s3cret HTTP/1.1\r\nHost: a\r\n\r\n")

    assert [attempt.target[:14] for attempt in ledger.attempts] == ["a\\x1b[2J\\n\\u20", "b"]
    assert all(attempt.target.isprintable() and len(attempt.target) <= 200 for attempt in ledger.attempts)
    assert [attempt.target for attempt in talk.attempts] == ["evil.example"]
    assert b"pa55" not in talk.answer
