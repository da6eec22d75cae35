"""Seam: what of this machine may change how a program behaves."""

from typing import Protocol


class MachineStamp(Protocol):
    """Names the state of the system and of programs.

    Promises, checked by tests/contracts/test_machine_stamp.py:
      - the same text while nothing changed, another one after a program was replaced or the system was updated;
      - no program is started; one that is not there is part of the text, never an error.
    """

    def stamp(self, programs: tuple[str, ...]) -> str:
        """Give a short text for the system, the Python that runs us, and these programs (names or absolute paths)."""
        ...
