"""What one run with a network grant has used so far, and the waiting that ends when the run does.

In     what was tried, how many bytes went each way; a descriptor that becomes readable when the run is over
Out    the attempts, in order; OverCap; Stopped
Never  lets a thread of the proxy wait for anything that the end of the run does not interrupt
Why    a program in a sandbox decides how often and how much it sends; what it may cost the machine is decided here
"""

import select
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from skillstrata.records.sandbox_runs import Attempt

_SHOWN_CHARS = 200


class Stopped(Exception):
    """The run is over."""


class OverCap(Exception):
    """More than one run may have; the message says of what."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of the network use of one run. Bytes count over all its connections, each way by itself."""

    bytes_each_way: int = 100_000_000
    connections_at_once: int = 64
    attempts: int = 1000
    idle_s: float = 30.0
    head_s: float = 10.0
    connect_s: float = 10.0
    head_bytes: int = 16 * 1024


class Ledger:
    """The account of one run; every thread of its proxy writes here."""

    def __init__(self, caps: Caps) -> None:
        """Begin with nothing used."""
        self.caps = caps
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []
        self._bytes = {"sent": 0, "received": 0}

    def note(self, target: str, refused: str = "") -> None:
        """Keep one try; `target` may be anything a program sent and is kept printable and short."""
        shown = ascii(target)[1:-1][:_SHOWN_CHARS]
        with self._lock:
            if len(self._attempts) < self.caps.attempts:
                self._attempts.append(Attempt(shown, refused))

    def count(self, way: str, size: int) -> None:
        """Count bytes on their way out ("sent") or in ("received").

        Raises:
            OverCap: These are more than the run may have; they must not go on.
        """
        with self._lock:
            self._bytes[way] += size
            over = self._bytes[way] > self.caps.bytes_each_way
        if over:
            raise OverCap(f"more than {self.caps.bytes_each_way} bytes {way} in one run")

    @property
    def full(self) -> bool:
        """Say whether no further try is taken."""
        with self._lock:
            return len(self._attempts) >= self.caps.attempts

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Give every try so far."""
        with self._lock:
            return tuple(self._attempts)


class Waiter:
    """Waits for descriptors, and for the end of the run at the same time."""

    def __init__(self, stop: int) -> None:
        """Take the descriptor that can be read from the end of the run on."""
        self._stop = stop

    def ready(self, wanted: Mapping[int, int], seconds: float) -> dict[int, int]:
        """Wait for any of these events of `poll`; give those that came, none when the time is over.

        Raises:
            Stopped: The run is over.
        """
        waiting = select.poll()
        waiting.register(self._stop, select.POLLIN)
        for fd, events in wanted.items():
            waiting.register(fd, events)
        found = dict(waiting.poll(seconds * 1000))
        if self._stop in found:
            raise Stopped
        return found

    def readable(self, fd: int, seconds: float) -> bool:
        """Wait until something can be read."""
        return bool(self.ready({fd: select.POLLIN}, seconds))

    def writable(self, fd: int, seconds: float) -> bool:
        """Wait until something can be written."""
        return bool(self.ready({fd: select.POLLOUT}, seconds))
