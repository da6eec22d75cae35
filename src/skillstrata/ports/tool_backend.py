"""Seam: whoever owns tools and can call them."""

from typing import Protocol

from skillstrata.records.capabilities import Capability
from skillstrata.records.tool_calls import ToolCall, ToolResult


class Cancellation(Protocol):
    """Tells that nobody waits for the answer any more; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Say whether it was cancelled."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is cancelled, or so many seconds; say whether it was."""
        ...


class ToolBackend(Protocol):
    """Lists tools and calls them; asks nobody for leave: that was decided before.

    Promises, checked by tests/contracts/test_tool_backend.py:
      - `capabilities` never raises and waits for no server longer than its bound; what is not there now is listed with
        `available=False` and a reason, or not at all;
      - `call` never raises: whatever goes wrong is a fault of the result, within the call's `timeout_s` and a second;
      - a cancelled call ends within a second, and what it started is ended too;
      - an unknown path is the fault `unavailable`, and nothing was sent.
    """

    def capabilities(self) -> tuple[Capability, ...]:
        """List the tools, sorted by path."""
        ...

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Call one tool whose arguments were checked and which policy allows."""
        ...

    def close(self) -> None:
        """End connections and processes; a later call begins anew."""
        ...
