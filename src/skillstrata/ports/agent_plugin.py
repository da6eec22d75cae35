"""Seam: the plugin that brings our hooks, server, skill and commands into an agent's client."""

from pathlib import Path
from typing import Protocol

from skillstrata.records.plugins import PluginBuild


class AgentPlugin(Protocol):
    """Builds the plugin of one agent's client.

    Promises, checked by tests/contracts/test_agent_plugin.py:
      - the same version, program and form give the same bytes;
      - a second build changes nothing, a build of another version leaves no file of the earlier one behind;
      - a folder that holds anything else, or a file of ours that was edited, is refused and left as it is.
    """

    def build(self, folder: Path, *, version: str, program: str, marketplace: bool) -> PluginBuild:
        """Write the plugin.

        Args:
            folder: Where to; made if it is not there.
            version: Of the plugin.
            program: The word or path that starts our program.
            marketplace: Write the entry too by which the folder can be added as a marketplace.

        Raises:
            PluginFolderForeign: The folder is not ours.
            StoreFull: It cannot be written.
        """
        ...
