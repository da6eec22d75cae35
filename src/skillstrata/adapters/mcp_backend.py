"""Every tool of every configured MCP server, as a backend of the capability tree.

In     configured servers, pinned definitions
Out    a node for each tool, also of servers that are down; results of calls
Never  waits for a server longer than its bound; calls a tool whose definition is not the pinned one
Why    one thread owns a loop, the loop one task for each server: a connection must be left where it was entered
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass, replace

import anyio

from skillstrata.adapters.mcp_link import Job, Link
from skillstrata.adapters.mcp_listing import capability_of
from skillstrata.adapters.mcp_transports import depth_of
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.ports.tool_pins import ToolPins
from skillstrata.records.capabilities import Capability
from skillstrata.records.errors import StrataError
from skillstrata.records.tool_calls import ToolCall, ToolFault, ToolResult
from skillstrata.records.tool_servers import PinnedTool, ServerState, ToolDefinitions, ToolServer

_WAIT_S = 5.0
_LOOK_S = 0.02
_GRACE_S = 0.5
_CLOSE_S = 6.0
_MOST_DEPTH = 2
Rows = tuple[Capability, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one node is called: `node` is as it is listed, `problem` is why its definition cannot be used at all."""

    link: Link
    tool: str
    node: Capability
    problem: str = ""


class McpBackend:
    """Fulfils the ToolBackend port. Nothing is started before the first question."""

    def __init__(
        self,
        servers: Callable[[], tuple[ToolServer, ...]],
        pins: ToolPins,
        environ: Mapping[str, str],
        *,
        wait_s: float = _WAIT_S,
    ) -> None:
        """Keep whom to ask.

        Args:
            servers: Reads the configuration; called when the connections are started.
            pins: Definitions as they were first seen, or approved since.
            environ: Variables of this process; programs of servers get a few of them, and those that their entry names.
            wait_s: How long the first question waits for servers that have not answered, all of them together.
        """
        self._servers = servers
        self._pins = pins
        self._environ = dict(environ)
        self._wait_s = wait_s
        self._lock = threading.RLock()
        self._links: tuple[Link, ...] = ()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: anyio.Event | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._answered = threading.Condition()
        self._patient_until = 0.0
        self._made: dict[tuple[str, str, bool], Capability] = {}
        self._nodes: tuple[tuple[object, ...], Rows, dict[str, Entry]] | None = None
        self._listeners: list[Callable[[], None]] = []

    def start(self) -> None:
        """Start connecting; returns at once. A second time does nothing."""
        with self._lock:
            if self._thread is not None:
                return
            too_deep = depth_of(self._environ) >= _MOST_DEPTH
            self._links = () if too_deep else self._idle()
            for link in self._links:
                link.on_answer = self._tell
            running = threading.Event()
            # It ends with the process: a server that hangs must not keep it alive.
            self._thread = threading.Thread(target=anyio.run, args=(self._serve, running), name="mcp", daemon=True)
            self._patient_until = time.monotonic() + self._wait_s
            self._thread.start()
            running.wait(_CLOSE_S)

    def capabilities(self) -> Rows:
        """List the tools, sorted by path; the first time, wait for the servers a moment."""
        self.start()
        with self._answered:
            self._answered.wait_for(self._all_answered, max(0.0, self._patient_until - time.monotonic()))
        return self.known()

    def known(self) -> Rows:
        """List the tools as they are known now; starts nothing and waits for nothing."""
        return self._indexed()[0]

    def states(self) -> tuple[ServerState, ...]:
        """Describe every server as it is now; starts nothing."""
        self._indexed()
        links = self._idle() if self._thread is None else self._links
        return tuple(link.told() for link in links)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, in the backend's thread, whenever a server's tools or state changed; give the end."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def definitions(self, path: str) -> ToolDefinitions:
        """Give the definition of a tool that holds, and the one that its server offers now; None for one there is not.

        To accept the new one, pin just what was shown: what the server offers may have changed again since.
        """
        self.capabilities()
        found = self._indexed()[1].get(path)
        if found is None:
            return ToolDefinitions(None, None)
        link = found.link
        is_there = link.usable and link.state == "connected"
        return ToolDefinitions(link.held.get(found.tool), link.offered.get(found.tool) if is_there else None)

    def call(self, call: ToolCall, cancel: Cancellation) -> ToolResult:
        """Call one tool whose arguments were checked and which policy allows."""
        if self._thread is None:
            self.capabilities()
        found = self._indexed()[1].get(call.path)
        if found is None:
            return _unavailable(f"no configured server has a tool at {call.path}")
        link, loop = found.link, self._loop
        if found.problem or not link.usable or loop is None:
            return _unavailable(found.problem or link.why_down())
        if cancel.is_set():
            return ToolResult(fault=ToolFault("cancelled", "the call was cancelled before it was sent"), sent=False)
        timeout_s = min(call.timeout_s, link.server.timeout_s)
        job = Job(found.tool, call.arguments, timeout_s, has_schema=bool(found.node.output_schema))
        try:
            loop.call_soon_threadsafe(self._pass_on, link, job)
        except RuntimeError:
            return _unavailable("the connections are closed")
        return self._waited(job, loop, cancel)

    def close(self) -> None:
        """End connections and processes; a later call begins anew."""
        with self._lock:
            thread, loop, stop = self._thread, self._loop, self._stop
            self._thread = self._loop = self._nodes = None
            if thread is None or loop is None or stop is None:
                return
            # The loop may have ended by itself.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)
            thread.join(_CLOSE_S)
            self._links = ()

    def _waited(self, job: Job, loop: asyncio.AbstractEventLoop, cancel: Cancellation) -> ToolResult:
        waits = int((job.timeout_s + _GRACE_S) / _LOOK_S) + 1
        for _ in range(waits):
            with suppress(Late):
                return job.result.result(_LOOK_S)
            if cancel.is_set():
                # The first word counts: once the loop leaves the call, it would say that it was too late.
                job.end(ToolResult(fault=ToolFault("cancelled", "the call was cancelled"), sent=job.sent))
                _from_outside(loop, job)
        _from_outside(loop, job)
        return ToolResult(fault=ToolFault("timeout", f"no answer within {job.timeout_s:g} s"), sent=job.sent)

    def _pass_on(self, link: Link, job: Job) -> None:
        if self._stop is None or self._stop.is_set():
            job.end(_unavailable("the connections are closed"))
            return
        # A task of the loop's own: to go through a stream and a group would cost a call a tenth of its time.
        task = asyncio.get_running_loop().create_task(link.work(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, running: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            for link in self._links:
                link.open()
                if link.usable:
                    tasks.start_soon(link.follow)
            running.set()
            await self._stop.wait()
            # Before the connections end: each tells its caller so.
            for task in tuple(self._running):
                task.cancel()
            tasks.cancel_scope.cancel()

    def _all_answered(self) -> bool:
        return all(link.state not in {"idle", "starting"} for link in self._links)

    def _tell(self) -> None:
        with self._answered:
            self._answered.notify_all()
        for listener in tuple(self._listeners):
            listener()

    def _indexed(self) -> tuple[Rows, dict[str, Entry]]:
        """Give the nodes and where each is called, made anew where something changed."""
        with self._lock:
            links = self._links if self._thread is not None else self._idle()
            pins, damage = self._read_pins()
            for link in links:
                link.hold(pins)
            mark = (links, tuple((link.stamp, link.state) for link in links), pins, damage)
            if self._nodes is None or self._nodes[0] != mark:
                rows = _with_aliases([entry for link in links for entry in self._entries(link, damage)])
                self._nodes = (mark, tuple(row.node for row in rows), {row.node.path: row for row in rows})
            return self._nodes[1], self._nodes[2]

    def _read_pins(self) -> tuple[tuple[PinnedTool, ...], str]:
        try:
            return self._pins.pins(), ""
        except StrataError as error:
            return (), error.message

    def _entries(self, link: Link, damage: str) -> list[Entry]:
        """Give a server's tools: what is pinned, whether it is there or not."""
        known = {**link.offered, **link.held}
        return [self._entry(link, pin, damage) for pin in known.values()]

    def _entry(self, link: Link, pin: PinnedTool, damage: str) -> Entry:
        key = (pin.server, pin.digest, link.server.annotations_trusted)
        node = self._made.get(key)
        if node is None:
            node = self._made[key] = capability_of(pin, link.server)
        problem = damage or node.reason
        reason = problem or link.refusal(pin.tool)
        state = "" if problem else link.trouble(pin.tool)
        return Entry(link, pin.tool, replace(node, available=not reason, reason=reason, state=state), problem)

    def _idle(self) -> tuple[Link, ...]:
        return tuple(Link(server, self._pins, self._environ) for server in self._servers())


def _with_aliases(entries: list[Entry]) -> list[Entry]:
    """Add the short names that mean one tool only, and sort by path; of two nodes of one path the first stays."""
    first = {entry.node.path: entry for entry in reversed(entries)}
    names = {path: (entry.tool, f"mcp__{entry.link.server.label}__{entry.tool}") for path, entry in first.items()}
    count = Counter(name for pair in names.values() for name in pair)
    return [
        replace(first[path], node=replace(first[path].node, aliases=tuple(n for n in names[path] if count[n] == 1)))
        for path in sorted(first)
    ]


def _from_outside(loop: asyncio.AbstractEventLoop, job: Job) -> None:
    # The loop may have ended, and the call with it.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(job.leave)


def _unavailable(why: str) -> ToolResult:
    return ToolResult(fault=ToolFault("unavailable", why), sent=False)
