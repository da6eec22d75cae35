"""Composed tools at the counter: listed, found, described, called with progress, questions and an end.

In     arguments as they came over the wire, the connection they came from
Out    results; a question to the client where a call needs leave
Never  keeps the loop waiting; calls past the gate
"""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import anyio
import anyio.from_thread
import anyio.to_thread
import mcp_types
import orjson
from mcp.server.context import ServerRequestContext

from skillstrata.app import json_tools, json_views
from skillstrata.app.callers import session_of
from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.json_texts import json_text, sendable
from skillstrata.app.reports import SearchReport
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import JsonObject
from skillstrata.surfaces.mcp_server.answers import error_body, failed_result, result
from skillstrata.surfaces.mcp_server.approving import Asking
from skillstrata.surfaces.mcp_server.calls import Arguments
from skillstrata.surfaces.mcp_server.composed_tools import Definitions, structured
from skillstrata.surfaces.mcp_server.wires import Wire

BY_CLIENT = "mcp: the client's user"
_RETRY = {"transport": "same", "timeout": "same", "needs_approval": "same", "invalid_arguments": "changed"}
Context = ServerRequestContext[Wire]
Answer = mcp_types.CallToolResult | mcp_types.InputRequiredResult
T = TypeVar("T")


class ComposedDesk:
    """The composed tools: one per process, for all connections."""

    def __init__(self, app: App, served: ServedTools, *, project: Path) -> None:
        """Open nothing yet."""
        self.served = served
        self._app = app
        self._project = project
        self._limiter = anyio.CapacityLimiter(app.settings.calls_parallel)
        self._made: tuple[tuple[ComposedTool, ...], Definitions] | None = None

    async def tools(self) -> list[mcp_types.Tool]:
        """Give the definitions that are listed."""
        return (await self.ask(self._definitions)).listed

    async def tool(self, name: str) -> ComposedTool | None:
        """Give a compiled tool by its wire name, listed or not."""
        return await self.ask(lambda: self.served.tool(name))

    def schema(self, name: str) -> "JsonObject | None":
        """Give the schema of a tool's arguments, for whoever checks headers."""
        tool = self.served.tool(name)
        return None if tool is None else orjson.loads(tool.input_schema)

    async def search(self, query: str, limit: int) -> SearchReport:
        """Find compiled tools for a few words."""
        return await self.ask(lambda: self.served.search(query, limit=limit))

    async def describe(self, name: str) -> JsonObject:
        """Give one tool whole, with an example call."""
        shown = await self.ask(lambda: self.served.shown(name))
        return {**json_tools.shown_json(shown), "example": {"name": name, "arguments": {}}}

    async def call(self, ctx: Context, params: mcp_types.CallToolRequestParams, tool: ComposedTool) -> Answer:
        """Call a tool under its own name."""
        outcome = await self.outcome(ctx, params, self.wish(ctx, tool.name, params.arguments or {}))
        return outcome if isinstance(outcome, mcp_types.InputRequiredResult) else answer(tool, outcome)

    async def call_by_name(
        self, ctx: Context, params: mcp_types.CallToolRequestParams, tool: ComposedTool, arguments: Arguments
    ) -> Answer:
        """Call a tool by `skills_call`, whose results have a form of their own."""
        given = arguments.get("arguments")
        outcome = await self.outcome(ctx, params, self.wish(ctx, tool.name, given if isinstance(given, dict) else {}))
        if isinstance(outcome, mcp_types.InputRequiredResult):
            return outcome
        value = called_json(outcome)
        return result(value) if outcome.fault is None else failed_result(value, error_of(outcome))

    def wish(self, ctx: Context, name: str, arguments: Arguments) -> CallWish:
        """Give the wish of a connection to call a tool."""
        session = session_of(self._app, ctx.lifespan_context.client)
        return CallWish(name, dict(arguments), str(self._project), surface="mcp", session=session)

    async def outcome(
        self, ctx: Context, params: mcp_types.CallToolRequestParams, wish: CallWish
    ) -> CallOutcome | mcp_types.InputRequiredResult:
        """Take a wish to the gate, asking whoever is connected as often as it needs leave."""

        async def decide(grant_id: str, approved: bool) -> None:
            await self.ask(lambda: self.served.decide(grant_id, approved=approved, by=BY_CLIENT))

        return await Asking(ctx, params, functools.partial(self._attempt, ctx, wish), decide).outcome()

    async def _attempt(self, ctx: Context, wish: CallWish) -> CallOutcome:
        """Call once; who gives up ends what was begun."""
        cancel, token = threading.Event(), ctx.lifespan_context.token
        sending, coming = anyio.create_memory_object_stream[tuple[float, float, str]](1_000)

        def heard(item: tuple[float, float, str]) -> None:
            # Nobody waits for progress: what does not fit is not told.
            if sending.statistics().current_buffer_used < sending.statistics().max_buffer_size:
                sending.send_nowait(item)

        def tell(done: float, total: float, said: str) -> None:
            if not cancel.is_set():
                anyio.from_thread.run_sync(heard, (done, total, said), token=token)

        async def forward() -> None:
            async for done, total, said in coming:
                await ctx.session.report_progress(done, total, said)

        outcomes: list[CallOutcome] = []
        async with coming, anyio.create_task_group() as tasks:
            tasks.start_soon(forward)
            try:
                outcomes.append(await self.ask(lambda: self.served.call(wish, cancel=cancel, tell=tell)))
            finally:
                cancel.set()
                sending.close()
        return outcomes[0]

    async def ask(self, work: Callable[[], T]) -> T:
        """Do something in a thread."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)

    def _definitions(self) -> Definitions:
        composed = self.served.composed
        if self._made is None or self._made[0] is not composed:
            self._made = (composed, Definitions(composed, self._app.settings.compose.listed))
        return self._made[1]


def library_answer(outcome: CallOutcome) -> mcp_types.CallToolResult:
    """Give what a program of the library did: the object of `run --json`, also where it failed."""
    if outcome.fault is None:
        return result(outcome.output if isinstance(outcome.output, dict) else {})
    report = cast("JsonObject", orjson.loads(outcome.content) if outcome.content else {})
    return failed_result(report, error_of(outcome))


def answer(tool: ComposedTool, outcome: CallOutcome) -> mcp_types.CallToolResult:
    """Give an outcome as a client gets it: structured content that fits the tool's schema, and the same as text."""
    if outcome.fault is not None:
        return failed_result(json_tools.outcome_json(outcome), error_of(outcome))
    output = sendable(outcome.output)
    text = output if isinstance(output, str) else json_text(output)
    content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(type="text", text=text)]
    return mcp_types.CallToolResult(structured_content=structured(tool, output), content=content)


def error_of(outcome: CallOutcome) -> JsonObject:
    """Give why a call gave nothing, with the next step; each failed step has its line."""
    fault = outcome.fault
    if fault is None:
        return {}
    lines = [f"step {step.id}: {step.status}: {step.error}" for step in outcome.steps if step.error]
    message = "\n".join(dict.fromkeys((fault.message, *lines)))
    hint = fault.hint
    if outcome.approval is not None:
        grant = outcome.approval
        run = f" run={outcome.run_id}" if outcome.run_id else ""
        message = f"approval_required id={grant.id}{run}\n{grant.shown}"
        hint = (
            f"ask the user to run `skillstrata policy approve {grant.id}` in a terminal; then call this tool again "
            "with the same arguments: what is done is not done again"
        )
    code, retry = fault.code or f"tools.{fault.type}", fault.retry or _RETRY.get(fault.type, "never")
    return error_body(code, message, hint, retry)


def called_json(outcome: CallOutcome) -> JsonObject:
    """Give an outcome in the form of `skills_call`."""
    fault, output = outcome.fault, sendable(outcome.output)
    return {
        "status": "ok" if fault is None else "failed",
        "branch": "composed",
        "version": 1,
        "fallback_from": None,
        "outputs": [],
        "text": None if fault is not None else json_text(output),
        "ms": round(outcome.ms, 1),
        "tier": "composed",
        "network": [],
        "error": None,
        "run_id": outcome.run_id,
        "output": output,
        "steps": [json_tools.step_json(step) for step in outcome.steps],
    }


def joined(library: SearchReport, composed: SearchReport, limit: int) -> JsonObject:
    """Give the hits of two searches as one, best first."""
    hits = tuple(sorted((*library.hits, *composed.hits), key=lambda hit: -hit.score)[:limit])
    return json_views.search_json(SearchReport(hits, abstained=not hits))
