"""Skills over MCP: the extension io.modelcontextprotocol/skills (SEP-2640), and skills as resources.

    skills/list · skills/get · resources/directory/read · resources/list · resources/read

Never  gives a file whose entry does not name it
Why    a host with the extension loads skills by itself, by digest; all others use the tools
"""

import base64
import logging
from collections.abc import Awaitable
from typing import TypeVar, cast
from urllib.parse import unquote

import mcp_types
import orjson
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import Field

from skillstrata.app.skill_entries import OfferedSkill
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.surfaces.mcp_server.skill_desk import (
    SkillDesk,
    file_json,
    listed_resource,
    media_type,
)
from skillstrata.surfaces.mcp_server.wires import Wire

EXTENSION = "io.modelcontextprotocol/skills"
FOLDER = "inode/directory"
_PAGE_SKILLS = 50
# How long an entry may be taken for fresh: files may change at any moment, digests tell.
_TTL_MS = 5_000
_logger = logging.getLogger("skillstrata.mcp")
Context = ServerRequestContext[Wire]
T = TypeVar("T")


class UriParams(mcp_types.RequestParams):
    """What `skills/get` takes."""

    uri: str = Field(max_length=2_000)


class FolderParams(mcp_types.PaginatedRequestParams):
    """What `resources/directory/read` takes."""

    uri: str = Field(max_length=2_000)


class SkillResourcesOverMcp:
    """The handlers; every one answers from the versions that the connection holds on to."""

    def __init__(self, desk: SkillDesk) -> None:
        """Keep whom to ask."""
        self._desk = desk

    def add_to(self, server: Server[Wire]) -> None:
        """Announce the extension and take its methods."""
        server.extensions[EXTENSION] = {"directoryRead": True}
        server.add_request_handler("skills/list", mcp_types.PaginatedRequestParams, self.list_skills)
        server.add_request_handler("skills/get", UriParams, self.get_skill)
        server.add_request_handler("resources/directory/read", FolderParams, self.read_folder)

    async def list_skills(self, ctx: Context, params: mcp_types.PaginatedRequestParams) -> dict[str, object]:
        """List entries, a page at a time."""
        start = _start(params.cursor)
        every = await self._entries(ctx, again=not start)
        _check_start(start, len(every))
        shown = every[start : start + _PAGE_SKILLS]
        page: JsonObject = {"skills": [_entry(one) for one in shown], "ttlMs": _TTL_MS, "cacheScope": "private"}
        if start + _PAGE_SKILLS < len(every):
            page["nextCursor"] = _cursor(start + _PAGE_SKILLS)
        return cast("dict[str, object]", page)

    async def get_skill(self, ctx: Context, params: UriParams) -> dict[str, object]:
        """Give one entry, made anew."""
        found = await _told(self._desk.entry(ctx.lifespan_context.client, params.uri))
        if found is None:
            raise MCPError(mcp_types.INVALID_PARAMS, f"Unknown skill: {params.uri}")
        return {"skill": _entry(found), "ttlMs": _TTL_MS, "cacheScope": "private"}

    async def read_folder(self, ctx: Context, params: FolderParams) -> dict[str, object]:
        """Name what lies right below a folder of a skill."""
        _check_start(_start(params.cursor), 0)
        rows = await _told(self._desk.folder(ctx.lifespan_context.client, params.uri))
        if rows is None:
            raise MCPError(mcp_types.INVALID_PARAMS, f"Not a folder: {params.uri}")
        return {
            "resources": [
                {"uri": uri, "name": unquote(uri.rpartition("/")[2]), "mimeType": FOLDER if below else media_type(uri)}
                for uri, below in rows
            ],
            "ttlMs": _TTL_MS,
            "cacheScope": "private",
        }

    async def list_resources(
        self, ctx: Context, params: mcp_types.PaginatedRequestParams | None
    ) -> mcp_types.ListResourcesResult:
        """List the SKILL.md of every skill."""
        start = _start(params.cursor if params is not None else None)
        every = await self._entries(ctx, again=not start)
        _check_start(start, len(every))
        end = start + _PAGE_SKILLS
        return mcp_types.ListResourcesResult(
            resources=[listed_resource(one) for one in every[start:end]],
            next_cursor=_cursor(end) if end < len(every) else None,
            ttl_ms=_TTL_MS,
        )

    async def read_resource(
        self, ctx: Context, params: mcp_types.ReadResourceRequestParams
    ) -> mcp_types.ReadResourceResult:
        """Give a file that an entry names."""
        uri = str(params.uri)
        contents = await _told(self._desk.contents(ctx.lifespan_context.client, uri))
        if contents is None:
            raise MCPError(mcp_types.INVALID_PARAMS, f"Unknown resource: {uri}")
        return mcp_types.ReadResourceResult(contents=[contents], ttl_ms=_TTL_MS)

    async def _entries(self, ctx: Context, *, again: bool) -> tuple[OfferedSkill, ...]:
        return await _told(self._desk.entries(ctx.lifespan_context.client, again=again))


async def _told(answer: Awaitable[T]) -> T:
    """Wait for an answer; what is wrong is told in the protocol's own way, and nothing of its inside."""
    try:
        return await answer
    except StrataError as error:
        raise MCPError(mcp_types.INTERNAL_ERROR, error.message) from error
    except MCPError:
        raise
    except Exception as error:
        _logger.exception("skills over MCP")
        raise MCPError(mcp_types.INTERNAL_ERROR, "the server failed inside; its log on stderr says where") from error


def _entry(found: OfferedSkill) -> JsonObject:
    entry = found.entry
    return {
        "uri": entry.uri,
        "frontmatter": orjson.loads(entry.frontmatter),
        "resources": [file_json(file) for file in entry.files],
    }


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(b"%d" % start).decode()


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(cursor))
    except ValueError:
        start = -1
    if start <= 0:
        raise MCPError(mcp_types.INVALID_PARAMS, "unknown cursor")
    return start


def _check_start(start: int, length: int) -> None:
    """Refuse a cursor behind the end: it was never given, or the list is another one now."""
    if start and start >= length:
        raise MCPError(mcp_types.INVALID_PARAMS, "unknown cursor; begin with the first page")
