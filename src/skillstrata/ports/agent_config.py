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

    Promises, checked by tests/contracts/test_agent_config*.py:
      - `install` twice changes nothing the second time; foreign hooks, servers, keys and their order stay;
      - a backup of what was there is written before the first change;
      - `uninstall` after `install` gives back the file byte for byte where it was unchanged in between;
      - a file that does not parse is refused with its path and line, and not touched;
      - the hook script stays until the last place that uses it is uninstalled;
      - `put_hook` touches nothing of the agent's.
    """

    def install(self, *, dry_run: bool = False) -> tuple[ConfigChange, ...]:
        """Put hooks and the MCP entry in place."""
        ...

    def uninstall(self) -> tuple[ConfigChange, ...]:
        """Take our entries out."""
        ...

    def hook_path(self) -> str:
        """Give the hook script's absolute path, whether it is there or not."""
        ...

    def put_hook(self) -> str:
        """Write the hook script alone, for agents that are set up by hand; give its absolute path."""
        ...

    def installed(self) -> "tuple[AgentConfig, ...]":
        """Give the configuration of every place, of the user or a project, that uses the hook script."""
        ...
