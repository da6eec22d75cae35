"""The same call, seen by a hook and by a transcript, is one event."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.capture.normalise import normalise
from skillstrata.records.events import AgentRecord, Event, EventKind, FileChange
from tests.transcripts import (
    BASH,
    CALL,
    CWD,
    PRINTED,
    SESSION,
    WRITE,
    ask,
    got,
    items,
    one_call,
    records_of,
    said,
)

EDIT = {"file_path": f"{CWD}/a.py", "old_string": "1", "new_string": "2"}
MULTI = {"file_path": f"{CWD}/a.py", "edits": [{"old_string": "1", "new_string": "2", "replace_all": True}]}
NOTEBOOK = {"notebook_path": f"{CWD}/a.ipynb", "cell_id": "c1", "new_source": "1+1", "edit_mode": "replace"}
PATCH: dict[str, object] = {"structuredPatch": [], "userModified": False}
SUCCESSES: dict[str, tuple[str, Mapping[str, object], Mapping[str, object]]] = {
    "success": ("Bash", BASH, PRINTED),
    "benign": ("Bash", {"command": "grep x a"}, PRINTED | {"returnCodeInterpretation": "No matches found"}),
    "interrupted": ("Bash", BASH, PRINTED | {"interrupted": True}),
    "timed-out": ("Bash", BASH, PRINTED | {"timedOutAfterMs": 120_000}),
    "background": ("Bash", BASH | {"run_in_background": True}, PRINTED | {"stdout": "", "backgroundTaskId": "b1"}),
    "sent-to-background": (
        "Bash",
        BASH,
        PRINTED | {"stdout": "", "backgroundTaskId": "b1", "backgroundedByUser": True},
    ),
    "powershell": ("PowerShell", {"command": "python to_json.py"}, PRINTED | {"stdout": "12 rows\r\n"}),
    "nul": ("Bash", BASH, PRINTED | {"stdout": "a\0b"}),
    "changed-files": ("Bash", BASH, PRINTED | {"bashEditDiff": {"files": [], "changedFiles": [f"{CWD}/b.json"]}}),
    "write-new": ("Write", WRITE, PATCH | {"type": "create", "filePath": "a.py", "originalFile": None}),
    "write-again": ("Write", WRITE, PATCH | {"type": "update", "filePath": "a.py", "originalFile": "print(0)\n"}),
    "write-staged": ("Write", WRITE, PATCH | {"type": "update", "filePath": "a.py", "staged": True}),
    "edit": ("Edit", EDIT, PATCH | {"filePath": "a.py", "originalFile": "print(1)\n", "replaceAll": False}),
    "edit-everywhere": ("Edit", EDIT | {"replace_all": True}, PATCH | {"originalFile": "11", "replaceAll": True}),
    "multi-edit": ("MultiEdit", MULTI, PATCH | {"originalFileContents": "print(1)\n"}),
    "notebook": ("NotebookEdit", NOTEBOOK, {"original_file": "{}", "updated_file": '{"cells": []}'}),
    "notebook-cell": ("NotebookEdit", NOTEBOOK, {"old_source": "1", "new_source": "1+1"}),
    "read": ("Read", {"file_path": f"{CWD}/a.py"}, {"type": "text", "file": {"filePath": "a.py", "content": "x"}}),
    "mcp": ("mcp__srv__tool", {"x": 1}, {"anything": True}),
}
FAILURES = {
    "exit-code": ("Bash", BASH, "Exit code 2\nno such column", False),
    "exit-code-alone": ("Bash", BASH, "Exit code 1", False),
    "timeout": ("Bash", BASH, "Exit code 143\nCommand timed out after 1s", False),
    "stopped-by-the-user": ("Bash", BASH, "Exit code 137\n[Request interrupted by user for tool use]", True),
    "not-started": ("Bash", BASH, "spawn bash ENOENT", False),
    "reset-folder": ("Bash", BASH, "Exit code 1\nboom\nShell cwd was reset to /home/dev/shop", False),
    "edit": ("Edit", EDIT, "String to replace not found in file.", False),
    "write": ("Write", WRITE, "EACCES: permission denied", False),
    "read": ("Read", {"file_path": "/x"}, "File does not exist.", False),
}


def payload(tool: str, sent: object, **fields: object) -> dict[str, object]:
    """Make the hook's payload of a call."""
    return {
        "session_id": SESSION,
        "transcript_path": "/home/dev/.claude/projects/p/t.jsonl",
        "cwd": CWD,
        "prompt_id": "p1",
        "permission_mode": "default",
        "tool_name": tool,
        "tool_input": sent,
        "tool_use_id": CALL,
        "duration_ms": 12,
        **fields,
    }


def by_hook(fields: Mapping[str, object]) -> Event:
    """Read a payload as capture does."""
    return normalise(ClaudeCodeHookReader().read(orjson.dumps(fields)), at_s=1.0)


def by_transcript(call: AgentRecord) -> Event:
    """Judge a record as an import does; the folder before a call is what only transcripts state."""
    assert call.cwd_before == CWD
    return replace(normalise(call, at_s=1.0), cwd_before="")


@pytest.mark.parametrize("case", SUCCESSES)
def test_a_call_is_the_same_event_in_a_hook_and_in_a_transcript(case: str, tmp_path: Path) -> None:
    """Both sources are read; what they both saw must be one event, whichever came first."""
    tool, sent, response = SUCCESSES[case]
    hook = by_hook(payload(tool, sent, hook_event_name="PostToolUse", tool_response=response))
    call = one_call(tmp_path, ask(tool, sent), got("the text the model saw", toolUseResult=response, promptId="p1"))

    assert by_transcript(call) == hook


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_the_same_event_in_a_hook_and_in_a_transcript(case: str, tmp_path: Path) -> None:
    """The transcript says it twice, as text and as a string that begins with Error."""
    tool, sent, error, stopped = FAILURES[case]
    fields: dict[str, object] = {"is_interrupt": True} if stopped else {}
    hook = by_hook(payload(tool, sent, hook_event_name="PostToolUseFailure", error=error, **fields))
    result = got(error, is_error=True, toolUseResult=f"Error: {error}", promptId="p1")

    assert by_transcript(one_call(tmp_path, ask(tool, sent), result)) == hook


def test_a_relative_path_is_the_same_event_in_a_hook_and_in_a_transcript(tmp_path: Path) -> None:
    """The client makes paths absolute for hooks, and may leave them as the model wrote them in its own records."""
    response = {"filePath": "a.py", "type": "create"}
    hook = by_hook(payload("Write", WRITE, hook_event_name="PostToolUse", tool_response=response))
    call = one_call(
        tmp_path, ask("Write", WRITE | {"file_path": "a.py"}), got("", toolUseResult=response, promptId="p1")
    )

    assert call.change == hook.change == FileChange(f"{CWD}/a.py", "print(1)\n")


def test_a_prompt_is_the_same_event_in_a_hook_and_in_a_transcript(tmp_path: Path) -> None:
    """The intent behind a program must not count twice."""
    fields = {"session_id": SESSION, "cwd": CWD, "prompt_id": "p1", "hook_event_name": "UserPromptSubmit"}
    hook = by_hook({**fields, "prompt": "turn a.csv into json"})
    (prompt,) = records_of(items(tmp_path, said("turn a.csv into json", promptId="p1")), EventKind.PROMPT)

    assert by_transcript(prompt) == hook


def test_the_start_of_a_session_is_the_same_event_in_a_hook_and_in_a_transcript(tmp_path: Path) -> None:
    """The same holds for the marks that can be told from a transcript."""
    fields = {"session_id": SESSION, "cwd": CWD, "hook_event_name": "SessionStart", "source": "startup"}
    found = items(tmp_path, said("hello", parentUuid=None), said("again"), said("more", parentUuid=None))
    (start,) = records_of(found, EventKind.SESSION_START)

    assert by_transcript(start) == by_hook(fields)


USES: list[tuple[str, Mapping[str, object], str]] = [
    ("Skill", {"skill": "tides", "args": "now"}, "skill:tides"),
    ("Skill", {"command": "plug:tides"}, "skill:plug:tides"),
    ("mcp__skillstrata__Skill", {"skill": "tides"}, "skill:tides"),
    ("SlashCommand", {"command": "/check-all now"}, "command:check-all"),
    ("Task", {"subagent_type": "vet", "prompt": "Look."}, "agent:vet"),
    ("Agent", {"subagent_type": "vet"}, "agent:vet"),
    ("Skill", {"skill": "two words"}, ""),
    ("Skill", {"skill": "../x"}, ""),
    ("Skill", {"skill": ["tides"]}, ""),
    ("Skill", {"skill": "a" * 101}, ""),
    ("Skill", {}, ""),
    ("Task", {"subagent_type": 3}, ""),
    ("mcp__skillstrata__skills_call", {"name": "csv-to-json", "arguments": {"name": "x"}}, "tool:csv-to-json"),
    ("mcp__plugin_skillstrata_skillstrata__skills_describe", {"name": "csv-to-json"}, "tool:csv-to-json"),
    ("mcp__skillstrata__library_csv-to-json", {}, "tool:csv-to-json"),
    ("mcp__skillstrata__skills_call", {"name": "a,b"}, ""),
    ("mcp__skillstrata__skills_call", {}, ""),
    ("mcp__other__skills_call", {"name": "csv-to-json"}, ""),
    ("Read", {"skill": "tides"}, ""),
]


@pytest.mark.parametrize(("tool", "asked", "used"), USES)
def test_a_call_says_which_skill_command_or_agent_it_uses(
    tmp_path: Path, tool: str, asked: Mapping[str, object], used: str
) -> None:
    """Both records of it, by its plain name; what is no name is left out."""
    response = {"success": True}
    hook = by_hook(payload(tool, asked, hook_event_name="PostToolUse", tool_response=response))
    call = one_call(tmp_path, ask(tool, asked), got("done", toolUseResult=response, promptId="p1"))

    assert by_transcript(call) == hook
    assert hook.used == used
