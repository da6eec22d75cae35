"""What each generation and shape of a Codex rollout is read as."""

import json
from pathlib import Path

import pytest

from skillstrata.records.events import EventKind
from tests.codex_lines import HEADER, META, READER, asked, calls, event, got, item, one, read, wrapped


@pytest.mark.parametrize(
    ("output", "text", "code"),
    [
        (HEADER.format(0) + "12 rows\n", "12 rows\n", 0),
        ("Exit code: 0\nWall time: 0.1 seconds\nTotal output lines: 2\nOutput:\n12 rows\n", "12 rows\n", 0),
        (json.dumps({"output": "12 rows\n", "metadata": {"exit_code": 0, "duration_seconds": 0.1}}), "12 rows\n", 0),
        ({"output": "12 rows\n", "metadata": {"exit_code": 0}}, "12 rows\n", 0),
        ({"content": HEADER.format(0) + "12 rows\n", "success": None}, "12 rows\n", 0),
        ([{"type": "input_text", "text": HEADER.format(0) + "12 rows\n"}], "12 rows\n", 0),
        (HEADER.format(0) + "Output:\nProcess exited with code 7\n", "Output:\nProcess exited with code 7\n", 0),
    ],
)
def test_each_shape_of_an_output_has_its_text_and_exit_code(
    output: object, text: str, code: int, tmp_path: Path
) -> None:
    """Versions from 0.34 on wrote five shapes; the code is the agent's, never one that a program printed."""
    record = one(tmp_path, asked("c1", cmd="python3 conv.py"), got("c1", output))

    assert record.shell is not None
    assert (record.shell.stdout, record.exit_code, record.failed, record.ended) == (text, code, False, True)


@pytest.mark.parametrize(
    "output",
    [HEADER.format(3) + "boom", {"output": "boom", "metadata": {"exit_code": 3}}, "Exit code: 3\nOutput:\nboom"],
)
def test_a_failure_has_its_text_as_error(output: object, tmp_path: Path) -> None:
    """The same place as for every other agent."""
    record = one(tmp_path, asked("c1", cmd="false"), got("c1", output))

    assert record.shell is not None
    assert (record.failed, record.exit_code, record.shell.error, record.shell.stdout) == (True, 3, "boom", "")


@pytest.mark.parametrize(
    ("output", "ended", "failed", "interrupted"),
    [
        ("just text", False, False, False),
        ("failed in sandbox: denied", True, True, False),
        ("exec command rejected by user", False, False, False),
        ("aborted by user after 3.2s", True, False, True),
    ],
)
def test_an_output_that_says_no_exit_code_is_not_counted_as_ok(
    output: str, *, ended: bool, failed: bool, interrupted: bool, tmp_path: Path
) -> None:
    """Nothing is invented: such a call is unknown, failed where it says so."""
    record = one(tmp_path, asked("c1", cmd="ls"), got("c1", output))

    assert record.shell is not None
    assert (record.ended, record.failed, record.shell.interrupted) == (ended, failed, interrupted)
    assert record.exit_code is None


@pytest.mark.parametrize(
    ("name", "arguments", "command"),
    [
        ("shell", {"command": ["bash", "-lc", "ls | wc"]}, "ls | wc"),
        ("shell", {"command": ["/bin/zsh", "-c", "ls"]}, "ls"),
        ("shell", {"command": ["powershell.exe", "-NoProfile", "-Command", "dir C:\\x"]}, "dir C:\\x"),
        ("shell", {"command": ["C:\\Windows\\cmd.exe", "/c", "dir"]}, "dir"),
        ("shell", {"command": ["python3", "-c", "print('a b')"]}, "python3 -c 'print('\"'\"'a b'\"'\"')'"),
        ("shell_command", {"command": "ls"}, "ls"),
        ("exec_command", {"cmd": "ls"}, "ls"),
        ("exec_command", {"cmd": ["bash", "-lc", "ls"]}, "ls"),
    ],
)
def test_a_command_is_one_string(name: str, arguments: dict[str, object], command: str, tmp_path: Path) -> None:
    """What a shell is started for stands alone; a program's own words are quoted."""
    record = one(tmp_path, asked("c1", name, **arguments), got("c1", HEADER.format(0)))

    assert record.shell is not None
    assert record.shell.command == command


def test_a_local_shell_call_is_a_shell_call(tmp_path: Path) -> None:
    """One generation has an item of its own for it."""
    action = {"type": "exec", "command": ["bash", "-lc", "ls"], "working_directory": "/q"}
    record = one(
        tmp_path,
        item(type="local_shell_call", call_id="c1", action=action, status="completed"),
        got("c1", HEADER.format(0)),
    )

    assert record.shell is not None
    assert (record.shell.command, record.cwd, record.tool) == ("ls", "/q", "local_shell")


@pytest.mark.parametrize(
    ("turn", "workdir", "cwd"),
    [
        ("/p", None, "/p"),
        ("/p", "/q", "/q"),
        ("/p", "sub", "/p/sub"),
        ("C:\\p", "sub", "C:\\p\\sub"),
        ("/p", "D:\\q", "D:\\q"),
        ("file:///home/a%20b", None, "/home/a b"),
    ],
)
def test_a_call_starts_in_its_folder_or_the_turns(turn: str, workdir: str | None, cwd: str, tmp_path: Path) -> None:
    """`workdir` is missing in most calls."""
    arguments = {"cmd": "ls"} | ({"workdir": workdir} if workdir else {})
    record = one(tmp_path, wrapped("turn_context", cwd=turn), asked("c1", **arguments), got("c1", HEADER.format(0)))

    assert (record.cwd_before, record.cwd) == (cwd, cwd)


def test_records_of_several_kinds_are_one_call(tmp_path: Path) -> None:
    """The model's log and the screen's log tell of the same call."""
    ran = {"command": ["bash", "-lc", "ls"], "cwd": "/p", "exit_code": 1}
    record = one(
        tmp_path,
        asked("c1", cmd="ls"),
        event(type="exec_command_begin", call_id="c1", **ran),
        event(type="exec_command_end", call_id="c1", aggregated_output="all of it", **ran),
        event(type="item_completed", item={"type": "CommandExecution", "id": "c1", "status": "failed", **ran}),
        got("c1", HEADER.format(1) + "cut"),
        event(type="item_completed", item={"type": "CommandExecution", "id": "c1", "status": "failed", **ran}),
    )

    assert record.shell is not None
    assert (record.exit_code, record.failed, record.tool_use_id) == (1, True, "c1")


def test_a_command_told_by_events_alone_is_a_call(tmp_path: Path) -> None:
    """A compacted history loses the request; what the user typed never had one."""
    ran = {"command": ["bash", "-lc", "ls"], "cwd": "/q"}
    ended, begun = calls(
        tmp_path,
        event(type="exec_command_end", call_id="c1", stdout="a\n", stderr="", exit_code=0, **ran),
        event(type="exec_command_begin", call_id="c2", **ran),
    )

    assert (ended.ended, ended.exit_code, ended.cwd) == (True, 0, "/q")
    assert (begun.ended, begun.tool_use_id) == (False, "c2")


def test_a_command_that_goes_on_ends_where_its_session_does(tmp_path: Path) -> None:
    """A program of more than ten seconds returns first and is looked at again."""
    goes_on = "Chunk ID: 1\nWall time: 10 seconds\nProcess running with session ID 77\nOutput:\none\n"
    first, second = calls(
        tmp_path,
        asked("c1", cmd="make"),
        got("c1", goes_on),
        asked("c2", "write_stdin", session_id=77, chars=""),
        got("c2", HEADER.format(2) + "two\n"),
    )

    assert first.shell is not None
    assert (first.tool_use_id, first.exit_code, first.failed, first.shell.error) == ("c1", 2, True, "one\ntwo\n")
    assert (second.tool, second.shell) == ("write_stdin", None)
    (left,) = calls(tmp_path, asked("c1", cmd="make"), got("c1", goes_on))
    assert left.shell is not None
    assert (left.ended, left.shell.background) == (False, True)


def test_the_oldest_files_have_bare_items(tmp_path: Path) -> None:
    """Rollouts of 0.2 and 0.3 have no envelope and no times."""
    lines = [
        {"id": "s-0", "timestamp": "2025-07-01T10:00:00.000Z", "instructions": None, "git": {}},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "turn a.csv into json"}]},
        {"type": "reasoning", "summary": [], "encrypted_content": "x"},
        {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"},
        {"type": "function_call_output", "call_id": "c1", "output": '{"output":"a","metadata":{"exit_code":0}}'},
    ]
    start, prompt, call = read(tmp_path, *lines)

    assert READER.recognises(json.dumps(lines[0]).encode() + b"\n")
    assert (start.kind, start.session, prompt.prompt) == (EventKind.SESSION_START, "s-0", "turn a.csv into json")
    assert (call.session, call.exit_code, call.at_s) == ("s-0", 0, None)


def test_the_context_an_agent_adds_is_no_prompt(tmp_path: Path) -> None:
    """Instructions and environment stand in messages of the user's role."""
    texts = [
        "# AGENTS.md instructions for /p\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
        "<environment_context>\n  <cwd>/p</cwd>\n</environment_context>",
        "<turn_aborted>\nThe user stopped it.\n</turn_aborted>",
        "turn a.csv into json",
    ]
    messages = [item(type="message", role="user", content=[{"type": "input_text", "text": t}]) for t in texts]
    items = event(
        type="item_completed", item={"type": "UserMessage", "id": "u", "content": [{"type": "text", "text": texts[3]}]}
    )
    told = event(type="user_message", message=texts[3])

    prompts = [r.prompt for r in read(tmp_path, META, *messages, told, items, messages[3], told)]

    assert [p for p in prompts if p] == [texts[3], texts[3]]


def test_calls_without_usable_ids_are_paired_in_order(tmp_path: Path) -> None:
    """Publishers redact ids; each call then has a digest that stays the same."""
    lines = [
        asked("REDACTED", cmd="a"),
        asked(None, cmd="b"),
        got("REDACTED", HEADER.format(0)),
        got(None, HEADER.format(1)),
    ]
    first, second = calls(tmp_path, *lines)
    again = calls(tmp_path, *lines)

    assert [(r.tool_use_id, r.exit_code, bool(r.content_digest)) for r in (first, second)] == [
        ("", 0, True),
        ("", 1, True),
    ]
    assert [r.content_digest for r in again] == [first.content_digest, second.content_digest]
    assert first.content_digest != second.content_digest


def test_a_sub_agents_calls_belong_to_the_session_that_spawned_it(tmp_path: Path) -> None:
    """Its rollout is a file of its own."""
    spawned = {"subagent": {"thread_spawn": {"parent_thread_id": "s-parent", "depth": 1}}}
    meta = wrapped("session_meta", id="s-child", cwd="/p", source=spawned)
    *_, call = read(tmp_path, meta, asked("c1", cmd="ls"), got("c1", HEADER.format(0)))

    assert (call.session, call.sub_agent) == ("s-parent", "s-child")


def test_calls_of_other_tools_are_counted_too(tmp_path: Path) -> None:
    """Every call is in the sum, whatever it is."""
    found = calls(
        tmp_path,
        asked("c1", "update_plan", plan=[]),
        got("c1", "Plan updated"),
        item(type="function_call", name="_fetch_pr", namespace="mcp__gh", arguments="not json", call_id="c2"),
        event(type="mcp_tool_call_end", call_id="c2", invocation={}, result={"Err": "no"}),
        got("c2", "Wall time: 1 seconds\nOutput:\nno"),
        item(type="web_search_call", status="completed", action={"type": "search", "query": "x"}),
        item(type="tool_search_call", call_id="c3", arguments={}),
        item(type="tool_search_output", call_id="c3", tools=[]),
    )

    assert [(r.tool, r.ended, r.failed) for r in found] == [
        ("update_plan", True, False),
        ("mcp__gh__fetch_pr", True, True),
        ("web_search", True, False),
        ("tool_search", True, False),
    ]


def test_a_compressed_file_is_named_as_not_read(tmp_path: Path) -> None:
    """Silence would look like an empty history."""
    path = tmp_path / "rollout.jsonl.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(range(200)))
    (item_,) = READER.items(str(path))

    assert READER.recognises(path.read_bytes())
    assert item_.fault is not None
    assert "compressed" in item_.fault.reason
