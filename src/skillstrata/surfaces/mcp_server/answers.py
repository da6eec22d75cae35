"""Results and errors as an agent gets them.

In     JSON-ready values, errors of ours
Out    CallToolResult: structured content, and the same as text; an error says the next step
Never  lets the text of an unexpected exception out
"""

from typing import ClassVar

import mcp_types
import orjson

from skillstrata.app.json_views import JsonObject, error_json
from skillstrata.records.errors import Retry, StrataError


class ArgumentsInvalid(StrataError):
    """Arguments that do not fit the schema they were checked against."""

    code: ClassVar[str] = "mcp.arguments_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ServerFault(StrataError):
    """Something broke inside the server; its log on stderr has the details."""

    code: ClassVar[str] = "mcp.fault"
    exit_code: ClassVar[int] = 70


def _text(text: str) -> list[mcp_types.ContentBlock]:
    return [mcp_types.TextContent(type="text", text=text)]


def result(value: JsonObject) -> mcp_types.CallToolResult:
    """Give a value as structured content and as text."""
    return mcp_types.CallToolResult(structured_content=value, content=_text(orjson.dumps(value).decode()))


def _told(message: str, hint: str, retry: str) -> str:
    words = {"same": "The same call may succeed later.", "changed": "A changed call can succeed.", "never": ""}
    return "\n".join(part for part in (message, f"Next: {hint}" if hint else "", words.get(retry, "")) if part)


def failed_result(value: JsonObject, message: str, hint: str, retry: str) -> mcp_types.CallToolResult:
    """Give the object of a call that ran and failed: an error for the agent, whole for whoever reads the structure."""
    return mcp_types.CallToolResult(is_error=True, structured_content=value, content=_text(_told(message, hint, retry)))


def error_result(error: StrataError) -> mcp_types.CallToolResult:
    """Give an error of ours."""
    return failed_result(error_json(error), error.message, error.hint, error.retry.value)
