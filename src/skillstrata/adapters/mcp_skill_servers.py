"""Skills of MCP servers that a user named, over the extension io.modelcontextprotocol/skills.

In     labels that the user gave, each with a command or an http address
Out    entries as the servers list them, under those labels; bytes at an address
Never  lets a silent, slow or broken server keep the others waiting; believes what a server calls itself
Why    one thread owns every connection: the client's scopes must be left where they were entered
"""

import atexit
import logging
import os
import shlex
import shutil
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, cast

import anyio
import anyio.from_thread
import mcp_types
from anyio.lowlevel import EventLoopToken, current_token
from mcp.client import Transport
from mcp.client.client import Client
from mcp.client.extension import advertise
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

from skillstrata.adapters.mcp_skill_pages import ANSWER_S, Offer, bytes_of, offer_of, unreachable, unreadable
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteSkill

EXTENSION = "io.modelcontextprotocol/skills"
_AGAIN_S = (0.2, 30.0)
_REFRESH_S = 30.0
_MOST_REFRESH_S = 600.0
# Ends with the thread that started it, however that ends, and then becomes the server.
_GUARD = Path(__file__).with_name("ends_with_parent.py")
# What a library says of a server's lines is not for the terminal.
_SDK_LOG = logging.getLogger("mcp")


@dataclass(slots=True)
class _Server:
    """One server: what it offered last, and how to ask it more while it is connected."""

    label: str
    where: str
    offer: Offer = field(default_factory=Offer)
    client: Client | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    again: anyio.Event = field(default_factory=anyio.Event)


class McpSkillServers:
    """Fulfils the RemoteSkillSource port. Nothing is started before the first question."""

    def __init__(
        self, servers: tuple[tuple[str, str], ...], *, wait_s: float = ANSWER_S, answer_s: float = ANSWER_S
    ) -> None:
        """Keep the servers.

        Args:
            servers: Labels, each with a command or an address.
            wait_s: How long a question waits for all those together that have not answered yet.
            answer_s: What each has for its list and the pages on it; what it gave by then is what it offers.
        """
        _quiet()
        self._servers = tuple(_Server(label, where) for label, where in servers)
        self._wait_s = wait_s
        self._answer_s = answer_s
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._token: EventLoopToken | None = None
        self._ready = threading.Event()
        self._stop: anyio.Event | None = None
        self._stamp = 0
        self._began_s = 0.0

    def stamp(self) -> int:
        """Give the number of what is offered now; the first question starts the connections."""
        self._start()
        return self._stamp

    def skills(self) -> tuple[RemoteSkill, ...]:
        """Give every entry of every server that has answered."""
        self._start()
        # Of the first question on: who is late then is not waited for again.
        until = self._began_s + self._wait_s
        for server in self._servers:
            server.answered.wait(max(0.0, until - time.monotonic()))
        return tuple(entry for server in self._servers for entry in server.offer.entries)

    def hurry(self, most_s: float) -> None:
        """Let questions wait no longer than this."""
        self._wait_s = min(self._wait_s, most_s)

    def problems(self) -> tuple[Diagnostic, ...]:
        """Give why skills of servers are missing."""
        found = [odd for server in self._servers for odd in server.offer.problems]
        found += [unreachable(one.label, "has not answered yet") for one in self._servers if not one.answered.is_set()]
        return tuple(found)

    def page(self, server: str, uri: str) -> bytes:
        """Give the SKILL.md of an entry; raises FileUnreadable."""
        known = next((one for one in self._servers if one.label == server), None)
        pages = {} if known is None else known.offer.pages
        found = next((data for (at, _), data in pages.items() if at == uri), None)
        if found is None:
            raise unreadable(server, uri, "it was not read with the list")
        return found

    def read(self, server: str, uri: str, *, max_bytes: int) -> bytes:
        """Give the bytes at an address; raises FileUnreadable."""
        self._start()
        known = next((one for one in self._servers if one.label == server), None)
        client = None if known is None else known.client
        if known is None or client is None:
            raise unreadable(server, uri, "the server is not connected")
        data = bytes_of(self._asked(known, uri, client), server, uri)
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
            thread.join(ANSWER_S)
            self._ready.clear()
            atexit.unregister(self.close)
            for server in self._servers:
                server.answered.clear()

    def _asked(self, server: _Server, uri: str, client: Client) -> mcp_types.ReadResourceResult:
        answer: Future[mcp_types.ReadResourceResult] = Future()

        async def work() -> None:
            try:
                with anyio.fail_after(ANSWER_S):
                    answer.set_result(await client.read_resource(uri, cache_mode="bypass"))
            except (MCPError, OSError, RuntimeError, ValueError, TimeoutError) as error:
                server.again.set()
                answer.set_exception(unreadable(server.label, uri, str(error) or type(error).__name__))

        try:
            anyio.from_thread.run(work, token=self._token)
            return answer.result(timeout=0)
        except (RuntimeError, Late) as error:
            raise unreadable(server.label, uri, "the connection is closed") from error

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._began_s = time.monotonic()
                # It ends with the process: a server that hangs must not keep it alive.
                self._thread = threading.Thread(target=anyio.run, args=(self._serve,), name="servers", daemon=True)
                self._thread.start()
                # The servers are programs that we started: they go when we go.
                atexit.register(self.close)
        self._ready.wait(ANSWER_S)

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
                with _unheard() as unheard:
                    async with Client(_place(server.where, unheard), extensions=[advertise(EXTENSION)]) as client:
                        server.client = client
                        pause = _AGAIN_S[0]
                        await self._refresh(server, client)
            except Exception as error:  # noqa: BLE001 - whatever a server does wrong costs its own skills only
                self._offer(server, Offer(problems=(unreachable(server.label, _why(error)),)))
            finally:
                server.client = None
            await anyio.sleep(pause)
            pause = min(pause * 2, _AGAIN_S[1])

    async def _refresh(self, server: _Server, client: Client) -> None:
        """Ask one server again and again; one that does not answer in time, less and less often."""
        rest = _REFRESH_S
        while True:
            server.again = anyio.Event()
            offer = await offer_of(client, server.label, server.offer, within_s=self._answer_s)
            slow = any(odd.code == "server_unreachable" for odd in offer.problems)
            rest = min(rest * 2, _MOST_REFRESH_S) if slow else _REFRESH_S
            self._offer(server, offer)
            with anyio.move_on_after(rest):
                await server.again.wait()

    def _offer(self, server: _Server, offer: Offer) -> None:
        is_other = offer != server.offer
        server.offer = offer
        first = not server.answered.is_set()
        server.answered.set()
        if is_other or first:
            self._stamp += 1


def _unheard() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _place(where: str, unheard: TextIO) -> str | Transport:
    if where.startswith(("http://", "https://")):
        return where
    program, *words = shlex.split(where)
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"there is no program {program!r}")
    command = StdioServerParameters(command=found, args=words)
    if sys.platform == "linux":
        command = StdioServerParameters(
            command=sys.executable, args=["-ISs", str(_GUARD), str(os.getpid()), found, *words]
        )
    # What it writes on stderr is not for the terminal of whoever asked for skills.
    return stdio_client(command, errlog=unheard)


def _quiet() -> None:
    """Keep the library's tracebacks about lines that are no messages off the terminal, where nobody listens to it."""
    if not _SDK_LOG.handlers:
        _SDK_LOG.addHandler(logging.NullHandler())


def _why(error: BaseException) -> str:
    """Say what went wrong, of a group the first."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return f"{type(error).__name__}: {error}"
