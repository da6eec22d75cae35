"""Which tools come from a session alone, and what is left of a library without them.

In     the tools, their lineage, the candidates
Out    tools to remove, tools to write anew, and for each that stays although the session is in it, why
Never  changes anything
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from skillstrata.distill import merged, tool_name_of
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.tools import Branch, LineageEntry, Tool, Version

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Share:
    """What a session has in one tool.

    `gone` are versions that come from it alone, as (branch, number); `kept` says of each other version of its own why
    it stays. `left` is the tool without what is gone, None where nothing is left of it.
    """

    tool: Tool
    left: Tool | None
    gone: tuple[tuple[str, int], ...]
    kept: tuple[str, ...]


class Sources:
    """Who showed what: sessions by the branch of a tool, and by candidate."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        """Take every candidate of the catalog."""
        self._by_branch: dict[tuple[str, str], set[str]] = {}
        self._by_candidate: dict[str, str] = {}
        for candidate in candidates:
            self._by_candidate[candidate.id] = candidate.source.session
            if candidate.tool and candidate.state in {State.PLACED, State.DUPLICATE}:
                self._by_branch.setdefault((candidate.tool, candidate.branch), set()).add(candidate.source.session)

    def share(self, tool: Tool, lineage: tuple[LineageEntry, ...], session: str) -> Share | None:
        """Give what a session has in a tool, None where it has nothing."""
        gone: list[tuple[str, int]] = []
        kept: list[str] = []
        for branch in tool.branches:
            for version in branch.versions:
                own = self._origins(branch, version, lineage)
                if session not in own:
                    continue
                others = (own | self._by_branch.get((tool.name, branch.name), set[str]())) - {session, ""}
                if others:
                    shown = ", ".join(sorted(others)[:_SHOWN])
                    kept.append(f"branch {branch.name}, version {version.number}: session {shown} showed it too")
                else:
                    gone.append((branch.name, version.number))
        if not gone and not kept:
            return None
        return Share(tool, _without(tool, frozenset(gone)), tuple(gone), tuple(kept))

    def _origins(self, branch: Branch, version: Version, lineage: tuple[LineageEntry, ...]) -> set[str]:
        named = {e.session for e in lineage if (e.branch, e.version) == (branch.name, version.number)}
        known = self._by_candidate.get(version.candidate_id)
        return named | ({known} if known else set())


def _without(tool: Tool, gone: frozenset[tuple[str, int]]) -> Tool | None:
    """Take versions out; where the active one goes, the newest of the branch takes its place."""
    branches: list[Branch] = []
    for branch in tool.branches:
        left = tuple(version for version in branch.versions if (branch.name, version.number) not in gone)
        if left:
            numbers = {version.number for version in left}
            active = branch.active if branch.active in numbers else max(numbers)
            branches.append(replace(branch, active=active, versions=left))
    return _narrowed(replace(tool, branches=tuple(branches)), len(tool.branches)) if branches else None


def _narrowed(tool: Tool, before: int) -> Tool:
    """Take out of the tool's contract and names what only a branch that went had promised."""
    contracts = [branch.contract for branch in tool.branches if branch.contract is not None]
    if len(tool.branches) == before or len(contracts) < len(tool.branches):
        return tool
    names = {tool_name_of(contract) for contract in contracts}
    aliases = tuple(name for name in tool.aliases if name in names)
    return replace(tool, contract=functools.reduce(merged, contracts), aliases=aliases)
