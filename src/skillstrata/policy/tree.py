"""The capability tree: one snapshot of every tool, and the holder that swaps snapshots under many threads.

In     the nodes that subsystems offer: native, distilled, composed, each server
Out    `CapabilityTree`, immutable; `TreeHolder.find` by path, name or alias
Never  changes a snapshot in place; lets an alias stand before a name, or one path mean two tools
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from skillstrata.policy.globs import plain
from skillstrata.records.approvals import strictest
from skillstrata.records.capabilities import Capability, CapabilityTree

_logger = logging.getLogger("skillstrata.policy")
# Who is meant by a name that several subsystems use.
_RANK = {"native": 0, "composed": 1, "distilled": 2, "mcp": 3}
Listener = Callable[[CapabilityTree], None]


def build_tree(nodes: Iterable[Capability], *, generation: int = 1) -> CapabilityTree:
    """Put nodes into one tree, sorted by path.

    Where two have one path, none of them can be called: which one was meant, nobody could tell.
    """
    by_path: dict[str, Capability] = {}
    for node in nodes:
        there = by_path.get(node.path)
        by_path[node.path] = node if there is None or there == node else _twice(there, node)
    return CapabilityTree(generation, tuple(by_path[path] for path in sorted(by_path)))


def _twice(one: Capability, other: Capability) -> Capability:
    reason = f"two tools are called {one.path}: {one.owner} and {other.owner} offer one each; rename one"
    return replace(one, available=False, reason=reason, approval=strictest(one.approval, other.approval))


class TreeIndex:
    """Finds nodes of one snapshot."""

    def __init__(self, tree: CapabilityTree) -> None:
        """Index paths, names and aliases."""
        self.tree = tree
        self._paths = {node.path: node for node in tree.nodes}
        self._names: dict[str, Capability] = {}
        for node in sorted(tree.nodes, key=lambda one: (_RANK.get(one.kind, 9), one.path), reverse=True):
            self._names[plain(node.name)] = node
        self._aliases = self._known_aliases(tree.nodes)

    def _known_aliases(self, nodes: tuple[Capability, ...]) -> dict[str, Capability]:
        pairs = [(plain(alias), node) for node in nodes for alias in dict.fromkeys(node.aliases)]
        often = Counter(alias for alias, _ in pairs)
        # What two tools claim is nobody's, and no alias takes a name.
        return {alias: node for alias, node in pairs if often[alias] == 1 and alias not in self._names}

    def at(self, path: str) -> Capability | None:
        """Give the node at a path."""
        return self._paths.get(path)

    def find(self, name: str) -> Capability | None:
        """Give the node of a path, else of a name, else of an alias that is nobody else's; None where there is none."""
        told = plain(name)
        return self._paths.get(name) or self._names.get(told) or self._aliases.get(told)


class TreeHolder:
    """The tree as it is now. Any thread may change it and any may read; a reader sees a whole snapshot."""

    def __init__(self, nodes: Iterable[Capability] = ()) -> None:
        """Begin with these nodes."""
        self._lock = threading.Lock()
        self._index = TreeIndex(build_tree(nodes))
        self._listeners: dict[int, Listener] = {}
        self._next = 0
        self._telling = False
        self._told = self._index.tree.generation

    @property
    def tree(self) -> CapabilityTree:
        """Give the present snapshot."""
        return self._index.tree

    @property
    def index(self) -> TreeIndex:
        """Give the present snapshot with its index, for several look-ups in one state."""
        return self._index

    @property
    def generation(self) -> int:
        """Say how often it has changed."""
        return self._index.tree.generation

    def find(self, name: str) -> Capability | None:
        """Find a node by path, name or alias."""
        return self._index.find(name)

    def replace(self, owner: str, nodes: Iterable[Capability]) -> bool:
        """Put all nodes of one owner in place of those it had; say whether anything changed."""
        new = tuple(nodes)
        return self._change(lambda old: [*(node for node in old if node.owner != owner), *new])

    def add(self, nodes: Iterable[Capability]) -> bool:
        """Add nodes, each in place of one with its path; say whether anything changed."""
        new = tuple(nodes)
        paths = {node.path for node in new}
        return self._change(lambda old: [*(node for node in old if node.path not in paths), *new])

    def remove(self, paths: Iterable[str]) -> bool:
        """Take nodes out; say whether anything changed."""
        gone = frozenset(paths)
        return self._change(lambda old: [node for node in old if node.path not in gone])

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a function called with the newest snapshot after changes, never with an older one after a newer.

        Changes that come while listeners are at work are told together. Returns what ends it.
        """
        with self._lock:
            number = self._next = self._next + 1
            self._listeners[number] = listener

        def end() -> None:
            with self._lock:
                self._listeners.pop(number, None)

        return end

    def _change(self, change: Callable[[tuple[Capability, ...]], list[Capability]]) -> bool:
        with self._lock:
            old = self._index.tree
            new = build_tree(change(old.nodes), generation=old.generation + 1)
            if new.nodes == old.nodes:
                return False
            self._index = TreeIndex(new)
        self._tell()
        return True

    def _tell(self) -> None:
        while True:
            with self._lock:
                tree = self._index.tree
                if self._telling or self._told == tree.generation:
                    return
                self._telling, self._told = True, tree.generation
                listeners = tuple(self._listeners.values())
            try:
                for listener in listeners:
                    _called(listener, tree)
            finally:
                with self._lock:
                    self._telling = False


def _called(listener: Listener, tree: CapabilityTree) -> None:
    # One listener's fault must not keep the others from hearing, nor undo the change.
    try:
        listener(tree)
    except Exception:
        _logger.exception("a listener of the capability tree failed")
