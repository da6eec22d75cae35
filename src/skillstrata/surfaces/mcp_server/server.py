"""The MCP server itself: the official SDK's low-level server over our tools and skills, for both protocol eras.

In     an opened app
Out    a Server that any transport of the SDK can run
Never  prints; lets an exception of ours or its text escape a handler
"""

import logging
import os
from pathlib import Path

import mcp_types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from skillstrata import __version__
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.surfaces.mcp_server.answers import ServerFault, error_result
from skillstrata.surfaces.mcp_server.approving import boundary
from skillstrata.surfaces.mcp_server.composed_desk import Answer
from skillstrata.surfaces.mcp_server.composed_tools import page_of
from skillstrata.surfaces.mcp_server.counter import Counter
from skillstrata.surfaces.mcp_server.skills_extension import SkillResourcesOverMcp
from skillstrata.surfaces.mcp_server.tools import INSTRUCTIONS
from skillstrata.surfaces.mcp_server.wires import Wire, Wires

# The list of tools holds the listing of skills: a client that kept it would show an edit late, or ask for what is gone.
_FRESH_MS = 0
_logger = logging.getLogger("skillstrata.mcp")
Context = ServerRequestContext[Wire]


def build_server(app: App) -> Server[Wire]:
    """Make the server over an app; nothing of library, skills or tools is opened before somebody asks."""
    project = Path(os.environ.get("CLAUDE_PROJECT_DIR") or Path.cwd())
    counter = Counter(app, project)
    wires, over_mcp = Wires(counter.changes), SkillResourcesOverMcp(counter.skills)

    async def list_tools(ctx: Context, params: mcp_types.PaginatedRequestParams | None) -> mcp_types.ListToolsResult:
        cursor = None if params is None else params.cursor
        return page_of(await counter.tools(ctx.lifespan_context.client), cursor)

    async def call_tool(ctx: Context, params: mcp_types.CallToolRequestParams) -> Answer:
        try:
            return await counter.answer(ctx, params)
        except MCPError:
            raise
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
        get_tool_input_schema=counter.schema,
        lifespan=wires.lifespan,
    )
    server.middleware.append(boundary(app.request_state_key))
    server.add_notification_handler("notifications/initialized", mcp_types.NotificationParams, wires.initialized)
    over_mcp.add_to(server)
    counter.add_to(server)
    return server
