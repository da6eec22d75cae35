"""Decide where a proven draft belongs: a new tool, or nothing new.

In     Contract, Signature, digest of the original body, every tool there is
Out    Placement; the same whatever the order of the tools
Never  gives a name that is taken: a new tool must not push out an old one
Why    merged on contract and behaviour, never on likeness of code: two that look alike may differ where it counts
"""

from skillstrata.distill.contract import tool_name_of, type_slug
from skillstrata.records.contracts import Contract, Placement, PlacementKind, Signature
from skillstrata.records.tools import Branch, Tool, Version

_MAX_NAME = 64


def place(
    contract: Contract,
    signature: Signature,
    body_digest: str,
    tools: tuple[Tool, ...],
    *,
    taken: frozenset[str] = frozenset(),
) -> Placement:
    """Place one draft.

    Args:
        contract: What it promises.
        signature: What it does.
        body_digest: sha256 of the original program text.
        tools: The library.
        taken: Further names that must not be given, such as folders that could not be read.
    """
    kin = sorted((t for t in tools if t.contract.key == contract.key), key=lambda tool: tool.name)
    for tool in kin:
        for branch, version in _versions(tool):
            why = _same(version, signature, body_digest)
            if why:
                return Placement(PlacementKind.DUPLICATE, tool.name, branch.name, f"{why} as {tool.name}/{branch.name}")
    natural = tool_name_of(contract)
    name = _free(natural, taken | {tool.name for tool in tools})
    branch = type_slug(contract.inputs[0].media_types[0])
    return Placement(PlacementKind.NEW_TOOL, name, branch, _why(natural, name, kin))


def _versions(tool: Tool) -> list[tuple[Branch, Version]]:
    pairs = [(branch, version) for branch in tool.branches for version in branch.versions]
    return sorted(pairs, key=lambda pair: (pair[0].name, pair[1].number))


def _same(version: Version, signature: Signature, body_digest: str) -> str:
    if version.body_digest == body_digest:
        return "the same program text"
    if version.signature is not None and version.signature.digest == signature.digest:
        return "the same outputs for the same inputs"
    return ""


def _free(natural: str, taken: frozenset[str]) -> str:
    if natural not in taken:
        return natural
    number = 2
    while (name := f"{natural[: _MAX_NAME - 1 - len(str(number))].rstrip('-')}-{number}") in taken:
        number += 1
    return name


def _why(natural: str, name: str, kin: list[Tool]) -> str:
    if kin:
        return f"does the job of {', '.join(tool.name for tool in kin)}, with other outputs for the same inputs"
    if name != natural:
        return f"no tool has this contract; the name {natural} belongs to something else"
    return "no tool has this contract"
