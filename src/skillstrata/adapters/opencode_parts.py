"""The parts of OpenCode's messages -> records of calls and prompts.

In     one part, what is known of its message and its session
Out    a HistoryItem: a call, a prompt, or the name of what it is
Never  invents an exit code: `metadata.exit` is one where it is a number
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

from skillstrata.adapters.codex_patch import changes_of
from skillstrata.adapters.history_values import (
    digest,
    elements,
    folder,
    members,
    number,
    seconds,
    text,
    usable_id,
    within,
)
from skillstrata.records.events import AgentRecord, EventKind, FileChange, ShellCall, TextEdit
from skillstrata.records.imports import HistoryItem, LeftOut

AGENT = "opencode"
_MAX_NAME = 80
_MAX_REMEMBERED = 100_000
# Long and mixed enough to be the only one of its session; some models number their calls anew in each message.
_OWN_ID = re.compile(r"(?=(?:.*\d){3})(?=.*[A-Za-z])[\w.:-]{16,}\Z", re.DOTALL)
_NOTE = re.compile(r"\s*<(bash_metadata|metadata|shell_metadata)>(.*?)</\1>\s*\Z", re.DOTALL)
_CUT_SHORT = re.compile(r"timeout|timed out|abort", re.IGNORECASE)
_REFUSED = re.compile(r"reject|denied|dismissed|not permitted", re.IGNORECASE)
_NOTE_BYTES = 2_000
Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs: line or row, session, sub-agent, folder, and its message's id, role and time."""

    line: int
    session: str
    sub_agent: str = ""
    cwd: str = ""
    message: str = ""
    role: str = ""
    at_s: float | None = None


class CallIds:
    """Gives each call an id that no other call of its session has, as far back as it remembers."""

    def __init__(self) -> None:
        """Start with no id given."""
        self._given: OrderedDict[tuple[str, str], None] = OrderedDict()

    def take(self, part: Fields, session: str) -> str:
        """Give a call's own id, else its part's; "" where others have both."""
        call_id, part_id = usable_id(part.get("callID")), usable_id(part.get("id"))
        ids = (call_id, part_id) if _OWN_ID.match(call_id) else (part_id, call_id)
        found = next((one for one in ids if one and (session, one) not in self._given), "")
        self._given[session, found] = None
        if len(self._given) > _MAX_REMEMBERED:
            self._given.popitem(last=False)
        return found


def item_of(part: Fields, place: Place, ids: CallIds) -> HistoryItem:
    """Read one part."""
    kind = text(part.get("type"))
    if kind == "tool":
        return HistoryItem(place.line, _call(part, place, ids.take(part, place.session)))
    said = text(part.get("text"))
    if kind == "text" and place.role == "user" and said.strip() and not (part.get("synthetic") or part.get("ignored")):
        return HistoryItem(place.line, _prompt(said, place))
    what = f"part {kind} {place.role}" if kind == "text" else f"part {kind}"
    return HistoryItem(place.line, left_out=LeftOut(what[:_MAX_NAME].strip()))


def session_start(place: Place) -> HistoryItem:
    """Give the record of a session's beginning."""
    own = digest("session", place.session, place.sub_agent)
    record = AgentRecord(
        agent=AGENT,
        kind=EventKind.SESSION_START,
        name="session",
        session=place.session,
        cwd=place.cwd,
        sub_agent=place.sub_agent,
        content_digest=own,
        at_s=place.at_s,
    )
    return HistoryItem(place.line, record)


def _prompt(said: str, place: Place) -> AgentRecord:
    return AgentRecord(
        agent=AGENT,
        kind=EventKind.PROMPT,
        name="message",
        session=place.session,
        cwd=place.cwd,
        prompt_id=place.message,
        sub_agent=place.sub_agent,
        prompt=said,
        content_digest=digest("prompt", place.session, place.message, place.at_s, said),
        at_s=place.at_s,
    )


def _call(part: Fields, place: Place, own: str) -> AgentRecord:
    state = members(part.get("state"))
    tool, asked = text(part.get("tool")) or "unknown", members(state.get("input"))
    times = members(state.get("time"))
    at_s = next((s for key in ("end", "start") if (s := seconds(times.get(key))) is not None), place.at_s)
    status, error = text(state.get("status")), text(state.get("error"))
    code = number(members(state.get("metadata")).get("exit")) if tool in {"bash", "shell"} else None
    stopped = status == "error" and bool(_CUT_SHORT.search(error[:_NOTE_BYTES]))
    refused = status == "error" and not stopped and bool(_REFUSED.search(error[:_NOTE_BYTES]))
    ended = status in {"completed", "error"} and not refused and not stopped
    failed = ended and (status == "error" or bool(code))
    changes = _changes(tool, state) if ended and not failed else ()
    cwd = within(place.cwd, folder(asked.get("workdir")))
    return AgentRecord(
        agent=AGENT,
        kind=EventKind.CALL,
        name="tool",
        session=place.session,
        cwd=cwd,
        cwd_before=cwd,
        tool_use_id=own,
        sub_agent=place.sub_agent,
        tool=tool,
        failed=failed,
        shell=_shell(tool, state, failed=failed, stopped=stopped),
        change=changes[0] if len(changes) == 1 else None,
        changes=changes if len(changes) > 1 else (),
        content_digest="" if own else digest(place.session, place.message, tool, asked, at_s),
        at_s=at_s,
        exit_code=code,
        ended=ended,
    )


def _shell(tool: str, state: Fields, *, failed: bool, stopped: bool) -> ShellCall | None:
    command = members(state.get("input")).get("command")
    if tool not in {"bash", "shell"} or not isinstance(command, str):
        return None
    said = text(state.get("output")) or text(members(state.get("metadata")).get("output"))
    note = _NOTE.search(said, max(0, len(said) - _NOTE_BYTES))
    body = said[: note.start()] if note is not None else said
    cut_short = stopped or (note is not None and bool(_CUT_SHORT.search(note.group(2))))
    error = "\n".join(part for part in (body, text(state.get("error"))) if part)
    return ShellCall(
        command=command,
        stdout="" if failed else body,
        error=error if failed or stopped else "",
        interrupted=cut_short,
    )


def _changes(tool: str, state: Fields) -> tuple[FileChange, ...]:
    asked = members(state.get("input"))
    if tool in {"apply_patch", "patch"}:
        return changes_of(text(asked.get("patchText")) or text(asked.get("patch")))
    path = text(asked.get("filePath"))
    before = members(members(state.get("metadata")).get("filediff")).get("before")
    original = before if isinstance(before, str) else None
    if not path:
        return ()
    if tool == "write" and isinstance(asked.get("content"), str):
        return (FileChange(path, text(asked.get("content")), original=original),)
    if tool in {"edit", "multiedit"}:
        edits = [members(one) for one in elements(asked.get("edits"))] or [asked]
        made = tuple(
            TextEdit(text(e.get("oldString")), text(e.get("newString")), e.get("replaceAll") is True) for e in edits
        )
        return (FileChange(path, edits=made, original=original),)
    return ()
