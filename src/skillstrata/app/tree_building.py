"""The capability tree of one process: every backend's tools in one holder, each call handed to who owns the tool.

In     the App, the folder worked in
Out    ToolTree: the holder, look-ups, the backend of a path
Never  connects to a server before a tool of one is asked for
"""

import threading
from dataclasses import replace
from pathlib import Path

from skillstrata.app.distilled_backend import DistilledTools, Run
from skillstrata.app.wiring import App
from skillstrata.policy.tree import TreeHolder
from skillstrata.ports.tool_backend import ToolBackend
from skillstrata.records.capabilities import LIBRARY_OWNER, NATIVE_OWNER, Capability
from skillstrata.records.tools import Tool

SERVERS = "mcp"
_PREFIX = f"{SERVERS}:"


class ToolTree:
    """The tree of one folder worked in. Its methods may be called from any thread."""

    def __init__(self, app: App, project: Path, run: Run) -> None:
        """Open nothing yet. `run` calls a tool of the library."""
        self._app = app
        self._project = project
        self._distilled = DistilledTools(app, run)
        self._opening = threading.Lock()
        self._backends: dict[str, ToolBackend] = {}
        self._holder: TreeHolder | None = None

    @property
    def holder(self) -> TreeHolder:
        """Give the tree with native and library tools, made at the first question."""
        with self._opening:
            if self._holder is None:
                self._backends["native"] = self._app.native_tools(self._project)
                self._backends["distilled"] = self._distilled
                self._holder = TreeHolder((*self._native(), *self._distilled.capabilities()))
            return self._holder

    @property
    def has_servers(self) -> bool:
        """Say whether servers were asked already."""
        return SERVERS in self._backends

    def put(self, kind: str, backend: ToolBackend, owner: str) -> None:
        """Add a subsystem and its nodes."""
        holder = self.holder
        self._backends[kind] = backend
        holder.replace(owner, backend.capabilities())

    def refresh(self) -> None:
        """Take over what changed in the library and the user's native tools."""
        holder = self.holder
        holder.replace(NATIVE_OWNER, self._native())
        holder.replace(LIBRARY_OWNER, self._distilled.capabilities())

    def listed(self) -> tuple[str, tuple[Tool, ...]]:
        """Give the library's tools that use has proven, and the stamp of the library they are of."""
        return self._distilled.listed()

    def with_servers(self) -> TreeHolder:
        """Give the tree with the tools of every configured server; each is waited for within its bound."""
        holder = self.holder
        with self._opening:
            backend = self._backends.get(SERVERS)
            if backend is None:
                backend = self._backends[SERVERS] = self._app.server_tools(self._project)
        by_owner: dict[str, list[Capability]] = {}
        for node in backend.capabilities():
            by_owner.setdefault(node.owner, []).append(_with_bare_name(node))
        gone = {node.owner for node in holder.tree.nodes if node.kind == SERVERS} - by_owner.keys()
        for owner in sorted(gone):
            holder.replace(owner, ())
        for owner, nodes in by_owner.items():
            holder.replace(owner, nodes)
        return holder

    def find(self, name: str) -> Capability | None:
        """Find a tool by path, name or alias; servers are asked where nobody else has it."""
        found = self.holder.find(name)
        if found is None and (name.startswith((_PREFIX, f"{SERVERS}/")) or SERVERS not in self._backends):
            found = self.with_servers().find(name)
        return found

    def at(self, path: str) -> Capability | None:
        """Give the tool at a path; servers are asked where it is one of theirs."""
        found = self.holder.index.at(path)
        if found is None and path.startswith(f"{SERVERS}/") and SERVERS not in self._backends:
            found = self.with_servers().index.at(path)
        return found

    def backend_of(self, node: Capability) -> ToolBackend | None:
        """Give who calls a tool."""
        return self._backends.get(node.kind)

    def close(self) -> None:
        """End connections and what was started."""
        with self._opening:
            backends = tuple(self._backends.values())
        for backend in backends:
            backend.close()

    def _native(self) -> tuple[Capability, ...]:
        without = set(self._app.settings.compose.without)
        return tuple(node for node in self._backends["native"].capabilities() if node.name not in without)


def _with_bare_name(node: Capability) -> Capability:
    """Let a server's tool be meant by its own name, where no other tool has that."""
    bare = node.name.removeprefix(f"{_PREFIX}{node.server}/")
    return node if bare in node.aliases or bare == node.name else replace(node, aliases=(*node.aliases, bare))
