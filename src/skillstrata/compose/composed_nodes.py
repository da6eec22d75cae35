"""A composed tool as a node of the capability tree."""

from skillstrata.records.capabilities import COMPOSED_OWNER, Capability
from skillstrata.records.composed_tools import ComposedTool

COMPOSED_KIND = "composed"
_CALLABLE = ("ok", "unverified")


def composed_path(name: str) -> str:
    """Give the place of a composed tool in the tree."""
    return f"{COMPOSED_KIND}/{name}"


def capability_of(tool: ComposedTool) -> Capability:
    """Give the node of a composed tool; one that is stale or failed is there, and cannot be called."""
    available = tool.status in _CALLABLE
    told = next((finding.message for finding in tool.findings if finding.severity == "error"), "")
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
        "" if available else f"{tool.name} is {tool.status}: {told or 'a tool it uses has changed'}; compile it again",
        tool.aliases,
    )
