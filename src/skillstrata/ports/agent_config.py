"""Seam: an agent's own configuration, where our hooks and MCP entry are put."""

from dataclasses import dataclass
from typing import Literal, Protocol

Scope = Literal["user", "project"]


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One place of an agent's configuration: what it is, where, and whether a call changed it.

    `instructions` is text to show when the place could not be changed by us (a command to run by hand).
    """

    what: str
    path: str
    changed: bool
    instructions: str = ""
    preview: str = ""


class AgentConfig(Protocol):
    """Installs and removes exactly our entries.

    Promises, checked by tests/contracts/test_agent_config.py:
      - `install` twice changes nothing the second time; foreign hooks, servers, keys and their order stay;
      - a backup of what was there is written before the first change;
      - `uninstall` after `install` gives back the file byte for byte where it was unchanged in between;
      - a file that does not parse is refused with its path and line, and not touched.
    """

    def install(self, *, dry_run: bool = False) -> tuple[ConfigChange, ...]:
        """Put hooks and the MCP entry in place."""
        ...

    def uninstall(self) -> tuple[ConfigChange, ...]:
        """Take our entries out."""
        ...

    def hook_path(self) -> str:
        """Give the installed hook script's absolute path."""
        ...
