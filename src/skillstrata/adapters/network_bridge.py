"""The way from a sandbox's own empty network to the proxy, for the time of one run.

In     a grant; a listening socket that the shim made inside, before the program began
Out    the descriptor to hand to the shim; every attempt, when the run has ended
Never  opens a port on this machine: the socket belongs to the sandbox's network, where nothing but the program is;
       takes a second descriptor, or anything at all once the program runs
Why    a unix socket bound into the sandbox would need calls that reach other sockets too. Here the listener comes
       out over a socket pair that both sides close before the program begins, and we accept on it from outside: no
       process of ours is inside, and no path, port or name exists that another program could use
"""

import contextlib
import importlib
import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, cast

from skillstrata.adapters.network_ledger import Caps, Ledger, Stopped, Waiter
from skillstrata.records.sandbox_runs import Attempt, NetworkGrant

if TYPE_CHECKING:
    from skillstrata.adapters.network_proxy import Exchange, Reach

PROXY_PORT = 3128
_PROXY = "skillstrata.adapters.network_proxy"
_ADDRESS = f"http://127.0.0.1:{PROXY_PORT}"
# Which spelling a program looks at is its own choice; an empty list of exceptions sends everything to the proxy.
VARIABLES = (
    *((name, _ADDRESS) for word in ("http_proxy", "https_proxy", "all_proxy") for name in (word, word.upper())),
    ("no_proxy", ""),
    ("NO_PROXY", ""),
)
_START_S = 60.0
_LOOK_S = 3600.0


class _Proxy(Protocol):
    """What the proxy's module offers; it is imported only for a run with a grant, as h11 costs every other one time."""

    Exchange: "type[Exchange]"
    Reach: "type[Reach]"


class Bridge:
    """The proxy of one run."""

    def __init__(self, grant: NetworkGrant, reach: "Reach | None", caps: Caps) -> None:
        """Make the socket pair; nothing listens yet."""
        self._proxy = cast("_Proxy", importlib.import_module(_PROXY))
        self._grant = grant
        self._reach = reach or self._proxy.Reach()
        self._ledger = Ledger(caps)
        self._outer, self._inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._stop = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._waiter = Waiter(self._stop)
        self._exchanges: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept_all, name="network-proxy", daemon=True)

    @property
    def inner(self) -> int:
        """Give the descriptor that the sandbox inherits."""
        return self._inner.fileno()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Give every try; complete when the bridge has ended."""
        return self._ledger.attempts

    def begin(self) -> None:
        """Start to serve; the sandbox has its own copy of the descriptor by now."""
        self._inner.close()
        self._acceptor.start()

    def end(self) -> None:
        """End every connection and thread; returns when none is left."""
        os.eventfd_write(self._stop, 1)
        if self._acceptor.ident is not None:
            self._acceptor.join()
        for thread in self._exchanges:
            thread.join()
        self._outer.close()
        self._inner.close()
        os.close(self._stop)

    def _accept_all(self) -> None:
        with contextlib.suppress(Stopped, OSError):
            listener = self._received()
            if listener is not None:
                with listener:
                    while True:
                        self._accept_one(listener)

    def _received(self) -> socket.socket | None:
        if not self._waiter.readable(self._outer.fileno(), _START_S):
            return None
        _, fds, _, _ = socket.recv_fds(self._outer, 1, 1, socket.MSG_CMSG_CLOEXEC)
        self._outer.close()
        if not fds:
            return None
        listener = socket.socket(fileno=fds[0])
        if listener.getsockname() != ("127.0.0.1", PROXY_PORT) or not _listens(listener):
            listener.close()
            return None
        listener.setblocking(False)
        return listener

    def _accept_one(self, listener: socket.socket) -> None:
        if not self._waiter.readable(listener.fileno(), _LOOK_S):
            return
        try:
            client, _ = listener.accept()
        except BlockingIOError:
            return
        self._exchanges = [thread for thread in self._exchanges if thread.is_alive()]
        if self._ledger.full or len(self._exchanges) >= self._ledger.caps.connections_at_once:
            self._ledger.note("the proxy", "too many connections")
            client.close()
            return
        exchange = self._proxy.Exchange(client, self._grant, self._reach, self._ledger, self._stop)
        thread = threading.Thread(target=exchange.serve, name="network-proxy-connection", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # this machine has no thread left
            client.close()
            return
        self._exchanges.append(thread)


def _listens(listener: socket.socket) -> bool:
    return listener.type == socket.SOCK_STREAM and bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


@contextmanager
def bridging(
    grant: NetworkGrant | None, reach: "Reach | None" = None, caps: Caps | None = None
) -> Generator[Bridge | None]:
    """Give a bridge for the time of one run, or None where nothing was granted."""
    if grant is None:
        yield None
        return
    bridge = Bridge(grant, reach, caps or Caps())
    try:
        yield bridge
    finally:
        bridge.end()
