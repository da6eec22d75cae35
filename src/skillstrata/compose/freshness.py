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
from skillstrata.records.composed_tools import CompileFinding, ComposedLibrary, ComposedSource, ComposedTool

# Changes whenever the grammar, the checks or the form of a definition do: all is compiled again.
COMPILER = "2"
_CONTENT = 32
_NOW = "compose.not_now"
_UNVERIFIED = "compose.unverified"
_HINTS = {"stale": "then `skillstrata compile`", "unverified": "start the server; nothing has to be compiled again"}


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
    return standing(tool, find)[0]


def standing(tool: ComposedTool, find: Callable[[str], Capability | None]) -> tuple[str, str]:
    """Give a tool's status against the tree as it is, and why it is not ok.

    Args:
        tool: As it was compiled.
        find: Gives the node at a path.
    """
    if tool.status not in ("ok", "unverified"):
        return tool.status, ""
    down = ""
    for path, definition in tool.pins:
        node = find(path)
        if node is None:
            return "stale", f"there is no tool at {path} any more"
        if not node.available and node.state != "down":
            return "stale", f"{node.name}: {node.reason or 'it cannot be called'}"
        if node.definition != definition:
            return "stale", f"{node.name} has changed since"
        if not node.available and not down:
            down = f"{node.name}: {node.reason or 'it is not there now'}"
    if approval_now(tool, find) > tool.approval:
        return "stale", "a tool it uses needs a stricter approval than before"
    return ("unverified", down) if down else ("ok", "")


def as_now(tool: ComposedTool, find: Callable[[str], Capability | None]) -> ComposedTool:
    """Give a tool with the status it has now; where that is not ok, the first finding says why."""
    status, why = standing(tool, find)
    if status == tool.status and not why:
        return tool
    told = tuple(one for one in tool.findings if one.code not in (_NOW, _UNVERIFIED))
    if not why:
        return replace(tool, status=status, findings=told)
    found = CompileFinding(_NOW, "error" if status == "stale" else "warning", why, tool.source, hint=_HINTS[status])
    return replace(tool, status=status, findings=(found, *told))


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
