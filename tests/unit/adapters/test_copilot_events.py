"""What the events of Copilot CLI are read as."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.copilot_events import CopilotEvents
from skillstrata.records.events import AgentRecord, EventKind, FileChange, TextEdit

READER = CopilotEvents()


def event(kind: str, agent: str = "", /, **fields: object) -> dict[str, object]:
    """Make an event."""
    made: dict[str, object] = {"type": kind, "data": fields, "id": "e", "timestamp": "2026-10-01T10:00:00.000Z"}
    return made | ({"agentId": agent} if agent else {})


START = event("session.start", sessionId="s-1", context={"cwd": "/p"})


def asked(id_: str, tool: str = "bash", agent: str = "", /, **arguments: object) -> dict[str, object]:
    """Start a call."""
    return event("tool.execution_start", agent, toolCallId=id_, toolName=tool, arguments=arguments or {"command": "x"})


def got(id_: str, content: str = "", **more: object) -> dict[str, object]:
    """Complete a call."""
    ended: dict[str, object] = {"toolCallId": id_, "success": True, "result": {"content": content}}
    return event("tool.execution_complete", **(ended | more))


def calls(folder: Path, *lines: object) -> list[AgentRecord]:
    """Read lines and give the records of calls; a fault fails the test."""
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in (START, *lines)), encoding="utf-8")
    items = list(READER.items(str(path)))
    assert [i.fault for i in items if i.fault] == []
    return [i.record for i in items if i.record is not None and i.record.kind is EventKind.CALL]


@pytest.mark.parametrize(
    ("end", "code", "printed"),
    [
        (got("c1", "12 rows\n<shellId: 3 completed with exit code 0>"), 0, "12 rows"),
        (got("c1", "12 rows\n<exited with exit code 0>"), 0, "12 rows"),
        (got("c1", "12 rows", shellExecution={"exitCode": 0}), 0, "12 rows"),
        (got("c1", result={"content": "12 rows", "contents": [{"type": "shell_exit", "exitCode": 0}]}), 0, "12 rows"),
        (
            got("c1", "<shellId: 9 completed with exit code 1>\n12 rows"),
            None,
            "<shellId: 9 completed with exit code 1>\n12 rows",
        ),
    ],
)
def test_a_shell_call_has_the_exit_code_that_is_written(
    end: dict[str, object], code: int | None, printed: str, tmp_path: Path
) -> None:
    """In a field, in a block, or in the agent's own last line; never from what was printed."""
    (record,) = calls(tmp_path, asked("c1"), end)

    assert record.shell is not None
    assert (record.exit_code, record.shell.stdout, record.failed, record.ended) == (code, printed, False, True)


def test_a_command_that_failed_is_failed_though_the_tool_succeeded(tmp_path: Path) -> None:
    """`success` speaks of the tool."""
    (record,) = calls(tmp_path, asked("c1"), got("c1", "boom\n<shellId: 3 completed with exit code 3>"))

    assert record.shell is not None
    assert (record.exit_code, record.failed, record.shell.error) == (3, True, "boom")


def test_a_call_that_was_refused_or_never_started_did_not_end(tmp_path: Path) -> None:
    """The message asks, a hook or the user says no."""
    request = {"toolCallId": "c2", "name": "bash", "arguments": {"command": "rm x"}}
    refused = got("c1", success=False, result=None, error={"message": "no", "code": "denied"})
    broken = got("c3", success=False, result=None, error={"message": "no such tool", "code": "failure"})
    found = calls(
        tmp_path, asked("c1"), refused, event("assistant.message", toolRequests=[request]), asked("c3"), broken
    )

    assert {(r.tool_use_id, r.ended, r.failed) for r in found} == {
        ("c1", False, False),
        ("c2", False, False),
        ("c3", True, True),
    }


RUNS_ON = "one\n<command with shellId: 7 is still running after 30 seconds. Use read_bash to wait.>"


def test_a_command_that_goes_on_ends_where_its_shell_does(tmp_path: Path) -> None:
    """A program of more than thirty seconds returns first and is looked at again."""
    first, look = calls(
        tmp_path,
        asked("c1"),
        got("c1", RUNS_ON),
        asked("c2", "read_bash", shellId="7"),
        got("c2", "two\n<shellId: 7 completed with exit code 2>"),
    )

    assert first.shell is not None
    assert (first.exit_code, first.failed, first.shell.error, first.shell.background) == (2, True, "onetwo", False)
    assert (look.tool, look.shell) == ("read_bash", None)


@pytest.mark.parametrize(
    ("after", "code", "ended"),
    [
        ([], None, False),
        ([event("system.notification", kind={"type": "shell_completed", "shellId": "7", "exitCode": 0})], 0, True),
        ([asked("c2", "stop_bash", shellId="7"), got("c2", "<command with id: 7 stopped>")], None, False),
    ],
)
def test_a_command_in_the_background_ends_when_that_is_said(
    after: list[object], code: int | None, *, ended: bool, tmp_path: Path
) -> None:
    """A notice says the exit code; one that was stopped or is never heard of again has none."""
    first = next(r for r in calls(tmp_path, asked("c1"), got("c1", RUNS_ON), *after) if r.tool_use_id == "c1")

    assert (first.exit_code, first.ended) == (code, ended)


@pytest.mark.parametrize(
    ("tool", "arguments", "change"),
    [
        ("create", {"path": "/p/a", "file_text": "1"}, FileChange("/p/a", "1")),
        ("edit", {"path": "/p/a", "old_str": "1", "new_str": "2"}, FileChange("/p/a", edits=(TextEdit("1", "2"),))),
        ("str_replace_editor", {"command": "create", "path": "/p/a", "file_text": "1"}, FileChange("/p/a", "1")),
        ("str_replace_editor", {"command": "view", "path": "/p/a"}, None),
        ("apply_patch", {"input": "*** Begin Patch\n*** Add File: a\n+1\n*** End Patch"}, FileChange("a", "1\n")),
    ],
)
def test_a_written_file_is_a_change(
    tool: str, arguments: dict[str, object], change: FileChange | None, tmp_path: Path
) -> None:
    """A call that failed changed nothing."""
    first, second = calls(
        tmp_path, asked("c1", tool, **arguments), got("c1"), asked("c2", tool, **arguments), got("c2", success=False)
    )

    assert (first.change, second.change) == (change, None)


def test_prompts_folders_and_sub_agents_are_read(tmp_path: Path) -> None:
    """A sub-agent's calls lie in the same file."""
    path = tmp_path / "events.jsonl"
    lines = [
        START,
        event("user.message", content="turn a.csv into json"),
        event("session.context_changed", cwd="/q"),
        asked("c1", "bash", "a-1"),
        got("c1", "x", shellExecution={"exitCode": 0}),
        event("session.shutdown"),
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    start, prompt, call, end = [i.record for i in READER.items(str(path)) if i.record]

    assert [r.kind.value for r in (start, prompt, call, end)] == ["session_start", "prompt", "call", "session_end"]
    assert (start.cwd, prompt.prompt, call.cwd_before, call.sub_agent) == ("/p", "turn a.csv into json", "/q", "a-1")
