"""A composed tool as a node of the capability tree."""

from skillstrata.records.capabilities import COMPOSED_OWNER, Capability
from skillstrata.records.composed_tools import ComposedTool

COMPOSED_KIND = "composed"
_STATES = {"ok": "", "unverified": "down", "stale": "stale"}
_NEXT = {
    "unverified": "it can be called again when that is there",
    "stale": "then `skillstrata compile`",
}


def composed_path(name: str) -> str:
    """Give the place of a composed tool in the tree."""
    return f"{COMPOSED_KIND}/{name}"


def capability_of(tool: ComposedTool) -> Capability:
    """Give the node of a composed tool; one that is not ok is there, and cannot be called."""
    available = tool.status == "ok"
    return Capability(
        composed_path(tool.name),
        tool.name,
        tool.title,
        COMPOSED_OWNER,
        COMPOSED_KIND,
        tool.description,
        tool.input_schema,
        tool.output_schema,
        tool.approval,
        tool.effects,
        tool.digest,
        tool.needs,
        available,
        "" if available else _why(tool),
        tool.aliases,
        state=_STATES.get(tool.status, "failed"),
    )


def _why(tool: ComposedTool) -> str:
    told = next((one.message for one in tool.findings if one.severity == "error"), "")
    told = told or next((one.message for one in tool.findings if one.severity == "warning"), "")
    told = told or ("a server is not there" if tool.status == "unverified" else "a tool it uses has changed")
    return f"{tool.name} is {tool.status}: {told}; {_NEXT.get(tool.status, 'compile it again')}"
