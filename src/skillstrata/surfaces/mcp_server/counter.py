"""Who answers what: the library's tools, skills, composed tools, and the tools that make those.

In     a call of any tool, the connection it came from
Out    its result, or a question to the client
Never  answers for a name that nobody has
"""

import functools
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import mcp_types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from skillstrata.app import json_views
from skillstrata.app.capability_reports import CallWish
from skillstrata.app.tool_changes import ToolChanges
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.errors import StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.surfaces.mcp_server import codegen
from skillstrata.surfaces.mcp_server.answers import result
from skillstrata.surfaces.mcp_server.calls import Arguments, Desk, checked
from skillstrata.surfaces.mcp_server.codegen import Codegen
from skillstrata.surfaces.mcp_server.composed_desk import Answer, ComposedDesk, joined, library_answer
from skillstrata.surfaces.mcp_server.skill_desk import NAMES, SkillDesk
from skillstrata.surfaces.mcp_server.skill_tools import INPUTS
from skillstrata.surfaces.mcp_server.tools import (
    BY_NAME,
    CALL,
    CHECKS,
    RESULT_CHECKS,
    SEARCH,
    offered,
)
from skillstrata.surfaces.mcp_server.wires import Wire

_DEFAULT_LIMIT = 5
_COMPOSED = "composed"
_WIRE = "skill_"
_FIRST_COMPILE_S = 20.0
_logger = logging.getLogger("skillstrata.mcp")
Context = ServerRequestContext[Wire]


class Counter:
    """Everything that is offered over one server."""

    def __init__(self, app: App, project: Path) -> None:
        """Open nothing before somebody asks."""
        settings = app.settings
        self.skills = SkillDesk(app, project=project)
        served = ServedTools(app, project, session=lambda: self.skills.served.session)
        self.changes = ToolChanges(
            self.skills.served,
            served,
            compiles=settings.compose.auto,
            interval_s=settings.skills.watch_interval_s,
        )
        self._desk = Desk(app, served, project=project)
        self._composed = ComposedDesk(app, served, project=project)
        self._codegen = Codegen(served, self._composed.ask, self.changes.now)
        self._fixed = offered(networked=any(hosts for _, hosts in settings.network))

    def add_to(self, server: Server[Wire]) -> None:
        """Take the methods that are no tools' calls."""
        self._codegen.add_to(server)

    async def tools(self, client: str) -> list[mcp_types.Tool]:
        """List every tool: those that find and call others first, as a client may read the first page alone."""
        skills = await self.skills.tools(client)
        composed: list[mcp_types.Tool] = []
        try:
            composed = await self._composed.tools()
            await self._composed.ask(self.changes.watch)
        except StrataError as error:
            _logger.warning("composed tools are not kept up to date: %s", error.message)
        except Exception:
            # A library of tools that cannot be read must not hide the skills, nor the tools that can be called.
            _logger.exception("the list of composed tools")
        return [*self._fixed, *skills, *codegen.tools(), *composed, *await self._proven()]

    async def _proven(self) -> list[mcp_types.Tool]:
        """List the tools of the library that use has proven; what is wrong with it costs the others nothing."""
        try:
            return await self._desk.listed(await self._composed.ask(self._taken))
        except Exception:
            _logger.exception("the list of the library's tools")
            return []

    def _taken(self) -> frozenset[str]:
        """Give the names that mean another tool than one of the library."""
        composed = (tool.name for tool in self._composed.served.composed)
        return frozenset((*BY_NAME, *NAMES, *codegen.INPUTS, *composed))

    def schema(self, name: str) -> Mapping[str, object] | None:
        """Give the schema of a tool's arguments."""
        if name in BY_NAME:
            return BY_NAME[name].input_schema
        return {**INPUTS, **codegen.INPUTS}.get(name) or self._composed.schema(name) or self._desk.schema(name)

    async def answer(self, ctx: Context, params: mcp_types.CallToolRequestParams) -> Answer:
        """Answer one call.

        Raises:
            MCPError: No tool is called that.
            StrataError: Of whoever answers.
        """
        name, arguments = params.name, params.arguments or {}
        if name in NAMES:
            return await self.skills.answer(ctx.lifespan_context.client, name, arguments)
        if name in codegen.INPUTS:
            return result(await self._codegen.answer(name, arguments))
        if name in BY_NAME:
            checked(CHECKS[name], arguments, name, "follow the tool's input schema")
            return await self._of_library(ctx, params, arguments)
        tool = await self._tool(name)
        if tool is not None:
            return await self._composed.call(ctx, params, tool)
        proven = await self._desk.meant(name)
        if proven is None:
            raise MCPError(mcp_types.INVALID_PARAMS, f"Unknown tool: {name}")
        return await self._called(ctx, params, self._composed.wish(ctx, proven, arguments))

    async def _tool(self, name: str) -> ComposedTool | None:
        tool = await self._composed.tool(name)
        if tool is None and name.startswith(_WIRE):
            # A client that lists nothing first may be here before the skills are compiled.
            await self._composed.ask(self._first_compiled)
            tool = await self._composed.tool(name)
        return tool

    def _first_compiled(self) -> None:
        try:
            self.changes.watch()
            self.changes.compiled(_FIRST_COMPILE_S)
        except StrataError as error:
            _logger.warning("composed tools are not kept up to date: %s", error.message)

    async def _of_library(self, ctx: Context, params: mcp_types.CallToolRequestParams, arguments: Arguments) -> Answer:
        """Answer one of the three tools that find, describe and call others."""
        if params.name == SEARCH:
            value = await self._searched(ctx, arguments)
        else:
            tool = await self._tool(str(arguments["name"]))
            if tool is not None and params.name == CALL:
                return await self._composed.call_by_name(ctx, params, tool, arguments)
            if params.name == CALL:
                return await self._called(ctx, params, self._by_name(ctx, arguments))
            value = await (self._desk.describe(arguments) if tool is None else self._composed.describe(tool.name))
        RESULT_CHECKS[params.name].validate(value)
        return result(value)

    async def _searched(self, ctx: Context, arguments: Arguments) -> JsonObject:
        kind, limit = arguments.get("kind"), arguments.get("limit")
        most, query = int(limit) if isinstance(limit, int | float) else _DEFAULT_LIMIT, str(arguments["query"])
        if kind == "skill":
            return await self.skills.search(ctx.lifespan_context.client, query, most)
        if kind not in (None, _COMPOSED):
            return json_views.search_json(self._desk.search(arguments))
        return joined(self._desk.search(arguments), await self._composed.search(query, most), most)

    def _by_name(self, ctx: Context, arguments: Arguments) -> CallWish:
        given, out_dir = arguments["arguments"], arguments.get("out_dir")
        name = self._desk.own_name(str(arguments["name"]))
        wish = self._composed.wish(ctx, name, given if isinstance(given, dict) else {})
        return replace(wish, out_dir=out_dir if isinstance(out_dir, str) else "")

    async def _called(self, ctx: Context, params: mcp_types.CallToolRequestParams, wish: CallWish) -> Answer:
        """Call a program of the library; how it went may change which of them are listed."""

        async def tell(done: int, total: int, said: str) -> None:
            await ctx.session.report_progress(done, total, said)

        outcome = await self._desk.call(wish, tell, functools.partial(self._composed.outcome, ctx, params))
        if isinstance(outcome, mcp_types.InputRequiredResult):
            return outcome
        await self._composed.ask(self.changes.look_at_list)
        return library_answer(outcome)
