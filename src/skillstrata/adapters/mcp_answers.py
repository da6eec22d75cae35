"""What a server answered, as the result of a call.

In     the answer to a `tools/call`, or what was raised instead of one
Out    ToolResult: the structured output, else the JSON of a single text, else {"text": …}; or a fault
Never  reads an answer for anything but data
Why    composition.md, "Step record and results"
"""

from typing import cast

import anyio
import httpx2
import mcp_types
import orjson
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from skillstrata.adapters.foreign_text import shown
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import ToolFault, ToolResult

MOST_OUTPUT_BYTES = 4_000_000
TOO_LARGE = -32099
_MOST_MESSAGE = 4_000
_OUTCOME = "whether the tool did its work is not known; look before you call it again"
Answer = mcp_types.CallToolResult | mcp_types.InputRequiredResult


def result_of(answer: Answer, *, has_schema: bool) -> ToolResult:
    """Read an answer."""
    if isinstance(answer, mcp_types.InputRequiredResult):
        said = "the tool asks for more input in the middle of a call, which a step cannot give"
        return ToolResult(fault=ToolFault("tool_error", said))
    text = "\n".join(map(_text, answer.content))
    if answer.is_error:
        # A failed tool may tell why in its structured part alone.
        said = text or _json(cast("Json", answer.structured_content))
        return ToolResult(content=shown(text, _MOST_MESSAGE), fault=ToolFault("tool_error", shown(said, _MOST_MESSAGE)))
    output = _output(answer, text, has_schema=has_schema)
    size = max(len(text.encode("utf-8", "replace")), len(_json(output)))
    if size > MOST_OUTPUT_BYTES:
        return ToolResult(fault=too_large(size))
    return ToolResult(output=output, content=text)


def fault_of(error: Exception) -> ToolFault:
    """Say what kind of fault an exception of the client is."""
    match error:
        case MCPError():
            return _fault_of_protocol(error)
        case ValidationError():
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            said = f"the server's answer is not one of the protocol: {where}: {first['msg']}"
            return ToolFault("invalid_output", said)
        case httpx2.TimeoutException() | TimeoutError():
            return ToolFault("timeout", "the server did not answer in time", hint=_OUTCOME)
        case anyio.ClosedResourceError() | anyio.BrokenResourceError() | OSError() | httpx2.HTTPError():
            said = shown(str(error), 200) or type(error).__name__
            return ToolFault("transport", f"the connection to the server failed: {said}", hint=_OUTCOME)
        case _:
            return ToolFault("transport", f"the client failed: {type(error).__name__}", hint=_OUTCOME)


def _fault_of_protocol(error: MCPError) -> ToolFault:
    match error.code:
        case code if code == TOO_LARGE:
            return too_large(0)
        case mcp_types.REQUEST_TIMEOUT:
            return ToolFault("timeout", "the server did not answer in time", hint=_OUTCOME)
        case mcp_types.CONNECTION_CLOSED:
            return ToolFault("transport", "the connection to the server ended before it answered", hint=_OUTCOME)
        case mcp_types.PARSE_ERROR:
            return ToolFault("invalid_output", shown(error.message, _MOST_MESSAGE))
        case code:
            return ToolFault("tool_error", f"the server refused: {shown(error.message, _MOST_MESSAGE)} ({code})")


def too_large(size: int) -> ToolFault:
    """Make the fault of an answer over the limit."""
    many = f"{size:,} bytes" if size else "too many bytes"
    return ToolFault(
        "limit",
        f"the server answered with {many}; {MOST_OUTPUT_BYTES:,} are taken",
        hint="ask the tool for less at a time",
    )


def _output(answer: mcp_types.CallToolResult, text: str, *, has_schema: bool) -> Json:
    if answer.structured_content is not None:
        return cast("Json", answer.structured_content)
    single = len(answer.content) == 1 and isinstance(answer.content[0], mcp_types.TextContent)
    if has_schema and single and len(text) <= MOST_OUTPUT_BYTES:
        try:
            found: Json = orjson.loads(text)
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, dict | list):
            return found
    return {"text": text}


def _text(block: mcp_types.ContentBlock) -> str:
    """Give a block as text; what is none is named."""
    match block:
        case mcp_types.TextContent():
            return block.text
        case mcp_types.ImageContent() | mcp_types.AudioContent():
            return f"[{block.type}: {shown(block.mime_type, 100)}, {len(block.data) * 3 // 4:,} bytes]"
        case mcp_types.ResourceLink():
            return f"[resource: {shown(str(block.uri), 2_000)}]"
        case _:
            inside = block.resource
            if isinstance(inside, mcp_types.TextResourceContents):
                return inside.text
            return f"[resource: {shown(str(inside.uri), 2_000)}]"


def _json(value: Json) -> str:
    try:
        return "" if value is None else orjson.dumps(value).decode()
    except (TypeError, ValueError, RecursionError):
        # Integers beyond 64 bits.
        return repr(value)
