"""Our entries in Claude Code's JSON files: which they are, how they are put in, how they are found again.

In     the text of a settings or MCP file
Out    the text with or without our entries; foreign ones, their order and their form stay
Never  takes an entry for ours because it looks similar: the command must be the one we write
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.adapters.json_text import Node, line_of, parse, value_of, with_item, with_member, without_child
from skillstrata.records.failures import ConfigUnreadable

SERVER = "skillstrata"
TIMEOUT_S = 5
# PreToolUse has the folder a command starts in, which no later event tells; only shells are asked, before each call.
EVENTS = (
    ("PreToolUse", "Bash|PowerShell"),
    ("PostToolUse", ""),
    ("PostToolUseFailure", ""),
    ("UserPromptSubmit", ""),
    ("SessionStart", ""),
    ("SessionEnd", ""),
)
STARTS_AT = "SessionStart"
# A resumed session has in its context what it was told at first.
WARM_SOURCES = "startup|clear|compact"
Fault = Callable[[str, int], ConfigUnreadable]
Group = dict[str, object]


@dataclass(frozen=True, slots=True)
class HookEntries:
    """The hook groups of one installed script. `fault` makes the error for a file of an unexpected shape.

    `starter` is the script that starts the background process, `warmer` the one that tells what that has prepared. They
    have entries of their own where `starts` says so, and are taken out in any case.
    """

    script: str
    fault: Fault
    starter: str = ""
    starts: bool = False
    warmer: str = ""

    @property
    def command(self) -> str:
        """Give the capturing handler's command."""
        return _guarded(self.script)

    def put(self, text: str) -> str:
        """Give the text with one group for each event, those for the background process, and no other of ours."""
        root, wanted = parse(text), self._wanted()
        if sorted(self._found(text, root), key=repr) == sorted(wanted, key=repr):
            return text
        text = self.take_out(text)
        for event, group in wanted:
            text = self._with_group(text, event, group)
        return text

    def take_out(self, text: str) -> str:
        """Give the text without our handlers, and without the groups and lists that are empty because of that."""
        while (shorter := self._without_one(text)) is not None:
            text = shorter
        return text

    def _wanted(self) -> list[tuple[str, Group]]:
        groups = [(event, _group(self.command, matcher)) for event, matcher in EVENTS]
        if not self.starts:
            return groups
        warm = [(STARTS_AT, _group(_guarded(self.warmer), WARM_SOURCES))] if self.warmer else []
        return [*groups, *warm, (STARTS_AT, _group(_guarded(self.starter), ""))]

    def _with_group(self, text: str, event: str, group: Group) -> str:
        text = self._with_container(text, (), "hooks", {})
        text = self._with_container(text, ("hooks",), event, [])
        return with_item(text, self._at(text, ("hooks", event)), group)

    def _with_container(self, text: str, way: tuple[str, ...], key: str, empty: object) -> str:
        owner = self._at(text, way)
        if owner.member(key) is None:
            return with_member(text, owner, key, empty)
        return text

    def _at(self, text: str, way: tuple[str, ...]) -> Node:
        node = parse(text)
        for depth, key in enumerate(way, 1):
            found = node.member(key)
            wanted = "object" if depth == 1 else "array"
            if found is None or found.kind != wanted:
                raise self.fault(f"{'.'.join(way[:depth])} is not a JSON {wanted}", line_of(text, found or node))
            node = found
        return node

    def _found(self, text: str, root: Node) -> list[tuple[str, object]]:
        hooks = root.member("hooks")
        if hooks is None:
            return []
        if hooks.kind != "object":
            raise self.fault("hooks is not a JSON object", line_of(text, hooks))
        return [
            (event, value_of(text, group))
            for event, groups in zip(hooks.keys, hooks.children, strict=True)
            for group in groups.children
            for handlers in (group.member("hooks"),)
            if handlers is not None and any(self._is_ours(text, handler) for handler in handlers.children)
        ]

    def _without_one(self, text: str) -> str | None:
        root = parse(text)
        hooks = root.member("hooks")
        if hooks is None:
            return None
        for e, groups in enumerate(hooks.children):
            for g, group in enumerate(groups.children):
                handlers = group.member("hooks")
                for h, handler in enumerate(handlers.children if handlers else ()):
                    if handlers is not None and self._is_ours(text, handler):
                        way = [(handlers, h), (groups, g), (hooks, e), (root, root.index("hooks"))]
                        return _pruned(text, way)
        return None

    def _is_ours(self, text: str, handler: Node) -> bool:
        command = handler.member("command")
        ours = {self.command, *(_guarded(script) for script in (self.starter, self.warmer) if script)}
        return command is not None and value_of(text, command) in ours


def _guarded(script: str) -> str:
    """Give the command that runs a script.

    The guard keeps an agent undisturbed when the data directory is gone: `sh MISSING` ends with 2 under dash, and 2
    blocks the prompt or call. It is a string, not the form with `args`: a client too old for that form would run `sh`
    on the payload itself.
    """
    quoted = shlex.quote(script)
    return f"[ ! -r {quoted} ] || . {quoted}"


def _group(command: str, matcher: str) -> Group:
    handler = {"type": "command", "command": command, "timeout": TIMEOUT_S}
    return {"matcher": matcher, "hooks": [handler]} if matcher else {"hooks": [handler]}


def _pruned(text: str, way: list[tuple[Node, int]]) -> str:
    """Take out the outermost child that holds nothing else."""
    for owner, index in way:
        if len(owner.children) > 1 or owner is way[-1][0]:
            return without_child(text, owner, index)
    return text


@dataclass(frozen=True, slots=True)
class ServerEntry:
    """Our member of `mcpServers`."""

    program: tuple[str, ...]
    fault: Fault

    @property
    def value(self) -> dict[str, object]:
        """Give the entry as the client stores it."""
        return {"type": "stdio", "command": self.program[0], "args": list(self.program[1:])}

    def put(self, text: str) -> str:
        """Give the text with our server; an older entry of ours is replaced."""
        if self.registered(text) == self.program:
            return text
        text = self.take_out(text)
        root = parse(text)
        if root.member("mcpServers") is None:
            text = with_member(text, root, "mcpServers", {})
        return with_member(text, self._servers(text), SERVER, self.value)

    def take_out(self, text: str) -> str:
        """Give the text without our server, and without the list if it holds nothing else."""
        root = parse(text)
        servers = root.member("mcpServers")
        if servers is None or servers.member(SERVER) is None:
            return text
        shorter = _pruned(text, [(servers, servers.index(SERVER)), (root, root.index("mcpServers"))])
        # Of two members with one key the first would come to life again.
        return self.take_out(shorter)

    def registered(self, text: str) -> tuple[str, ...] | None:
        """Give the command line our server is registered with, None if it is not."""
        servers = parse(text).member("mcpServers")
        entry = servers.member(SERVER) if servers is not None else None
        if entry is None:
            return None
        command, args = entry.member("command"), entry.member("args")
        first = str(value_of(text, command)) if command is not None else ""
        words = args.children if args is not None else ()
        return (first, *(str(value_of(text, word)) for word in words))

    def _servers(self, text: str) -> Node:
        servers = parse(text).member("mcpServers")
        if servers is None or servers.kind != "object":
            raise self.fault("mcpServers is not a JSON object", line_of(text, servers or parse(text)))
        return servers
