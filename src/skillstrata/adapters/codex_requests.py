"""What a Codex rollout asks for: one item of a call -> Request.

In     the payload of a `function_call`, `local_shell_call`, `custom_tool_call` or of a command's event
Out    the tool, its command as one string, the folder it starts in, the files a patch changes
Never  runs or expands a command; raises, whatever the arguments are
"""

import re
import shlex
from dataclasses import dataclass, field

from skillstrata.adapters.codex_patch import changes_of
from skillstrata.adapters.codex_program import Program, read_program
from skillstrata.adapters.history_lines import parsed_object
from skillstrata.adapters.history_values import digest, elements, folder, members, number, text, usable_id
from skillstrata.records.events import FileChange

SHELL_TOOLS = frozenset(
    {"exec_command", "shell", "shell_command", "local_shell", "container.exec", "unified_exec", "bash", "powershell"}
)
PATCH_TOOL = "apply_patch"
PROGRAM_TOOL = "exec"
_MAX_NAME = 300
_LAST_PART = re.compile(r"[/\\]")
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "fish"})
_POWERSHELLS = frozenset({"powershell", "pwsh"})
_RUN_FLAG = re.compile(r"-[a-zA-Z]*c\Z")
_SCRIPT_FLAGS = frozenset({"-command", "-c", "/c", "/k"})
_PATCHES = frozenset({"apply_patch", "applypatch"})
_PATCH_COMMAND = re.compile(r"(?:\A|[;&|\n]\s*)(?:apply_patch|applypatch)\b")


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it was asked for. `continues` names the running session it writes to."""

    tool: str
    call_id: str = ""
    command: str | None = None
    workdir: str = ""
    changes: tuple[FileChange, ...] = ()
    program: Program | None = None
    continues: str = ""
    asked: str = field(default="", repr=False)


def requested(item: dict[str, object]) -> Request:
    """Read the item that asks for a call."""
    call_id = usable_id(item.get("call_id")) or usable_id(item.get("id"))
    match item.get("type"):
        case "function_call":
            return _function(item, call_id)
        case "local_shell_call":
            action = members(item.get("action"))
            return _shell("local_shell", call_id, action, "working_directory")
        case "custom_tool_call":
            return _custom(item, call_id)
        case kind:
            name = text(kind).removesuffix("_call") or "unknown"
            return Request(name, call_id, asked=digest(name, item.get("action"), item.get("arguments")))


def _function(item: dict[str, object], call_id: str) -> Request:
    name = text(item.get("name"))[:_MAX_NAME] or "unknown"
    raw = item.get("arguments")
    found = parsed_object(raw.encode("utf-8", "replace")) if isinstance(raw, str) else members(raw)
    arguments: dict[str, object] = {} if isinstance(found, str) else found
    if name in SHELL_TOOLS:
        return _shell(name, call_id, arguments, "workdir")
    if name == PATCH_TOOL:
        patch = text(arguments.get("input")) or text(arguments.get("patch"))
        return Request(name, call_id, changes=changes_of(patch), asked=digest(name, raw))
    server = text(item.get("namespace"))[:_MAX_NAME]
    continued = arguments.get("session_id") if name == "write_stdin" else None
    return Request(
        f"{server}__{name.lstrip('_')}" if server else name,
        call_id,
        continues=str(number(continued) or text(continued)) if continued is not None else "",
        asked=digest(name, raw),
    )


def _shell(tool: str, call_id: str, arguments: dict[str, object], workdir: str) -> Request:
    asked = arguments.get("command", arguments.get("cmd"))
    argv = [word for word in elements(asked) if isinstance(word, str)]
    command = text(asked) if isinstance(asked, str) else command_of(tuple(argv))
    is_patch = len(argv) > 1 and _last_part(argv[0]) in _PATCHES
    return Request(
        tool,
        call_id,
        command=command if asked is not None else None,
        workdir=folder(arguments.get(workdir, arguments.get("workdir"))),
        changes=changes_of(argv[1]) if is_patch else changes_in(command),
        asked=digest(tool, arguments),
    )


def _custom(item: dict[str, object], call_id: str) -> Request:
    name = text(item.get("name"))[:_MAX_NAME] or "unknown"
    given = text(item.get("input"))
    return Request(
        name,
        call_id,
        changes=changes_of(given) if name == PATCH_TOOL else (),
        program=read_program(given) if name == PROGRAM_TOOL else None,
        asked=digest(name, given),
    )


def changes_in(command: str) -> tuple[FileChange, ...]:
    """Read the patches that a shell command feeds to `apply_patch`."""
    return changes_of(command) if _PATCH_COMMAND.search(command) else ()


def command_of(argv: tuple[str, ...]) -> str:
    r"""Give a command as one string; what a shell or PowerShell is started for stands alone.

    Args:
        argv: `["bash", "-lc", "ls"]`, `["powershell.exe", "-NoProfile", "-Command", "dir"]`, or a program's own words.
    """
    if not argv:
        return ""
    program = _last_part(argv[0])
    flags = [word.lower() for word in argv]
    if program in _SHELLS and len(argv) == len(("sh", "-c", "ls")) and _RUN_FLAG.match(argv[1]):
        return argv[2]
    if program in _POWERSHELLS | {"cmd"}:
        at = next((n for n, flag in enumerate(flags) if flag in _SCRIPT_FLAGS), 0)
        if at and at + 1 < len(argv):
            return " ".join(argv[at + 1 :])
    return shlex.join(argv)


def _last_part(path: str) -> str:
    return _LAST_PART.split(path)[-1].lower().removesuffix(".exe")
