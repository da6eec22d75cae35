"""What each form of a Gemini CLI chat is read as."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.gemini_chat import GeminiChats
from skillstrata.records.events import AgentRecord, EventKind, FileChange, TextEdit
from skillstrata.records.imports import HistoryItem

READER = GeminiChats()
META = {"sessionId": "s-1", "projectHash": "ab", "startTime": "2026-10-01T10:00:00.000Z"}
OLD = (
    "Command: x\nDirectory: (root)\nOutput: {}\nError: (none)\nExit Code: {}\nSignal: 0"
    "\nBackground PIDs: (none)\nProcess Group PGID: 7"
)


def call(
    id_: str, said: object, tool: str = "run_shell_command", status: str = "success", /, **args: object
) -> dict[str, object]:
    """Make an entry of a message's calls."""
    response = [{"functionResponse": {"id": id_, "name": tool, "response": {"output": said}}}]
    asked = {"id": id_, "name": tool, "args": args or {"command": "x"}, "status": status}
    return {**asked, "result": response, "timestamp": "2026-10-01T10:00:05.000Z"}


def message(id_: str, kind: str = "gemini", content: object = "", **more: object) -> dict[str, object]:
    """Make a message."""
    return {"id": id_, "timestamp": "2026-10-01T10:00:01.000Z", "type": kind, "content": content, **more}


def items(folder: Path, *lines: object) -> list[HistoryItem]:
    """Read lines as a file."""
    path = folder / "session.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return list(READER.items(str(path)))


def calls(folder: Path, *lines: object) -> list[AgentRecord]:
    """Read lines and give the records of calls."""
    return [i.record for i in items(folder, META, *lines) if i.record and i.record.kind is EventKind.CALL]


@pytest.mark.parametrize(
    ("said", "printed", "code"),
    [
        (OLD.format("12 rows", 0), "12 rows", 0),
        (OLD.format("(empty)", 0), "", 0),
        (OLD.format("a\nExit Code: 9\nb", 0), "a\nExit Code: 9\nb", 0),
        ("Output: 12 rows\nProcess Group PGID: 7", "12 rows", None),
        ("Command: x\nDirectory: d\nStdout: a\nStderr: w\nError: (none)\nExit Code: 0\nSignal: (none)", "a", 0),
        ("plain", "plain", None),
    ],
)
def test_a_shell_call_has_what_was_printed_and_the_agents_exit_code(
    said: str, printed: str, code: int | None, tmp_path: Path
) -> None:
    """The code is in the agent's own lines after the output, not in what a program printed."""
    (record,) = calls(tmp_path, message("m", toolCalls=[call("c1", said)]))

    assert record.shell is not None
    assert (record.shell.stdout, record.exit_code, record.failed, record.ended) == (printed, code, False, True)


def test_a_failure_has_its_output_and_error_as_text(tmp_path: Path) -> None:
    """The status of a command that failed is success."""
    said = OLD.format("out", 3).replace("(none)\nExit", "line 1\nline 2\nExit")
    (record,) = calls(tmp_path, message("m", toolCalls=[call("c1", said)]))

    assert record.shell is not None
    assert (record.failed, record.exit_code, record.shell.error) == (True, 3, "out\nline 1\nline 2")


@pytest.mark.parametrize(
    ("status", "ended", "failed"),
    [("success", True, False), ("error", True, True), ("cancelled", False, False), ("executing", False, False)],
)
def test_the_status_says_whether_a_call_ended(status: str, *, ended: bool, failed: bool, tmp_path: Path) -> None:
    """A call the user refused did not run."""
    (record,) = calls(tmp_path, message("m", toolCalls=[call("c1", "x", "run_shell_command", status)]))

    assert (record.ended, record.failed) == (ended, failed)


@pytest.mark.parametrize(
    ("tool", "args", "shown", "change"),
    [
        ("write_file", {"file_path": "a", "content": "1"}, None, FileChange("a", "1")),
        (
            "write_file",
            {"file_path": "a", "content": "1"},
            {"originalContent": "0", "newContent": "2"},
            FileChange("a", "2", original="0"),
        ),
        (
            "replace",
            {"file_path": "a", "old_string": "x", "new_string": "y", "expected_replacements": 2},
            None,
            FileChange("a", edits=(TextEdit("x", "y", every=True),)),
        ),
    ],
)
def test_a_written_file_is_a_change(
    tool: str, args: dict[str, object], shown: object, change: FileChange, tmp_path: Path
) -> None:
    """What the user changed before it was written is what was written."""
    entry = call("c1", "ok", tool, **args) | ({"resultDisplay": shown} if shown else {})
    failed = {**entry, "id": "c2", "status": "error"}
    first, second = calls(tmp_path, message("m", toolCalls=[entry, failed]))

    assert (first.change, second.change) == (change, None)


def test_a_message_that_is_written_again_gives_each_call_once_as_it_was_last(tmp_path: Path) -> None:
    """A message is written anew with every call; later versions count."""
    running = {"id": "c1", "name": "run_shell_command", "args": {"command": "x"}, "status": "executing"}
    masked = message("m1", toolCalls=[call("c1", "[masked]"), call("c2", "b")])
    found = calls(
        tmp_path,
        message("m1", toolCalls=[running]),
        message("m1", toolCalls=[call("c1", OLD.format("a", 0)), call("c2", "b")]),
        {"$rewindTo": "m1"},
        message("m2", toolCalls=[call("c3", "c")]),
        {"$set": {"messages": [masked, message("m3", toolCalls=[call("c4", "d")])]}},
    )

    assert [(r.tool_use_id, r.shell.stdout if r.shell else "") for r in found] == [
        ("c1", "a"),
        ("c2", "b"),
        ("c3", "c"),
        ("c4", "d"),
    ]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("first", ["sessionId", "messages"])
def test_the_older_single_text_is_read_as_the_lines_are(indent: int | None, first: str, tmp_path: Path) -> None:
    """Before the lines, a chat was one JSON text, printed over many lines; its keys come in any order."""
    talk = [message("m1", "user", "turn a.csv into json"), message("m2", toolCalls=[call("c1", OLD.format("a", 0))])]
    whole: dict[str, object] = {**META, "messages": talk}
    ordered = {first: whole[first]} | whole
    path = tmp_path / "session.json"
    path.write_text(json.dumps(ordered, indent=indent), encoding="utf-8")

    found = list(READER.items(str(path)))

    assert READER.recognises(path.read_bytes())
    assert [i.fault for i in found if i.fault] == []
    assert [i.record for i in found if i.record] == [i.record for i in items(tmp_path, META, *talk) if i.record]


def test_prompts_are_what_the_user_typed(tmp_path: Path) -> None:
    """Results that go back to the model and the session's context have the user's role as well."""
    talk = [
        message("m0", "user", [{"text": "<session_context>\nToday is Monday\n</session_context>"}]),
        message("m1", "user", [{"text": "see file"}], displayContent=[{"text": "see @a.csv"}]),
        message("m2", "user", [{"functionResponse": {"id": "c1", "response": {"output": "x"}}}]),
        message("m1", "user", [{"text": "see file"}]),
    ]

    assert [i.record.prompt for i in items(tmp_path, META, *talk) if i.record and i.record.prompt] == ["see @a.csv"]


def test_a_sub_agents_chat_names_it(tmp_path: Path) -> None:
    """Its file says what kind of session it is and where it works."""
    meta = {**META, "kind": "subagent", "directories": ["/p"]}
    record = items(tmp_path, meta, message("m", toolCalls=[call("c1", "x", command="ls", dir_path="sub")]))[-1].record

    assert record is not None
    assert (record.sub_agent, record.cwd) == ("s-1", "/p/sub")
