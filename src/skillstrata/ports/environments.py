"""Seam: pinned environments for Python bodies."""

from typing import Protocol

from skillstrata.records.environments import Collection, EnvironmentStock
from skillstrata.records.sandbox_runs import Check, Lock, PythonEnvironment

DAY_S = 86_400.0
KEPT_UNUSED_S = 90 * DAY_S


class Environments(Protocol):
    """Locks requirements and builds environments from locks.

    Promises, checked by tests/contracts/test_environments.py and tests/contracts/test_environments_collected.py:
      - `lock` pins every distribution with hashes and names no index address; it raises EnvironmentNeedsNetwork
        when the answer is not in the local cache and installing was not allowed;
      - `build` is idempotent, gives the same key for the same lock, interpreter and platform, and never a
        half-built one;
      - only binary distributions are installed, so nothing of a package runs while it is installed;
      - `collect` takes nothing that was used within the last day, and whoever asks for what it took gets it built anew.
    """

    def lock(self, requirements: tuple[str, ...]) -> Lock:
        """Pin requirements (`beautifulsoup4`, sorted or not)."""
        ...

    def build(self, lock: Lock) -> PythonEnvironment:
        """Give the environment of a lock, building it if it is not there."""
        ...

    def checks(self) -> tuple[Check, ...]:
        """Say whether environments can be built here, and what is kept of them; for `doctor`."""
        ...

    def kept(self) -> EnvironmentStock:
        """List what is kept, the longest unused first."""
        ...

    def collect(
        self, *, unused_for_s: float = KEPT_UNUSED_S, most_bytes: int | None = None, dry_run: bool = False
    ) -> Collection:
        """Remove what nobody used for so long, and then, the longest unused first, what is beyond a size."""
        ...

    def collect_daily(self) -> Collection | None:
        """Do the same with the defaults, once a day; None where it was done today already."""
        ...
