"""One connection of a sandboxed program through the proxy: read one request, decide, connect, pass bytes on.

In     a connected socket of the sandbox, the grant
Out    the granted place's bytes, or an answer that says what to do; one attempt in the ledger
Never  reads a second request; connects to an address it did not check; passes on a head as the program wrote it
Why    two programs that read one request differently are how proxies were deceived. So it is parsed by h11, written
       anew, and only one is taken per connection; the name is looked up once and that very address is used, since its
       owner may answer differently the second time
"""

import re
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import h11

from skillstrata.adapters import network_hosts
from skillstrata.adapters.network_ledger import Ledger, OverCap, Stopped, Waiter
from skillstrata.records.endpoints import NOT_GRANTED, EndpointUnreadable, endpoint_of
from skillstrata.records.sandbox_runs import Endpoint, NetworkGrant

_CHUNK = 64 * 1024
_MAX_WAITING = 256 * 1024
_DRAINED_CHUNKS = 16
_HTTP_PORT = 80
_ABSOLUTE = re.compile(r"http://([^/?#]*)([^#]*)", re.IGNORECASE)
_OURS_TO_SET = frozenset({b"host", b"connection", b"keep-alive", b"te", b"trailer", b"upgrade"})
_CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REASONS = {400: "Bad Request", 403: "Forbidden", 502: "Bad Gateway"}


@dataclass(frozen=True, slots=True)
class Reach:
    """How the proxy finds its way out: look a name up, judge an address, connect to it."""

    resolve: Callable[[str, Callable[[int, float], bool]], tuple[str, ...]] = network_hosts.addresses_of
    refusal: Callable[[str], str] = network_hosts.outside_only
    connect: Callable[[str, Endpoint], socket.socket] = network_hosts.open_socket


class Refused(Exception):
    """A request that is not passed on: the HTTP status, the reason for the record, the next step for the program."""

    def __init__(self, status: int, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class _Wish:
    """One request, understood. `head` is what to send on, None for a tunnel."""

    endpoint: Endpoint
    head: h11.Request | None


class Exchange:
    """Serves one connection to its end."""

    def __init__(self, client: socket.socket, grant: NetworkGrant, reach: Reach, ledger: Ledger, stop: int) -> None:
        """Take the socket over; it is closed at the end."""
        self._client = client
        self._grant = grant
        self._reach = reach
        self._ledger = ledger
        self._waiter = Waiter(stop)
        self._inside = h11.Connection(h11.SERVER, max_incomplete_event_size=ledger.caps.head_bytes)
        self._target = ""
        self._first = bytearray()

    def serve(self) -> None:
        """Serve; whatever goes wrong ends this connection and nothing else."""
        with self._client:
            self._client.setblocking(False)
            try:
                self._serve()
            except Refused as no:
                self._ledger.note(self._target, no.reason)
                self._answer(no)
            except OverCap as cap:
                self._ledger.note(self._target, str(cap))
            except (Stopped, OSError, h11.ProtocolError):
                return

    def _serve(self) -> None:
        request = self._request()
        if request is None:
            return
        wish = self._understood(request)
        if wish.endpoint not in self._grant.endpoints:
            raise Refused(403, NOT_GRANTED, _how_to_grant(wish.endpoint))
        with self._connected(wish.endpoint) as server:
            self._ledger.note(self._target)
            if wish.head is None:
                self._tunnel(server)
            else:
                self._forward(server, wish.head)

    # ---- the request ------------------------------------------------------------------------------------------

    def _request(self) -> h11.Request | None:
        until = time.monotonic() + self._ledger.caps.head_s
        while True:
            try:
                event = self._inside.next_event()
            except h11.RemoteProtocolError as error:
                self._target = _named_in(bytes(self._first))
                raise Refused(400, f"the request cannot be read: {error}") from error
            if isinstance(event, h11.Request):
                return event
            if event is not h11.NEED_DATA or not self._waiter.readable(
                self._client.fileno(), max(0.0, until - time.monotonic())
            ):
                return None
            part = self._client.recv(_CHUNK)
            self._ledger.count("sent", len(part))
            self._first += part[: self._ledger.caps.head_bytes]
            self._inside.receive_data(part)

    def _understood(self, request: h11.Request) -> _Wish:
        target = request.target.decode("ascii")
        self._target = _without_secrets(target)
        try:
            if request.method == b"CONNECT":
                return _Wish(endpoint_of(target, default_port=None), None)
            absolute = _ABSOLUTE.fullmatch(target)
            if absolute is None:
                raise Refused(400, "not a request to a proxy", "Send CONNECT host:port, or a whole http:// address.")
            authority, rest = absolute.groups()
            endpoint = endpoint_of(authority, default_port=_HTTP_PORT)
            self._target = str(endpoint)
            return _Wish(endpoint, _head_for(request, endpoint, rest))
        except EndpointUnreadable as error:
            raise Refused(403, str(error), "Only host names with a port can be reached.") from error

    def _answer(self, no: Refused) -> None:
        text = f"skillstrata: no way to {ascii(self._target)[1:-1]}: {no.reason}\n{no.advice}\n".encode()
        head = (
            f"HTTP/1.1 {no.status} {_REASONS[no.status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        )
        try:
            self._client.sendall(head.encode() + text)
            # What is still unread would turn the end into a reset, and the program would not see the answer.
            self._client.shutdown(socket.SHUT_WR)
            for _ in range(_DRAINED_CHUNKS):
                if not self._waiter.readable(self._client.fileno(), 1.0) or not self._client.recv(_CHUNK):
                    return
        except (OSError, Stopped):
            return

    # ---- the way out ------------------------------------------------------------------------------------------

    def _connected(self, endpoint: Endpoint) -> socket.socket:
        try:
            addresses = self._reach.resolve(endpoint.host, self._waiter.readable)
        except network_hosts.NotReachable as error:
            raise Refused(502, str(error)) from error
        except OSError as error:
            raise Refused(502, f"the name cannot be looked up: {error.strerror}") from error
        for address in addresses:
            kind = self._reach.refusal(address)
            if kind:
                raise Refused(403, f"it leads to {address} ({kind})", "No grant opens this.")
        for address in addresses[: network_hosts.MAX_ADDRESSES]:
            server = self._try(address, endpoint)
            if server is not None:
                return server
        raise Refused(502, "nothing answers there")

    def _try(self, address: str, endpoint: Endpoint) -> socket.socket | None:
        try:
            server = self._reach.connect(address, endpoint)
        except OSError:
            return None
        try:
            server.setblocking(False)
            answered = self._waiter.writable(server.fileno(), self._ledger.caps.connect_s)
            if answered and not server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return server
        except BaseException:
            server.close()
            raise
        server.close()
        return None

    # ---- the bytes --------------------------------------------------------------------------------------------

    def _tunnel(self, server: socket.socket) -> None:
        up = _Flow("sent", self._client, server, waiting=bytearray(self._inside.trailing_data[0]))
        down = _Flow("received", server, self._client, waiting=bytearray(_CONNECTED))
        self._pass_on(up, down)

    def _forward(self, server: socket.socket, head: h11.Request) -> None:
        body = _Body(self._inside, head)
        up = _Flow("sent", self._client, server, convert=body.taken, waiting=bytearray(body.begin()))
        self._pass_on(up, _Flow("received", server, self._client))

    def _pass_on(self, up: "_Flow", down: "_Flow") -> None:
        while not down.over:
            wanted: dict[int, int] = {}
            for flow in (up, down):
                flow.add_wanted(wanted)
            ready = self._waiter.ready(wanted, self._ledger.caps.idle_s)
            if not ready:
                return
            for flow in (up, down):
                flow.step(ready, self._ledger)


@dataclass(slots=True)
class _Flow:
    """Bytes in one direction, held back when the other side does not take them."""

    way: str
    source: socket.socket
    sink: socket.socket
    convert: Callable[[bytes], bytes] = bytes
    waiting: bytearray = field(default_factory=bytearray)
    ended: bool = False
    over: bool = False

    def add_wanted(self, wanted: dict[int, int]) -> None:
        if not self.ended and len(self.waiting) < _MAX_WAITING:
            wanted[self.source.fileno()] = wanted.get(self.source.fileno(), 0) | select.POLLIN
        if self.waiting:
            wanted[self.sink.fileno()] = wanted.get(self.sink.fileno(), 0) | select.POLLOUT

    def step(self, ready: dict[int, int], ledger: Ledger) -> None:
        if ready.get(self.source.fileno()) and not self.ended and len(self.waiting) < _MAX_WAITING:
            self._read(ledger)
        if self.waiting and ready.get(self.sink.fileno()):
            self._write()
        if self.ended and not self.waiting and not self.over:
            self.over = True
            self.sink.shutdown(socket.SHUT_WR)

    def _read(self, ledger: Ledger) -> None:
        try:
            part = self.source.recv(_CHUNK)
        except BlockingIOError:
            return
        ledger.count(self.way, len(part))
        self.ended = not part
        self.waiting += self.convert(part) if part else b""

    def _write(self) -> None:
        try:
            sent = self.sink.send(self.waiting)
        except BlockingIOError:
            return
        del self.waiting[:sent]


class _Body:
    """The one request of a connection, parsed and written anew; what follows it is not passed on."""

    def __init__(self, inside: h11.Connection, head: h11.Request) -> None:
        self._inside = inside
        self._outside = h11.Connection(h11.CLIENT)
        self._head = head
        self._whole = False

    def begin(self) -> bytes:
        """Give the head, and as much of the body as came with it."""
        return (self._outside.send(self._head) or b"") + self._drained()

    def taken(self, part: bytes) -> bytes:
        """Give what goes on of the next bytes of the program."""
        if self._whole:
            raise Stopped  # a second request: whom it is for is not looked at
        self._inside.receive_data(part)
        return self._drained()

    def _drained(self) -> bytes:
        out = b""
        while not self._whole:
            event = self._inside.next_event()
            if isinstance(event, h11.Data):
                out += self._outside.send(event) or b""
            elif isinstance(event, h11.EndOfMessage):
                out += self._outside.send(h11.EndOfMessage()) or b""
                self._whole = True
            else:
                break
        return out


def _head_for(request: h11.Request, endpoint: Endpoint, rest: str) -> h11.Request:
    if request.http_version != b"1.1":
        raise Refused(400, "not HTTP/1.1")
    names = {name for name, _ in request.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        raise Refused(400, "its length is given twice")
    given = [(name, value) for name, value in request.headers.raw_items() if not name.lower().startswith(b"proxy-")]
    kept = [(name, value) for name, value in given if name.lower() not in _OURS_TO_SET]
    host = endpoint.host if endpoint.port == _HTTP_PORT else str(endpoint)
    target = rest if rest.startswith("/") else f"/{rest}"
    headers = [(b"Host", host.encode()), *kept, (b"Connection", b"close")]
    return h11.Request(method=request.method, target=target, headers=headers)


def _how_to_grant(endpoint: Endpoint) -> str:
    return (
        f"The user can grant it once with `skillstrata run NAME --allow-host {endpoint}`, or for every call of a tool"
        f' in config.toml: [network] with NAME = ["{endpoint}"].'
    )


def _without_secrets(target: str) -> str:
    # A user part and a query may hold passwords and keys.
    place = target.partition("://")[2] or target
    return re.split(r"[/?#]", place, maxsplit=1)[0].rpartition("@")[2]


def _named_in(first: bytes) -> str:
    words = first.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return _without_secrets(words[1]) if len(words) > 1 else words[0]
