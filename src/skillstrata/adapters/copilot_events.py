"""The events of a session of GitHub Copilot CLI -> records of its calls, prompts and session.

In     JSON lines: `{id, parentId, timestamp, type, data, agentId?}`
Out    HistoryItem by HistoryItem; one a call, whether it was only asked for, started, or completed
Never  invents an exit code; counts a command that goes on in the background as ended before its shell says so
Why    a call is asked for in a message, started and completed in events of their own, and a command of a shell that
       outlives its call ends in a notice or in the output of a later look at that shell
"""

import os.path
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from skillstrata.adapters.copilot_tools import NOTHING, SHELL_TOOLS, Result, arguments_of, changes_of_call, result_of
from skillstrata.adapters.history_lines import fault, head_objects, object_lines
from skillstrata.adapters.history_values import (
    digest,
    elements,
    folder,
    is_context,
    members,
    number,
    seconds,
    text,
    usable_id,
)
from skillstrata.records.events import AgentRecord, EventKind, ShellCall
from skillstrata.records.imports import HistoryItem, LeftOut

AGENT = "copilot-cli"
MAX_OPEN = 5_000
_MAX_REMEMBERED = 100_000
_MAX_NAME = 80
_KINDS = ("session.", "assistant.", "user.message", "tool.", "hook.", "permission.", "subagent.", "system.")
Fields = dict[str, object]


class CopilotEvents:
    """Fulfils the HistoryReader port for events of GitHub Copilot CLI."""

    agent = AGENT
    version = 1

    def recognises(self, head: bytes) -> bool:
        """Say whether a file begins as a list of events does."""
        return any(_is_event(one) for one in head_objects(head))

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one session."""
        events = _Events(os.path.basename(os.path.dirname(os.path.abspath(path))))
        for line in object_lines(path):
            if line.value is None:
                yield fault(path, line.number, line.reason)
            elif not isinstance(line.value.get("data"), dict) and _is_event(line.value, anyhow=True):
                yield fault(path, line.number, f"the {text(line.value.get('type'))[:_MAX_NAME]} has no data")
            else:
                yield from events.take(line.value, line.number)
        yield from events.rest()


def _is_event(one: Fields, *, anyhow: bool = False) -> bool:
    is_kind = text(one.get("type")).startswith(_KINDS)
    return is_kind and (anyhow or (isinstance(one.get("data"), dict) and "payload" not in one and "uuid" not in one))


@dataclass(slots=True)
class _Call:
    line: int
    tool: str
    arguments: Fields
    at_s: float | None
    sub_agent: str
    cwd: str
    own: str
    result: Result = NOTHING
    ended_at_s: float | None = None
    completed: bool = False
    shell: str = field(default="")


class _Events:
    """One file while it is read."""

    def __init__(self, fallback: str) -> None:
        self._fallback = fallback
        self._session = ""
        self._cwd = ""
        self._open: OrderedDict[str, _Call] = OrderedDict()
        self._given: OrderedDict[str, None] = OrderedDict()
        self._prompts: OrderedDict[str, None] = OrderedDict()
        self._shells: dict[str, str] = {}
        self._readers: dict[str, Callable[[Fields, Fields, int], list[HistoryItem]]] = {
            "session.start": self._session_starts,
            "session.resume": self._context,
            "session.context_changed": self._context,
            "session.shutdown": self._session_ends,
            "user.message": self._user_message,
            "assistant.message": self._asked,
            "tool.execution_start": self._starts,
            "tool.execution_complete": self._completes,
            "system.notification": self._notice,
        }

    def take(self, event: Fields, line: int) -> list[HistoryItem]:
        """Read one event."""
        kind = text(event.get("type"))
        read = self._readers.get(kind)
        items = read(event, members(event.get("data")), line) if read is not None else [_left(line, kind or "no type")]
        while len(self._open) > MAX_OPEN:
            items.append(self._give(next(iter(self._open))))
        return items

    def rest(self) -> list[HistoryItem]:
        """Give what is still open when the file ends."""
        return [self._give(key) for key in list(self._open)]

    def _session_starts(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        if self._session:
            return [_left(line, "session.start")]
        self._session = usable_id(said.get("sessionId"))
        self._context(event, said, line)
        return [self._mark(event, line, EventKind.SESSION_START)]

    def _session_ends(self, event: Fields, _said: Fields, line: int) -> list[HistoryItem]:
        return [self._mark(event, line, EventKind.SESSION_END)]

    def _context(self, _event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        context = members(said.get("context")) or said
        self._cwd = folder(context.get("cwd")) or self._cwd
        self._session = self._session or usable_id(said.get("sessionId"))
        return [_left(line, text(_event.get("type")))]

    def _user_message(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        prompt = text(said.get("content"))
        own = usable_id(event.get("id")) or digest(event.get("timestamp"), prompt)
        if own in self._prompts or not prompt.strip() or is_context(prompt):
            return [_left(line, "user.message repeated" if own in self._prompts else "user.message without a prompt")]
        _remember(self._prompts, own)
        return [self._mark(event, line, EventKind.PROMPT, prompt)]

    def _asked(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        """Take the calls a message asks for: one that is never started was refused."""
        for request in map(members, elements(said.get("toolRequests"))):
            self._note(request, text(request.get("name")), event, line)
        return [_left(line, "assistant.message")]

    def _starts(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        key = self._note(said, text(said.get("toolName")), event, line)
        if key:
            call = self._open[key]
            call.at_s = seconds(event.get("timestamp"))
            call.sub_agent = _sub_agent(event, said) or call.sub_agent
            call.cwd = self._cwd
        return [_left(line, "tool.execution_start")] if not key else []

    def _note(self, asked: Fields, tool: str, event: Fields, line: int) -> str:
        """Remember a call, and give its key; "" where it was given already."""
        own = usable_id(asked.get("toolCallId"))
        arguments = arguments_of(asked.get("arguments"))
        key = own or f"\0{tool} {digest(arguments)}"
        if own and own in self._given:
            return ""
        if key not in self._open:
            at_s = seconds(event.get("timestamp"))
            sub_agent = _sub_agent(event, asked)
            self._open[key] = _Call(line, tool or "unknown", arguments, at_s, sub_agent, self._cwd, own)
        return key

    def _completes(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        own = usable_id(said.get("toolCallId"))
        if own and own in self._given:
            return [_left(line, "tool.execution_complete repeated")]
        key = own or next((k for k, c in self._open.items() if not c.own and not c.completed), "")
        if key not in self._open:
            # Its start is missing: the call ran all the same.
            key = self._note(said, text(said.get("toolName")), event, line) or key
        call = self._open[key]
        call.result, call.completed = result_of(said), True
        call.ended_at_s = seconds(event.get("timestamp"))
        items = self._look(call)
        if call.tool in SHELL_TOOLS and call.result.shell and call.result.exit_code is None and not call.result.failed:
            call.shell = call.result.shell
            self._shells[call.shell] = key
            return items
        return [*items, self._give(key)]

    def _look(self, call: _Call) -> list[HistoryItem]:
        """Take what a later look at a shell (`read_bash`, `stop_bash`) says of the command that runs in it."""
        shell = text(call.arguments.get("shellId"))
        running = self._open.get(self._shells.get(shell, ""))
        if running is None or call.tool in SHELL_TOOLS:
            return []
        stopped = call.tool.startswith("stop_")
        running.result = running.result.extended(call.result, stopped=stopped)
        return self._end_shell(shell) if stopped or call.result.exit_code is not None else []

    def _notice(self, event: Fields, said: Fields, line: int) -> list[HistoryItem]:
        kind = members(said.get("kind"))
        shell = text(kind.get("shellId"))
        running = self._open.get(self._shells.get(shell, ""))
        code = number(kind.get("exitCode"))
        if running is None or kind.get("type") != "shell_completed" or code is None:
            return [_left(line, "system.notification")]
        running.result = running.result.extended(Result(exit_code=code), stopped=False)
        running.ended_at_s = seconds(event.get("timestamp"))
        return [_left(line, "system.notification")]

    def _end_shell(self, shell: str) -> list[HistoryItem]:
        return [self._give(self._shells[shell])]

    def _give(self, key: str) -> HistoryItem:
        call = self._open.pop(key)
        self._shells.pop(call.shell, None)
        if call.own:
            _remember(self._given, call.own)
        return HistoryItem(call.line, self._record(call))

    def _record(self, call: _Call) -> AgentRecord:
        result = call.result
        refused = not call.completed or result.refused
        goes_on = bool(call.shell) and result.exit_code is None
        failed = not refused and (result.failed or bool(result.exit_code))
        ended = not refused and not goes_on and not result.stopped
        command = call.arguments.get("command")
        changes = changes_of_call(call.tool, call.arguments) if ended and not failed else ()
        shell = None
        if call.tool in SHELL_TOOLS and isinstance(command, str):
            shell = ShellCall(
                command=command,
                stdout="" if failed else result.text,
                error=result.text if failed else "",
                background=goes_on,
                interrupted=result.stopped,
            )
        return AgentRecord(
            agent=AGENT,
            kind=EventKind.CALL,
            name="tool_call",
            session=self._session or self._fallback,
            cwd=result.cwd or call.cwd,
            cwd_before=call.cwd,
            tool_use_id=call.own,
            sub_agent=call.sub_agent,
            tool=call.tool,
            failed=failed,
            shell=shell,
            change=changes[0] if len(changes) == 1 else None,
            changes=changes if len(changes) > 1 else (),
            content_digest="" if call.own else digest(self._session, call.at_s, call.tool, call.arguments),
            at_s=call.ended_at_s if call.ended_at_s is not None else call.at_s,
            exit_code=result.exit_code,
            ended=ended,
        )

    def _mark(self, event: Fields, line: int, kind: EventKind, prompt: str = "") -> HistoryItem:
        session, at_s = self._session or self._fallback, seconds(event.get("timestamp"))
        record = AgentRecord(
            agent=AGENT,
            kind=kind,
            name=text(event.get("type")),
            session=session,
            cwd=self._cwd,
            sub_agent=usable_id(event.get("agentId")),
            prompt=prompt,
            content_digest=digest(kind.value, session, at_s, prompt),
            at_s=at_s,
        )
        return HistoryItem(line, record)


def _sub_agent(event: Fields, said: Fields) -> str:
    return usable_id(event.get("agentId")) or usable_id(said.get("agentId")) or usable_id(said.get("parentToolCallId"))


def _remember(kept: OrderedDict[str, None], key: str) -> None:
    kept[key] = None
    if len(kept) > _MAX_REMEMBERED:
        kept.popitem(last=False)


def _left(line: int, what: str) -> HistoryItem:
    return HistoryItem(line, left_out=LeftOut(what[:_MAX_NAME]))
