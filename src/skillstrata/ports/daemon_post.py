"""Seam: where the one background process of a data directory says that it runs, and hears what is asked of it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

Request = Literal["stop", "pause"]


@dataclass(frozen=True, slots=True)
class DaemonState:
    """What the background process says of itself; only `pid` and `started_at_s` are set at its start.

    `doing` is one of waiting and distilling. `fault` is the last thing that went wrong, "" where nothing did since.
    """

    pid: int
    started_at_s: float
    doing: str = "waiting"
    fault: str = ""
    drained: int = 0


class DaemonPost(Protocol):
    """One background process per data directory.

    Promises, checked by tests/contracts/test_daemon_post.py:
      - of two that want the post one gets it, the other raises DaemonRunning, however they were started;
      - after kill -9 of its holder the post is free, and nothing it left is taken for a running process;
      - `state` writes nothing, and gives None when nobody holds the post;
      - a request made while somebody holds the post is given by `asked` once; one made before that, never.
    """

    def held(self) -> AbstractContextManager[None]:
        """Hold the post for the length of a with-block."""
        ...

    def state(self) -> DaemonState | None:
        """Give what the holder last noted, None where nobody holds the post."""
        ...

    def note(self, state: DaemonState) -> None:
        """Say what the holder does."""
        ...

    def is_ours(self) -> bool:
        """Say whether the post still is where it was taken; False when the data directory is gone."""
        ...

    def ask(self, request: Request) -> None:
        """Ask the holder for something."""
        ...

    def asked(self) -> frozenset[Request]:
        """Take the requests made since the last time."""
        ...

    def wait_until_free(self, timeout_s: float) -> bool:
        """Wait for the holder to end; False when it still runs."""
        ...
