"""Our real MCP server on a port of loopback, run as `python -m tests.e2e.conformance_server DATA_DIR`.

In     a data directory, HOME and CLAUDE_PROJECT_DIR of the environment
Out    one line `http://127.0.0.1:PORT/mcp` on stdout, then the server until stdin ends
Why    the official suite speaks HTTP, and our program serves its agent on stdin and stdout
"""

import contextlib
import os
import socket
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import uvicorn

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.surfaces.mcp_server.server import build_server
from tests.e2e.conformance_tools import with_test_tools


async def _serve(data_dir: Path) -> None:
    app = open_app(load_settings(data_dir=data_dir, config=None, environ=os.environ))
    http = with_test_tools(build_server(app)).streamable_http_app(host="127.0.0.1")
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(http, log_level="error", lifespan="on"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [door])
        sys.stdout.write(f"http://127.0.0.1:{door.getsockname()[1]}/mcp\n")
        sys.stdout.flush()
        await anyio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        server.should_exit = server.force_exit = True


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        anyio.run(_serve, Path(sys.argv[1]))
