"""Lists of tools as skills write them: `Bash(git *) Read`, `Read, Write`, or a YAML list.

In     the value of `allowed-tools` or `disallowed-tools`
Out    one pattern a tool, its rule in parentheses kept whole
Never  cuts inside parentheses, or inside an item of a list
"""

import re
from dataclasses import dataclass

from skillstrata.runtime.yaml_values import Value, as_json

_KNOWN = frozenset(
    "Agent AskUserQuestion Bash BashOutput Edit EnterPlanMode EnterWorktree ExitPlanMode ExitWorktree Glob Grep"
    " KillShell ListMcpResources ListMcpResourcesTool LS LSP Monitor MultiEdit NotebookEdit NotebookRead PowerShell"
    " Read ReadMcpResource ReadMcpResourceTool SendMessage Skill SlashCommand Task TaskCreate TaskGet TaskList"
    " TaskOutput TaskStop TaskUpdate TodoRead TodoWrite ToolSearch WebFetch WebSearch Write".split()
)
# Parentheses without others inside, which is nearly every list; what is left is read character by character.
_FLAT = re.compile(r"(?:[^()]++|\([^()]*+\))*+")
_TOKEN = re.compile(r"(?:[^\s,()]|\([^()]*\))+")
_NAME = re.compile(r"[A-Za-z_][\w.:/*-]*")


@dataclass(frozen=True, slots=True)
class ToolList:
    """The patterns in order; `balanced` is False where a parenthesis has no partner; `odd` are items of no text."""

    patterns: tuple[str, ...]
    balanced: bool = True
    odd: bool = False


def tool_list(value: Value) -> ToolList:
    """Read a list of tools in any of its forms."""
    if value is None:
        return ToolList(())
    if isinstance(value, str):
        return _tokens(value)
    if isinstance(value, dict):
        return ToolList((), odd=True)
    items = tuple(item.strip() for item in value if isinstance(item, str) and item.strip())
    balanced = all(_tokens(item).balanced for item in items)
    return ToolList(items, balanced, odd=len(items) != len(value))


def is_known(pattern: str) -> bool:
    """Say whether some host is known to have the tool of a pattern; those of MCP servers are theirs to name."""
    if pattern in _KNOWN:
        return True
    name = pattern.partition("(")[0].strip()
    return name in _KNOWN or name.startswith("mcp__") or name == "*"


def is_name(pattern: str) -> bool:
    """Say whether a pattern begins with something that could be a tool's name."""
    return _NAME.match(pattern) is not None


def is_names(value: Value) -> bool:
    """Say whether a value is names of tools, and not their schemas."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def shown(value: Value) -> str:
    """Give a value for a message, cut."""
    return as_json(value)[:60]


def _tokens(text: str) -> ToolList:
    """Cut at blanks and commas outside of parentheses. A parenthesis that is never closed ends with the text."""
    if "(" not in text and ")" not in text:
        return ToolList(tuple(text.replace(",", " ").split()))
    if _FLAT.fullmatch(text):
        return ToolList(tuple(_TOKEN.findall(text)))
    found: list[str] = []
    depth, start, balanced = 0, 0, True
    for at, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            balanced = balanced and depth > 0
            depth = max(0, depth - 1)
        elif not depth and (character == "," or character.isspace()):
            found.append(text[start:at])
            start = at + 1
    found.append(text[start:])
    return ToolList(tuple(token for token in found if token), balanced and not depth)
