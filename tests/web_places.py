"""A web server on this machine that stands in for one on the internet, and a way there for the real client."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from skillstrata.adapters.http_get import WayOut
from skillstrata.adapters.network_hosts import open_socket
from skillstrata.adapters.network_proxy import Reach
from skillstrata.records.sandbox_runs import Endpoint

Serve = Callable[[str, socket.socket], None]


class Web:
    """Answers each request by calling `serve` with its target and its socket; keeps the requests."""

    def __init__(self, listener: socket.socket, serve: Serve) -> None:
        self.came: list[bytes] = []
        self._listener = listener
        self._serve = serve
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.settimeout(10)
                with client, contextlib.suppress(OSError):
                    self.came.append(client.recv(65536))
                    if self.came[-1].startswith(b"GET "):
                        self._serve(self.came[-1].split(b" ")[1].decode(), client)


def page(body: bytes, *, kind: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = "") -> bytes:
    """Write an answer."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


@contextmanager
def serving(serve: Serve) -> Generator[Web]:
    """Give a server on the host's loopback, which the real rule for addresses refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        web = Web(listener, serve)
        try:
            yield web
        finally:
            web.stop()


@contextmanager
def serving_tls(serve: Serve, certificate: str, key: str) -> Generator[Web]:
    """Give a server that talks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as plain, context.wrap_socket(plain, server_side=True) as listener:
        web = Web(listener, serve)
        try:
            yield web
        finally:
            web.stop()


def way_to(web: Web) -> WayOut:
    """Lead every name to the server; all else of the client is real."""

    def connect(_address: str, endpoint: Endpoint) -> socket.socket:
        return open_socket("127.0.0.1", Endpoint(endpoint.host, web.port))

    return WayOut(Reach(resolve=lambda _host, _wait: ("127.0.0.1",), refusal=lambda _address: "", connect=connect))
