"""One configured MCP server: the connection to it, what it offers, the calls that wait for it.

In     a server; jobs, each a call of one of its tools
Out    what it offers now, beside what was pinned; the result of each job
Never  leaves a connection in another task than it was entered in; sends a call twice whose answer was lost
Why    composition.md and mcp.md, "Backend servers": one owner task for each server, persistent, reconnecting
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import cast

import anyio
import anyio.to_thread
import mcp_types
from mcp.client.client import Client
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from skillstrata import __version__
from skillstrata.adapters.foreign_text import shown
from skillstrata.adapters.mcp_answers import Answer, fault_of, result_of
from skillstrata.adapters.mcp_listing import name_of, pinnable
from skillstrata.adapters.mcp_transports import Signs, address, program
from skillstrata.ports.tool_pins import ToolPins
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import ToolFault, ToolResult
from skillstrata.records.tool_servers import PinnedTool, ServerState, ToolServer

_AGAIN_S = (0.2, 30.0)
_START_S = 30.0
_LIST_S = 30.0
_CONNECT_S = 5.0
_REFRESH_S = 300.0
_AT_ONCE = 8
_MOST_PAGES = 100
_MOST_LISTED = 10_000
_ANSWERS: TypeAdapter[Answer] = TypeAdapter(mcp_types.CallToolResult | mcp_types.InputRequiredResult)
_WHO = mcp_types.Implementation(name="skillstrata", version=__version__)


class Job:
    """One call on its way. `result` is set exactly once."""

    def __init__(self, tool: str, arguments: JsonObject, timeout_s: float, *, has_schema: bool) -> None:
        """Describe the call; it has not left yet."""
        self.tool = tool
        self.arguments = arguments
        self.timeout_s = timeout_s
        self.has_schema = has_schema
        self.scope: anyio.CancelScope | None = None
        self.sent = False
        self.result: Future[ToolResult] = Future()

    def end(self, result: ToolResult) -> None:
        """Say what came of it; the first word counts."""
        with suppress(InvalidStateError):
            self.result.set_result(result)

    def leave(self) -> None:
        """Stop working on it; called in the loop."""
        if self.scope is not None:
            self.scope.cancel()


class Link:
    """One server. Its methods run in the backend's loop; its plain fields are read by any thread."""

    def __init__(self, server: ToolServer, pins: ToolPins, environ: Mapping[str, str]) -> None:
        """Keep the server; nothing is started."""
        self.server = server
        self.stamp = 0
        self.state = "broken" if server.problem else "idle" if server.trusted else "untrusted"
        self.reason = server.problem
        self.offered: dict[str, PinnedTool] = {}
        self.held: dict[str, PinnedTool] = {}
        self._pins = pins
        self._environ = environ
        self._seen: tuple[PinnedTool, ...] = ()
        self._client: Client | None = None
        self._mode = "legacy" if server.transport == "stdio" else "auto"
        self.on_answer: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Make what belongs to the loop; called in it, before anything else."""
        self._ready = anyio.Event()
        self._poke = anyio.Event()
        self._limit = anyio.Semaphore(_AT_ONCE, fast_acquire=True)

    @property
    def usable(self) -> bool:
        """Say whether it may be started at all."""
        return self.server.trusted and not self.server.problem

    def told(self) -> ServerState:
        """Describe it as it is now."""
        server, offered, held = self.server, self.offered, self.held
        changed = tuple(sorted(t for t, one in offered.items() if t in held and held[t].digest != one.digest))
        return ServerState(server.label, server.origin, server.scope, self.state, self.reason, len(offered), changed)

    def trouble(self, tool: str) -> str:
        """Give what is wrong with a tool now, as the state of its node: down, gone, changed, or nothing."""
        if not self.usable or self.state != "connected":
            return "down"
        if tool not in self.offered:
            return "gone"
        held = self.held.get(tool)
        return "changed" if held is None or held.digest != self.offered[tool].digest else ""

    def refusal(self, tool: str) -> str:
        """Say why a tool cannot be called now; nothing where it can."""
        label = self.server.label
        match self.trouble(tool):
            case "down":
                return self.why_down()
            case "gone":
                return f"the server {label!r} no longer offers it"
            case "changed":
                return (
                    f"the server {label!r} has changed its definition since it was first seen;"
                    f" `skillstrata tools accept {name_of(label, tool)}` shows the difference and accepts the new one"
                )
            case _:
                return ""

    def why_down(self) -> str:
        """Say why nothing of it can be called."""
        label = self.server.label
        if self.state == "broken":
            return f"the server {label!r} in {self.server.origin} cannot be used: {self.reason}"
        if self.state == "untrusted":
            return f"the server {label!r} comes with the project ({self.server.origin}), which is not trusted"
        if self.state in {"idle", "starting"}:
            return f"the server {label!r} has not answered yet"
        return f"the server {label!r} is down: {self.reason}"

    async def follow(self) -> None:
        """Stay connected; after a failure wait, each time longer."""
        pause = _AGAIN_S[0]
        while True:
            signs, began = Signs(), anyio.current_time()
            try:
                self.state = "starting" if self.state == "idle" else self.state
                await self._connected(signs)
            except Exception as error:  # noqa: BLE001 - whatever a server does wrong costs its own tools only
                if self._client is None:
                    self._fall_back(error)
                self._lost(error, signs)
            finally:
                self._client = None
                self._hold_back()
            if anyio.current_time() - began > _AGAIN_S[1]:
                pause = _AGAIN_S[0]
            await anyio.sleep(pause)
            pause = min(pause * 2, _AGAIN_S[1])

    async def work(self, job: Job) -> None:
        """Make one call."""
        began = time.perf_counter()
        job.scope = scope = anyio.CancelScope(deadline=anyio.current_time() + job.timeout_s)
        try:
            with scope:
                async with self._limit:
                    job.end(await self._answered(job, began))
        except Exception as error:  # noqa: BLE001 - a call that goes wrong is a fault of its result, whatever it was
            self._suspect(error)
            job.end(_failed(fault_of(error), job, began))
        finally:
            # Whatever ended it, somebody waits for a word.
            late = ToolFault(
                "timeout", f"no answer within {job.timeout_s:g} s{'' if job.sent else '; it was never sent'}"
            )
            closed = ToolFault("transport", "the connections were closed before the server answered")
            job.end(_failed(late if scope.cancel_called else closed, job, began))

    def hold(self, pins: tuple[PinnedTool, ...]) -> None:
        """Take over the pins as they are now: another process may have changed them."""
        if pins is not self._seen:
            self._seen = pins
            self.held = {one.tool: one for one in pins if one.server == self.server.label}

    async def _answered(self, job: Job, began: float) -> ToolResult:
        if not self._ready.is_set():
            with anyio.move_on_after(_CONNECT_S):
                await self._ready.wait()
        client, refusal = self._client, self.refusal(job.tool)
        if client is None or refusal:
            why = refusal or self.why_down()
            return _failed(ToolFault("unavailable", why, hint="`skillstrata tools list` tells how each is"), job, began)
        job.sent = True
        answer = await self._sent(client, job)
        found = result_of(answer, has_schema=job.has_schema)
        return ToolResult(found.output, found.content, found.fault, (time.perf_counter() - began) * 1000, sent=True)

    async def _sent(self, client: Client, job: Job) -> Answer:
        # Not the client's own `call_tool`: it checks outputs a second time, a hundred times slower than the gate.
        request = mcp_types.CallToolRequest(
            params=mcp_types.CallToolRequestParams(name=job.tool, arguments=cast("dict[str, object]", job.arguments))
        )
        try:
            return await client.session.send_request(request, _ANSWERS)
        except MCPError as error:
            if error.code != mcp_types.HEADER_MISMATCH:
                raise
        # It was refused before it ran, because the listing that its headers come from is old.
        await self._listed(client)
        return await client.session.send_request(request, _ANSWERS)

    async def _connected(self, signs: Signs) -> None:
        with anyio.fail_after(_START_S) as limit:
            transport = program(self.server, self._environ, signs) if self._is_program else address(self.server)
            # It keeps no answers: a listing has to be what the server says now.
            client = Client(transport, mode=self._mode, client_info=_WHO, message_handler=self._heard, cache=None)
            async with client:
                await self._offer(client)
                limit.deadline = float("inf")
                await self._stay(client, signs)

    async def _stay(self, client: Client, signs: Signs) -> None:
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                await signs.ended.wait()
                self._stale()

            tasks.start_soon(watch)
            tasks.start_soon(self._listen, client)
            while not signs.ended.is_set():
                with anyio.move_on_after(_REFRESH_S):
                    await self._poke.wait()
                if not signs.ended.is_set():
                    with anyio.fail_after(_LIST_S):
                        await self._offer(client)
            raise ConnectionError("its program ended")

    async def _listen(self, client: Client) -> None:
        """Hear of changes where the newer protocol tells them on a stream of its own."""
        if client.protocol_version in MODERN_PROTOCOL_VERSIONS:
            with suppress(ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
                async with client.listen(tools_list_changed=True) as events:
                    async for _ in events:
                        self._stale()

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self._stale()

    def _stale(self) -> None:
        # Until the new list is there, calls wait: the tool may not be the one that was approved.
        self._hold_back()
        self._poke.set()

    def _hold_back(self) -> None:
        # Calls may wait on the event there is: only one that is over is replaced.
        if self._ready.is_set():
            self._ready = anyio.Event()

    def _suspect(self, error: Exception) -> None:
        """Have the connection tried where a call failed in a way that may mean its end; until then, calls wait."""
        is_answer = isinstance(error, ValidationError) or (
            isinstance(error, MCPError) and error.code != mcp_types.CONNECTION_CLOSED
        )
        if not is_answer:
            self._stale()

    async def _offer(self, client: Client) -> None:
        """List, compare with the pins, let calls go on."""
        self._poke = anyio.Event()
        tools, is_cut = await self._listed(client)
        offered, unfit = await anyio.to_thread.run_sync(pinnable, self.server.label, tools, time.time())
        held = await anyio.to_thread.run_sync(self._pins.pin, offered)
        before = (self.state, self.offered, self.held)
        self.offered = {one.tool: one for one in offered}
        self.held = {one.tool: one for one in held}
        left = [f"{unfit:,} of its tools are left out"] if unfit else []
        self.state, self.reason = "connected", "; ".join(left + ["it lists more than is read"] * is_cut)
        self._client = client
        if before != (self.state, self.offered, self.held):
            self.stamp += 1
        if not self._poke.is_set():
            self._ready.set()
        self.on_answer()

    async def _listed(self, client: Client) -> tuple[list[mcp_types.Tool], bool]:
        """Give the tools of every page, and whether there are more than we read."""
        found: list[mcp_types.Tool] = []
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = await client.list_tools(cursor=cursor, cache_mode="bypass")
            found += page.tools
            cursor = page.next_cursor
            if cursor is None or cursor in seen or len(found) >= _MOST_LISTED:
                break
            seen.add(cursor)
        return found, cursor is not None

    def _lost(self, error: Exception, signs: Signs) -> None:
        words = signs.last_words()
        self.state, self.reason = "down", f"{_said(error)}{f'; it last said: {words}' if words else ''}"
        self.stamp += 1
        self.on_answer()

    def _fall_back(self, error: Exception) -> None:
        """Speak the newer protocol next time where a server refused the older one's greeting."""
        inner = _innermost(error)
        if isinstance(inner, MCPError) and inner.code != mcp_types.CONNECTION_CLOSED:
            self._mode = "auto"

    @property
    def _is_program(self) -> bool:
        return self.server.transport == "stdio"


def _failed(fault: ToolFault, job: Job, began: float) -> ToolResult:
    return ToolResult(fault=fault, ms=(time.perf_counter() - began) * 1000, sent=job.sent)


def _innermost(error: BaseException) -> BaseException:
    if isinstance(error, BaseExceptionGroup):
        return _innermost(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return error


def _said(error: Exception) -> str:
    inner = _innermost(error)
    match inner:
        case TimeoutError():
            return f"it did not answer within {_START_S:g} s"
        case StrataError():
            return shown(inner.message, 300)
        case OSError() if inner.strerror:
            name = f": {inner.filename}" if isinstance(inner.filename, str) else ""
            return shown(f"{inner.strerror}{name}", 300)
        case MCPError():
            return shown(inner.message, 300)
        case ValidationError():
            # The client takes a page of tools whole or not at all.
            first = inner.errors(include_input=False, include_url=False)[0]
            return f"its answer is not one of the protocol: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        case _:
            return shown(f"{type(inner).__name__}: {inner}".split("\n", maxsplit=1)[0], 300)
