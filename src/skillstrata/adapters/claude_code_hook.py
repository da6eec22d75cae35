"""One payload of a Claude Code hook -> AgentRecord.

In     the bytes the client gave the hook on standard input
Out    what happened, in our words; fields we do not know change nothing
Never  invents an exit code: payloads of successful calls carry none; judges, redacts, or reads a file
"""

import hashlib
import json
import re
from typing import Annotated, cast

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from skillstrata.records.events import AgentRecord, EventKind, FileChange, ShellCall, TextEdit
from skillstrata.records.failures import RecordUnreadable

AGENT = "claude-code"
MAX_BYTES = 16_000_000
SHELL_TOOLS = frozenset({"Bash", "PowerShell"})
_FILE_TOOLS = frozenset({"Write", "Edit", "MultiEdit"})

_KINDS = {
    "PostToolUse": EventKind.CALL,
    "PostToolUseFailure": EventKind.CALL,
    "UserPromptSubmit": EventKind.PROMPT,
    "SessionStart": EventKind.SESSION_START,
    "SessionEnd": EventKind.SESSION_END,
}
_NOT_AN_ID = re.compile(r"redacted", re.IGNORECASE)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HINT = "the bytes are kept under spool/quarantine with the reason beside them"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _flag(value: object) -> bool:
    return value is True


def _object(value: object) -> object:
    return cast("object", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[object]:
    return [_object(one) for one in cast("list[object]", value)] if isinstance(value, list) else []


# A field of a type we did not expect counts as absent; it never costs the event.
Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Payload(_Lenient):
    session_id: str
    hook_event_name: str
    cwd: Text = ""
    prompt_id: Text = ""
    agent_id: Text = ""
    tool_name: Text = ""
    tool_use_id: Text = ""
    prompt: Text = ""
    error: Text = ""
    is_interrupt: Flag = False
    source: Text = ""
    reason: Text = ""
    tool_input: object = None
    tool_response: object = None


class _ShellInput(_Lenient):
    command: Text = ""
    run_in_background: Flag = False


class _ShellResponse(_Lenient):
    stdout: Text = ""
    stderr: Text = ""
    interrupted: Flag = False
    returnCodeInterpretation: Text = ""
    backgroundTaskId: Text = ""
    timedOutAfterMs: object = None


class _OneEdit(_Lenient):
    old_string: Text = ""
    new_string: Text = ""
    replace_all: Flag = False


class _FileInput(_OneEdit):
    file_path: Text = ""
    content: object = None
    edits: Annotated[list[_OneEdit], BeforeValidator(_objects)] = []


class _FileResponse(_Lenient):
    filePath: Text = ""
    originalFile: object = None
    originalFileContents: object = None
    staged: Flag = False


class _Block(_Lenient):
    text: Text = ""


class _Blocks(_Lenient):
    blocks: Annotated[list[_Block], BeforeValidator(_objects)] = []


class ClaudeCodeHookReader:
    """Fulfils the AgentRecordReader port for hook payloads of Claude Code, every version seen so far."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Remember the most bytes a payload may have."""
        self._max_bytes = max_bytes

    def read(self, data: bytes) -> AgentRecord:
        """Validate one payload.

        Args:
            data: The payload, one JSON object.

        Raises:
            RecordUnreadable: It is too large, is not JSON in UTF-8, or has no session or event name.

        Source:
            Field names and shapes as the client 2.1.197 was seen to send them.
        """
        if len(data) > self._max_bytes:
            raise RecordUnreadable(f"the payload has {len(data)} bytes, more than {self._max_bytes}", hint=_HINT)
        payload = _validated(_parsed(data))
        kind = _KINDS.get(payload.hook_event_name, EventKind.OTHER)
        if kind is EventKind.CALL and not payload.tool_name:
            raise RecordUnreadable(f"the {payload.hook_event_name} payload has no tool_name", hint=_HINT)
        return _record(payload, kind)


def _parsed(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if _SURROGATE_ESCAPE.search(data):
            return _parsed_without_surrogates(data)
        raise _unreadable(data, error) from error


def _parsed_without_surrogates(data: bytes) -> object:
    """Read JSON with half a surrogate pair in it, which only Python's own parser takes; the half becomes U+FFFD."""
    try:
        text = json.dumps(json.loads(data.decode("utf-8")), ensure_ascii=False)
        return orjson.loads(_LONE_SURROGATE.sub("\ufffd", text))
    except (ValueError, RecursionError) as error:
        raise _unreadable(data, error) from error


def _unreadable(data: bytes, error: Exception) -> RecordUnreadable:
    return RecordUnreadable(f"the payload of {len(data)} bytes is not JSON in UTF-8: {error}", hint=_HINT)


def _validated(parsed: object) -> _Payload:
    try:
        payload = _Payload.model_validate(parsed)
    except ValidationError as error:
        wrong = ", ".join(".".join(str(part) for part in e["loc"]) or "the payload" for e in error.errors())
        raise RecordUnreadable(f"not a hook payload: {wrong} is missing or of the wrong type", hint=_HINT) from error
    if not payload.session_id or not payload.hook_event_name:
        raise RecordUnreadable("not a hook payload: session_id or hook_event_name is empty", hint=_HINT)
    return payload


def _record(payload: _Payload, kind: EventKind) -> AgentRecord:
    failed = payload.hook_event_name == "PostToolUseFailure"
    is_call = kind is EventKind.CALL
    shell, note = _shell(payload, failed=failed) if is_call and payload.tool_name in SHELL_TOOLS else (None, "")
    has_id = bool(payload.tool_use_id) and not _NOT_AN_ID.search(payload.tool_use_id)
    is_named = has_id and (is_call or payload.hook_event_name == "PreToolUse")
    return AgentRecord(
        agent=AGENT,
        kind=kind,
        name=payload.hook_event_name,
        session=payload.session_id,
        cwd=payload.cwd,
        tool_use_id=payload.tool_use_id if has_id else "",
        prompt_id=payload.prompt_id,
        sub_agent=payload.agent_id,
        tool=payload.tool_name,
        failed=failed,
        benign_note=note,
        shell=shell,
        change=_change(payload) if is_call and not failed else None,
        prompt=payload.prompt if kind is EventKind.PROMPT else "",
        content_digest="" if is_named else _digest(payload),
    )


def _shell(payload: _Payload, *, failed: bool) -> tuple[ShellCall, str]:
    asked = _ShellInput.model_validate(_object(payload.tool_input))
    got = _ShellResponse.model_validate(_object(payload.tool_response))
    call = ShellCall(
        command=asked.command,
        stdout=got.stdout or _as_text(payload.tool_response),
        stderr=got.stderr,
        error=payload.error if failed else "",
        background=asked.run_in_background or bool(got.backgroundTaskId),
        interrupted=got.interrupted or payload.is_interrupt or got.timedOutAfterMs is not None,
    )
    return call, got.returnCodeInterpretation


def _as_text(response: object) -> str:
    """Give the text of a response that is a string or an array of blocks."""
    if isinstance(response, str):
        return response
    blocks = _Blocks.model_validate({"blocks": response}).blocks
    return "\n".join(block.text for block in blocks if block.text)


def _change(payload: _Payload) -> FileChange | None:
    if payload.tool_name not in _FILE_TOOLS:
        return None
    asked = _FileInput.model_validate(_object(payload.tool_input))
    got = _FileResponse.model_validate(_object(payload.tool_response))
    path = asked.file_path or got.filePath
    # A staged change waits for somebody's consent: the file is as it was.
    if not path or got.staged:
        return None
    original = _text(got.originalFile) or _text(got.originalFileContents) or None
    match payload.tool_name:
        case "Write":
            return FileChange(path, asked.content, original=original) if isinstance(asked.content, str) else None
        case "Edit":
            return FileChange(path, edits=(_edit(asked),), original=original)
        case "MultiEdit":
            return FileChange(path, edits=tuple(_edit(one) for one in asked.edits), original=original)
        case _:
            return None


def _edit(asked: _OneEdit) -> TextEdit:
    return TextEdit(asked.old_string, asked.new_string, asked.replace_all)


def _digest(payload: _Payload) -> str:
    """Digest what says the same whenever the same event arrives: no times, no fields we do not know."""
    stable = orjson.dumps(payload.model_dump(), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(stable).hexdigest()
