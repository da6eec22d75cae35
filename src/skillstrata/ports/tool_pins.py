"""Seam: definitions of foreign tools as they were approved."""

from typing import Protocol

from skillstrata.records.tool_servers import PinnedTool


class ToolPins(Protocol):
    """Keeps pins.

    Promises, checked by tests/contracts/test_tool_pins.py:
      - a pin is changed by `repin` alone: a later, other definition under the same name never replaces it;
      - writes are atomic, several processes lose nothing.
    """

    def pin(self, seen: tuple[PinnedTool, ...]) -> tuple[PinnedTool, ...]:
        """Pin what was never seen; give the pins that hold for all of these, in their order."""
        ...

    def repin(self, tool: PinnedTool) -> None:
        """Replace a pin, because a person said so."""
        ...

    def pins(self) -> tuple[PinnedTool, ...]:
        """Give every pin, sorted by server and tool."""
        ...
