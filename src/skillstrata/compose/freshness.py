"""Whether a compiled tool still stands for its source and for the tools it uses.

In     sources, compiled tools, the tree as it is now
Out    keys; the status and the approval a tool has now
Never  calls a tool fresh because nobody looked
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from skillstrata.records.approvals import Approval, strictest
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_tools import ComposedLibrary, ComposedSource, ComposedTool

# Changes whenever the grammar, the checks or the form of a definition do: all is compiled again.
COMPILER = "1"
_CONTENT = 32


def content_key(source: ComposedSource, policy: str) -> str:
    """Digest what a source says, the compiler and the policy's version: the first half of a key."""
    whole = hashlib.sha256(f"{COMPILER}\0{policy}\0{source.skill}\0{source.path}\0{len(source.text)}\0".encode())
    whole.update(source.text.encode(errors="surrogatepass"))
    whole.update(source.sidecar.encode(errors="surrogatepass"))
    return whole.hexdigest()[:_CONTENT]


def whole_key(content: str, states: Iterable[str]) -> str:
    """Join a content's digest with that of all that it refers to."""
    return content + hashlib.sha256("\0".join(states).encode(errors="surrogatepass")).hexdigest()[:_CONTENT]


def same_content(key: str, content: str) -> bool:
    """Say whether a key is of this content, whatever has become of the tools it uses."""
    return key[:_CONTENT] == content


def status_now(tool: ComposedTool, find: Callable[[str], Capability | None]) -> str:
    """Give a tool's status against the tree as it is: stale where a tool it uses is gone, changed or stricter.

    Args:
        tool: As it was compiled.
        find: Gives the node at a path.
    """
    if tool.status not in ("ok", "unverified"):
        return tool.status
    missing = False
    for path, definition in tool.pins:
        node = find(path)
        if node is None or node.definition != definition:
            return "stale"
        missing = missing or not node.available
    if approval_now(tool, find) > tool.approval:
        return "stale"
    return "unverified" if missing else "ok"


def approval_now(tool: ComposedTool, find: Callable[[str], Capability | None]) -> Approval:
    """Derive a tool's approval again; what is not in the tree needs the strictest, and nothing lowers what was."""
    nodes = [find(path) for path, _ in tool.pins]
    return strictest(tool.approval, *(node.approval if node else Approval.EXEC_ESCALATION for node in nodes))


def removed(library: ComposedLibrary, name: str) -> ComposedLibrary:
    """Take a tool out, and leave a mark so that the next compilation does not bring it back."""
    gone = {name, *(tool.name for tool in library.tools if name in (tool.name, tool.title, *tool.aliases))}
    names = {tool.name for tool in library.tools if tool.name in gone} | {
        f.name for f in library.failed if f.name in gone
    }
    return replace(
        library,
        tools=tuple(tool for tool in library.tools if tool.name not in names),
        failed=tuple(one for one in library.failed if one.name not in names),
        tombstones=tuple(sorted({*library.tombstones, *names})),
    )


def restored(library: ComposedLibrary, name: str) -> ComposedLibrary:
    """Take the mark away; the next compilation brings the tool back."""
    return replace(library, tombstones=tuple(one for one in library.tombstones if one != name))
