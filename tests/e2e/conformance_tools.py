"""Tools that the official suite asks every server for, put beside those of ours on the real server.

In     a server of ours
Out    the same server, which also has `test_…` tools; its own tools answer as before
Why    the suite judges what a call may give by tools of fixed names, which a product does not have
"""

import base64
from collections.abc import Awaitable, Callable

import mcp_types as t
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from skillstrata.surfaces.mcp_server.answers import ServerFault, error_result
from skillstrata.surfaces.mcp_server.wires import Wire

Context = ServerRequestContext[Wire]
Answer = Callable[[Context], Awaitable[t.CallToolResult]]
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_SILENCE = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00").decode()
_NONE = {"type": "object", "properties": {}}
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def _blocks(*content: t.ContentBlock) -> Answer:
    async def answer(_ctx: Context) -> t.CallToolResult:
        return t.CallToolResult(content=list(content))

    return answer


async def _failing(_ctx: Context) -> t.CallToolResult:
    return error_result(ServerFault("This tool intentionally returns an error for testing", hint="expect it"))


async def _progressing(ctx: Context) -> t.CallToolResult:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"Completed step {done} of 100")
    return t.CallToolResult(content=[t.TextContent(text="done")])


async def _needing_sampling(_ctx: Context) -> t.CallToolResult:
    raise MCPError(-32021, "Missing required client capability", {"requiredCapabilities": {"sampling": {}}})


_TEXT = t.TextContent(text="This is a simple text response for testing.")
_IMAGE = t.ImageContent(data=_PIXEL, mime_type="image/png")
_RESOURCE = t.EmbeddedResource(
    resource=t.TextResourceContents(uri="test://mixed-content-resource", mime_type="application/json", text='{"a": 1}')
)
ANSWERS: dict[str, Answer] = {
    "test_simple_text": _blocks(_TEXT),
    "test_image_content": _blocks(_IMAGE),
    "test_audio_content": _blocks(t.AudioContent(data=_SILENCE, mime_type="audio/wav")),
    "test_embedded_resource": _blocks(_RESOURCE),
    "test_multiple_content_types": _blocks(_TEXT, _IMAGE, _RESOURCE),
    "test_error_handling": _failing,
    "test_tool_with_progress": _progressing,
    "test_missing_capability": _needing_sampling,
    "json_schema_2020_12_tool": _blocks(_TEXT),
}


def with_test_tools(server: Server[Wire]) -> Server[Wire]:
    """Put them beside the server's own."""
    listed, called = server.get_request_handler("tools/list"), server.get_request_handler("tools/call")
    if listed is None or called is None:
        raise RuntimeError("the server has no tools")
    tools = [
        t.Tool(name=name, description="Only for tests.", input_schema=_SCHEMA if name.startswith("json") else _NONE)
        for name in ANSWERS
    ]

    async def list_tools(ctx: Context, params: t.PaginatedRequestParams) -> t.ListToolsResult:
        own = await listed.handler(ctx, params)
        if not isinstance(own, t.ListToolsResult):
            raise TypeError(type(own).__name__)
        return own.model_copy(update={"tools": [*own.tools, *tools]})

    async def call_tool(ctx: Context, params: t.CallToolRequestParams) -> HandlerResult:
        answer = ANSWERS.get(params.name)
        return await called.handler(ctx, params) if answer is None else await answer(ctx)

    server.add_request_handler("tools/list", t.PaginatedRequestParams, list_tools)
    server.add_request_handler("tools/call", t.CallToolRequestParams, call_tool)
    return server
