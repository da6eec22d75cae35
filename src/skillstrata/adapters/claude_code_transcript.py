"""One transcript of Claude Code -> its calls, prompts and session marks.

In     the path of a session's or a sub-agent's file, also resumed, forked, cumulative, cut or damaged ones
Out    HistoryItem per call, prompt and mark; every other record left out by its name; a bad line as a fault
Never  goes by the file's name, the client's version or the order of keys; skips a line unparsed, which could hide a
       call or a fault
Why    the format is the client's own and changes with any release: what is not known is counted, not refused
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import cast

from skillstrata.adapters.claude_code_calls import AGENT
from skillstrata.adapters.history_values import elements, members, text, usable_id
from skillstrata.adapters.lenient_json import parsed_or_mended
from skillstrata.adapters.transcript_calls import CallPairs, Told
from skillstrata.adapters.transcript_lines import BYTE_ORDER_MARK, MAX_LINE_BYTES, Line, history_lines
from skillstrata.adapters.transcript_prompts import ends_session, not_typed, typed_text
from skillstrata.adapters.transcript_records import call_record, mark_record
from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.imports import HistoryItem, ImportFault, LeftOut

Record = dict[str, object]

_CHAIN = frozenset({"assistant", "user", "system", "progress", "attachment"})
_CHAIN_KEYS = frozenset({"uuid", "parentUuid", "sessionId", "session_id"})
_SIGNS = (b'"parentUuid":', b'"isSidechain":', b'"isSnapshotUpdate":', b'"leafUuid":')
_MAX_NAME = 60
_MAX_SESSIONS = 1000


class ClaudeCodeTranscriptReader:
    """Fulfils the HistoryReader port for the transcripts that Claude Code writes, every version seen so far."""

    agent = AGENT
    version = 1

    def __init__(self, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        """Remember the most bytes a line may have."""
        self._max_line_bytes = max_line_bytes

    def recognises(self, head: bytes) -> bool:
        """Say whether a file that begins with these bytes is a transcript.

        Source:
            The envelope of the records of clients 1.0.5x to 2.1.3xx, and of the same records printed as a stream.
        """
        lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
        for line in lines[:-1]:
            try:
                record = parsed_or_mended(line.strip(b" \t\r\x00"))
            except ValueError:
                continue
            if _is_ours(members(record)):
                return True
        return _begins_ours(lines[-1])

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one file from its beginning."""
        return _Transcript(path).items(self._max_line_bytes)


def _is_ours(record: Record) -> bool:
    kind = record.get("type")
    if isinstance(kind, str) and kind in _CHAIN:
        return not _CHAIN_KEYS.isdisjoint(record) and "payload" not in record
    if kind == "summary":
        return "leafUuid" in record
    if kind == "file-history-snapshot":
        return "messageId" in record and "snapshot" in record
    return isinstance(kind, str) and isinstance(record.get("sessionId"), str) and "payload" not in record


def _begins_ours(line: bytes) -> bool:
    """Judge a line that is cut off: by keys, which within a text would have backslashes before their quotes."""
    try:
        return _is_ours(members(parsed_or_mended(line.strip(b" \t\r\x00"))))
    except ValueError:
        compact = line.replace(b'": ', b'":')
        return compact.lstrip().startswith(b"{") and any(sign in compact for sign in _SIGNS)


class _Transcript:
    """One pass over one file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._calls = CallPairs(self._call_record)
        self._cwd = ""
        self._sessions: set[str] = set()
        self._redacted = ""

    def items(self, max_line_bytes: int) -> Iterator[HistoryItem]:
        for line in history_lines(self._path, max_bytes=max_line_bytes):
            if line.reason:
                yield self._fault(line.number, line.reason)
                continue
            try:
                value = parsed_or_mended(line.data)
            except ValueError as error:
                why = f"not JSON: {error}" if line.whole else "the last line is cut off"
                yield self._fault(line.number, why)
                continue
            if isinstance(value, dict):
                yield from self._record(cast("Record", value), line)
            else:
                yield self._fault(line.number, "not a JSON object")
        yield from self._calls.rest()

    def _fault(self, number: int, reason: str) -> HistoryItem:
        return HistoryItem(number, fault=ImportFault(self._path, number, reason))

    def _record(self, record: Record, line: Line) -> Iterable[HistoryItem]:
        kind = record.get("type")
        cwd = record.get("cwd")
        if cwd and isinstance(cwd, str):
            self._cwd = cwd
        match kind:
            case "assistant" | "user":
                found = self._message(record, line)
            case "progress":
                found = self._progress(record, line)
            case "attachment":
                found = (self._attachment(record, line),)
            case _:
                found = (_left_out(line, kind, record.get("subtype")),)
        starts = record.get("parentUuid", "") is None and self._starts(record, line)
        return (self._mark(record, line, EventKind.SESSION_START, "startup"), *found) if starts else found

    def _starts(self, record: Record, line: Line) -> bool:
        """Say whether this is the first record without a parent of its session."""
        session = self._session(record, line)
        if session in self._sessions or record.get("isSidechain") is True or record.get("agentId"):
            return False
        if len(self._sessions) < _MAX_SESSIONS:
            self._sessions.add(session)
        return True

    def _mark(self, record: Record, line: Line, kind: EventKind, said: str) -> HistoryItem:
        session = self._session(record, line)
        made = mark_record(record, kind, session=session, cwd=text(record.get("cwd")) or self._cwd, said=said)
        return HistoryItem(line.number, record=made)

    def _progress(self, record: Record, line: Line) -> Iterable[HistoryItem]:
        """Give the calls of a sub-agent whose messages are embedded here, and often nowhere else."""
        told = members(record.get("data"))
        found: list[HistoryItem] = []
        held = False
        for one in (told.get("message"), *elements(told.get("normalizedMessages"))):
            inner = members(one)
            blocks = _call_blocks(members(inner.get("message")).get("content"))
            if blocks:
                held = True
                found += self._calls_of(blocks, _embedded(inner, record, told), line)
        return found if held else (_left_out(line, "progress", told.get("type")),)

    def _message(self, record: Record, line: Line) -> Iterable[HistoryItem]:
        message = members(record.get("message"))
        content = message.get("content")
        blocks = _call_blocks(content)
        if blocks:
            return self._calls_of(blocks, record, line)
        if record.get("type") == "user":
            return (self._typed(record, content, line),)
        model = message.get("model")
        return (_left_out(line, "assistant", model if model == "<synthetic>" else _first_type(content)),)

    def _typed(self, record: Record, content: object, line: Line) -> HistoryItem:
        typed = typed_text(content)
        reason = not_typed(record, typed)
        if not reason:
            return self._mark(record, line, EventKind.PROMPT, typed)
        if ends_session(typed) and record.get("isSidechain") is not True:
            return self._mark(record, line, EventKind.SESSION_END, "prompt_input_exit")
        return _left_out(line, "user", reason)

    def _attachment(self, record: Record, line: Line) -> HistoryItem:
        """Give what was typed while the agent worked; other attachments, hooks' output among them, are left out."""
        attached = members(record.get("attachment"))
        kind, mode = attached.get("type"), attached.get("commandMode")
        if kind == "queued_command" and mode in {None, "prompt"}:
            typed = typed_text(attached.get("prompt"))
            if not not_typed({**record, "origin": attached.get("origin") or record.get("origin")}, typed):
                return self._mark(record, line, EventKind.PROMPT, typed)
        return _left_out(line, "attachment", kind)

    def _calls_of(self, blocks: list[tuple[bool, Record]], envelope: Record, line: Line) -> list[HistoryItem]:
        found: list[HistoryItem] = []
        if len(blocks) > 1 and sum(not is_call for is_call, _ in blocks) > 1:
            # The record's own form of a result says nothing of which it belongs to, where there are several.
            envelope = {**envelope, "toolUseResult": None, "tool_use_result": None}
        nameless = 0
        for is_call, block in blocks:
            given = usable_id(block.get("id" if is_call else "tool_use_id"))
            nameless += not given
            folder = text(envelope.get("cwd")) or self._cwd
            told = Told(line.number, given, block, envelope, self._session(envelope, line), folder, len(line.data))
            if is_call:
                found += self._calls.ask(given or f"@{envelope.get('uuid') or line.number}#{nameless}", told)
            else:
                parent = envelope.get("sourceToolAssistantUUID") or envelope.get("parentUuid")
                found += self._calls.answer(given or f"@{parent}#{nameless}", told)
        return found

    def _session(self, record: Record, line: Line) -> str:
        """Give the session that a record was first written for: a fork's copies keep that of their origin."""
        forked = record.get("forkedFrom")
        origin = text(members(forked).get("sessionId")) if forked else ""
        session = origin or text(record.get("sessionId")) or text(record.get("session_id"))
        if usable_id(session):
            return session
        if not self._redacted:
            # Copies of a history begin alike, and different ones do not.
            self._redacted = f"unnamed-{hashlib.sha256(line.data).hexdigest()[:24]}"
        return self._redacted

    def _call_record(self, asked: Told, answer: Told | None) -> AgentRecord:
        return call_record(asked, answer, transcript=self._path)


def _call_blocks(content: object) -> list[tuple[bool, Record]]:
    """Give the calls (True) and results (False) among the blocks of a message."""
    if not isinstance(content, list):
        return []
    found: list[tuple[bool, Record]] = []
    for one in cast("list[object]", content):
        block = members(one)
        kind = block.get("type")
        if isinstance(kind, str) and kind.endswith(("tool_use", "tool_result")):
            found.append((kind.endswith("tool_use"), block))
    return found


def _embedded(inner: Record, record: Record, told: Record) -> Record:
    """Give a message inside a progress record the envelope it would have in the sub-agent's own file."""
    return {
        **record,
        "timestamp": inner.get("timestamp") or record.get("timestamp"),
        "agentId": told.get("agentId") or record.get("agentId"),
        "uuid": inner.get("uuid"),
        "toolUseResult": inner.get("toolUseResult"),
        "toolDenialKind": inner.get("toolDenialKind"),
    }


def _first_type(content: object) -> object:
    blocks = elements(content)
    return members(blocks[0]).get("type") if blocks else "text"


def _left_out(line: Line, kind: object, part: object) -> HistoryItem:
    name = kind if isinstance(kind, str) else "null" if kind is None else "a type that is no text"
    return HistoryItem(line.number, left_out=_named(name, part if isinstance(part, str) else ""))


@functools.lru_cache(maxsize=512)
def _named(kind: str, part: str) -> LeftOut:
    return LeftOut((f"{kind}/{part}" if part else kind)[:_MAX_NAME])
