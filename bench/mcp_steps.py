"""What a call through the backend of MCP servers costs, beside one by the client alone.

In     one small server over stdio, started once for each
Out    rows for `python -m bench`
Never  measures the server: both call the same tool of the same program, in turns
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from skillstrata.adapters.mcp_backend import McpBackend
from skillstrata.adapters.tool_pins_file import ToolPinsFile
from skillstrata.records.tool_calls import Caller, ToolCall
from skillstrata.records.tool_servers import ToolServer

_PROGRAM = str(Path(__file__).parents[1] / "tests" / "tool_server.py")
_CALLS, _ROUNDS = 300, 7
_MOST_RATIO, _LEAST_RATE = 1.5, 1_000


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter() - started) / _CALLS


def _through_backend(folder: Path) -> tuple[McpBackend, Callable[[], object]]:
    server = ToolServer("bench", "bench", "own", command=sys.executable, args=(_PROGRAM, "honest"))
    backend = McpBackend(lambda: (server,), ToolPinsFile(folder / "pins.json"), os.environ)
    backend.capabilities()
    asked = ToolCall("mcp/bench/say", {"text": "x"}, Caller("api", str(folder)))
    never = threading.Event()

    def call() -> None:
        if not backend.call(asked, never).ok:
            raise RuntimeError("the call failed")

    return backend, call


def _looped(portal: BlockingPortal, client: Client) -> float:
    async def every() -> float:
        started = time.perf_counter()
        for _ in range(_CALLS):
            await client.call_tool("say", {"text": "x"})
        return (time.perf_counter() - started) / _CALLS

    return portal.call(every)


def _rounds(call: Callable[[], object]) -> list[tuple[float, float, float]]:
    """Take all in turns: a busy moment of the machine then costs each alike."""
    place = StdioServerParameters(command=sys.executable, args=[_PROGRAM, "honest"])
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(place, mode="legacy")) as client:

        def direct() -> None:
            portal.call(client.call_tool, "say", {"text": "x"})

        return [(_seconds(direct), _seconds(call), _looped(portal, client)) for _ in range(_ROUNDS + 1)]


def measure() -> list[dict[str, object]]:
    """Take the measurements."""
    with tempfile.TemporaryDirectory(prefix="skillstrata-bench-") as folder:
        backend, call = _through_backend(Path(folder))
        rounds = _rounds(call)
        backend.close()
    # The first round warms all up. The best of each is what the machine does when nobody else is at work on it.
    alone, ours, looped = (min(row[n] for row in rounds[1:]) for n in (0, 1, 2))
    ratio = ours / alone
    how = f"best of {_ROUNDS} rounds of {_CALLS}, in turns; {ours * 1e6:.0f} µs against {alone * 1e6:.0f} µs of the"
    how += f" client called from a thread, {looped * 1e6:.0f} µs in its own loop"
    return [
        {
            "name": "an MCP step, against a direct call",
            "value": ratio,
            "unit": "x",
            "bound": f"<= {_MOST_RATIO} x",
            "ok": ratio <= _MOST_RATIO,
            "detail": how,
        },
        {
            "name": "MCP steps over stdio",
            "value": 1 / ours,
            "unit": "calls/s",
            "bound": f">= {_LEAST_RATE:,} calls/s",
            "ok": ours <= 1 / _LEAST_RATE,
            "detail": "one after the other, one server",
        },
    ]
