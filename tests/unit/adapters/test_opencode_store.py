"""What OpenCode's store, exports and older files are read as; how the store is opened."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from skillstrata.adapters.opencode_store import OpenCodeStore
from skillstrata.records.events import AgentRecord, EventKind, FileChange, TextEdit
from skillstrata.records.imports import HistoryItem
from tests.contracts.histories_elsewhere import opencode_store

READER = OpenCodeStore()


def tool(name: str = "bash", own: str = "call_a1b2c3d4e5f6g7h8", /, **state: object) -> dict[str, object]:
    """Make a part of a tool call."""
    times = {"start": 1790848805000, "end": 1790848806000}
    given = {"status": "completed", "input": {"command": "ls"}, "output": "a\n", "time": times}
    return {"type": "tool", "id": "prt_1", "callID": own, "tool": name, "state": given | state}


def exported(folder: Path, *parts: object, info_last: bool = False) -> list[HistoryItem]:
    """Read an export with one message."""
    info = {"id": "ses_1", "directory": "/p", "parentID": None, "time": {"created": 1790848800000}}
    messages = [{"info": {"id": "msg_1", "role": "assistant", "sessionID": "ses_1"}, "parts": list(parts)}]
    whole = {"messages": messages, "info": info} if info_last else {"info": info, "messages": messages}
    path = folder / "export.json"
    path.write_text(json.dumps(whole, indent=2), encoding="utf-8")
    assert READER.recognises(path.read_bytes()[:65536])
    return list(READER.items(str(path)))


def one(folder: Path, part: object) -> AgentRecord:
    """Read an export with one call."""
    (record,) = [i.record for i in exported(folder, part) if i.record and i.record.kind is EventKind.CALL]
    return record


@pytest.mark.parametrize(
    ("state", "code", "ended", "failed"),
    [
        ({"metadata": {"exit": 0}}, 0, True, False),
        ({"metadata": {"exit": 2}}, 2, True, True),
        ({"metadata": {"exit": None}}, None, True, False),
        ({"status": "error", "error": "no such file"}, None, True, True),
        ({"status": "error", "error": "The user rejected permission to use this tool"}, None, False, False),
        ({"status": "error", "error": "Tool execution aborted"}, None, False, False),
        ({"status": "running"}, None, False, False),
    ],
)
def test_a_shell_call_ends_as_its_state_says(
    state: dict[str, object], code: int | None, *, ended: bool, failed: bool, tmp_path: Path
) -> None:
    """An exit code is one only where the state holds a number."""
    record = one(tmp_path, tool(**state))

    assert record.shell is not None
    assert (record.exit_code, record.ended, record.failed) == (code, ended, failed)
    assert (record.shell.command, record.cwd, record.at_s) == ("ls", "/p", 1790848806.0)


def test_the_agents_own_note_is_no_output(tmp_path: Path) -> None:
    """A note about a timeout stands behind what was printed."""
    noted = "a\n\n<bash_metadata>\nbash tool terminated command after exceeding timeout 120000 ms\n</bash_metadata>"
    record = one(tmp_path, tool(output=noted))

    assert record.shell is not None
    assert (record.shell.stdout, record.shell.interrupted) == ("a", True)


@pytest.mark.parametrize(
    ("name", "asked", "change"),
    [
        ("write", {"filePath": "/p/a", "content": "1"}, FileChange("/p/a", "1")),
        (
            "edit",
            {"filePath": "/p/a", "oldString": "1", "newString": "2", "replaceAll": True},
            FileChange("/p/a", edits=(TextEdit("1", "2", every=True),)),
        ),
        (
            "multiedit",
            {"filePath": "/p/a", "edits": [{"oldString": "1", "newString": "2"}, {"oldString": "3", "newString": "4"}]},
            FileChange("/p/a", edits=(TextEdit("1", "2"), TextEdit("3", "4"))),
        ),
        (
            "apply_patch",
            {"patchText": "*** Begin Patch\n*** Delete File: a\n*** End Patch"},
            FileChange("a", removed=True),
        ),
    ],
)
def test_a_written_file_is_a_change(name: str, asked: dict[str, object], change: FileChange, tmp_path: Path) -> None:
    """A call that failed changed nothing."""
    assert one(tmp_path, tool(name, input=asked)).change == change
    assert one(tmp_path, tool(name, input=asked, status="error", error="no")).change is None


def test_an_export_is_read_in_any_order_of_its_keys(tmp_path: Path) -> None:
    """The session's folder may stand behind its messages."""
    records = [[i.record for i in exported(tmp_path, tool(), info_last=last) if i.record] for last in (False, True)]

    assert records[0] == records[1]
    assert [r.kind.value for r in records[0]] == ["session_start", "call"]


def test_a_part_alone_is_read(tmp_path: Path) -> None:
    """Older versions keep each part in a file of its own."""
    path = tmp_path / "prt_1.json"
    path.write_text(json.dumps({"sessionID": "ses_1", "messageID": "msg_1", **tool()}), encoding="utf-8")
    (item,) = READER.items(str(path))

    assert READER.recognises(path.read_bytes())
    assert item.record is not None
    assert (item.record.session, item.record.tool) == ("ses_1", "bash")


def test_ids_that_others_have_too_are_not_used(tmp_path: Path) -> None:
    """Some models number their calls anew in each message."""
    parts = [{**tool("bash", id_), "id": f"prt_{n}"} for n, id_ in enumerate(["call_0", "call_0", *["x1y2z3" * 4] * 2])]
    found = [i.record for i in exported(tmp_path, *parts) if i.record and i.record.tool]

    assert [r.tool_use_id for r in found] == ["prt_0", "prt_1", "x1y2z3" * 4, "prt_3"]


def test_a_child_sessions_calls_belong_to_the_first_of_its_line(tmp_path: Path) -> None:
    """Sub-agents have sessions of their own, which point to the one that started them."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("INSERT INTO session VALUES ('ses_2', 'ses_1', '/q'), ('ses_3', 'ses_2', '/r')")
        store.execute("INSERT INTO part VALUES ('prt_9', 'msg_9', 'ses_3', ?)", (json.dumps(tool()),))
    *_, last = [i.record for i in READER.items(str(path)) if i.record]

    assert (last.session, last.sub_agent, last.cwd) == ("ses_1", "ses_3", "/r")


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Give every file of a folder with its size and time."""
    return {name: ((s := os.stat(folder / name)).st_size, s.st_mtime_ns) for name in os.listdir(folder)}


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_store_in_use_is_read_with_its_newest_rows_and_left_as_it_was(mode: str, tmp_path: Path) -> None:
    """The agent may be running: its rows are in a journal, and nobody else may touch its files."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute(f"PRAGMA journal_mode = {mode}")
        store.execute("INSERT INTO part VALUES ('prt_9', 'msg_2', 'ses_1', ?)", (json.dumps(tool("bash", "")),))
        if mode == "wal":
            assert (tmp_path / "opencode.db-wal").stat().st_size
        before = listing(tmp_path)
        items = list(READER.items(str(path)))

        assert listing(tmp_path) == before

    assert [i.fault for i in items if i.fault] == []
    assert "prt_9" in {i.record.tool_use_id for i in items if i.record}


def test_a_store_that_is_locked_is_read(tmp_path: Path) -> None:
    """A writer in the middle of a transaction must not stop an import, nor be stopped by it."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("BEGIN EXCLUSIVE")
        items = list(READER.items(str(path)))
        store.execute("ROLLBACK")

    assert sum(i.calls for i in items) == 4


def test_a_bad_row_costs_that_row_only(tmp_path: Path) -> None:
    """Its number and the part's name are in the reason."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("UPDATE part SET data = '{\"type\": ' WHERE id = 'prt_0003'")
    items = list(READER.items(str(path)))

    assert [i.fault.reason.split(":")[0] for i in items if i.fault] == ["row 4, part prt_0003"]
    assert sum(i.calls for i in items) == 3


def test_a_damaged_store_is_a_fault(tmp_path: Path) -> None:
    """What could be read before the damage is kept."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)

    assert [i.fault.line for i in READER.items(str(path)) if i.fault] == [0]


def test_a_view_is_not_run(tmp_path: Path) -> None:
    """What a stranger's schema holds might never end."""
    path = tmp_path / "opencode.db"
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE message (id text, session_id text, data text)")
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i"
        store.execute(f"CREATE VIEW part AS {endless} AS id, i AS message_id, i AS session_id, i AS data FROM n")
    (item,) = READER.items(str(path))

    assert item.fault is not None
    assert "no table of parts" in item.fault.reason


def test_a_table_that_is_not_read_is_counted(tmp_path: Path) -> None:
    """Newer versions keep messages in another form: silence would look like an empty history."""
    path = tmp_path / "opencode.db"
    opencode_store(path)
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE session_message (id text PRIMARY KEY, session_id text, type text, data text)")
        store.execute("INSERT INTO session_message VALUES ('m', 'ses_1', 'shell', '{}')")

    assert "session_message shell" in {i.left_out.what for i in READER.items(str(path)) if i.left_out}
