"""One payload of a Claude Code hook -> AgentRecord.

In     the bytes the client gave the hook on standard input
Out    what happened, in our words; fields we do not know change nothing
Never  invents an exit code: payloads of successful calls carry none; judges, redacts, or reads a file
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from skillstrata.adapters.claude_code_calls import (
    AGENT,
    ToolUse,
    change_of,
    changes_of,
    digest,
    shell_of,
    used_of,
)
from skillstrata.adapters.history_values import text, usable_id
from skillstrata.adapters.lenient_json import parsed
from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.failures import RecordUnreadable

MAX_BYTES = 16_000_000

_KINDS = {
    "PostToolUse": EventKind.CALL,
    "PostToolUseFailure": EventKind.CALL,
    "UserPromptSubmit": EventKind.PROMPT,
    "SessionStart": EventKind.SESSION_START,
    "SessionEnd": EventKind.SESSION_END,
}
_HINT = "the bytes are kept under spool/quarantine with the reason beside them"


def _flag(value: object) -> bool:
    return value is True


# A field of a type we did not expect counts as absent; it never costs the event.
Text = Annotated[str, BeforeValidator(text)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

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
        return parsed(data)
    except ValueError as error:
        raise RecordUnreadable(f"the payload of {len(data)} bytes is not JSON in UTF-8: {error}", hint=_HINT) from error


def _validated(value: object) -> _Payload:
    try:
        payload = _Payload.model_validate(value)
    except ValidationError as error:
        wrong = ", ".join(".".join(str(part) for part in e["loc"]) or "the payload" for e in error.errors())
        raise RecordUnreadable(f"not a hook payload: {wrong} is missing or of the wrong type", hint=_HINT) from error
    if not payload.session_id or not payload.hook_event_name:
        raise RecordUnreadable("not a hook payload: session_id or hook_event_name is empty", hint=_HINT)
    return payload


def _record(payload: _Payload, kind: EventKind) -> AgentRecord:
    failed = payload.hook_event_name == "PostToolUseFailure"
    is_call = kind is EventKind.CALL
    use = ToolUse(
        tool=payload.tool_name if is_call else "",
        asked=payload.tool_input,
        response=payload.tool_response,
        error=payload.error,
        failed=failed,
        interrupted=payload.is_interrupt,
    )
    shell, note = shell_of(use)
    named = usable_id(payload.tool_use_id)
    is_named = bool(named) and (is_call or payload.hook_event_name == "PreToolUse")
    return AgentRecord(
        agent=AGENT,
        kind=kind,
        name=payload.hook_event_name,
        session=payload.session_id,
        cwd=payload.cwd,
        tool_use_id=named,
        prompt_id=payload.prompt_id,
        sub_agent=payload.agent_id,
        tool=payload.tool_name,
        failed=failed,
        benign_note=note,
        shell=shell,
        change=change_of(use),
        prompt=payload.prompt if kind is EventKind.PROMPT else "",
        content_digest="" if is_named else digest(payload.model_dump()),
        changes=changes_of(use),
        used=used_of(use),
    )
