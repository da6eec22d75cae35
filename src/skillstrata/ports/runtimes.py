"""Seam: the interpreters that are installed on this machine."""

from typing import Protocol

from skillstrata.records.runtimes import Interpreter, Runtime
from skillstrata.records.sandbox_runs import Check


class Runtimes(Protocol):
    """Finds the interpreters of the runtimes that need no environment of ours.

    Promises, checked by tests/contracts/test_runtimes.py:
      - what `find` gives runs in the sandbox with the folders it names;
      - a runtime that is not installed raises RuntimeMissing, with what to install;
      - no folder is named that holds more than the interpreter's own installation.
    """

    def find(self, runtime: Runtime) -> Interpreter:
        """Give the interpreter of a runtime."""
        ...

    def checks(self) -> tuple[Check, ...]:
        """Say which are there; for `doctor`."""
        ...
