"""One GET over a connection to exactly the address that was checked.

In     an http or https URL, the way out
Out    status, headers, body; a redirect is given, not followed
Never  connects to an address it did not check; reads more than its bound or longer than its time; sends credentials
Why    the name is looked up once and that very address is used: whoever owns it may answer differently the next time
"""

import os
import re
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from urllib.parse import SplitResult, quote, urlsplit

import h11

from skillstrata.adapters.network_hosts import NotReachable
from skillstrata.adapters.network_proxy import Reach
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.sandbox_runs import Endpoint

_T = TypeVar("_T")
_CHUNK = 64 * 1024
_HEAD_BYTES = 64 * 1024
_LOOK_EVERY_S = 0.1
_PORTS = {"http": 80, "https": 443}
_LEAST_PORT = 1024
_HOST = re.compile(
    r"(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?"
)
_ADDRESS = re.compile(r"[0-9a-f:.]+")
_SAFE = "/%:@!$&'()*+,;=~-._?[]"
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")


class UrlRefused(Exception):
    """A URL that is not fetched: not http, with credentials, or a place that may not be reached."""


class GetFailed(Exception):
    """No answer. `kind` is transport, timeout, cancelled or limit; `sent` says that the request had left."""

    def __init__(self, kind: str, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Address:
    """A URL, understood: everything is ASCII, the host in lower case."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Give host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Give a header by its name in lower case, "" where there is none."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one GET may take: bytes of body, the moment (monotonic) it must be over by, and the cancellation."""

    most_bytes: int
    until: float
    cancel: Cancellation


@dataclass(frozen=True, slots=True)
class WayOut:
    """How the outside is reached, and whose certificates are believed."""

    reach: Reach = field(default_factory=Reach)
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context


def address_of(text: str) -> Address:
    """Understand a URL.

    Raises:
        UrlRefused: It is none that is fetched.
    """
    if _UNPRINTABLE.search(text):
        raise UrlRefused("a URL holds no spaces, backslashes or control characters")
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError as error:
        raise UrlRefused(f"not a URL: {error}") from error
    if split.scheme not in _PORTS:
        raise UrlRefused(f"the scheme {split.scheme!r} is not http or https")
    if split.username is not None or split.password is not None:
        raise UrlRefused("a URL with a user or a password in it is not fetched")
    host = _host_of(split)
    port = _PORTS[split.scheme] if port is None else port
    if port < _LEAST_PORT and port not in _PORTS.values():
        raise UrlRefused(f"port {port} belongs to another service")
    query = f"?{quote(split.query, safe=_SAFE)}" if split.query else ""
    return Address(split.scheme, host, port, (quote(split.path, safe=_SAFE) or "/") + query)


def _host_of(split: SplitResult) -> str:
    host = (split.hostname or "").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise UrlRefused(f"the host {host!r} cannot be written in ASCII") from error
    if not (_HOST.fullmatch(host) or (":" in host and _ADDRESS.fullmatch(host))):
        raise UrlRefused(f"{host!r} is not a host name")
    return host.removesuffix(".")


def get(address: Address, bounds: Bounds, way: WayOut) -> Answer:
    """Fetch one address.

    Raises:
        UrlRefused: The place it leads to may not be reached.
        GetFailed: No whole answer came.
    """
    exchange = _Exchange(bounds)
    checked = _checked_address(address, bounds, way.reach)
    with exchange.connected(checked, address, way) as link:
        try:
            return exchange.answer(link, address)
        except h11.RemoteProtocolError as error:
            raise GetFailed("transport", f"{address.host} does not answer in HTTP: {error}", sent=True) from error
        except (OSError, ssl.SSLError) as error:
            raise GetFailed("transport", f"{address.host}: {error.strerror or error}", sent=True) from error


def _checked_address(address: Address, bounds: Bounds, reach: Reach) -> str:
    def wait(fd: int, seconds: float) -> bool:
        return _wait(fd, select.POLLIN, Bounds(0, min(bounds.until, time.monotonic() + seconds), bounds.cancel))

    literal = ":" in address.host
    try:
        found = (address.host,) if literal else reach.resolve(address.host, wait)
    except NotReachable as error:
        _still_wanted(bounds)
        raise GetFailed("transport", f"{address.host}: {error}") from error
    refused = [(one, reach.refusal(one)) for one in found]
    # One refused address among good ones is a name that means to get in: none of them is used.
    for one, why in refused:
        if why:
            raise UrlRefused(f"{address.host} leads to {one} ({why}), which no tool may reach")
    if not found:
        raise GetFailed("transport", f"{address.host} has no address")
    return found[0]


def _still_wanted(bounds: Bounds) -> None:
    if bounds.cancel.is_set():
        raise GetFailed("cancelled", "cancelled while it was fetched", sent=True)
    if time.monotonic() >= bounds.until:
        raise GetFailed("timeout", "no whole answer in time", sent=True)


def _wait(fd: int, event: int, bounds: Bounds) -> bool:
    poll = select.poll()
    poll.register(fd, event)
    while not bounds.cancel.is_set():
        left = bounds.until - time.monotonic()
        if left <= 0:
            return False
        if poll.poll(min(left, _LOOK_EVERY_S) * 1000):
            return True
    return False


def _require_open(link: socket.socket) -> None:
    fault = link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if fault:
        raise OSError(fault, os.strerror(fault))


class _Exchange:
    """One request and its answer on one socket that never blocks."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    def connected(self, checked: str, address: Address, way: WayOut) -> socket.socket:
        try:
            plain = way.reach.connect(checked, Endpoint(address.host, address.port))
        except OSError as error:
            raise GetFailed("transport", f"{address.host}: {error.strerror or error}") from error
        link = plain
        try:
            self._ready(plain, select.POLLOUT)
            _require_open(plain)
            if address.scheme == "https":
                context = way.tls()
                link = context.wrap_socket(plain, server_hostname=address.host, do_handshake_on_connect=False)
                self._stepped(link, link.do_handshake, select.POLLIN)
        except (OSError, ssl.SSLError) as error:
            link.close()
            raise GetFailed("transport", f"{address.host}: {error.strerror or error}") from error
        except BaseException:
            link.close()
            raise
        return link

    def answer(self, link: socket.socket, address: Address) -> Answer:
        wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        headers = [
            ("Host", address.authority),
            ("User-Agent", "skillstrata"),
            ("Accept", "text/*, application/json, application/xml;q=0.9, */*;q=0.5"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        request = h11.Request(method="GET", target=address.target, headers=headers)
        self._send(link, (wire.send(request) or b"") + (wire.send(h11.EndOfMessage()) or b""))
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(self._received(link))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._bounds.most_bytes:
                    raise GetFailed("limit", f"more than {self._bounds.most_bytes:,} bytes", sent=True)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) and head is not None:
                named = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in head.headers)
                return Answer(head.status_code, named, bytes(body))

    def _received(self, link: socket.socket) -> bytes:
        return self._stepped(link, lambda: link.recv(_CHUNK), select.POLLIN)

    def _send(self, link: socket.socket, data: bytes) -> None:
        # The whole request is a few kilobytes at most, which any socket takes at once or after one wait.
        sent = 0
        while sent < len(data):
            sent += self._stepped(link, partial(link.send, data[sent:]), select.POLLOUT)

    def _stepped(self, link: socket.socket, step: Callable[[], _T], event: int) -> _T:
        while True:
            _still_wanted(self._bounds)
            try:
                return step()
            except ssl.SSLWantReadError:
                self._ready(link, select.POLLIN)
            except ssl.SSLWantWriteError:
                self._ready(link, select.POLLOUT)
            except BlockingIOError:
                self._ready(link, event)

    def _ready(self, link: socket.socket, event: int) -> None:
        if not _wait(link.fileno(), event, self._bounds):
            _still_wanted(self._bounds)
            raise GetFailed("timeout", "no whole answer in time", sent=True)
