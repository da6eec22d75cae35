"""A listener on this machine that stands in for a host on the internet, and a way there for the real proxy."""

import contextlib
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

from skillstrata.adapters.network_hosts import open_socket
from skillstrata.adapters.network_proxy import Reach
from skillstrata.records.sandbox_runs import Endpoint

PAGE = b"# the page of the granted host\n"


class Place:
    """Gives a page for a request and an echo for anything else; keeps what came."""

    def __init__(self, listener: socket.socket) -> None:
        self.came: list[bytes] = []
        self._listener = listener
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        """End every connection; may be called twice."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, contextlib.suppress(OSError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        self.came.append(client.recv(65536))
        if self.came[-1].startswith((b"GET ", b"POST ")):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
        else:
            client.sendall(b"echo of " + self.came[-1])


@contextmanager
def listening() -> Generator[Place]:
    """Give a place on the host's loopback, which the real rule for addresses refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(listener)
        try:
            yield place
        finally:
            place.stop()


def way_to(place: Place) -> Reach:
    """Lead every name to the place; all else of the proxy is real."""

    def connect(_address: str, endpoint: Endpoint) -> socket.socket:
        return open_socket("127.0.0.1", Endpoint(endpoint.host, place.port))

    return Reach(resolve=lambda _host, _wait: ("127.0.0.1",), refusal=lambda _address: "", connect=connect)
