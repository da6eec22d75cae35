"""A call as policy looks at it: the node, the resolved arguments, and what they name on disk, on networks, in shells.

In     a node of the tree, a ToolCall, the shell's grammar
Out    CallQuestion
Never  decides anything; takes the arguments of an unknown tool for harmless
"""

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from skillstrata.policy.commands import ShellView, view_of_text, view_of_words
from skillstrata.policy.words import SHELL
from skillstrata.ports.command_parser import CommandParser
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import ToolCall

_PATHS = {"native/read_file": "path", "native/write_file": "path", "native/list_dir": "path"}
_URLS = {"native/web_fetch": "url"}
_TEXTS = ("script", "command", "cmd", "shell")
_MANY = "argv"

RealPath = Callable[[str], str]
"""Gives the path that a path leads to, links followed."""


@dataclass(frozen=True, slots=True)
class CallQuestion:
    """May this call be made?

    `node` is None for a tool that the tree does not have. `skills` are all skills on whose behalf it is, the innermost
    last; each restricts. `allowed` are the paths that a blueprint leaves, None for all. `least` is what a step or skill
    raised the approval to. `files` are absolute paths, `hosts` names, `shell` the commands it would run, None where it
    runs none. `derived` are pointers of arguments that a step's output went into, `tails` those behind a literal host.
    A file that cannot be named is "".
    """

    path: str
    node: Capability | None
    arguments: JsonObject
    cwd: str
    skills: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None
    tainted: tuple[str, ...] = ()
    least: Approval = Approval.NONE
    files: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    shell: ShellView | None = None
    derived: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()


def question_of(
    node: Capability | None,
    call: ToolCall,
    parser: CommandParser,
    *,
    least: Approval = Approval.NONE,
    skills: tuple[str, ...] = (),
    real: RealPath = os.path.normpath,
) -> CallQuestion:
    """Make the question of a call.

    Args:
        node: The tool as the tree has it now.
        call: The call with its resolved arguments.
        parser: Reads shell text.
        least: What a step or a skill raised the approval to.
        skills: Skills around the caller's own, the outermost first.
        real: Follows links; without it paths are compared as they are written.
    """
    caller = call.caller
    named = (*skills, *((caller.skill,) if caller.skill and caller.skill not in skills else ()))
    if node is None:
        return CallQuestion(call.path, None, call.arguments, caller.cwd, named, caller.allowed, call.tainted, least)
    return CallQuestion(
        node.path,
        node,
        call.arguments,
        caller.cwd,
        named,
        caller.allowed,
        call.tainted,
        least,
        _files(node, call, real),
        _hosts(node, call),
        _shell(node, call.arguments, parser),
        call.derived,
        call.tails,
    )


def _files(node: Capability, call: ToolCall, real: RealPath) -> tuple[str, ...]:
    name = _PATHS.get(node.path)
    said = call.arguments.get(name) if name else None
    if not isinstance(said, str):
        return ()
    try:
        # As the tools take it: `~` is a name like any other.
        return (real(os.path.join(call.caller.cwd, said)) if "\0" not in said else "",)
    except (ValueError, OSError):
        return ("",)


def _hosts(node: Capability, call: ToolCall) -> tuple[str, ...]:
    name = _URLS.get(node.path)
    said = call.arguments.get(name) if name else None
    return () if not isinstance(said, str) else (host_of(said),)


def host_of(url: str) -> str:
    """Give the host of an address in small letters; "?" for one that cannot be read."""
    try:
        return (urlsplit(url).hostname or "?").rstrip(".")
    except ValueError:
        return "?"


def _shell(node: Capability, arguments: JsonObject, parser: CommandParser) -> ShellView | None:
    if node.path != SHELL and node.kind != "mcp":
        return None
    sets = _names(arguments.get("env"))
    words = arguments.get(_MANY)
    texts = [text for name in _TEXTS if isinstance(text := arguments.get(name), str)]
    if node.path != SHELL and "exec" not in node.needs and not texts and words is None:
        return None
    fed = stdin if isinstance(stdin := arguments.get("stdin"), str) else ""
    if isinstance(words, list) and words and not texts:
        return view_of_words(tuple(word if isinstance(word, str) else "" for word in words), parser, sets, fed)
    if texts and words is None:
        return view_of_text("\n".join(texts), parser, sets, fed)
    return ShellView((), "its command does not stand where commands stand")


def _names(env: Json) -> tuple[str, ...]:
    return tuple(env) if isinstance(env, dict) else ()
