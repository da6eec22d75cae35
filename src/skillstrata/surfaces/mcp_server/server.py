"""The MCP server itself: the official SDK's low-level server over our tools and skills, for both protocol eras.

In     an opened app
Out    a Server that any transport of the SDK can run
Never  prints; lets an exception of ours or its text escape a handler
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import mcp_types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from skillstrata import __version__
from skillstrata.app import json_views
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.surfaces.mcp_server.answers import ServerFault, error_body, error_result, failed_result, result
from skillstrata.surfaces.mcp_server.calls import Arguments, Desk, checked
from skillstrata.surfaces.mcp_server.skill_desk import NAMES, SkillDesk
from skillstrata.surfaces.mcp_server.skill_tools import INPUTS
from skillstrata.surfaces.mcp_server.skills_extension import SkillResourcesOverMcp
from skillstrata.surfaces.mcp_server.tools import (
    BY_NAME,
    CALL,
    CHECKS,
    DESCRIBE,
    INSTRUCTIONS,
    RESULT_CHECKS,
    SEARCH,
    offered,
)
from skillstrata.surfaces.mcp_server.wires import Wire, Wires

# The list of tools holds the listing of skills: a client that kept it would show an edit late, or ask for what is gone.
_FRESH_MS = 0
_DEFAULT_LIMIT = 5
_logger = logging.getLogger("skillstrata.mcp")
Context = ServerRequestContext[Wire]


async def _skills_answered(
    skills: SkillDesk, name: str, arguments: Arguments, ctx: Context
) -> mcp_types.CallToolResult | None:
    """Answer what is about skills; None where it is about tools."""
    client = ctx.lifespan_context.client
    if name in NAMES:
        return await skills.answer(client, name, arguments)
    if name != SEARCH or arguments.get("kind") != "skill":
        return None
    checked(CHECKS[name], arguments, name, "follow the tool's input schema")
    limit = arguments.get("limit")
    most = int(limit) if isinstance(limit, int | float) else _DEFAULT_LIMIT
    value = await skills.search(client, str(arguments["query"]), most)
    RESULT_CHECKS[name].validate(value)
    return result(value)


async def _answered(desk: Desk, name: str, arguments: Arguments, ctx: Context) -> mcp_types.CallToolResult:
    checked(CHECKS[name], arguments, name, "follow the tool's input schema")
    if name == CALL:

        async def tell(done: int, total: int, said: str) -> None:
            await ctx.session.report_progress(done, total, said)

        report = await desk.call(arguments, tell)
        value = json_views.call_json(report)
        if report.unrecorded:
            _logger.warning("a use of %s was not recorded: %s", report.tool, report.unrecorded)
        if report.error is not None:
            problem = report.error
            return failed_result(value, error_body(problem.code, problem.message, problem.hint, problem.retry))
    elif name == DESCRIBE:
        value = await desk.describe(arguments)
    else:
        value = desk.search(arguments)
    RESULT_CHECKS[name].validate(value)
    return result(value)


def _schema_of(name: str) -> Mapping[str, object] | None:
    if name in INPUTS:
        return INPUTS[name]
    tool = BY_NAME.get(name)
    return None if tool is None else tool.input_schema


def build_server(app: App) -> Server[Wire]:
    """Make the server over an app; nothing of library or skills is opened before somebody asks."""
    project = Path(os.environ.get("CLAUDE_PROJECT_DIR") or Path.cwd())
    desk = Desk(app, project=project, outputs=app.settings.data_dir / "outputs")
    skills = SkillDesk(app, project=project)
    tools = offered(networked=any(hosts for _, hosts in app.settings.network))
    wires, over_mcp = Wires(skills.served), SkillResourcesOverMcp(skills)

    async def list_tools(ctx: Context, params: mcp_types.PaginatedRequestParams | None) -> mcp_types.ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(mcp_types.INVALID_PARAMS, "unknown cursor: the list has one page")
        return mcp_types.ListToolsResult(tools=[*tools, *await skills.tools(ctx.lifespan_context.client)])

    async def call_tool(ctx: Context, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        if params.name not in BY_NAME and params.name not in NAMES:
            raise MCPError(mcp_types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        arguments = params.arguments or {}
        try:
            told = await _skills_answered(skills, params.name, arguments, ctx)
            return told if told is not None else await _answered(desk, params.name, arguments, ctx)
        except StrataError as error:
            return error_result(error)
        except Exception:
            _logger.exception("tool %s", params.name)
            return error_result(ServerFault("the server failed inside", hint="the server's log on stderr says where"))

    server = Server[Wire](
        "skillstrata",
        version=__version__,
        title="SkillStrata",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=over_mcp.list_resources,
        on_read_resource=over_mcp.read_resource,
        on_subscriptions_listen=wires.listen,
        cache_hints={"tools/list": CacheHint(ttl_ms=_FRESH_MS)},
        get_tool_input_schema=_schema_of,
        lifespan=wires.lifespan,
    )
    server.add_notification_handler("notifications/initialized", mcp_types.NotificationParams, wires.initialized)
    over_mcp.add_to(server)
    return server
