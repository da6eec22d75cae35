"""A project and a library of small tools, with a server for each session that looks at them.

In     a folder
Out    an App as a session opens it; what a client of a server of its own gave
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import anyio
from mcp.client.client import Client

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.library import render_tool
from skillstrata.records.sandbox_runs import Lock
from skillstrata.surfaces.mcp_server.server import build_server
from tests.fakes.sample_tools import FIXTURE, a_contract, a_draft, a_proof, a_tool, an_entry
from tests.skill_clients import Era

NAME = "html-to-markdown"
PAGE = "<!DOCTYPE html><html><body><h1>Harbour log</h1></body></html>"
T = TypeVar("T")


@dataclass(frozen=True)
class Home:
    """A project, and a library of one small tool."""

    root: Path

    def app(self, session: str = "s1", **settings: str) -> App:
        """Open the product as a session's server does."""
        environ = {"HOME": str(self.root), "PATH": os.environ["PATH"], "CLAUDE_CODE_SESSION_ID": session}
        flags = (("skills.watch_interval_s", "0.2"), *((key, value) for key, value in settings.items()))
        return open_app(load_settings(data_dir=self.root / "data", config=None, environ=environ, flags=flags))

    def put(self, name: str = NAME, *, main: str = "", level: str = "invokable") -> None:
        """Deposit a tool that needs nothing but an interpreter."""
        tool = a_tool(name, a_contract())
        version = tool.branches[0].versions[0]
        version = replace(version, main=main or version.main, lock="", requirements=())
        tool = replace(tool, branches=(replace(tool.branches[0], versions=(version,)),), visibility=level)
        draft = replace(a_draft(), main=version.main, lock=Lock(""))
        files = render_tool(tool, draft=draft, proof=a_proof(), fixtures=(("fresh-1.html", FIXTURE),))
        self.app().library.deposit(name, files, an_entry())

    def with_client(self, era: Era, work: Callable[[Client], Awaitable[T]], session: str = "s1") -> T:
        """Do something with a client of a server of its own."""

        async def run() -> T:
            async with Client(build_server(self.app(session)), mode=era) as client:
                return await work(client)

        return anyio.run(run)


def damaged_catalog(home: Home) -> None:
    """Leave something that is no catalog in its place."""
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (home.root / "data" / name).unlink(missing_ok=True)
    (home.root / "data" / "catalog.db").write_bytes(b"no database" * 400)
