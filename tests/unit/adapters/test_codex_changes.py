"""What the patches and the programs of a Codex rollout are read as."""

from pathlib import Path

import pytest

from skillstrata.records.events import FileChange
from tests.codex_lines import HEADER, PATCH, asked, calls, event, got, item, one


@pytest.mark.parametrize(
    "lines",
    [
        [
            item(type="custom_tool_call", call_id="c1", name="apply_patch", input=PATCH),
            got("c1", "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess.\n", "custom_tool_call_output"),
        ],
        [asked("c1", "apply_patch", input=PATCH), got("c1", {"output": "Success.", "metadata": {"exit_code": 0}})],
        [
            asked("c1", "shell", command=["apply_patch", PATCH]),
            got("c1", {"output": "Success.", "metadata": {"exit_code": 0}}),
        ],
        [asked("c1", "shell", command=f"apply_patch <<'EOF'\n{PATCH}EOF"), got("c1", HEADER.format(0))],
        [
            event(
                type="patch_apply_end",
                call_id="c1",
                success=True,
                changes={"a.py": {"type": "add", "content": "1\n"}, "b.py": {"add": {"content": "2\n"}}},
            )
        ],
        [
            event(
                type="item_completed",
                item={
                    "type": "FileChange",
                    "id": "c1",
                    "status": "completed",
                    "changes": {"a.py": {"type": "add", "content": "1\n"}, "b.py": {"type": "add", "content": "2\n"}},
                },
            )
        ],
    ],
    ids=["custom", "function", "argv", "heredoc", "event", "item"],
)
def test_a_patch_has_the_files_it_changes(lines: list[object], tmp_path: Path) -> None:
    """Programs are written by patches."""
    record = one(tmp_path, *lines)

    assert record.changes == (FileChange("a.py", "1\n"), FileChange("b.py", "2\n"))
    assert record.ended


@pytest.mark.parametrize(
    "end",
    [
        event(type="patch_apply_end", call_id="c1", success=False, changes={}),
        got("c1", "apply_patch verification failed: no such line", "custom_tool_call_output"),
        got("c1", "patch rejected by user", "custom_tool_call_output"),
        event(type="token_count"),
    ],
)
def test_a_patch_that_was_not_applied_changes_nothing(end: object, tmp_path: Path) -> None:
    """A file that was never written must not be taken for a program."""
    record = one(tmp_path, item(type="custom_tool_call", call_id="c1", name="apply_patch", input=PATCH), end)

    assert (record.change, record.changes) == (None, ())


def program(source: str, *after: object) -> list[object]:
    """Call a program, and let things follow it."""
    output = [{"type": "input_text", "text": "Script completed\nWall time 0.1 seconds\nOutput:\n12 rows\n"}]
    return [
        item(type="custom_tool_call", call_id="c1", name="exec", input=source),
        got("c1", output, "custom_tool_call_output"),
        *after,
        item(type="message", role="assistant", content=[]),
    ]


LS = 'text((await tools.exec_command({cmd: "ls", workdir: "/q"})).output)'


def test_a_program_with_one_command_is_that_commands_call(tmp_path: Path) -> None:
    """In code mode every command is wrapped in JavaScript."""
    record = one(tmp_path, *program(LS))

    assert record.shell is not None
    assert (record.tool, record.shell.command, record.shell.stdout) == ("exec", "ls", "12 rows\n")
    assert (record.cwd, record.ended, record.exit_code) == ("/q", True, None)


def test_a_program_with_several_commands_has_a_call_for_each(tmp_path: Path) -> None:
    """What each printed is not on record, so none is taken for ok."""
    outer, *inner = calls(tmp_path, *program(LS + ";" + LS.replace('"ls"', '"pwd"')))

    assert (outer.tool_use_id, outer.shell, outer.ended) == ("c1", None, True)
    assert [(r.tool_use_id, r.shell.command if r.shell else "", r.ended) for r in inner] == [
        ("c1:1", "ls", False),
        ("c1:2", "pwd", False),
    ]


@pytest.mark.parametrize("late", [False, True])
def test_a_command_of_a_program_with_a_record_of_its_own_is_read_from_that(*, late: bool, tmp_path: Path) -> None:
    """The item has the exit code, whether it comes before the program's output or after."""
    ran = {"type": "CommandExecution", "id": "exec-1", "command": ["/bin/zsh", "-lc", "ls"], "cwd": "file:///q"}
    told = event(type="item_completed", item={**ran, "status": "failed", "exit_code": 2, "aggregated_output": "no"})
    lines = program(LS, told) if late else [program(LS)[0], told, *program(LS)[1:]]
    found = {r.tool_use_id: r for r in calls(tmp_path, *lines)}

    assert set(found) == {"c1", "exec-1"}
    assert found["c1"].shell is None
    assert (found["exec-1"].exit_code, found["exec-1"].cwd, found["exec-1"].failed) == (2, "/q", True)


def test_a_tool_call_inside_a_program_does_not_hide_its_command(tmp_path: Path) -> None:
    """Versions that record only some of the calls a program makes."""
    mcp = event(type="mcp_tool_call_end", call_id="exec-9", invocation={"server": "s", "tool": "t"}, result={"Ok": {}})
    found = {r.tool_use_id: r for r in calls(tmp_path, *program(LS, mcp))}

    assert found["c1"].shell is not None
    assert found["exec-9"].tool == "mcp__s__t"
