"""A rollout of Codex CLI -> records of its calls, prompts and session.

In     JSON lines: `{timestamp, type, payload}`, or in the oldest files the bare items
Out    HistoryItem by HistoryItem; one a call, though a call, its output, an event and an item may all tell of it
Never  invents an exit code or an end; takes the agent's own context (instructions, environment) for a prompt
Why    two logs lie in one file, what the model saw and what the screen showed, and neither has everything.
       Compressed files (`.zst`) are named as not read: unpacking them would need a dependency for a rare case
"""

import os.path
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator

from skillstrata.adapters.codex_calls import OpenCalls, Origin
from skillstrata.adapters.codex_output import Output, event_output, output_of
from skillstrata.adapters.codex_patch import listed_changes
from skillstrata.adapters.codex_requests import PATCH_TOOL, Request, changes_in, command_of, requested
from skillstrata.adapters.history_lines import ZSTANDARD, ObjectLine, fault, head_objects, object_lines
from skillstrata.adapters.history_values import (
    block_text,
    digest,
    elements,
    folder,
    is_context,
    members,
    seconds,
    text,
    usable_id,
)
from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.imports import HistoryItem, LeftOut

AGENT = "codex"
_ENVELOPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state"})
_CALLS = frozenset(
    {"function_call", "local_shell_call", "custom_tool_call", "tool_search_call", "web_search_call"}
    | {"image_generation_call"}
)
_WITHOUT_OUTPUT = frozenset({"web_search_call", "image_generation_call"})
_OUTPUTS = frozenset(
    {"function_call_output", "custom_tool_call_output", "local_shell_call_output", "tool_search_output"}
)
_BARE = _CALLS | _OUTPUTS | {"reasoning"}
_META_IN_HEAD = re.compile(rb'"type"\s*:\s*"session_meta"')
_RECENT_PROMPTS = 32
_MAX_NAME = 80


class CodexRollouts:
    """Fulfils the HistoryReader port for rollouts of Codex CLI, the generations 0.34 to 0.169."""

    agent = AGENT
    version = 1

    def recognises(self, head: bytes) -> bool:
        """Say whether a file begins as a rollout does; a compressed one is taken for one, to be named as not read."""
        if head.startswith(ZSTANDARD):
            return True
        if any(_is_rollout(one) for one in head_objects(head)):
            return True
        return b"\n" not in head and bool(_META_IN_HEAD.search(head)) and b'"payload"' in head

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one rollout."""
        rollout = _Rollout(path)
        for line in object_lines(path):
            yield from rollout.take(line)
        yield from rollout.rest()


def _is_rollout(one: dict[str, object]) -> bool:
    kind = text(one.get("type"))
    if kind in _ENVELOPES and isinstance(one.get("payload"), dict):
        return True
    if "payload" in one or "message" in one:
        return False
    if kind in _BARE:
        return "call_id" in one or "summary" in one or "encrypted_content" in one or kind == "local_shell_call"
    return one.get("record_type") == "state" or (
        not kind and "instructions" in one and "id" in one and "timestamp" in one
    )


class _Rollout:
    """One file while it is read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._session = ""
        self._fallback = os.path.splitext(os.path.basename(path))[0]
        self._sub_agent = ""
        self._cwd = ""
        self._calls = OpenCalls(AGENT)
        self._prompts: OrderedDict[str, str] = OrderedDict()
        self._envelopes: dict[str, Callable[[dict[str, object], Origin], list[HistoryItem]]] = {
            "session_meta": self._meta,
            "turn_context": self._turn,
            "response_item": self._item,
            "event_msg": self._event,
        }
        self._events: dict[str, Callable[[dict[str, object], Origin], list[HistoryItem]]] = {
            "user_message": self._user_message,
            "exec_command_begin": self._command_begins,
            "exec_command_end": self._command_ends,
            "patch_apply_end": self._patch_ends,
            "mcp_tool_call_end": self._mcp_ends,
            "item_completed": self._item_ends,
        }

    def take(self, line: ObjectLine) -> list[HistoryItem]:
        """Read one line."""
        if line.value is None:
            return [fault(self._path, line.number, line.reason)]
        value = line.value
        kind = text(value.get("type"))
        if kind in _ENVELOPES and not isinstance(value.get("payload"), dict):
            return [fault(self._path, line.number, f"the {kind} has no payload")]
        payload = members(value.get("payload"))
        # Most lines are of these two kinds and say nothing of a call: they are counted without a look at the rest.
        inner = payload.get("type")
        if (kind == "event_msg" and text(inner) not in self._events) or (
            kind == "response_item" and inner == "reasoning"
        ):
            return [HistoryItem(line.number, left_out=LeftOut(f"{kind} {text(inner)}"[:_MAX_NAME]))]
        origin = self._origin(line.number, value)
        read = self._envelopes.get(kind)
        return read(payload, origin) if read is not None else self._bare(value, kind, origin)

    def rest(self) -> list[HistoryItem]:
        """Give what is still open when the file ends."""
        return self._calls.rest()

    def _origin(self, number: int, value: dict[str, object]) -> Origin:
        at_s = seconds(value.get("timestamp"))
        return Origin(number, at_s, self._session or self._fallback, self._sub_agent, self._cwd)

    def _bare(self, value: dict[str, object], kind: str, origin: Origin) -> list[HistoryItem]:
        """Read a line of the oldest files, which have the items without an envelope."""
        if kind in _BARE or kind == "message":
            return self._item(value, origin)
        if not kind and "id" in value and "timestamp" in value and not self._session:
            return self._meta(value, origin)
        return [_left(origin, kind or text(value.get("record_type")) or "without a type")]

    def _meta(self, payload: dict[str, object], origin: Origin) -> list[HistoryItem]:
        meta = members(payload.get("meta")) or payload
        if self._session:
            return [_left(origin, "session_meta")]
        own = usable_id(meta.get("id")) or self._fallback
        spawned = members(members(members(meta.get("source")).get("subagent")).get("thread_spawn"))
        is_sub_agent = "subagent" in members(meta.get("source")) or meta.get("source") == "subagent"
        parent = usable_id(spawned.get("parent_thread_id")) or usable_id(meta.get("parent_thread_id"))
        self._sub_agent = own if is_sub_agent else ""
        self._session = (parent or usable_id(meta.get("session_id")) or own) if is_sub_agent else own
        self._cwd = folder(meta.get("cwd"))
        at_s = origin.at_s if origin.at_s is not None else seconds(meta.get("timestamp"))
        started = Origin(origin.line, at_s, self._session, self._sub_agent, self._cwd)
        return [_record(started, EventKind.SESSION_START, "session_meta")]

    def _turn(self, payload: dict[str, object], origin: Origin) -> list[HistoryItem]:
        self._cwd = folder(payload.get("cwd")) or self._cwd
        return [*self._calls.settle(), _left(origin, "turn_context")]

    def _item(self, item: dict[str, object], origin: Origin) -> list[HistoryItem]:
        """Read an item of what the model was given and gave."""
        kind = text(item.get("type"))
        if kind in _WITHOUT_OUTPUT:
            return [*self._calls.settle(), *self._calls.tell(requested(item), _without_output(item), origin)]
        if kind in _CALLS:
            return self._calls.ask(requested(item), origin)
        if kind in _OUTPUTS:
            said = output_of(item.get("output", item.get("tools")))
            return self._calls.answer(usable_id(item.get("call_id")) or usable_id(item.get("id")), said, origin)
        if kind == "message":
            return [*self._calls.settle(), *self._message(item, origin)]
        return [_left(origin, f"response_item {kind}")]

    def _message(self, item: dict[str, object], origin: Origin) -> list[HistoryItem]:
        role = text(item.get("role"))
        if role != "user":
            return [_left(origin, f"message {role}")]
        parts = elements(item.get("content")) or [item.get("content")]
        said = "\n".join(part for one in parts if (part := block_text(one)) and not is_context(part))
        return self._prompt(said, "message", origin) if said.strip() else [_left(origin, "message context")]

    def _user_message(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        said = text(event.get("message"))
        return self._prompt(said, "event", origin) if said.strip() else [_left(origin, "user_message empty")]

    def _prompt(self, said: str, source: str, origin: Origin) -> list[HistoryItem]:
        """Give a prompt once: the message, the event and the item of one prompt have the same text."""
        key = digest(said.strip())
        sources = self._prompts.pop(key, "")
        is_new = not sources or f"|{source}" in sources
        self._prompts[key] = f"|{source}" if is_new else f"{sources}|{source}"
        if len(self._prompts) > _RECENT_PROMPTS:
            self._prompts.popitem(last=False)
        if not is_new:
            return [_left(origin, f"second record of a prompt ({source})")]
        return [_record(origin, EventKind.PROMPT, "user_message", said)]

    def _event(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        return self._events[text(event.get("type"))](event, origin)

    def _command_begins(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        request = _told_command(event, usable_id(event.get("call_id")))
        return (
            self._calls.ask(request, origin, own_record=False) if request.call_id else [_left(origin, "command begin")]
        )

    def _command_ends(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        return self._calls.tell(_told_command(event, usable_id(event.get("call_id"))), event_output(event), origin)

    def _patch_ends(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        request = Request(PATCH_TOOL, usable_id(event.get("call_id")) or usable_id(event.get("id")))
        return self._calls.tell(request, _patch_output(event), origin, listed_changes(event.get("changes")))

    def _mcp_ends(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        asked = members(event.get("invocation"))
        tool = f"mcp__{text(asked.get('server'))}__{text(asked.get('tool'))}"
        result = members(event.get("result"))
        failed = "Err" in result or members(result.get("Ok")).get("isError") is True
        return self._calls.tell(
            Request(tool, usable_id(event.get("call_id"))), Output("", failed=failed, stated=True), origin
        )

    def _item_ends(self, event: dict[str, object], origin: Origin) -> list[HistoryItem]:
        item = members(event.get("item"))
        kind, own = text(item.get("type")), usable_id(item.get("id"))
        match kind:
            case "CommandExecution":
                return self._calls.tell(_told_command(item, own), event_output(item), origin)
            case "FileChange":
                return self._patch_ends(item, origin)
            case "McpToolCall" | "DynamicToolCall":
                tool = text(item.get("tool"))
                name = f"mcp__{text(item.get('server'))}__{tool}" if kind == "McpToolCall" else tool
                failed = text(item.get("status")).lower() == "failed"
                return self._calls.tell(Request(name, own), Output("", failed=failed, stated=True), origin)
            case "UserMessage":
                said = "".join(block_text(one) for one in elements(item.get("content")))
                return self._prompt(said, "item", origin) if said.strip() else [_left(origin, "item UserMessage")]
            case _:
                return [_left(origin, f"item {kind}"[:_MAX_NAME])]


def _without_output(item: dict[str, object]) -> Output:
    return Output("", failed=text(item.get("status")).lower() == "failed", stated=True)


def _told_command(told: dict[str, object], call_id: str) -> Request:
    """Read the request out of an event or item of a command."""
    asked = told.get("command")
    argv = tuple(word for word in elements(asked) if isinstance(word, str))
    command = text(asked) if isinstance(asked, str) else command_of(argv)
    is_shown = asked is not None
    return Request(
        "exec_command",
        call_id,
        command=command if is_shown else None,
        workdir=folder(told.get("cwd")),
        changes=changes_in(command),
    )


def _patch_output(event: dict[str, object]) -> Output:
    status = text(event.get("status")).lower()
    failed = event.get("success") is False or status == "failed"
    said = text(event.get("stdout")) + text(event.get("stderr"))
    return Output(said, failed=failed, stated=status not in {"declined", "inprogress"}, refused=status == "declined")


def _record(origin: Origin, kind: EventKind, name: str, prompt: str = "") -> HistoryItem:
    record = AgentRecord(
        agent=AGENT,
        kind=kind,
        name=name,
        session=origin.session,
        cwd=origin.cwd,
        sub_agent=origin.sub_agent,
        prompt=prompt,
        content_digest=digest(kind.value, origin.session, origin.sub_agent, origin.at_s, prompt),
        at_s=origin.at_s,
    )
    return HistoryItem(origin.line, record)


def _left(origin: Origin, what: str) -> HistoryItem:
    return HistoryItem(origin.line, left_out=LeftOut(what[:_MAX_NAME]))
