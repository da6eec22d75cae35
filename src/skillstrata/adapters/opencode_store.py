"""OpenCode's sessions -> records: its SQLite store, `opencode export`, and the JSON files of older versions.

    session(id, parent_id, directory) <- message(id, session_id, data) <- part(id, message_id, session_id, data)

In     a database, a JSON text `{info, messages: [{info, parts}]}`, or one part alone
Out    HistoryItem by HistoryItem, row by row in the order they were written; `line` is the number of the row, which a
       fault names in its reason
Never  changes the store or anything beside it
Why    made from the published schema and format notes; not yet tried on a store of a real user
"""

import os.path
import re
import sqlite3
from collections.abc import Iterator

from skillstrata.adapters.history_lines import fault, parsed_object
from skillstrata.adapters.history_values import elements, folder, members, seconds, text, usable_id
from skillstrata.adapters.json_elements import MAX_PIECE_BYTES, pieces
from skillstrata.adapters.opencode_database import DatabaseBusy, Row, columns, opened, words
from skillstrata.adapters.opencode_parts import AGENT, CallIds, Place, item_of, session_start
from skillstrata.records.imports import HistoryItem, LeftOut

_SQLITE = b"SQLite format 3\x00"
_TABLES = (
    re.compile(rb"CREATE TABLE\s+[`\"]?part[`\"]?\s*\("),
    re.compile(rb"CREATE TABLE\s+[`\"]?message[`\"]?\s*\("),
    re.compile(rb"session_id"),
)
_EXPORT = (re.compile(rb'"info"\s*:\s*\{'), re.compile(rb'"(?:sessionID|directory|projectID)"\s*:'))
_PART = (re.compile(rb'"messageID"\s*:'), re.compile(rb'"sessionID"\s*:'), re.compile(rb'"type"\s*:'))
# A cell that is too large to hold is not read: its row is a fault.
_PARTS = """
    SELECT p.rowid, p.id, p.message_id, p.session_id,
           CASE WHEN length(p.data) <= 16000000 THEN CAST(p.data AS BLOB) END, NULL
    FROM part p ORDER BY p.rowid"""
_PARTS_AND_MESSAGES = """
    SELECT p.rowid, p.id, p.message_id, p.session_id,
           CASE WHEN length(p.data) <= 16000000 THEN CAST(p.data AS BLOB) END,
           CASE WHEN length(m.data) <= 16000000 THEN CAST(m.data AS BLOB) END
    FROM part p LEFT JOIN message m ON m.id = p.message_id ORDER BY p.rowid"""
_MAX_ANCESTORS = 16
_MAX_NAME = 80
Fields = dict[str, object]


class OpenCodeStore:
    """Fulfils the HistoryReader port for what OpenCode keeps and exports."""

    agent = AGENT
    version = 1

    def recognises(self, head: bytes) -> bool:
        """Say whether a file begins as OpenCode's store, export or part does."""
        if head.startswith(_SQLITE):
            return all(mark.search(head) for mark in _TABLES)
        if head.lstrip()[:1] != b"{" or b'"uuid"' in head:
            return False
        return all(mark.search(head) for mark in _EXPORT) or all(mark.search(head) for mark in _PART)

    def items(self, path: str) -> Iterator[HistoryItem]:
        """Read one store, export or part."""
        try:
            if _is_database(path):
                with opened(path) as connection:
                    yield from _Store(path, connection).items()
            else:
                yield from _Export(path).items()
        except DatabaseBusy:
            yield fault(path, 0, "it is being written without a pause: import it again later")
        except sqlite3.Error as error:
            yield fault(path, 0, f"the database cannot be read further: {error}")
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            yield fault(path, 0, f"cannot be read: {said or type(error).__name__}")


def _is_database(path: str) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        return os.read(descriptor, len(_SQLITE)) == _SQLITE
    finally:
        os.close(descriptor)


class _Store:
    """One database while it is read."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._sessions = columns(connection, "session")
        self._messages = columns(connection, "message")
        self._ids = CallIds()
        self._known: tuple[str, Place] = ("", Place(0, ""))

    def items(self) -> Iterator[HistoryItem]:
        """Give every session, then every part."""
        if not {"id", "data", "message_id", "session_id"} <= columns(self._connection, "part"):
            yield fault(self._path, 0, "the database has no table of parts as OpenCode makes it")
            return
        if "id" in self._sessions:
            rows: Iterator[Row] = self._connection.execute("SELECT id FROM session ORDER BY rowid")
            for (own,) in rows:
                yield session_start(self._session(words(own)))
        yield from self._parts()
        yield from self._others()

    def _parts(self) -> Iterator[HistoryItem]:
        query = _PARTS_AND_MESSAGES if {"id", "data"} <= self._messages else _PARTS
        rows: Iterator[Row] = self._connection.execute(query)
        last: object = None
        message: Fields = {}
        for row, own, message_id, session_id, data, said in rows:
            line = row if isinstance(row, int) else 0
            if message_id != last:
                last, message = message_id, _object(said)
            place = _in_message(self._session(words(session_id)), message, line, words(message_id))
            part = parsed_object(data) if isinstance(data, bytes) else "the row is empty or too large"
            if isinstance(part, str):
                yield fault(self._path, 0, f"row {line}, part {words(own)[:_MAX_NAME]}: {part}")
            else:
                yield item_of({**part, "id": words(own)}, place, self._ids)

    def _others(self) -> Iterator[HistoryItem]:
        """Count what newer versions keep in a table of their own: it is not read."""
        if "type" in columns(self._connection, "session_message"):
            rows: Iterator[Row] = self._connection.execute("SELECT rowid, type FROM session_message")
            for row, kind in rows:
                line = row if isinstance(row, int) else 0
                yield HistoryItem(line, left_out=LeftOut(f"session_message {words(kind)}"[:_MAX_NAME]))

    def _session(self, own: str) -> Place:
        """Give what is known of a session; one that another started belongs to the first of them."""
        if self._known[0] != own:
            parent, directory, at_s = self._row(own)
            root = parent
            for _ in range(_MAX_ANCESTORS):
                above = self._row(root)[0] if root else ""
                if not above or above == own:
                    break
                root = above
            place = Place(0, root or own, own if root else "", cwd=directory, at_s=at_s)
            self._known = (own, place)
        return self._known[1]

    def _row(self, own: str) -> tuple[str, str, float | None]:
        if not own or "id" not in self._sessions:
            return "", "", None
        cursor = self._connection.execute("SELECT * FROM session WHERE id = ?", (own,))
        row: Row = cursor.fetchone() or ()
        found = dict(zip((column[0] for column in cursor.description), row, strict=False))
        return words(found.get("parent_id")), folder(words(found.get("directory"))), seconds(found.get("time_created"))


def _object(cell: object) -> Fields:
    found = parsed_object(cell) if isinstance(cell, bytes) else {}
    return {} if isinstance(found, str) else found


def _in_message(session: Place, message: Fields, line: int, own: str) -> Place:
    at_s = seconds(members(message.get("time")).get("created"))
    return Place(
        line,
        session.session,
        session.sub_agent,
        cwd=folder(members(message.get("path")).get("cwd")) or session.cwd,
        message=usable_id(own),
        role=text(message.get("role")),
        at_s=at_s if at_s is not None else session.at_s,
    )


class _Export:
    """One JSON text while it is read."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._place = Place(0, os.path.splitext(os.path.basename(path))[0])
        self._started = False
        self._ids = CallIds()

    def items(self) -> Iterator[HistoryItem]:
        """Give the session, then every part of every message."""
        alone: Fields = {}
        for piece in pieces(self._path, "messages"):
            value = parsed_object(b'{"v":' + piece.raw + b"}") if not piece.reason else piece.reason
            if isinstance(value, str):
                yield fault(self._path, piece.line, value)
            elif piece.item:
                yield from self._start(self._info_ahead() if not self._started else None)
                yield from self._message(members(value.get("v")), piece.line)
            elif piece.key == "info":
                yield from self._start(members(value.get("v")))
            elif len(piece.raw) <= MAX_PIECE_BYTES:
                alone[piece.key] = value.get("v")
        yield from self._alone(alone)

    def _start(self, info: Fields | None) -> list[HistoryItem]:
        if self._started or info is None:
            return []
        self._started = True
        own, parent = usable_id(info.get("id")) or self._place.session, usable_id(info.get("parentID"))
        at_s = seconds(members(info.get("time")).get("created"))
        self._place = Place(1, parent or own, own if parent else "", cwd=folder(info.get("directory")), at_s=at_s)
        return [session_start(self._place)]

    def _info_ahead(self) -> Fields:
        """Look for what is said of the session behind its messages."""
        for piece in pieces(self._path, "messages"):
            if piece.key == "info" and not piece.item and not piece.reason:
                return _object(piece.raw)
        return {}

    def _message(self, message: Fields, line: int) -> Iterator[HistoryItem]:
        info = members(message.get("info"))
        place = _in_message(self._place, info, line, text(info.get("id")))
        parts = elements(message.get("parts"))
        if not parts:
            yield HistoryItem(line, left_out=LeftOut("message without parts"))
        for part in parts:
            yield item_of(members(part), place, self._ids)

    def _alone(self, part: Fields) -> Iterator[HistoryItem]:
        """Read a file of older versions, which holds one part."""
        if "messageID" not in part:
            return
        session = usable_id(part.get("sessionID")) or self._place.session
        yield item_of(part, Place(1, session, message=usable_id(part.get("messageID"))), self._ids)
