"""What one MCP server offers now: its entries, and the SKILL.md of each, within bounds of time, number and bytes.

In     a connected client, what was read before
Out    Offer: the entries whose page is there, their pages, and why others are missing
Never  lets one bad entry, or a server that stops answering, cost what was read already; reads an unchanged page again
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Annotated

import anyio
import mcp_types
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteFile, RemoteSkill

ANSWER_S = 20.0
_MOST_PAGES = 100
_MOST_SKILLS = 500
_MOST_PAGE_BYTES = 4 * 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_AT_ONCE = 8
_MOST_SAID = 200


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _File(_Wire):
    uri: str = Field(max_length=2_000)
    digest: str = Field(max_length=100)
    size: int = Field(ge=0)


class _Entry(_Wire):
    uri: str = Field(max_length=2_000)
    frontmatter: dict[str, object]
    resources: Annotated[list[_File], Field(max_length=1_000)] | str


class _Page(_Wire):
    skills: list[object]
    next_cursor: str | None = Field(default=None, alias="nextCursor")


_PAGE = TypeAdapter(_Page)


class _ListParams(mcp_types.PaginatedRequestParams):
    """What `skills/list` takes."""


class _ListRequest(mcp_types.Request[_ListParams, str]):
    """A page of skills."""

    method: str = "skills/list"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers; `pages` are the bytes of a SKILL.md by its address and digest."""

    entries: tuple[RemoteSkill, ...] = ()
    pages: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    problems: tuple[Diagnostic, ...] = ()


async def offer_of(client: Client, label: str, before: Offer, *, within_s: float = ANSWER_S) -> Offer:
    """Ask a server what it offers, for so long; what is there by then is what it offers."""
    look = _Look(client, label, before)
    with anyio.move_on_after(within_s) as limit:
        await look.list()
        await look.read()
    return look.offer(out_of_time=limit.cancelled_caught)


def unreachable(label: str, why: str) -> Diagnostic:
    """Tell that a server's skills are missing."""
    return Diagnostic("server_unreachable", "warning", f"{label}: {why[:_MOST_SAID]}", path=f"mcp:{label}")


def bytes_of(result: mcp_types.ReadResourceResult, server: str, uri: str) -> bytes:
    """Give the bytes of an answer.

    Raises:
        FileUnreadable: It is about something else, or is no base64.
    """
    contents = [one for one in result.contents if str(one.uri) == uri]
    if len(contents) != 1:
        raise unreadable(server, uri, "the answer is about something else")
    content = contents[0]
    try:
        if isinstance(content, mcp_types.TextResourceContents):
            return content.text.encode()
        return base64.b64decode(content.blob, validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise unreadable(server, uri, "the answer is neither text nor base64") from error


def unreadable(server: str, uri: str, why: str) -> FileUnreadable:
    """Tell that a server does not give a file."""
    return FileUnreadable(f"{server} does not give {uri}: {why[:_MOST_SAID]}", hint="try again later", reason="missing")


class _Look:
    """One look at one server; it may be broken off at any moment."""

    def __init__(self, client: Client, label: str, before: Offer) -> None:
        self._client = client
        self._label = label
        self._before = before
        self._entries: list[RemoteSkill] = []
        self._pages: dict[tuple[str, str], bytes] = {}
        self._problems: list[Diagnostic] = []
        self._done: set[int] = set()
        self._bytes = 0

    async def list(self) -> None:
        """Ask for the list, page by page."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            request = _ListRequest(params=_ListParams(cursor=cursor))
            page = await self._client.session.send_request(request, _PAGE, request_read_timeout_seconds=ANSWER_S)
            for raw in page.skills:
                self._add(raw)
            cursor = page.next_cursor
            if cursor is None:
                return
            if len(self._entries) > _MOST_SKILLS:
                break
        self._note("remote_refused", "its list has no end that we wait for; the first ones are taken")

    async def read(self) -> None:
        """Read the page of each entry, several at once."""
        over = len(self._entries) - _MOST_SKILLS
        if over > 0:
            del self._entries[_MOST_SKILLS:]
            self._note("remote_refused", f"it offers {over} skills more than {_MOST_SKILLS}; they are left out")
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        async with anyio.create_task_group() as tasks:
            for number, entry in enumerate(self._entries):
                tasks.start_soon(self._page, number, entry, limiter)

    def offer(self, *, out_of_time: bool) -> Offer:
        """Give what was read."""
        ready = tuple(entry for number, entry in enumerate(self._entries) if number in self._done)
        problems = list(self._problems)
        if out_of_time:
            problems.append(unreachable(self._label, f"gave {len(ready)} skills and then no answer in time"))
        return Offer(ready, self._pages, tuple(problems))

    def _add(self, raw: object) -> None:
        try:
            entry = _Entry.model_validate(raw)
            frontmatter = json.dumps(entry.frontmatter)
        except (ValidationError, ValueError, RecursionError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
            where = ".".join(str(part) for part in first["loc"])
            self._note("remote_refused", f"an entry is not as the form wants it: {where}: {first['msg']}")
            return
        listed = entry.resources if isinstance(entry.resources, list) else []
        files = tuple(RemoteFile(file.uri, file.digest, file.size) for file in listed)
        dynamic = not isinstance(entry.resources, list)
        self._entries.append(RemoteSkill(self._label, entry.uri, frontmatter, files, dynamic))

    async def _page(self, number: int, entry: RemoteSkill, limiter: anyio.CapacityLimiter) -> None:
        file = next((one for one in entry.files if one.uri == entry.uri), None)
        # What breaks the rules for entries is refused where they are checked, and not asked for.
        if file is not None and file.size <= _MOST_PAGE_BYTES:
            known = self._before.pages.get((file.uri, file.digest))
            if known is None:
                async with limiter:
                    known = await self._asked(file)
            if known is None:
                return
            self._pages[file.uri, file.digest] = known
        self._done.add(number)

    async def _asked(self, file: RemoteFile) -> bytes | None:
        if self._bytes + file.size > _MOST_BYTES:
            self._note("remote_refused", f"{file.uri}: the pages of this server are more than {_MOST_BYTES:,} bytes")
            return None
        self._bytes += file.size
        try:
            data = bytes_of(await self._client.read_resource(file.uri, cache_mode="bypass"), self._label, file.uri)
        except (MCPError, OSError, RuntimeError, ValueError, FileUnreadable) as error:
            self._note("remote_refused", f"{file.uri} is not given: {error}")
            return None
        # One byte more than was promised is enough to be found out.
        return data[: file.size + 1]

    def _note(self, code: str, said: str) -> None:
        if len(self._problems) < _MOST_SKILLS:
            self._problems.append(Diagnostic(code, "error", f"{self._label}: {said[:_MOST_SAID]}"))
