"""Seam: how busy this machine is, and how far back a process of ours stands."""

from typing import Protocol


class Machine(Protocol):
    """Tells what work in the background must know of the machine.

    Promises, checked by tests/contracts/test_machine.py:
      - nothing is started and no file is written to find out;
      - a place or a figure that the system does not tell is "not busy" and "room enough", never an error;
      - `stand_back` holds for this process and all it starts, and can only lower what they get.
    """

    def load_per_core(self) -> float:
        """Give the processes that wait or run, averaged over the last minute, for each core."""
        ...

    def steady_s(self) -> float:
        """Give seconds of a clock that nobody sets."""
        ...

    def free_bytes(self, folder: str) -> int:
        """Give the room on the disk of a folder."""
        ...

    def stand_back(self, nice: int) -> None:
        """Lower this process to a nice value and, where the system has one, the idle class of its disk."""
        ...
