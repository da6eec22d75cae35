"""Serve one agent over stdin and stdout.

In     JSON-RPC lines on stdin
Out    JSON-RPC lines on stdout, and nothing else there: the transport turns every other write away to stderr
"""

import logging
import sys

import anyio
from mcp.server.lowlevel import NotificationOptions
from mcp.server.stdio import stdio_server

from skillstrata.app.wiring import App
from skillstrata.surfaces.mcp_server.server import build_server


def serve(app: App) -> None:
    """Serve until stdin ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="skillstrata mcp: %(message)s")

    async def until_stdin_ends() -> None:
        server = build_server(app)
        async with stdio_server() as (incoming, outgoing):
            told = NotificationOptions(tools_changed=True, resources_changed=True)
            await server.run(incoming, outgoing, server.create_initialization_options(told))

    anyio.run(until_stdin_ends)
