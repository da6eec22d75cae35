"""Transcripts of Claude Code with the real keys, made record by record.

items(folder, ask("Bash", {"command": "ls"}), got("a.csv"))
"""

import json
from collections import Counter
from pathlib import Path

from skillstrata.adapters.claude_code_transcript import ClaudeCodeTranscriptReader
from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.imports import HistoryItem

SESSION = "5e55104a-0000-4000-8000-000000000001"
CWD = "/home/dev/shop"
CALL = "toolu_01A9bXy7Qk2mNp3RsTuVwXyZ"
BASH = {"command": "python3 to_json.py a.csv", "description": "Run it"}
PRINTED = {"stdout": "12 rows\n", "stderr": "note\n", "interrupted": False, "isImage": False, "noOutputExpected": False}
WRITE = {"file_path": f"{CWD}/a.py", "content": "print(1)\n"}
READER = ClaudeCodeTranscriptReader()


def record(kind: str, **fields: object) -> dict[str, object]:
    """Make a record of the chain with its envelope."""
    envelope = {
        "parentUuid": "u0",
        "isSidechain": False,
        "userType": "external",
        "cwd": CWD,
        "sessionId": SESSION,
        "version": "2.1.197",
        "gitBranch": "main",
        "uuid": "u1",
        "timestamp": "2026-10-01T10:00:00.500Z",
    }
    return {**envelope, "type": kind, **fields}


def ask(tool: str, sent: object, *, id_: str = CALL, **fields: object) -> dict[str, object]:
    """Make the record of a call."""
    block = {"type": "tool_use", "id": id_, "name": tool, "input": sent}
    return record("assistant", message={"role": "assistant", "model": "m", "content": [block]}, **fields)


def got(content: object, *, id_: str = CALL, is_error: bool | None = None, **fields: object) -> dict[str, object]:
    """Make the record of a result."""
    block: dict[str, object] = {"type": "tool_result", "tool_use_id": id_, "content": content}
    if is_error is not None:
        block["is_error"] = is_error
    return record("user", message={"role": "user", "content": [block]}, **fields)


def said(content: object, **fields: object) -> dict[str, object]:
    """Make a user record that is no result."""
    return record("user", message={"role": "user", "content": content}, **fields)


def items(folder: Path, *records: object, name: str = f"{SESSION}.jsonl") -> list[HistoryItem]:
    """Read a file of these records; bytes are lines as they are."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in records))
    return list(READER.items(str(path)))


def records_of(found: list[HistoryItem], kind: EventKind = EventKind.CALL) -> list[AgentRecord]:
    """Give the records of one kind."""
    return [i.record for i in found if i.record is not None and i.record.kind is kind]


def one_call(folder: Path, *records: object) -> AgentRecord:
    """Read the only call of a file."""
    (call,) = records_of(items(folder, *records))
    return call


def left_out(found: list[HistoryItem]) -> Counter[str]:
    """Count what was left out by name."""
    return Counter(i.left_out.what for i in found if i.left_out is not None)


def progress(inner: dict[str, object], **told: object) -> dict[str, object]:
    """Wrap a message as the trunk's file shows it."""
    return record("progress", data={"type": "agent_progress", "agentId": "a1", "message": inner, **told})
