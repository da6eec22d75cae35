"""Seam: the system's own way to start a process when its user logs in."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A unit file: where it is, its text, whether a call changed it, and what is left to do by hand."""

    path: str
    text: str
    changed: bool
    instructions: str = ""


class Services(Protocol):
    """Puts the background process into the user's service manager.

    Promises, checked by tests/contracts/test_services.py:
      - `install` twice changes nothing the second time; `dry_run` writes and starts nothing;
      - `uninstall` takes away the file that `install` wrote, and no file of anybody else;
      - a manager that is missing or refuses costs a line of instructions, never the file.
    """

    def install(self, *, dry_run: bool = False) -> ServiceChange:
        """Write the unit and start it."""
        ...

    def uninstall(self) -> ServiceChange:
        """End it and take the unit away."""
        ...
