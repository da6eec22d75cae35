"""What a tool of Copilot CLI was asked and gave back.

In     the arguments of a call, and the data of its completion
Out    the text, the exit code where one is written, the shell it goes on in, the files it changed
Never  takes a number out of what a program printed: only the agent's own last line counts
"""

import re
from dataclasses import dataclass, replace

from skillstrata.adapters.codex_patch import changes_of
from skillstrata.adapters.history_lines import parsed_object
from skillstrata.adapters.history_values import block_text, elements, folder, members, number, text
from skillstrata.records.events import FileChange, TextEdit

SHELL_TOOLS = frozenset({"bash", "powershell", "shell", "local_shell", "run_in_terminal"})
_LAST_LINE = 400
_COMPLETED = re.compile(
    r"\n?<(?:shellId: (\S{1,60}) completed|command (?:with id: (\S{1,60}) )?(?:completed|exited)|exited)"
    r" with exit code (-?\d{1,10})>\s*\Z"
)
_GOES_ON = re.compile(
    r"\n?<command (?:with|started in (?:the |detached )?background with) (?:shellId|id): ([^\s<>]{1,60})"
    r"(?: is still running[^<>]*)?>\s*\Z"
)
_REFUSED = frozenset({"denied", "rejected", "cancelled", "canceled", "aborted", "permission_denied"})


@dataclass(frozen=True, slots=True)
class Result:
    """What came back. `shell` names the shell a command goes on in; `stopped` says that somebody ended it."""

    text: str = ""
    exit_code: int | None = None
    failed: bool = False
    refused: bool = False
    shell: str = ""
    cwd: str = ""
    stopped: bool = False

    def extended(self, later: "Result", *, stopped: bool) -> "Result":
        """Add what came later from the same shell."""
        code = self.exit_code if later.exit_code is None else later.exit_code
        said = self.text + later.text if not stopped else self.text
        return replace(self, text=said, exit_code=code, stopped=stopped and code is None)


NOTHING = Result()


def arguments_of(value: object) -> dict[str, object]:
    """Read arguments, which are an object, or JSON or a patch in a string."""
    if not isinstance(value, str):
        return members(value)
    found = parsed_object(value.encode("utf-8", "replace"))
    return {"input": value} if isinstance(found, str) else found


def result_of(said: dict[str, object]) -> Result:
    """Read the data of a completion."""
    result, error = members(said.get("result")), members(said.get("error"))
    shown = block_text(result.get("content")) or block_text(said.get("result"))
    full = text(result.get("detailedContent"))
    body = full if len(full) > len(shown) and "exit code" in full[-_LAST_LINE:] else shown
    if said.get("success") is False:
        body = body or text(error.get("message")) or block_text(said.get("error"))
    body, code, shell = _tail(body)
    stated = number(members(said.get("shellExecution")).get("exitCode"))
    exits = [one for one in map(members, elements(result.get("contents"))) if one.get("type") == "shell_exit"]
    for one in exits:
        stated = number(one.get("exitCode")) if stated is None else stated
    return Result(
        body,
        stated if stated is not None else code,
        failed=said.get("success") is False,
        refused=said.get("success") is False and text(error.get("code")).lower() in _REFUSED,
        shell=shell,
        cwd=next((found for one in exits if (found := folder(one.get("cwd")))), ""),
    )


def _tail(body: str) -> tuple[str, int | None, str]:
    """Part what was printed from the agent's last line about how the command ended, or that it goes on."""
    start = max(0, len(body) - _LAST_LINE)
    if completed := _COMPLETED.search(body, start):
        return body[: completed.start()], int(completed.group(3)), ""
    if goes_on := _GOES_ON.search(body, start):
        return body[: goes_on.start()], None, goes_on.group(1).strip(",:")
    return body, None, ""


def changes_of_call(tool: str, arguments: dict[str, object]) -> tuple[FileChange, ...]:
    """Read the files that a call wrote or edited."""
    if tool == "apply_patch":
        return changes_of(next((text(arguments[k]) for k in ("input", "patch", "explanation") if k in arguments), ""))
    path = text(arguments.get("path")) or text(arguments.get("filePath"))
    verb = text(arguments.get("command")) if tool == "str_replace_editor" else tool
    content = arguments.get("file_text", arguments.get("content"))
    if path and verb in {"create", "write"} and isinstance(content, str):
        return (FileChange(path, content),)
    new = arguments.get("new_str", arguments.get("newString"))
    if path and verb in {"edit", "str_replace"} and isinstance(new, str):
        old = text(arguments.get("old_str", arguments.get("oldString")))
        return (FileChange(path, edits=(TextEdit(old, new),)),)
    return (FileChange(path),) if path and verb in {"insert", "undo_edit"} else ()
