"""What a sub-agent may use: a blueprint's names resolved to exactly those nodes of the tree.

In     a Blueprint, the tree, and the set of the agent that starts it (None: the user's own, which has everything)
Out    ResolvedSet: paths, names that nobody has, and what was cut off with the reason
Never  gives a child anything that its parent does not have, or a generation more than the parent may hand on
"""

from skillstrata.policy.globs import is_pattern, listed_names, means, names_of
from skillstrata.policy.tree import TreeIndex
from skillstrata.records.capabilities import Blueprint, Capability, CapabilityTree, ResolvedSet


def resolve(blueprint: Blueprint, tree: CapabilityTree, parent: ResolvedSet | None = None) -> ResolvedSet:
    """Resolve a blueprint.

    A name without wild characters means one node (path, name or alias); one with them means every node it fits. The
    depth of the set is at most one less than the parent's; a parent whose depth is used up hands on nothing.

    Args:
        blueprint: The wish.
        tree: What there is now.
        parent: What the agent that starts this one has.
    """
    index = TreeIndex(tree)
    wanted: dict[str, Capability] = {}
    unknown: list[str] = []
    for name in dict.fromkeys(blueprint.allow):
        meant = _meant(name, index)
        wanted |= {node.path: node for node in meant}
        if not meant:
            unknown.append(name)
    refused = {path: why for path, node in wanted.items() if (why := _refusal(node, blueprint, parent))}
    depth = max(0, blueprint.depth if parent is None else min(blueprint.depth, parent.depth - 1))
    paths = tuple(sorted(path for path in wanted if path not in refused))
    return ResolvedSet(paths, tuple(unknown), tuple(sorted(refused.items())), depth)


def _meant(name: str, index: TreeIndex) -> tuple[Capability, ...]:
    one = index.find(name)
    if one is not None:
        return (one,)
    if not is_pattern(name):
        return ()
    return tuple(node for node in index.tree.nodes if means(name, listed_names(node)))


def _refusal(node: Capability, blueprint: Blueprint, parent: ResolvedSet | None) -> str:
    if parent is not None and parent.depth < 1:
        return "the agent that starts this one may hand nothing on"
    if parent is not None and node.path not in parent.paths:
        return "the agent that starts this one does not have it"
    if any(means(glob, names_of(node)) for glob in blueprint.deny):
        return "the blueprint denies it"
    if node.approval > blueprint.most_approval:
        return f"it needs {node.approval.word}, the blueprint goes to {blueprint.most_approval.word}"
    return ""
