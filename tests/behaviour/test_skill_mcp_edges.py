"""Skills over MCP at their edges: cursors that were never given, the top of all addresses, files that change."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from tests.skill_clients import Era, Home, ask
from tests.skill_sources import page

both_eras = pytest.mark.parametrize("era", ["legacy", "auto"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A skill with a file beside it."""
    (tmp_path / "project").mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path / "project"))
    made = Home(tmp_path)
    made.put("report", page("Writes harbour reports."))
    (made.skills / "report" / "refs").mkdir()
    (made.skills / "report" / "refs" / "style.md").write_text("Be short.\n", encoding="utf-8")
    return made


def with_client(home: Home, era: Era, talk: Callable[[Client], Awaitable[None]]) -> None:
    """Talk to a server of a home through the real client."""

    async def run() -> None:
        async with Client(home.server(), mode=era) as client:
            await talk(client)

    anyio.run(run)


@both_eras
@pytest.mark.parametrize("method", ["skills/list", "resources/list", "resources/directory/read"])
def test_a_cursor_that_was_never_given_is_refused(home: Home, era: Era, method: str) -> None:
    """An empty page looks like the end of the list; a page that there is comes."""
    for number in range(51):
        home.put(f"more-{number}")
    behind, second = (base64.urlsafe_b64encode(at).decode() for at in (b"999999", b"50"))
    uri = {"uri": "skill://user/report"} if method == "resources/directory/read" else {}

    async def talk(client: Client) -> None:
        with pytest.raises(MCPError) as refused:
            await ask(client, method, {"cursor": behind, **uri})
        assert refused.value.error.code == mcp_types.INVALID_PARAMS
        assert await ask(client, method, uri or {"cursor": second})

    with_client(home, era, talk)


def test_the_top_of_all_addresses_is_a_folder(home: Home) -> None:
    """Of sources, each of which can be gone into."""

    async def folder(client: Client, uri: str) -> set[str]:
        answer: Any = await ask(client, "resources/directory/read", {"uri": uri})
        return {one["uri"] for one in answer["resources"]}

    async def talk(client: Client) -> None:
        assert await folder(client, "skill://") == {"skill://builtin", "skill://user"}
        assert "skill://user/report" in await folder(client, "skill://user")

    with_client(home, "auto", talk)


def test_a_file_that_changes_within_its_size_has_another_digest(home: Home) -> None:
    """The old one was listed on, and a host that checks it refused the file for ever."""
    file = home.skills / "report" / "refs" / "style.md"

    async def talk(client: Client) -> None:
        for text in ("Be short.\n", "Be great.\n"):
            file.write_text(text, encoding="utf-8")
            answer: Any = await ask(client, "skills/list", {})
            listed = {one["uri"]: one["digest"] for row in answer["skills"] for one in row["resources"]}
            digest = hashlib.sha256(text.encode()).hexdigest()
            assert listed["skill://user/report/refs/style.md"] == f"sha256:{digest}"

    with_client(home, "auto", talk)
