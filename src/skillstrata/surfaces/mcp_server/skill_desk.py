"""What the tools and resources for skills do: one question to the skills, in a thread, and its answer.

In     arguments as they came over the wire, the connection they came from
Out    results, definitions with the listing of the moment, entries
Never  opens the skills before somebody asks; keeps the loop waiting
"""

import base64
import logging
import mimetypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
import mcp_types

from skillstrata.app.runtime_session import SkillQuery
from skillstrata.app.skill_entries import PAGE, SCHEME, OfferedSkill, SkillEntries, children
from skillstrata.app.skill_listing import ListingQuestion
from skillstrata.app.use_cases.serving_skills import ServedSkills
from skillstrata.app.wiring import App
from skillstrata.records.catalogues import ListingForm
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.records.remote_skills import RemoteFile
from skillstrata.surfaces.mcp_server.calls import Arguments, checked
from skillstrata.surfaces.mcp_server.skill_tools import (
    CHECKS,
    READ,
    SKILL,
    called_result,
    search_rows,
    skill_tools,
)

# A folder on a network that hangs must not hang the list of tools: a later list has the skills.
_LISTED_WITHIN_S = 5.0
_NOT_YET = "The list of skills is not ready yet; skills_search finds them."
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "application/toml", "image/svg+xml"})
_logger = logging.getLogger("skillstrata.mcp")
T = TypeVar("T")


class SkillDesk:
    """The skills at the counter: one per process, for all connections."""

    def __init__(self, app: App, *, project: Path) -> None:
        """Open nothing yet."""
        servers = app.settings.skills.servers
        # Servers are asked in the background: what they offer comes with a later change.
        remote = app.skill_host.servers(servers, wait_s=0.0) if servers else None
        self.served = ServedSkills(app, SkillQuery(project=project), remote=remote)
        self._app = app
        self._limiter = anyio.CapacityLimiter(app.settings.calls_parallel)
        self._making = threading.Lock()
        self._entries: SkillEntries | None = None

    async def tools(self, client: str) -> list[mcp_types.Tool]:
        """Define the tools; the connection has the versions that are listed from now on."""
        listing, problem = "", _NOT_YET
        try:
            with anyio.move_on_after(_LISTED_WITHIN_S):
                listing = await self._asked(lambda: self._listing(client))
                problem = ""
        except StrataError as error:
            problem = f"Skills cannot be listed: {error.message}"
        except Exception:
            _logger.exception("the listing of skills")
            problem = "Skills cannot be listed; the server's log says why."
        return skill_tools(listing, problem=problem)

    async def answer(self, client: str, name: str, arguments: Arguments) -> mcp_types.CallToolResult:
        """Answer a call of one of the two tools."""
        checked(CHECKS[name], arguments, name, "follow the tool's input schema")
        if name == SKILL:
            skill, args = str(arguments["skill"]), str(arguments.get("args", ""))
            return called_result(await self._asked(lambda: self.served.call(client, skill, args)))
        skill, path = str(arguments["name"]), str(arguments["path"])
        data = await self._asked(lambda: self.served.read(client, skill, path))
        return mcp_types.CallToolResult(content=[_block(f"{SCHEME}{skill}/{quote(path)}", path, data)])

    async def search(self, client: str, request: str, limit: int) -> JsonObject:
        """Propose skills for a request."""
        return search_rows(await self._asked(lambda: self.served.search(client, request, limit=limit)))

    async def entries(self, client: str, *, again: bool = False) -> tuple[OfferedSkill, ...]:
        """Give every skill with its entry; `again` gives the connection the versions of now."""

        def work() -> tuple[OfferedSkill, ...]:
            return self._maker().offered(self.served.offered(client, again=again))

        return await self._asked(work)

    async def entry(self, client: str, uri: str) -> OfferedSkill | None:
        """Give the entry at an address, made anew, or None."""
        found = next((one for one in await self.entries(client) if one.entry.uri == uri), None)
        return None if found is None else await self._asked(lambda: self._maker().again(found))

    async def contents(
        self, client: str, uri: str
    ) -> mcp_types.TextResourceContents | mcp_types.BlobResourceContents | None:
        """Give the file at an address, or None where no entry names it."""
        for found in await self.entries(client):
            if any(file.uri == uri for file in found.entry.files):
                data = await self._asked(lambda found=found: self._maker().read(found, uri))
                return resource_contents(uri, data)
        return None

    async def folder(self, client: str, uri: str) -> tuple[tuple[str, bool], ...] | None:
        """Give what lies right below an address, or None where that is no folder."""
        return children(await self.entries(client), uri)

    def _listing(self, client: str) -> str:
        self.served.watch()
        return self.served.listing(client, ListingQuestion(form=ListingForm.XML)).text

    def _maker(self) -> SkillEntries:
        with self._making:
            if self._entries is None:
                self._entries = SkillEntries(self._app, self.served.session)
            return self._entries

    async def _asked(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)


def resource_contents(uri: str, data: bytes) -> mcp_types.TextResourceContents | mcp_types.BlobResourceContents:
    """Give a file's bytes as text where they are text, byte for byte, and as base64 where not."""
    kind = media_type(uri)
    if kind.startswith("text/") or kind in _TEXTS:
        try:
            return mcp_types.TextResourceContents(uri=uri, mime_type=kind, text=data.decode())
        except UnicodeDecodeError:
            kind = "application/octet-stream"
    return mcp_types.BlobResourceContents(uri=uri, mime_type=kind, blob=base64.b64encode(data).decode())


def media_type(uri: str) -> str:
    """Guess a file's type by its name."""
    name = uri.rpartition("/")[2]
    if name == PAGE or name.endswith(".md"):
        return "text/markdown"
    guessed, coding = mimetypes.guess_type(name)
    if coding:
        return "application/octet-stream"
    return guessed or "text/plain"


def listed_resource(found: OfferedSkill) -> mcp_types.Resource:
    """Give a skill as a resource."""
    page = next(file for file in found.entry.files if file.uri == found.entry.uri)
    return mcp_types.Resource(
        uri=page.uri,
        name=found.name,
        description=found.skill.frontmatter.description,
        mime_type="text/markdown",
        size=page.size,
    )


def file_json(file: RemoteFile) -> JsonObject:
    """Give a file of an entry as it goes over the wire."""
    return {"uri": file.uri, "digest": file.digest, "size": file.size}


def _block(uri: str, path: str, data: bytes) -> mcp_types.ContentBlock:
    contents = resource_contents(path, data)
    if isinstance(contents, mcp_types.TextResourceContents):
        return mcp_types.TextContent(type="text", text=contents.text)
    return mcp_types.EmbeddedResource(type="resource", resource=contents.model_copy(update={"uri": uri}))


NAMES = (SKILL, READ)
