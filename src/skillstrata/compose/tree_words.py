"""The word that a step writes for a tool, and the nodes of the tree it means.

In     a capability tree without its composed tools; those come as they are compiled
Out    nodes; a sentence where there is none
Never  chooses between two tools that one word means; splits a joined name to find a server
"""

import difflib
import hashlib
from collections.abc import Iterator

from skillstrata.compose.composed_nodes import COMPOSED_KIND, capability_of, composed_path
from skillstrata.records.capabilities import Capability, CapabilityTree
from skillstrata.records.composed_tools import ComposedTool

_RANK = {"native": 0, COMPOSED_KIND: 1, "distilled": 2, "mcp": 3}
_LAST_RANK = 9
# What kind of server gives a tool that people write by its plain name.
_KINDS = {
    "web_search": "a web search server",
    "search": "a web search server",
    "web_fetch": "a fetch server",
    "memory_search": "a memory server",
    "memory_store": "a memory server",
    "browser": "a browser server",
    "send_email": "a mail server",
    "send_message": "a chat server",
    "database_query": "a database server",
}


class ToolWords:
    """Finds tools by path, name, alias, and by the plain name that a server gives a tool; in this order."""

    def __init__(self, tree: CapabilityTree) -> None:
        """Index the tree; `circle` are words of tools that the one being compiled is known to call in a circle."""
        self._levels: tuple[dict[str, list[Capability]], ...] = ({}, {}, {}, {})
        self._states: dict[str, str] = {}
        self._composed: dict[str, ComposedTool] = {}
        self._failed: dict[str, str] = {}
        self.servers: dict[str, list[str]] = {}
        self.circle: frozenset[str] = frozenset()
        for node in tree.nodes:
            if node.kind != COMPOSED_KIND:
                self._add(node)

    def _add(self, node: Capability) -> None:
        paths, names, aliases, plain = self._levels
        paths.setdefault(node.path, []).append(node)
        names.setdefault(node.name, []).append(node)
        for alias in node.aliases:
            aliases.setdefault(alias, []).append(node)
        if node.server:
            bare = node.name.removeprefix(f"mcp:{node.server}/")
            plain.setdefault(bare, []).append(node)
            self.servers.setdefault(node.server, []).append(bare)

    def add_composed(self, tool: ComposedTool) -> None:
        """Let later tools call this one."""
        for word in (composed_path(tool.name), tool.name, *tool.aliases):
            self._composed[word] = tool
            self._states.pop(word, None)

    def add_failed(self, names: tuple[str, ...], path: str) -> None:
        """Let later tools be told that the one they call did not compile."""
        self._failed.update(dict.fromkeys(names, path))

    def composed(self, word: str) -> ComposedTool | None:
        """Give the composed tool that a word means."""
        return self._composed.get(word)

    def find(self, word: str) -> tuple[Capability, ...]:
        """Give what a word means: one node, none, or several that cannot be told apart."""
        tool = self._composed.get(word)
        if tool is not None:
            return (capability_of(tool),)
        for level in self._levels:
            found = level.get(word)
            if found:
                best = min(_RANK.get(node.kind, _LAST_RANK) for node in found)
                return tuple(node for node in found if _RANK.get(node.kind, _LAST_RANK) == best)
        return ()

    def rivals(self, word: str) -> tuple[str, ...]:
        """Give the names of servers' tools that a plain name would mean if no tool of ours had it."""
        return tuple(node.name for node in self._levels[3].get(word, ()))

    def takes(self, name: str) -> str:
        """Give the path of a tool, not a composed one, that has this name already; "" for none."""
        return next((node.path for node in self._levels[1].get(name, ())), "")

    def state(self, word: str) -> str:
        """Give a text that changes whenever what the word means does."""
        found = self._states.get(word)
        if found is None:
            found = self._states[word] = "\n".join(_state(node) for node in self.find(word)) or "absent"
        return found

    def missing(self, word: str) -> tuple[str, str]:
        """Say that no tool has this name, and what would give it."""
        if word in self._failed:
            return f"{word} did not compile", f"mend {self._failed[word]}"
        label, _, tool = word.removeprefix("mcp:").partition("/")
        if word.startswith("mcp:") and label in self.servers:
            there = self.servers[label]
            near = difflib.get_close_matches(tool, there, 1)
            hint = f"did you mean mcp:{label}/{near[0]}?" if near else f"it offers: {', '.join(sorted(there)[:20])}"
            return f"the server {label!r} offers no tool {tool!r}", hint
        if word.startswith("mcp:"):
            hint = f"configured are: {', '.join(sorted(self.servers)) or 'none'}; {_configured(label)}"
            return f"no MCP server is called {label!r}", hint
        near = difflib.get_close_matches(word, set(self._known()), 3, 0.75)
        kind = _KINDS.get(word, f"an MCP server with a tool {word!r}")
        hint = f"{kind} would give it: {_configured(word.rpartition('_')[2] or 'NAME')}"
        return f"no tool is called {word!r}", f"did you mean {', '.join(near)}? If not, {hint}" if near else hint

    def _known(self) -> Iterator[str]:
        for level in self._levels[1:]:
            yield from level
        yield from self._composed


def _configured(label: str) -> str:
    entry = f'{{"mcpServers": {{"{label}": {{"command": "PROGRAM", "args": []}}}}}}'
    return f"configure it in .mcp.json as {entry}, then compile again (`skillstrata tools list` shows what is there)"


def _state(node: Capability) -> str:
    definition = node.definition
    if not definition:
        whole = f"{node.input_schema}\0{node.output_schema}\0{node.effects}"
        definition = hashlib.sha256(whole.encode(errors="replace")).hexdigest()
    return f"{node.path} {definition} {node.approval.word} {node.available} {node.reason} {' '.join(node.needs)}"
