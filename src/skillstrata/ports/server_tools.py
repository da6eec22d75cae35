"""Seam: the tools of MCP servers, with their definitions as they were approved and as they are now."""

from typing import Protocol

from skillstrata.ports.tool_backend import ToolBackend
from skillstrata.records.tool_servers import ToolDefinitions


class ServerTools(ToolBackend, Protocol):
    """A backend whose tools somebody else describes.

    Promise, checked by tests/unit/adapters/test_mcp_backend.py: a tool whose definition is not the approved one is
    listed with the approved one and cannot be called.
    """

    def definitions(self, path: str) -> ToolDefinitions:
        """Give the definition of a tool that holds, and the one that its server offers now."""
        ...
