"""What a tool call of Claude Code did, as a hook's payload or a transcript's two lines tell it.

In     the tool's name, its input and its response as they were recorded, of any type
Out    shell calls and file changes in our words; digests that name a record without an id
Never  raises for a field of an unexpected type: it counts as absent; judges, redacts, or reads a file
Why    both records of one call must become one and the same event
"""

import hashlib
import ntpath
import posixpath
import re
from dataclasses import dataclass

import orjson

from skillstrata.adapters.history_values import elements, members, text
from skillstrata.records.events import FileChange, ShellCall, TextEdit

AGENT = "claude-code"
SHELL_TOOLS = frozenset({"Bash", "PowerShell"})
_FILE_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_AGENT_TOOLS = frozenset({"Task", "Agent"})
_ARTIFACT = re.compile(r"\w[\w:.-]{0,99}")
_OUR_SERVER = "skillstrata"
# Of an answer as JSON, within which the text of a block is JSON once more.
_FOUND = re.compile(r'\\?"name\\?"\s*:\s*\\?"(\w[\w.-]{0,99})\\?"')
_MOST_FOUND, _MOST_ANSWER = 20, 100_000
_MOST_CHANGED = 256
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call as one record tells it. `folder` is where relative paths begin, "" where that is not known."""

    tool: str
    asked: object
    response: object = None
    error: str = ""
    failed: bool = False
    interrupted: bool = False
    folder: str = ""


def shell_of(use: ToolUse) -> tuple[ShellCall | None, str]:
    """Give the command of a shell tool and what came back, and the note that makes an exit code harmless."""
    if use.tool not in SHELL_TOOLS:
        return None, ""
    asked, got = members(use.asked), members(use.response)
    call = ShellCall(
        command=text(asked.get("command")),
        stdout=text(got.get("stdout")) or as_text(use.response),
        stderr=text(got.get("stderr")),
        error=use.error if use.failed else "",
        background=asked.get("run_in_background") is True or bool(text(got.get("backgroundTaskId"))),
        interrupted=got.get("interrupted") is True or use.interrupted or got.get("timedOutAfterMs") is not None,
    )
    return call, text(got.get("returnCodeInterpretation"))


def as_text(response: object) -> str:
    """Give the text of a response that is a string or an array of blocks."""
    if isinstance(response, str):
        return response
    texts = (text(members(block).get("text")) for block in elements(response))
    return "\n".join(one for one in texts if one)


def change_of(use: ToolUse) -> FileChange | None:
    """Give what a file tool did to its file; None where it did nothing, or only asked to."""
    if use.failed or use.tool not in _FILE_TOOLS:
        return None
    asked, got = members(use.asked), members(use.response)
    named = text(asked.get("notebook_path")) or text(asked.get("file_path")) or text(got.get("filePath"))
    path = joined(use.folder, named)
    # A staged change waits for somebody's consent: the file is as it was.
    if not path or got.get("staged") is True:
        return None
    original = text(got.get("originalFile")) or text(got.get("originalFileContents")) or None
    match use.tool:
        case "Write":
            content = asked.get("content")
            return FileChange(path, content, original=original) if isinstance(content, str) else None
        case "Edit":
            return FileChange(path, edits=(_edit(asked),), original=original)
        case "MultiEdit":
            edits = tuple(_edit(members(one)) for one in elements(asked.get("edits")))
            return FileChange(path, edits=edits, original=original)
        case _:
            return _notebook(path, asked, got)


def used_of(use: ToolUse) -> str:
    """Give the skill, command or agent that a call names, as "skill:NAME"; "" where it names none in plain words.

    Of a call of our own server "tool:NAME,NAME": what it calls or looks at, or what its search gave.
    """
    asked = members(use.asked)
    if use.tool == "Skill" or use.tool.endswith("__Skill"):
        kind, name = "skill", text(asked.get("skill")) or text(asked.get("command"))
    elif use.tool == "SlashCommand":
        kind, name = "command", text(asked.get("command")).lstrip("/").partition(" ")[0]
    elif use.tool in _AGENT_TOOLS:
        kind, name = "agent", text(asked.get("subagent_type"))
    elif _OUR_SERVER in use.tool:
        return _tools_of(use, asked)
    else:
        return ""
    return f"{kind}:{name}" if _ARTIFACT.fullmatch(name) else ""


def _tools_of(use: ToolUse, asked: dict[str, object]) -> str:
    match use.tool.rpartition("__")[2]:
        case "skills_call" | "skills_describe":
            names = [text(asked.get("name")).removeprefix("library_")]
        case "skills_search":
            answer = orjson.dumps(use.response, default=str)[:_MOST_ANSWER].decode("utf-8", "ignore")
            names = [hit[1] for hit in _FOUND.finditer(answer)][:_MOST_FOUND]
        case listed:
            names = [listed.removeprefix("library_")]
    return f"tool:{','.join(names)}" if names and all(map(_ARTIFACT.fullmatch, names)) else ""


def changes_of(use: ToolUse) -> tuple[FileChange, ...]:
    """Give the files that a shell command is recorded to have changed; with what, its record does not say."""
    if use.failed or use.tool not in SHELL_TOOLS:
        return ()
    listed = elements(members(members(use.response).get("bashEditDiff")).get("changedFiles"))
    paths = dict.fromkeys(text(path) for path in listed[:_MOST_CHANGED])
    return tuple(FileChange(joined(use.folder, path)) for path in paths if path)


def joined(folder: str, path: str) -> str:
    """Give a path from the folder it is relative to, in the manner of the folder's own system."""
    if not folder or not path or path.startswith(("/", "~", "\\")) or _WINDOWS.match(path):
        return path
    paths = ntpath if _WINDOWS.match(folder) else posixpath
    return paths.normpath(paths.join(folder, path))


def digest(fields: dict[str, object]) -> str:
    """Digest what says the same whenever the same event arrives: no times, no fields we do not know."""
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _notebook(path: str, asked: dict[str, object], got: dict[str, object]) -> FileChange | None:
    """Give the notebook's whole new text where it is recorded, else the source of the cell that was replaced."""
    if text(got.get("error")):
        return None
    original, updated = text(got.get("original_file")) or None, text(got.get("updated_file"))
    if updated:
        return FileChange(path, updated, original=original)
    before = text(got.get("old_source"))
    replaced = text(asked.get("edit_mode")) in {"", "replace"} and bool(before)
    edits = (TextEdit(before, text(asked.get("new_source"))),) if replaced else ()
    return FileChange(path, edits=edits, original=original)


def _edit(asked: dict[str, object]) -> TextEdit:
    every = asked.get("replace_all") is True
    return TextEdit(text(asked.get("old_string")), text(asked.get("new_string")), every)
