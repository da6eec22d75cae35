"""A chat of Gemini CLI -> records of its calls, prompts and session.

In     JSON lines (a first line about the session, messages, `$set`, `$rewindTo`), or the older single JSON text
Out    HistoryItem by HistoryItem; a message that is written again and again gives each of its calls once
Never  drops a call because the user went back behind it: it ran; invents an exit code
Why    a message grows while it is the last one, so its calls are given when the next message comes
"""

import os
import os.path
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from skillstrata.adapters.gemini_tools import change_of, shell_of
from skillstrata.adapters.history_lines import fault, head_objects, object_lines, parsed_object
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
    within,
)
from skillstrata.adapters.json_elements import Piece, pieces
from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.imports import HistoryItem, LeftOut

AGENT = "gemini-cli"
MAX_OPEN = 5_000
_MAX_REMEMBERED = 100_000
_HEAD_BYTES = 64 * 1024
_MAX_NAME = 80
_WHOLE = (
    re.compile(rb'"sessionId"\s*:'),
    re.compile(rb'"projectHash"\s*:'),
    re.compile(rb'"(?:messages|startTime)"\s*:'),
)
_ENDED = frozenset({"success", "error", "cancelled"})
_MESSAGES = "messages"


class GeminiChats:
    """Fulfils the HistoryReader port for chats of Gemini CLI, as JSON lines and as one JSON text."""

    agent = AGENT
    version = 1

    def recognises(self, head: bytes) -> bool:
        """Say whether a file begins as a chat does."""
        if any(_is_chat(one) for one in head_objects(head)):
            return True
        return _looks_whole(head)

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one chat."""
        chat = _Chat(path)
        if _is_whole(path):
            yield from _whole(path, chat)
        else:
            for line in object_lines(path):
                if line.value is None:
                    yield fault(path, line.number, line.reason)
                else:
                    yield from chat.take(line.value, line.number)
        yield from chat.rest()


def _is_chat(one: dict[str, object]) -> bool:
    if "uuid" in one or "message" in one:
        return False
    if "sessionId" in one and "projectHash" in one:
        return True
    is_message = text(one.get("type")) in {"user", "gemini"} and "content" in one and "timestamp" in one and "id" in one
    return is_message or "$rewindTo" in one or isinstance(one.get("$set"), dict)


def _is_whole(path: str) -> bool:
    """Say whether a file is one JSON text rather than lines of it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError):
        return False
    try:
        head = os.read(descriptor, _HEAD_BYTES)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    first = [one for one in head_objects(head) if _is_chat(one)]
    return isinstance(first[0].get(_MESSAGES), list) if first else _looks_whole(head)


def _looks_whole(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and all(mark.search(head) for mark in _WHOLE)


def _whole(path: str, chat: "_Chat") -> Iterator[HistoryItem]:
    for piece in pieces(path, _MESSAGES):
        if piece.item and not chat.has_session:
            # The messages stand before the session's id: it is looked for first, so that they carry it.
            for other in pieces(path, _MESSAGES):
                yield from _member(path, other, chat) if not other.item and not other.reason else ()
        if piece.reason:
            yield fault(path, piece.line, piece.reason)
        elif not piece.item:
            yield from _member(path, piece, chat)
        else:
            value = parsed_object(piece.raw)
            yield from [fault(path, piece.line, value)] if isinstance(value, str) else chat.message(value, piece.line)


def _member(path: str, piece: Piece, chat: "_Chat") -> Iterator[HistoryItem]:
    """Read a member that says something about the session."""
    if piece.key in {"sessionId", "startTime", "kind", "directories"}:
        value = parsed_object(b'{"v":' + piece.raw + b"}")
        if isinstance(value, str):
            yield fault(path, piece.line, value)
        else:
            chat.learn({piece.key: value.get("v")}, piece.line)


@dataclass(frozen=True, slots=True)
class _Held:
    line: int
    message: str
    own: str
    asked: str
    call: dict[str, object]
    at_s: float | None


class _Chat:
    """One file while it is read."""

    def __init__(self, path: str) -> None:
        self._fallback = os.path.splitext(os.path.basename(path))[0]
        self._session = ""
        self._started = False
        self._start_s: float | None = None
        self._start_line = 1
        self._sub_agent = False
        self._cwd = ""
        self._last = ""
        self._open: OrderedDict[str, _Held] = OrderedDict()
        self._given: OrderedDict[str, str] = OrderedDict()
        self._messages: OrderedDict[str, str] = OrderedDict()

    @property
    def has_session(self) -> bool:
        """Say whether the session's id is known."""
        return bool(self._session)

    def learn(self, fields: dict[str, object], line: int) -> None:
        """Take what a first line, a `$set` or a member says of the session."""
        if not self._session:
            self._start_line = line
        self._session = self._session or usable_id(fields.get("sessionId"))
        self._start_s = self._start_s if self._start_s is not None else seconds(fields.get("startTime"))
        self._sub_agent = self._sub_agent or fields.get("kind") == "subagent"
        self._cwd = self._cwd or next((folder(one) for one in elements(fields.get("directories"))), "")

    def take(self, value: dict[str, object], line: int) -> list[HistoryItem]:
        """Read one line."""
        if "$set" in value:
            changed = members(value.get("$set"))
            self.learn(changed, line)
            again = [members(one) for one in elements(changed.get(_MESSAGES))]
            return [_left(line, "$set"), *(item for one in again for item in self.message(one, line))]
        if "$rewindTo" in value:
            return [_left(line, "$rewindTo")]
        if "sessionId" in value and "type" not in value:
            self.learn(value, line)
            again = [members(one) for one in elements(value.get(_MESSAGES))]
            return [*self._start(), *(item for one in again for item in self.message(one, line))]
        return self.message(value, line)

    def message(self, message: dict[str, object], line: int) -> list[HistoryItem]:
        """Read one message, perhaps for the second time."""
        items = self._start()
        kind = text(message.get("type"))
        own = usable_id(message.get("id")) or digest(kind, message.get("timestamp"), message.get("content"))
        if own != self._last:
            items.extend(self._over())
            self._last = own
        at_s = seconds(message.get("timestamp"))
        for one in elements(message.get("toolCalls")):
            self._hold(members(one), line, own, at_s)
        while len(self._open) > MAX_OPEN:
            items.append(self._give(next(iter(self._open))))
        return [*items, *self._said(message, kind, own, line)]

    def rest(self) -> list[HistoryItem]:
        """Give what is still open when the file ends."""
        return [*self._start(), *(self._give(key) for key in list(self._open))] if self._session or self._open else []

    def _said(self, message: dict[str, object], kind: str, own: str, line: int) -> list[HistoryItem]:
        """Give a prompt the first time it is met, and count every other message."""
        is_again = own in self._messages
        _remember(self._messages, own, "")
        if is_again or kind != "user":
            return [_left(line, "repeated message" if is_again else (kind or "message without a type")[:_MAX_NAME])]
        shown = message.get("displayContent") or message.get("content")
        parts = elements(shown) or [shown]
        said = "\n".join(part for one in parts if (part := block_text(one)) and not is_context(part))
        if not said.strip():
            return [_left(line, "message without a prompt")]
        return [self._mark(line, EventKind.PROMPT, "user", seconds(message.get("timestamp")), said)]

    def _hold(self, call: dict[str, object], line: int, message: str, at_s: float | None) -> None:
        asked = digest(call.get("name"), call.get("args"))
        own = usable_id(call.get("id"))
        key = own or f"{message} {asked}"
        if self._given.get(key, asked) != asked:
            # Somebody else's id: this call is known by what it asked for.
            own, key = "", f"{message} {asked}"
        if key in self._given:
            return
        if key in self._open:
            line = self._open[key].line
        self._open[key] = _Held(line, message, own, asked, call, at_s)

    def _over(self) -> list[HistoryItem]:
        """Give the calls that have ended: their message is complete."""
        return [self._give(k) for k, held in list(self._open.items()) if text(held.call.get("status")) in _ENDED]

    def _give(self, key: str) -> HistoryItem:
        held = self._open.pop(key)
        _remember(self._given, key, held.asked)
        return HistoryItem(held.line, self._call(held))

    def _start(self) -> list[HistoryItem]:
        if self._started:
            return []
        self._started = True
        return [self._mark(self._start_line, EventKind.SESSION_START, "session", self._start_s)]

    def _call(self, held: _Held) -> AgentRecord:
        call = held.call
        tool, args = text(call.get("name")), members(call.get("args"))
        at_s = seconds(call.get("timestamp"))
        at_s = at_s if at_s is not None else held.at_s
        shell, exit_code = shell_of(tool, call)
        failed = call.get("status") == "error" or bool(exit_code)
        ended = text(call.get("status")) in {"success", "error"}
        cwd = within(self._cwd, folder(args.get("directory")) or folder(args.get("dir_path"))) if shell else self._cwd
        return AgentRecord(
            agent=AGENT,
            kind=EventKind.CALL,
            name="tool_call",
            session=self._session or self._fallback,
            cwd=cwd,
            cwd_before=cwd,
            tool_use_id=held.own,
            sub_agent=usable_id(call.get("agentId")) or (self._session if self._sub_agent else ""),
            tool=tool or "unknown",
            failed=failed,
            shell=shell,
            change=change_of(tool, call) if ended and not failed else None,
            content_digest="" if held.own else digest(self._session, held.message, held.asked),
            at_s=at_s,
            exit_code=exit_code,
            ended=ended,
        )

    def _mark(self, line: int, kind: EventKind, name: str, at_s: float | None, prompt: str = "") -> HistoryItem:
        session = self._session or self._fallback
        record = AgentRecord(
            agent=AGENT,
            kind=kind,
            name=name,
            session=session,
            cwd=self._cwd,
            sub_agent=session if self._sub_agent else "",
            prompt=prompt,
            content_digest=digest(kind.value, session, at_s, prompt),
            at_s=at_s,
        )
        return HistoryItem(line, record)


def _remember(kept: OrderedDict[str, str], key: str, value: str) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _MAX_REMEMBERED:
        kept.popitem(last=False)


def _left(line: int, what: str) -> HistoryItem:
    return HistoryItem(line, left_out=LeftOut(what))
