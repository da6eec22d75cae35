"""Composed tools as a client sees them, made once for each state of the library.

In     compiled tools
Out    definitions with schemas, titles and four honest hints, in a stable order, by pages
Never  lists a tool that cannot be called; makes a definition twice
"""

import base64
from typing import cast

import mcp_types
import orjson
from mcp.shared.exceptions import MCPError

from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import Json, JsonObject

PAGE = 500
_MOST_CHARS = 500_000
RESULT = "result"


class Definitions:
    """The definitions of one state of the library, and the pages of a list that begins with other tools."""

    def __init__(self, tools: tuple[ComposedTool, ...], most: int) -> None:
        """Make the first `most` definitions; the rest is found by searching."""
        ready = sorted((tool for tool in tools if tool.status == "ok"), key=lambda tool: tool.name)
        self.left_out = max(0, len(ready) - most)
        self.listed = [definition(tool) for tool in ready[:most]]


def definition(tool: ComposedTool) -> mcp_types.Tool:
    """Give one tool as it is listed."""
    output = output_schema(tool)
    effects = tool.effects
    return mcp_types.Tool(
        name=tool.name,
        title=tool.title,
        description=_about(tool),
        input_schema=orjson.loads(tool.input_schema),
        output_schema=output,
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=effects.read_only,
            destructive_hint=effects.destructive and not effects.read_only,
            idempotent_hint=effects.idempotent,
            open_world_hint=effects.open_world,
        ),
        _meta={"anthropic/maxResultSizeChars": _MOST_CHARS} if _may_be_large(tool) else None,
    )


def _about(tool: ComposedTool) -> str:
    """Say what it does, and when somebody will be asked."""
    leave = "" if tool.approval.word == "none" else f" A person may be asked first ({tool.approval.word})."
    return f"{tool.description}{leave} Steps: {', '.join(step.tool for step in tool.steps)}."


def output_schema(tool: ComposedTool) -> "JsonObject | None":
    """Give the schema of structured content, which must be an object; None where there is none to promise."""
    if not tool.output_schema:
        return None
    schema = cast("Json", orjson.loads(tool.output_schema))
    if isinstance(schema, dict) and schema.get("type") == "object":
        return schema
    # Pointers into a schema lead elsewhere once it stands inside another one.
    if b'"$ref"' in tool.output_schema.encode():
        return None
    return {"type": "object", "properties": {RESULT: schema}, "required": [RESULT]}


def structured(tool: ComposedTool, output: Json) -> "JsonObject | None":
    """Give an output as structured content in the form of `output_schema`; None for one that has no place there."""
    schema = output_schema(tool)
    if schema is None:
        return output if isinstance(output, dict) and not tool.output_schema else None
    if tool.output_schema and orjson.loads(tool.output_schema).get("type") == "object":
        return output if isinstance(output, dict) else None
    return {RESULT: output}


def _may_be_large(tool: ComposedTool) -> bool:
    # Whatever reaches outside or reads files may come back long; Claude Code would put that into a file.
    return tool.effects.open_world or "fs.read" in tool.needs


def page_of(tools: list[mcp_types.Tool], cursor: str | None) -> mcp_types.ListToolsResult:
    """Give one page of a list.

    Raises:
        MCPError: The cursor is none of ours.
    """
    start = _start(cursor, len(tools))
    end = start + PAGE
    following = base64.urlsafe_b64encode(b"%d" % end).decode() if end < len(tools) else None
    return mcp_types.ListToolsResult(tools=tools[start:end], next_cursor=following)


def _start(cursor: str | None, count: int) -> int:
    if cursor is None:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(cursor))
    except ValueError:
        start = -1
    if start <= 0 or start % PAGE or start > count:
        raise MCPError(mcp_types.INVALID_PARAMS, "unknown cursor")
    return start
