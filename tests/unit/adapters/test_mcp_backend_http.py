"""Servers at an address: the same promises as for programs, on loopback."""

import gzip
import json
import os
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from skillstrata.adapters.mcp_backend import McpBackend
from skillstrata.adapters.tool_pins_file import ToolPinsFile
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult
from skillstrata.records.tool_servers import ToolServer


class Door(ThreadingHTTPServer):
    """A server's port; `tokens` are those that it was sent."""

    tokens: set[str | None]


class Answering(BaseHTTPRequestHandler):
    """The smallest server over streamable HTTP."""

    server: Door

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.add(self.headers["Authorization"])
        if "id" not in asked:
            self._send(202, b"")
            return
        packed = asked["method"] == "tools/call" and asked["params"]["name"] == "packed"
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **_answer(asked)}).encode()
        self._send(200, gzip.compress(body) if packed else body, "gzip" if packed else "")

    def do_GET(self) -> None:
        self._send(405, b"")

    def do_DELETE(self) -> None:
        self._send(200, b"")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""

    def _send(self, status: int, body: bytes, packing: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if packing:
            self.send_header("Content-Encoding", packing)
        self.end_headers()
        self.wfile.write(body)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    names = ("say", "huge", "packed")
    match asked["method"]:
        case "initialize":
            about = {"name": "http", "version": "1"}
            version = asked["params"]["protocolVersion"]
            return {"result": {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}}
        case "tools/list":
            return {"result": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}}
        case "tools/call":
            text = "x" * (20_000_000 if asked["params"]["name"] == "huge" else 3)
            return {"result": {"content": [{"type": "text", "text": text}]}}
        case _:
            return {"error": {"code": -32601, "message": "unknown method"}}


@pytest.fixture
def door() -> Generator[Door]:
    """A server on a port of loopback."""
    server = Door(("127.0.0.1", 0), Answering)
    server.tokens = set()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def backend(door: Door, tmp_path: Path) -> Generator[McpBackend]:
    """A backend over it."""
    url = f"http://127.0.0.1:{door.server_port}/mcp"
    server = ToolServer("web", "test", "user", url=url, headers=(("Authorization", "Bearer k"),), transport="http")
    made = McpBackend(lambda: (server,), ToolPinsFile(tmp_path / "pins.json"), os.environ, wait_s=20.0)
    yield made
    made.close()


def called(backend: McpBackend, tool: str) -> ToolResult:
    """Call a tool."""
    return backend.call(ToolCall(f"mcp/web/{tool}", {}, Caller("cli", "/"), 20.0), threading.Event())


def test_tools_at_an_address_are_listed_and_called_with_its_headers(backend: McpBackend, door: Door) -> None:
    """Every request carries what the entry says."""
    assert [node.name for node in backend.capabilities()] == ["mcp:web/huge", "mcp:web/packed", "mcp:web/say"]
    assert called(backend, "say").output == {"text": "xxx"}
    assert door.tokens == {"Bearer k"}


@pytest.mark.parametrize(("tool", "kind"), [("huge", "limit"), ("packed", "transport")])
def test_a_body_over_the_limit_or_packed_is_not_read(backend: McpBackend, tool: str, kind: str) -> None:
    """A packed body may be a thousand times what it weighs; the connection serves the next call."""
    result = called(backend, tool)

    assert result.fault is not None
    assert result.fault.type == kind
    assert called(backend, "say").ok


def test_nobody_at_the_address_is_a_server_that_is_down(tmp_path: Path) -> None:
    """Bounded by the wait, and told."""
    server = ToolServer("gone", "test", "user", url="http://127.0.0.1:9/mcp", transport="http")
    backend = McpBackend(lambda: (server,), ToolPinsFile(tmp_path / "pins.json"), os.environ, wait_s=20.0)

    assert backend.capabilities() == ()
    assert backend.states()[0].state == "down"
    assert backend.states()[0].reason
    backend.close()
