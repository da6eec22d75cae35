"""Results and errors as an agent gets them.

In     JSON-ready values, errors of ours
Out    CallToolResult: structured content, and the same as text; an error says the next step
Never  lets the text of an unexpected exception out
"""

from typing import ClassVar

import mcp_types

from skillstrata.app.json_texts import json_text
from skillstrata.app.outputs import OutputPlanted
from skillstrata.app.use_cases.running import WrongInputType
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import OutDirNotFolder, OutputExists, ToolDamaged, ToolUnknown
from skillstrata.records.json_values import JsonObject


class ArgumentsInvalid(StrataError):
    """Arguments that do not fit the schema they were checked against."""

    code: ClassVar[str] = "mcp.arguments_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ServerFault(StrataError):
    """Something broke inside the server; its log on stderr has the details."""

    code: ClassVar[str] = "mcp.fault"
    exit_code: ClassVar[int] = 70


# Next steps of the command line, in the words of this surface.
_HINTS = {
    ToolUnknown.code: "call skills_search with a few words; it gives the names there are",
    ToolDamaged.code: "use another tool, or do the work yourself; `skillstrata doctor` tells the user how to repair it",
    WrongInputType.code: "give a file of the type that skills_describe names for this argument, or find another tool",
    OutDirNotFolder.code: "give another out_dir, or leave it out for a fresh folder",
    OutputPlanted.code: "give another out_dir, or leave it out; the user can move the result where it belongs",
    OutputExists.code: "give another out_dir, or leave it out for a fresh folder",
    # Of a stage, whose classes a surface does not import.
    "runtime.skill_not_found": 'call skills_search with "kind": "skill" and a few words; it gives the names there are',
    "runtime.skill_not_approved": "do the work without it; the user may look at it, and approve it with "
    "`skillstrata skills approve NAME`",
    "runtime.skill_unavailable": "do the work without it, or tell the user what is missing",
}


def _text(text: str) -> list[mcp_types.ContentBlock]:
    return [mcp_types.TextContent(type="text", text=text)]


def result(value: JsonObject) -> mcp_types.CallToolResult:
    """Give a value as structured content and as text."""
    return mcp_types.CallToolResult(structured_content=value, content=_text(json_text(value)))


def _told(message: str, hint: str, retry: str) -> str:
    words = {"same": "The same call may succeed later.", "changed": "A changed call can succeed.", "never": ""}
    return "\n".join(part for part in (message, f"Next: {hint}" if hint else "", words.get(retry, "")) if part)


def error_body(code: str, message: str, hint: str, retry: str) -> JsonObject:
    """Give an error in the form every surface shows, its next step one that this surface offers."""
    return {"code": code, "message": message, "hint": _HINTS.get(code, hint), "retry": retry}


def failed_result(value: JsonObject, error: JsonObject) -> mcp_types.CallToolResult:
    """Give a failure: a text for the agent, and `value`, with the error in it, for whoever reads the structure."""
    told = _told(str(error["message"]), str(error["hint"]), str(error["retry"]))
    return mcp_types.CallToolResult(is_error=True, structured_content={**value, "error": error}, content=_text(told))


def error_result(error: StrataError) -> mcp_types.CallToolResult:
    """Give an error of ours."""
    return failed_result({}, error_body(error.code, error.message, error.hint, error.retry.value))
