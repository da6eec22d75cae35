"""Capability trees for tests: native tools, a server's tools, and what can be changed about them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import NATIVE_OWNER, Capability, CapabilityTree, Effects
from skillstrata.records.json_values import JsonObject

READ = Effects(read_only=True, destructive=False, idempotent=True, open_world=False)
OUTSIDE = Effects(read_only=True, destructive=False, idempotent=True, open_world=True)
WRITE = Effects(read_only=False, destructive=True, idempotent=True, open_world=False)
EXECUTE = Effects(read_only=False, destructive=True, idempotent=False, open_world=True)


def takes(*required: str, **properties: object) -> JsonObject:
    """Make a closed schema; a property's value is its type's name or its schema."""
    schemas = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in properties.items()}
    return json.loads(
        json.dumps({"type": "object", "properties": schemas, "required": list(required), "additionalProperties": False})
    )


def gives(**properties: object) -> JsonObject:
    """Make an open schema whose properties are all there."""
    schemas = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in properties.items()}
    return json.loads(json.dumps({"type": "object", "properties": schemas, "required": list(properties)}))


def defined(node: Capability) -> Capability:
    """Give a node its definition's digest, from all that describes it."""
    return replace(node, definition=hashlib.sha256(repr(replace(node, definition="")).encode()).hexdigest())


def native(
    name: str,
    sink: JsonObject,
    output: "JsonObject | None",
    approval: Approval = Approval.NONE,
    effects: Effects = READ,
    needs: tuple[str, ...] = (),
) -> Capability:
    """Make a native tool."""
    node = Capability(
        f"native/{name}",
        name,
        name,
        NATIVE_OWNER,
        "native",
        f"Does {name}.",
        json.dumps(sink),
        json.dumps(output) if output else "",
        approval,
        effects,
        needs=needs,
    )
    return defined(node)


def served(
    server: str,
    tool: str,
    sink: JsonObject,
    output: "JsonObject | None" = None,
    approval: Approval = Approval.PLAN_CONFIRM,
    available: bool = True,
) -> Capability:
    """Make a tool of a server."""
    node = Capability(
        f"mcp/{server}/{tool}",
        f"mcp:{server}/{tool}",
        tool,
        f"mcp:{server}",
        "mcp",
        f"Does {tool}.",
        json.dumps(sink),
        json.dumps(output) if output else "",
        approval,
        OUTSIDE,
        needs=("mcp", "net"),
        server=server,
    )
    return replace(defined(node), available=available, reason="" if available else "the server is not running")


READ_FILE = native("read_file", takes("path", path="string"), gives(content="string"), needs=("fs.read",))
WRITE_FILE = native(
    "write_file",
    takes("path", "content", path="string", content="string", append="boolean"),
    gives(path="string", bytes="integer"),
    Approval.PLAN_CONFIRM,
    WRITE,
    ("fs.write",),
)
WEB_FETCH = native(
    "web_fetch",
    takes("url", url="string", allowed_hosts={"type": "array", "items": {"type": "string"}}),
    gives(url="string", content="string", status="integer"),
    Approval.PLAN_CONFIRM,
    OUTSIDE,
    ("net",),
)
BASH = native(
    "bash",
    takes(argv={"type": "array", "items": {"type": "string"}}, script="string", env={"type": "object"}),
    gives(stdout="string", code="integer"),
    Approval.EXEC_ESCALATION,
    EXECUTE,
    ("exec",),
)
WEB_SEARCH = served(
    "search", "web_search", takes("query", query="string", n="integer"), gives(url="string", title="string")
)
UNTYPED = served("search", "raw", {"type": "object"})
ALL = (READ_FILE, WRITE_FILE, WEB_FETCH, BASH, WEB_SEARCH, UNTYPED)


def tree_of(nodes: Iterable[Capability] = ALL, *others: Capability) -> CapabilityTree:
    """Make a tree; later nodes replace earlier ones at the same path."""
    by_path = {node.path: node for node in (*nodes, *others)}
    return CapabilityTree(1, tuple(by_path[path] for path in sorted(by_path)))


def without(*paths: str) -> CapabilityTree:
    """Make the usual tree without some of its tools."""
    return tree_of(node for node in ALL if node.path not in paths)
