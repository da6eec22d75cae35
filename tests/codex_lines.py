"""Lines of a Codex rollout, and what they are read as."""

import json
from pathlib import Path

from skillstrata.adapters.codex_rollout import CodexRollouts
from skillstrata.records.events import AgentRecord, EventKind

READER = CodexRollouts()
HEADER = "Chunk ID: 1a\nWall time: 0.1 seconds\nProcess exited with code {}\nOriginal token count: 3\nOutput:\n"
PATCH = "*** Begin Patch\n*** Add File: a.py\n+1\n*** Add File: b.py\n+2\n*** End Patch\n"


def wrapped(kind: str, **payload: object) -> dict[str, object]:
    """Put a payload into its envelope."""
    return {"timestamp": "2026-10-01T10:00:00.000Z", "type": kind, "payload": payload}


def item(**fields: object) -> dict[str, object]:
    """Make an item of what the model saw."""
    return wrapped("response_item", **fields)


def event(**fields: object) -> dict[str, object]:
    """Make an event of what the screen showed."""
    return wrapped("event_msg", **fields)


def asked(id_: str | None, name: str = "exec_command", **arguments: object) -> dict[str, object]:
    """Ask for a function."""
    call = {"type": "function_call", "name": name, "arguments": json.dumps(arguments)}
    return item(**call, **({"call_id": id_} if id_ else {}))


def got(id_: str | None, output: object, kind: str = "function_call_output") -> dict[str, object]:
    """Give a function's output."""
    return item(type=kind, output=output, **({"call_id": id_} if id_ else {}))


META = wrapped("session_meta", id="s-1", cwd="/p", cli_version="0.140.0")


def read(folder: Path, *lines: object) -> list[AgentRecord]:
    """Read lines as a file, and give its records; a fault fails the test."""
    path = folder / "rollout.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    items = list(READER.items(str(path)))
    assert [i.fault for i in items if i.fault] == []
    return [i.record for i in items if i.record is not None]


def calls(folder: Path, *lines: object) -> list[AgentRecord]:
    """Read lines and give the records of calls."""
    return [r for r in read(folder, META, *lines) if r.kind is EventKind.CALL]


def one(folder: Path, *lines: object) -> AgentRecord:
    """Read lines that hold one call."""
    (record,) = calls(folder, *lines)
    return record
