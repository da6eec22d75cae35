"""Skills are edited while eight clients use them: nobody gets an error, half a text, or another skill's text."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import anyio
import pytest
from mcp.client.client import Client

from tests.skill_clients import Era, Home
from tests.skill_load import Connect, Load, lay_out, under_load


def test_eight_clients_of_one_server_and_sixty_edits_without_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both protocol eras at once; tests/soak has five hundred edits and a server for each client."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    home = Home(tmp_path)
    lay_out(home)
    server = home.server()

    def connect(era: Era) -> AbstractAsyncContextManager[Client]:
        return Client(server, mode=era)

    connects: list[Connect] = [partial(connect, "legacy" if number % 2 else "auto") for number in range(8)]

    async def run() -> Load:
        return await under_load(home, connects, 60)

    load = anyio.run(run)

    assert load.wrong == []
    assert load.answers >= 8 * 3
    assert {"last"} < load.versions
