"""Five hundred edits of skills while eight clients, each with a server process of its own, call them all the time."""

import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.skill_clients import Home
from tests.skill_load import Load, lay_out, under_load

BOUND_S = 60.0


def test_five_hundred_edits_and_eight_clients_without_one_error(tmp_path: Path) -> None:
    """Through pipes, processes and the real watch of the system; it ends within its bound or fails."""
    home = Home(tmp_path)
    lay_out(home)
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "SKILLSTRATA_DAEMON": "0",
        "CLAUDE_PROJECT_DIR": str(tmp_path),
    }
    words = ["-m", "skillstrata", "--data-dir", str(tmp_path / "data"), "mcp"]

    def connect() -> AbstractAsyncContextManager[Client]:
        return Client(StdioServerParameters(command=sys.executable, args=words, env=environ), mode="legacy")

    async def run() -> Load:
        with anyio.fail_after(BOUND_S):
            return await under_load(home, [connect] * 8, 500)

    load = anyio.run(run)

    assert load.wrong == []
    assert load.answers > 1_000
    assert len(load.versions) > 20
