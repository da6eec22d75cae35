"""Seam: the MCP servers that a user or project configured."""

from pathlib import Path
from typing import Protocol

from skillstrata.records.tool_servers import ToolServer


class ServerList(Protocol):
    """Reads Claude Code's and our own configuration.

    Promises, checked by tests/contracts/test_server_list.py:
      - a broken file or entry costs itself only and is told in `problem`; secrets are never printed;
      - of two servers of one label the nearer wins: local, project, user, plugin, own.
    """

    def servers(self, project: Path) -> tuple[ToolServer, ...]:
        """Give the servers that hold in this project, sorted by label."""
        ...
