"""A call of a Claude Code transcript and its result -> AgentRecord, as the hook's payload of the same call would give.

In     the two halves of a call; the second is None where the file holds no result
Out    one AgentRecord; prompts and session marks with the digests that their hook payloads have
Never  says that a call ended which was refused before it began
"""

from dataclasses import dataclass
from typing import cast

from skillstrata.adapters.claude_code_calls import (
    AGENT,
    SHELL_TOOLS,
    ToolUse,
    as_text,
    change_of,
    changes_of,
    digest,
    shell_of,
    used_of,
)
from skillstrata.adapters.history_values import members, seconds, text
from skillstrata.adapters.transcript_calls import Told
from skillstrata.adapters.transcript_outputs import saved_output, saved_path
from skillstrata.records.events import AgentRecord, EventKind

_ERROR = "Error: "
_RAN = "Exit code "
_STOPPED = "[Request interrupted by user"
_STOPPED_KINDS = ("interrupted", "cancelled")
_REFUSALS = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "User rejected tool use",
    _STOPPED,
    "Permission to use ",
    "Permission for this action has been denied",
)
_NOT_CALLED = "<tool_use_error>"
_IN_BACKGROUND = ("Command running in background with ID", "Command was manually backgrounded")


def call_record(asked: Told, answer: Told | None, *, transcript: str) -> AgentRecord:
    """Make the record of one call.

    Args:
        asked: The call.
        answer: Its result, None where there is none.
        transcript: The path of the file, beside which long outputs lie.
    """
    tool = text(asked.block.get("name")) or "a tool without a name"
    envelope = asked.envelope if answer is None else answer.envelope
    use = ToolUse(tool, asked.block.get("input"), folder=asked.folder)
    ended = False
    if answer is not None:
        use = _answered(use, answer, _Place(transcript, asked.session))
        ended = not _refused(use, answer)
    shell, note = shell_of(use)
    return AgentRecord(
        agent=AGENT,
        kind=EventKind.CALL,
        name="tool_use" if answer is None else "PostToolUseFailure" if use.failed else "PostToolUse",
        session=asked.session,
        cwd=text(envelope.get("cwd")) or asked.folder,
        tool_use_id=asked.id,
        prompt_id=text(envelope.get("promptId")) or text(asked.envelope.get("promptId")),
        sub_agent=text(asked.envelope.get("agentId")),
        tool=tool,
        failed=use.failed and ended,
        benign_note=note,
        shell=shell,
        change=change_of(use) if ended else None,
        content_digest="" if asked.id else _call_digest(asked, tool),
        at_s=seconds(envelope.get("timestamp")) or seconds(asked.envelope.get("timestamp")),
        cwd_before=asked.folder,
        ended=ended,
        changes=changes_of(use) if ended else (),
        used=used_of(use),
    )


def mark_record(record: dict[str, object], kind: EventKind, *, session: str, cwd: str, said: str) -> AgentRecord:
    """Make the record of a prompt, or of a session's start or end; `said` is the prompt, source or reason."""
    name = {EventKind.PROMPT: "UserPromptSubmit", EventKind.SESSION_START: "SessionStart"}.get(kind, "SessionEnd")
    is_prompt = kind is EventKind.PROMPT
    prompt_id = text(record.get("promptId")) if is_prompt else ""
    fields: dict[str, object] = {
        "session_id": session,
        "hook_event_name": name,
        "cwd": cwd,
        "prompt_id": prompt_id,
        "agent_id": "",
        "tool_name": "",
        "tool_use_id": "",
        "prompt": said if is_prompt else "",
        "error": "",
        "is_interrupt": False,
        "source": said if kind is EventKind.SESSION_START else "",
        "reason": said if kind is EventKind.SESSION_END else "",
        "tool_input": None,
        "tool_response": None,
    }
    if is_prompt and not prompt_id:
        # Without an id of the prompt the same words typed twice would be one event.
        fields["uuid"] = record.get("uuid") or record.get("timestamp")
    return AgentRecord(
        agent=AGENT,
        kind=kind,
        name=name,
        session=session,
        cwd=cwd,
        prompt_id=prompt_id,
        prompt=said if is_prompt else "",
        content_digest=digest(fields),
        at_s=seconds(record.get("timestamp")),
        cwd_before=cwd,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a session's long outputs lie."""

    transcript: str
    session: str

    def whole(self, recorded: str) -> str | None:
        return saved_output(recorded, transcript=self.transcript, session=self.session) if recorded else None


def _answered(use: ToolUse, answer: Told, place: _Place) -> ToolUse:
    said = as_text(answer.block.get("content"))
    result = answer.envelope.get("toolUseResult", answer.envelope.get("tool_use_result"))
    if answer.block.get("is_error") is True or _is_error_text(use.tool, result):
        error = said or text(result).removeprefix(_ERROR)
        error = place.whole(saved_path(error)) or error
        stopped = answer.envelope.get("toolDenialKind") in _STOPPED_KINDS or _STOPPED in error
        return ToolUse(use.tool, use.asked, None, error, failed=True, interrupted=stopped, folder=use.folder)
    response = said if result is None else result
    if use.tool in SHELL_TOOLS:
        response = _shell_response(response, place)
    return ToolUse(use.tool, use.asked, response, folder=use.folder)


def _shell_response(response: object, place: _Place) -> object:
    """Put in the whole output where a file has it, and say that a command went on where only its text says so."""
    if isinstance(response, dict):
        got = members(cast("object", response))
        whole = place.whole(saved_path(text(got.get("stdout"))) or text(got.get("persistedOutputPath")))
        return got if whole is None else {**got, "stdout": whole}
    said = as_text(response)
    if said.startswith(_IN_BACKGROUND):
        return {"backgroundTaskId": "unknown"}
    whole = place.whole(saved_path(said))
    return said if whole is None else whole


def _is_error_text(tool: str, result: object) -> bool:
    """Tell a failed command by its record alone: that of a successful one is no string."""
    return tool in SHELL_TOOLS and isinstance(result, str) and result.startswith(_ERROR)


def _refused(use: ToolUse, answer: Told) -> bool:
    if not use.failed or use.error.startswith(_RAN):
        return False
    not_called = use.tool in SHELL_TOOLS and use.error.startswith(_NOT_CALLED)
    return bool(answer.envelope.get("toolDenialKind")) or not_called or use.error.startswith(_REFUSALS)


def _call_digest(asked: Told, tool: str) -> str:
    at, sent = asked.envelope.get("timestamp"), asked.block.get("input")
    return digest({"session": asked.session, "at": at, "tool": tool, "input": sent})
