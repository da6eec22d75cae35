"""Seam: the one way to call a tool, with the policy in front of it. The composed tools' engine sees only this."""

from typing import Protocol

from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.capabilities import Capability
from skillstrata.records.tool_calls import ToolCall, ToolResult


class ToolGate(Protocol):
    """Looks up, checks arguments, decides, writes the audit log, calls, checks the output; in this order.

    Promises, checked by tests/contracts/test_tool_gate.py:
      - nothing is called that policy denies or still asks about; the result is a fault and says what to do;
      - the audit log has the intent before the call and the result after it;
      - arguments and outputs that do not fit the schemas are faults.
    """

    def capability(self, path: str) -> Capability | None:
        """Give the node at a path as it is now; None where there is none."""
        ...

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Call a tool."""
        ...
