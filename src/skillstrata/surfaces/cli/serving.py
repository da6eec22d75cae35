"""`mcp`: hand the process over to the MCP server.

In     the app
Out    the Model Context Protocol on stdin and stdout, until stdin ends
Why    the server is another surface, which this one may not know: it is found by its name, like every verb
"""

import contextlib
import gc
import importlib
import signal
import sys
from typing import Protocol, cast

from skillstrata.app.use_cases import daemon_starting
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb

SERVER = "skillstrata.surfaces.mcp_server.stdio"


class Server(Protocol):
    """What the server's module offers."""

    def serve(self, app: App) -> None:
        """Serve until stdin ends."""
        ...


def _server() -> Server:
    # The collector finds nothing in a hundred thousand new classes and functions, and costs a tenth of the start.
    gc.disable()
    server = cast("Server", importlib.import_module(SERVER))
    gc.freeze()
    gc.enable()
    return server


@verb("mcp", examples=("skillstrata mcp", "skillstrata --data-dir ./library mcp"), exits=(65, 75))
@pass_invocation
def mcp(inv: Invocation) -> int:
    """Serve the library to an agent over the Model Context Protocol, on stdin and stdout."""
    if sys.stdin.isatty():
        inv.out().note(
            "Waiting for an MCP client on stdin; `skillstrata init` registers this with your agent. Ctrl-C ends."
        )
    app = inv.app()
    # A server that cannot start the background process serves all the same.
    with contextlib.suppress(StrataError, OSError):
        daemon_starting.start_if_wanted(app)
    # A thread blocked in a read of stdin cannot be interrupted: let Ctrl-C end the process as such.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _server().serve(app)
    return 0
