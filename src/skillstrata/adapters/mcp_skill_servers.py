"""Skills of MCP servers that a user named, over the extension io.modelcontextprotocol/skills.

In     labels that the user gave, each with a command or an http address
Out    entries as the servers list them, under those labels; bytes at an address
Never  lets a silent, slow or broken server keep the others waiting; believes what a server calls itself
Why    one thread owns every connection: the client's scopes must be left where they were entered
"""

import base64
import binascii
import json
import shlex
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated

import anyio
import anyio.from_thread
import mcp_types
from anyio.lowlevel import EventLoopToken, current_token
from mcp.client.client import Client
from mcp.client.extension import advertise
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteFile, RemoteSkill

EXTENSION = "io.modelcontextprotocol/skills"
_ANSWER_S = 20.0
_AGAIN_S = (0.2, 30.0)
_REFRESH_S = 30.0
_MOST_PAGES = 100
_MOST_ENTRIES = 10_000


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
    skills: list[_Entry]
    next_cursor: str | None = Field(default=None, alias="nextCursor")


_PAGE = TypeAdapter(_Page)


class _ListParams(mcp_types.PaginatedRequestParams):
    """What `skills/list` takes."""


class _ListRequest(mcp_types.Request[_ListParams, str]):
    """A page of skills."""

    method: str = "skills/list"


@dataclass(slots=True)
class _Server:
    """One server: what it offered last, and how to ask it more while it is connected."""

    label: str
    where: str
    entries: tuple[RemoteSkill, ...] = ()
    client: Client | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    again: anyio.Event = field(default_factory=anyio.Event)


class McpSkillServers:
    """Fulfils the RemoteSkillSource port. Nothing is started before the first question."""

    def __init__(self, servers: tuple[tuple[str, str], ...], *, wait_s: float = _ANSWER_S) -> None:
        """Keep the servers; `wait_s` is how long the first question waits for those that have not answered yet."""
        self._servers = tuple(_Server(label, where) for label, where in servers)
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._token: EventLoopToken | None = None
        self._ready = threading.Event()
        self._stop: anyio.Event | None = None
        self._stamp = 0

    def stamp(self) -> int:
        """Give the number of what is offered now; the first question starts the connections."""
        self._start()
        return self._stamp

    def skills(self) -> tuple[RemoteSkill, ...]:
        """Give every entry of every server that has answered."""
        self._start()
        for server in self._servers:
            server.answered.wait(self._wait_s)
        return tuple(entry for server in self._servers for entry in server.entries)

    def read(self, server: str, uri: str, *, max_bytes: int) -> bytes:
        """Give the bytes at an address; raises FileUnreadable."""
        self._start()
        known = next((one for one in self._servers if one.label == server), None)
        client = None if known is None else known.client
        if known is None or client is None:
            raise _unreadable(server, uri, "the server is not connected")
        data = _bytes_of(self._asked(known, uri, client), server, uri)
        if len(data) > max_bytes:
            raise FileUnreadable(
                f"{server} gives more than {max_bytes:,} bytes for {uri}", hint="do not use them", reason="too_large"
            )
        return data

    def close(self) -> None:
        """End every connection; the next question begins anew."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None or self._token is None or self._stop is None:
                return
            # The loop may have ended by itself.
            with suppress(RuntimeError):
                anyio.from_thread.run_sync(self._stop.set, token=self._token)
            thread.join(_ANSWER_S)
            self._ready.clear()
            for server in self._servers:
                server.answered.clear()

    def _asked(self, server: _Server, uri: str, client: Client) -> mcp_types.ReadResourceResult:
        answer: Future[mcp_types.ReadResourceResult] = Future()

        async def work() -> None:
            try:
                with anyio.fail_after(_ANSWER_S):
                    answer.set_result(await client.read_resource(uri, cache_mode="bypass"))
            except (MCPError, OSError, RuntimeError, ValueError, TimeoutError) as error:
                server.again.set()
                answer.set_exception(_unreadable(server.label, uri, str(error) or type(error).__name__))

        try:
            anyio.from_thread.run(work, token=self._token)
            return answer.result(timeout=0)
        except (RuntimeError, Late) as error:
            raise _unreadable(server.label, uri, "the connection is closed") from error

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                # It ends with the process: a server that hangs must not keep it alive.
                self._thread = threading.Thread(target=anyio.run, args=(self._serve,), name="servers", daemon=True)
                self._thread.start()
        self._ready.wait(_ANSWER_S)

    async def _serve(self) -> None:
        self._token, self._stop = current_token(), anyio.Event()
        self._ready.set()
        async with anyio.create_task_group() as tasks:
            for server in self._servers:
                tasks.start_soon(self._follow, server)
            await self._stop.wait()
            tasks.cancel_scope.cancel()

    async def _follow(self, server: _Server) -> None:
        """Stay connected to one server; after a failure wait, each time longer."""
        pause = _AGAIN_S[0]
        while True:
            try:
                async with Client(_place(server.where), extensions=[advertise(EXTENSION)]) as client:
                    server.client = client
                    while True:
                        self._offer(server, await _listed(client, server.label))
                        pause, server.again = _AGAIN_S[0], anyio.Event()
                        with anyio.move_on_after(_REFRESH_S):
                            await server.again.wait()
            except Exception:  # noqa: BLE001 - whatever a server does wrong costs its own skills only
                self._offer(server, ())
            finally:
                server.client = None
            await anyio.sleep(pause)
            pause = min(pause * 2, _AGAIN_S[1])

    def _offer(self, server: _Server, entries: tuple[RemoteSkill, ...]) -> None:
        if entries != server.entries:
            server.entries = entries
            self._stamp += 1
        server.answered.set()


async def _listed(client: Client, label: str) -> tuple[RemoteSkill, ...]:
    found: list[RemoteSkill] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        request = _ListRequest(params=_ListParams(cursor=cursor))
        page = await client.session.send_request(request, _PAGE, request_read_timeout_seconds=_ANSWER_S)
        found += [_entry(label, entry) for entry in page.skills]
        cursor = page.next_cursor
        if cursor is None or len(found) >= _MOST_ENTRIES:
            break
    return tuple(found[:_MOST_ENTRIES])


def _entry(label: str, entry: _Entry) -> RemoteSkill:
    listed = entry.resources if isinstance(entry.resources, list) else []
    files = tuple(RemoteFile(file.uri, file.digest, file.size) for file in listed)
    dynamic = not isinstance(entry.resources, list)
    return RemoteSkill(label, entry.uri, json.dumps(entry.frontmatter), files, dynamic)


def _place(where: str) -> str | StdioServerParameters:
    if where.startswith(("http://", "https://")):
        return where
    program, *words = shlex.split(where)
    return StdioServerParameters(command=program, args=words)


def _bytes_of(result: mcp_types.ReadResourceResult, server: str, uri: str) -> bytes:
    contents = [one for one in result.contents if str(one.uri) == uri]
    if len(contents) != 1:
        raise _unreadable(server, uri, "the answer is about something else")
    content = contents[0]
    if isinstance(content, mcp_types.TextResourceContents):
        return content.text.encode()
    try:
        return base64.b64decode(content.blob, validate=True)
    except binascii.Error as error:
        raise _unreadable(server, uri, "the answer is no base64") from error


def _unreadable(server: str, uri: str, why: str) -> FileUnreadable:
    return FileUnreadable(f"{server} does not give {uri}: {why[:200]}", hint="try again later", reason="missing")
