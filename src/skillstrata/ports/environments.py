"""Seam: pinned environments for Python bodies."""

from typing import Protocol

from skillstrata.records.sandbox_runs import Check, Lock, PythonEnvironment


class Environments(Protocol):
    """Locks requirements and builds environments from locks.

    Promises, checked by tests/contracts/test_environments.py:
      - `lock` pins every distribution with hashes and names no index address; it raises EnvironmentNeedsNetwork
        when the answer is not in the local cache and installing was not allowed;
      - `build` is idempotent, gives the same key for the same lock, interpreter and platform, and never a
        half-built one;
      - only binary distributions are installed, so nothing of a package runs while it is installed.
    """

    def lock(self, requirements: tuple[str, ...]) -> Lock:
        """Pin requirements (`beautifulsoup4`, sorted or not)."""
        ...

    def build(self, lock: Lock) -> PythonEnvironment:
        """Give the environment of a lock, building it if it is not there."""
        ...

    def checks(self) -> tuple[Check, ...]:
        """Say whether environments can be built here; for `doctor`."""
        ...
