"""An MCP server with the three tools of the example in docs/composition.md, run as `python composition_server.py LOG`.

In     a file to write calls to, a line of JSON each
Out    web_search, web_fetch and write_file on stdin and stdout; nothing leaves this machine, `write_file` writes into
       the folder of the log alone
"""

import json
import sys
from pathlib import Path

import anyio
import mcp_types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

Context = ServerRequestContext[dict[str, object]]
_TEXT = {"type": "string"}


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


TOOLS = [
    mcp_types.Tool(
        name="web_search",
        description="Search the web.",
        input_schema=_object(query=_TEXT),
        output_schema=_object(url=_TEXT, title=_TEXT),
        annotations=mcp_types.ToolAnnotations(read_only_hint=True, open_world_hint=True),
    ),
    mcp_types.Tool(
        name="web_fetch",
        description="Fetch a page.",
        input_schema=_object(url=_TEXT),
        output_schema=_object(content=_TEXT),
        annotations=mcp_types.ToolAnnotations(read_only_hint=True, open_world_hint=True),
    ),
    mcp_types.Tool(
        name="write_file",
        description="Write a file.",
        input_schema=_object(path=_TEXT, content=_TEXT),
        output_schema=_object(report=_TEXT, findings_count={"type": "integer"}),
        annotations=mcp_types.ToolAnnotations(read_only_hint=False, open_world_hint=False),
    ),
]


def answer(folder: Path, name: str, arguments: dict[str, object]) -> dict[str, object]:
    """Do what a tool does."""
    if name == "web_search":
        return {"url": "https://news.example.com/rivals", "title": str(arguments["query"])}
    if name == "web_fetch":
        return {"content": f"# News\n\nfrom {arguments['url']}\n"}
    content = str(arguments["content"])
    (folder / Path(str(arguments["path"])).name).write_text(content, encoding="utf-8")
    return {"report": content, "findings_count": content.count("\n")}


def make(log: Path) -> Server[dict[str, object]]:
    """Make the server."""

    async def list_tools(_ctx: Context, _params: mcp_types.PaginatedRequestParams | None) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=TOOLS)

    async def call_tool(_ctx: Context, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        if params.name not in {tool.name for tool in TOOLS}:
            raise MCPError(mcp_types.INVALID_PARAMS, "unknown tool")
        arguments = params.arguments or {}
        with log.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"tool": params.name, "arguments": arguments}) + "\n")
        value = answer(log.parent, params.name, arguments)
        content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(type="text", text=json.dumps(value))]
        return mcp_types.CallToolResult(structured_content=value, content=content)

    return Server[dict[str, object]]("web", on_list_tools=list_tools, on_call_tool=call_tool)


async def _serve(log: Path) -> None:
    server = make(log)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_serve, Path(sys.argv[1]))
