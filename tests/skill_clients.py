"""A home with skills, and the real MCP client before a server over it.

In     a folder
Out    Home: its skills, its server, what a client is answered
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import mcp_types
from mcp.client.client import Client
from mcp.server.lowlevel import Server
from pydantic import ConfigDict

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.surfaces.mcp_server.server import build_server
from skillstrata.surfaces.mcp_server.wires import Wire
from tests.skill_sources import put

Era = Literal["legacy", "auto"]


class Anything(mcp_types.Result):
    """A result of whatever shape."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class Home:
    """A user's home with skills in the usual place."""

    root: Path
    flags: tuple[tuple[str, str], ...] = ()

    @property
    def skills(self) -> Path:
        """Give the folder of the user's skills."""
        return self.root / ".claude" / "skills"

    def put(self, name: str, text: str | None = None) -> Path:
        """Write a skill, and give its file."""
        return put(self.skills, name, text)

    def app(self) -> App:
        """Open the product for this home alone."""
        environ = {"HOME": str(self.root), "PATH": ""}
        flags = (("skills.watch_interval_s", "0.2"), *self.flags)
        return open_app(load_settings(data_dir=self.root / "data", config=None, environ=environ, flags=flags))

    def server(self) -> Server[Wire]:
        """Make a server."""
        return build_server(self.app())


async def ask(client: Client, method: str, params: Mapping[str, object]) -> dict[str, object]:
    """Send a request that the client has no method for."""

    class Params(mcp_types.RequestParams):
        uri: str | None = None
        cursor: str | None = None

    class Request(mcp_types.Request[Params, str]):
        method: str = ""

    request = Request(method=method, params=Params.model_validate(dict(params)))
    return (await client.session.send_request(request, Anything)).model_dump(by_alias=True)


def text_of(result: mcp_types.CallToolResult) -> str:
    """Give the text that a model sees."""
    block = result.content[0]
    assert isinstance(block, mcp_types.TextContent)
    return block.text
