"""Seam: the time."""

from typing import Protocol


class Clock(Protocol):
    """Gives the time, so that tests can set it."""

    def now_s(self) -> float:
        """Give seconds since the epoch."""
        ...
