"""Who is connected, and telling them that tools or skills changed.

In     connections as they come and go; changes, from the thread that watches
Out    list_changed to each connection, in the way of its protocol era
Never  sends one notice for each of a thousand edits: what changes together is told together
"""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
import anyio.from_thread
import anyio.to_thread
import mcp_types
from anyio.lowlevel import EventLoopToken, current_token
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
)

from skillstrata.app.skill_entries import page_uri
from skillstrata.app.tool_changes import ToolChanges
from skillstrata.records.skill_changes import SkillChange

_TOGETHER_S = 0.05
_MOST_NAMED = 50


@dataclass(eq=False, slots=True)
class Wire:
    """One connection. `client` is the name under which versions are held for it."""

    client: str
    token: EventLoopToken
    news: anyio.Event = field(default_factory=anyio.Event)
    changed: set[str] = field(default_factory=set[str])
    session: ServerSession | None = None


Context = ServerRequestContext[Wire]


class Wires:
    """Every connection of one server."""

    def __init__(self, served: ToolChanges) -> None:
        """Nobody is connected yet."""
        self._served = served
        self._open: list[Wire] = []
        self._numbers = itertools.count(1)
        self._bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self._bus)

    @asynccontextmanager
    async def lifespan(self, _server: Server[Wire]) -> AsyncGenerator[Wire]:
        """Hold one connection; with the last one the watch ends."""
        wire = Wire(f"mcp-{next(self._numbers)}", current_token())
        end = self._served.subscribe(lambda change: _hear(wire, change))
        self._open.append(wire)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._announce, wire)
                yield wire
                tasks.cancel_scope.cancel()
        finally:
            end()
            self._open.remove(wire)
            self._served.leave(wire.client)
            if not self._open:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._served.close)

    async def initialized(self, ctx: Context, _params: mcp_types.NotificationParams) -> None:
        """Remember where a connection of the older era is told of changes."""
        ctx.lifespan_context.session = ctx.session

    async def _announce(self, wire: Wire) -> None:
        while True:
            await wire.news.wait()
            await anyio.sleep(_TOGETHER_S)
            changed, wire.changed, wire.news = wire.changed, set(), anyio.Event()
            if wire.session is not None:
                # A client that went away is told nothing.
                with suppress(Exception):
                    await wire.session.send_tool_list_changed()
                    await wire.session.send_resource_list_changed()
            # Streams of the newer era hang on the server as a whole: one connection speaks for all.
            if self._open and self._open[0] is wire:
                await self._publish(changed)

    async def _publish(self, changed: set[str]) -> None:
        await self._bus.publish(ToolsListChanged())
        await self._bus.publish(ResourcesListChanged())
        for uri in sorted(changed)[:_MOST_NAMED]:
            await self._bus.publish(ResourceUpdated(uri=uri))


def _hear(wire: Wire, change: SkillChange) -> None:
    # Called by the thread that watches; a loop that has ended raises, and there is nobody to tell then.
    ids = (*change.added, *change.changed, *change.removed, *change.rolled_back)
    anyio.from_thread.run_sync(_mark, wire, ids, token=wire.token)


def _mark(wire: Wire, ids: tuple[str, ...]) -> None:
    wire.changed.update(page_uri(one) for one in ids)
    wire.news.set()
