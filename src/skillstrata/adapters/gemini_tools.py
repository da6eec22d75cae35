"""The calls of Gemini CLI that run a command or write a file.

In     one entry of a message's `toolCalls`
Out    the command with its output and the exit code where one is written, the file it changed
Never  takes a number out of what a program printed: the agent's own lines stand after the output
"""

import re

from skillstrata.adapters.history_values import block_text, elements, members, number, text
from skillstrata.records.events import FileChange, ShellCall, TextEdit

SHELL_TOOLS = frozenset({"run_shell_command", "shell"})
_EMPTY = frozenset({"(empty)", "(none)"})
_BODY = re.compile(r"(?:\A|\n)(?:Output|Stdout): ?")
_TAIL = re.compile(r"(Stderr|Error|Exit Code|Signal|Background PIDs|Process Group PGID): ?(.*)\Z", re.DOTALL)
_TAIL_LINES = 6
_CODE = re.compile(r"-?\d{1,10}\Z")


def shell_of(tool: str, call: dict[str, object]) -> tuple[ShellCall | None, int | None]:
    """Read a shell call and its exit code."""
    command = members(call.get("args")).get("command")
    if tool not in SHELL_TOOLS or not isinstance(command, str):
        return None, None
    body, labels = _output(_result(call))
    code = int(labels["Exit Code"]) if _CODE.match(labels.get("Exit Code", "")) else None
    failed = call.get("status") == "error" or bool(code)
    errors = [labels[name] for name in ("Stderr", "Error") if labels.get(name, "(none)") not in _EMPTY]
    shell = ShellCall(
        command=command,
        stdout="" if failed else body,
        stderr="" if failed else "\n".join(errors),
        error="\n".join(part for part in (body, *errors) if part) if failed else "",
        background=members(call.get("args")).get("is_background") is True,
        interrupted=call.get("status") == "cancelled" or labels.get("Signal", "0") not in {"0", "(none)", ""},
    )
    return shell, code


def _result(call: dict[str, object]) -> str:
    """Give the text of a result, which is a response of a function, parts or plain text."""
    found: list[str] = []
    for one in elements(call.get("result")) or [call.get("result")]:
        response = members(members(members(one).get("functionResponse")).get("response"))
        said = response.get("output", response.get("error")) if response else one
        found.append(block_text(said))
    return "\n".join(part for part in found if part)


def _output(said: str) -> tuple[str, dict[str, str]]:
    """Part what the program printed from the lines that the agent wrote before and after it."""
    start = _BODY.search(said)
    if start is None or not (start.start() == 0 or said.startswith(("Command:", "Directory:"))):
        return said, {}
    labels: dict[str, str] = {}
    rest = said[start.end() :]
    for _ in range(_TAIL_LINES):
        at = rest.rfind("\n")
        line = _TAIL.match(rest[at + 1 :])
        if line is None or at < 0:
            break
        labels[line.group(1)] = line.group(2).strip()
        rest = rest[:at]
    if "Exit Code" in labels and "Error" not in labels:
        rest = _long_errors(rest, labels)
    return "" if rest.strip() in _EMPTY else rest, labels


def _long_errors(rest: str, labels: dict[str, str]) -> str:
    """Cut off an error text of several lines."""
    for name in ("Error", "Stderr"):
        body, mark, errors = rest.rpartition(f"\n{name}: ")
        if mark:
            labels[name] = errors
            rest = body
    return rest


def change_of(tool: str, call: dict[str, object]) -> FileChange | None:
    """Read the file that a call wrote or edited."""
    args = members(call.get("args"))
    shown = members(call.get("resultDisplay"))
    path = text(args.get("file_path")) or text(args.get("path"))
    original = shown.get("originalContent")
    before = original if isinstance(original, str) else None
    if not path:
        return None
    if tool == "write_file":
        # The user may have changed the text before it was written: what was shown is what was written.
        content = shown.get("newContent", args.get("content"))
        return FileChange(path, text(content), original=before) if isinstance(content, str) else None
    if tool in {"replace", "edit"} and isinstance(args.get("new_string"), str):
        every = (number(args.get("expected_replacements")) or 1) > 1 or args.get("allow_multiple") is True
        edit = TextEdit(text(args.get("old_string")), text(args.get("new_string")), every)
        return FileChange(path, edits=(edit,), original=before)
    return None
