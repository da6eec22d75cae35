"""Serve one agent over stdin and stdout.

In     JSON-RPC lines on stdin
Out    JSON-RPC lines on stdout, also for a line that holds half of a character; nothing else there: the transport turns
       every other write away to stderr
"""

import json
import logging
import re
import sys
from collections.abc import AsyncIterable

import anyio
import mcp_types
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.lowlevel import NotificationOptions
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from skillstrata.app.wiring import App
from skillstrata.surfaces.mcp_server.server import build_server

_HALVES = re.compile("[\ud800-\udfff]")


def serve(app: App) -> None:
    """Serve until stdin ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="skillstrata mcp: %(message)s")

    async def until_stdin_ends() -> None:
        server = build_server(app)
        async with stdio_server() as (incoming, outgoing), anyio.create_task_group() as tasks:
            mended, reading = anyio.create_memory_object_stream[SessionMessage | Exception](0)
            tasks.start_soon(_pass_on, incoming, mended)
            told = NotificationOptions(tools_changed=True, resources_changed=True)
            await server.run(reading, outgoing, server.create_initialization_options(told))
            tasks.cancel_scope.cancel()

    anyio.run(until_stdin_ends)


async def _pass_on(
    incoming: AsyncIterable[SessionMessage | Exception], mended: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    async with mended:
        async for message in incoming:
            await mended.send(_mended(message) if isinstance(message, ValidationError) else message)


def _mended(error: ValidationError) -> SessionMessage | Exception:
    """Read a line again that holds halves of characters, which JSON may say and no text can hold."""
    said = error.errors(include_url=False)[0].get("input")
    if not isinstance(said, str) or "\\u" not in said:
        return error
    try:
        whole = _HALVES.sub("\ufffd", json.dumps(json.loads(said), ensure_ascii=False))
        return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(whole, by_name=False))
    except (ValueError, RecursionError):
        return error
