"""Seam: processes of our own program, beside this one."""

from typing import Protocol


class Worker(Protocol):
    """One process that does a part of the work, and ends when it is asked to or when its starter dies."""

    def exit_code(self) -> int | None:
        """Give how it ended, None while it runs; negative for the signal that ended it."""
        ...

    def ask_to_end(self) -> None:
        """Ask it; returns at once."""
        ...

    def end(self, within_s: float) -> int:
        """Ask it, wait so long, then kill it and all it started; gives how it ended."""
        ...


class Processes(Protocol):
    """Starts our own program.

    Promises, checked by tests/contracts/test_processes.py:
      - a detached process outlives its starter and its terminal, and its output goes to a log of bounded size;
      - a worker that is asked to end sees the end of its standard input; so it does when its starter is killed;
      - `end` returns within its time and a moment, whatever the worker does.
    """

    def detach(self, words: tuple[str, ...], *, wait_s: float) -> bool:
        """Start the program on its own; with a time to wait: True once it said that it is ready, False if it ended."""
        ...

    def start(self, words: tuple[str, ...]) -> Worker:
        """Start the program as a worker."""
        ...

    def ready(self) -> None:
        """Say, in a detached process, that it is ready."""
        ...

    def trim_log(self) -> None:
        """Begin a new log, in a detached process, when the old one is long."""
        ...
