"""Decide where a proven draft belongs: a branch of a tool, a version of a branch, a new tool, or nothing new.

In     Contract, Signature, digest of the original body, every tool there is; a judge of purposes; a way to compare
Out    Placement; the same whatever the order of the tools, and of the drafts where `in_order` sorted them
Never  gives a name that is taken: a new tool must not push out an old one. Merges by likeness of code
Why    merged on contract and purpose, replaced by measured dominance alone: docs/adr/0008
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from skillstrata.distill.contract import tool_name_of, type_slug
from skillstrata.distill.dominance import UNCOMPARED, Comparison, Order
from skillstrata.distill.purpose import opinion_of, sketch_of
from skillstrata.records.contracts import Contract, Placement, PlacementKind, Signature
from skillstrata.records.purposes import PurposeOpinion, PurposeSketch
from skillstrata.records.tools import Branch, Tool, Version

_MAX_NAME = 64
# Where types do not tell the purpose, outputs do: with half of them the same bytes it is one job with a fix, and with
# nearly all neighbouring words the same is one job in another form. The same rows sorted by another column have 0.91 of
# them, a column more leaves 0.83, other columns 0.08. A rewrite is its form, so that there only bytes count.
_FIXED = 0.5
_ONE_JOB, _TWO_JOBS = 0.98, 0.95
_IS_ITS_FORM = "rewrite"
# Fallbacks that never won are kept up to here: each is one more program that a failing call would try.
_MOST_VERSIONS = 5

Purposes = Callable[[PurposeSketch, PurposeSketch], PurposeOpinion]
Compare = Callable[[Tool, Branch], Comparison]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Measured:
    """What placement asks of the outside: an opinion about purposes, and a comparison with a branch's active version.

    Without them the fixed rules decide about purposes, and nothing can be compared.
    """

    purposes: Purposes = opinion_of
    compare: Compare = lambda _tool, _branch: UNCOMPARED


ALONE = Measured()


@dataclass(frozen=True, slots=True)
class _Draft:
    contract: Contract
    signature: Signature
    body_digest: str
    sketch: PurposeSketch


def in_order(drafts: Iterable[_T], key: Callable[[_T], tuple[Contract, str, str]]) -> list[_T]:
    """Sort drafts by what they are, so that where they end does not depend on when they came.

    Args:
        drafts: Anything; sorted by contract and text, and only equal ones by the third part of their key.
        key: (contract, digest of the original body, whatever settles a tie) of a draft.
    """

    def place_in_line(draft: _T) -> tuple[str, str]:
        contract, body_digest, tie = key(draft)
        return hashlib.sha256(f"{contract.key}\n{body_digest}".encode()).hexdigest(), tie

    return sorted(drafts, key=place_in_line)


def place(
    contract: Contract,
    signature: Signature,
    body_digest: str,
    tools: tuple[Tool, ...],
    *,
    taken: frozenset[str] = frozenset(),
    measured: Measured = ALONE,
) -> Placement:
    """Place one draft.

    Args:
        contract: What it promises.
        signature: What it does.
        body_digest: Digest of the program, its words and the files beside it.
        tools: The library.
        taken: Further names that must not be given, such as folders that could not be read.
        measured: How purposes are judged and behaviour is compared.
    """
    draft = _Draft(contract, signature, body_digest, sketch_of(contract))
    tools = tuple(sorted(tools, key=lambda tool: (tool.created_at_s, tool.name)))
    rivals = [(tool, branch) for tool in tools for branch in tool.branches if _same_slice(draft, tool, branch)]
    for tool, branch in rivals:
        for version in sorted(branch.versions, key=lambda v: v.number):
            why = _same(version, draft, tool, branch, measured)
            if why:
                return _duplicate(tool, branch, f"{why} as {tool.name}/{branch.name}")
    found = _among_rivals(draft, rivals, measured)
    if found is not None:
        return found
    names = taken | {name for tool in tools for name in (tool.name, *tool.aliases)}
    return _as_branch(draft, tools, names, measured.purposes) or _as_tool(draft, rivals, names)


def _among_rivals(draft: _Draft, rivals: list[tuple[Tool, Branch]], measured: Measured) -> Placement | None:
    """Compare with every branch that takes and gives the same; None where each of them does another job."""
    open_: Placement | None = None
    for tool, branch in rivals:
        # Options are a matter of the version; they do not make two of one contract different jobs.
        own, theirs = (replace(s, given=(), options=()) for s in (draft.sketch, sketch_of(tool.contract)))
        opinion = measured.purposes(own, theirs)
        if opinion.verdict == "different":
            continue
        comparison = measured.compare(tool, branch)
        job = "same" if opinion_of(own, theirs).verdict == "same" else _job_of(own.verb, opinion, comparison)
        if job == "same":
            found = _by_dominance(draft, tool, branch, comparison)
            if found.kind is not PlacementKind.AMBIGUOUS:
                return found
            open_ = open_ or found
        elif job == "ambiguous":
            why = f"perhaps what {tool.name} does: {opinion.why}; outputs are alike to {comparison.likeness:.0%}"
            open_ = open_ or _open(tool, branch, why)
    return open_


def _job_of(verb: str, opinion: PurposeOpinion, comparison: Comparison) -> str:
    """Settle by outputs whether two do one job where the types do not tell; a model's "same" counts half."""
    by_outputs = _job_by_outputs(verb, comparison)
    if opinion.verdict == "same":
        return "ambiguous" if by_outputs == "different" else "same"
    return by_outputs


def _job_by_outputs(verb: str, comparison: Comparison) -> str:
    if comparison.order is Order.IDENTICAL or comparison.unchanged >= _FIXED:
        return "same"
    if not comparison.measured:
        return "ambiguous"
    if verb == _IS_ITS_FORM or comparison.likeness < _TWO_JOBS:
        return "different"
    return "same" if comparison.likeness >= _ONE_JOB else "ambiguous"


def _by_dominance(draft: _Draft, tool: Tool, branch: Branch, found: Comparison) -> Placement:
    against = f"{tool.name}/{branch.name} version {branch.active}"
    lacking = sorted({o.name for o in branch.current.options} - {name for name, _ in draft.sketch.options})
    match found.order:
        case Order.IDENTICAL:
            return _duplicate(tool, branch, f"{found.why} as {against}")
        case Order.BETTER if not lacking:
            why = f"dominates {against}: {found.why}"
            return Placement(PlacementKind.ITERATION, tool.name, branch.name, why)
        case Order.EQUAL | Order.WORSE:
            if len(branch.versions) >= _MOST_VERSIONS:
                why = f"no better than {against}, which has fallbacks enough: {found.why}"
                return _duplicate(tool, branch, why, "no_better")
            why = f"kept as a fallback behind {against}: {found.why}"
            return Placement(PlacementKind.ITERATION, tool.name, branch.name, why, activates=False)
        case _:
            why = f"better and worse than {against}: {found.why}"
            if lacking:
                why = f"it lacks the option {', '.join(lacking)} of {against}; {found.why}"
            return _open(tool, branch, why)


def _as_branch(draft: _Draft, tools: tuple[Tool, ...], names: frozenset[str], purposes: Purposes) -> Placement | None:
    for tool in tools:
        if any(branch.current.given == draft.contract.given for branch in tool.branches):
            continue
        opinion = purposes(draft.sketch, sketch_of(tool.contract))
        if opinion.verdict == "same":
            natural = tool_name_of(draft.contract)
            return Placement(
                PlacementKind.NEW_BRANCH,
                tool.name,
                _free(_slug(draft.contract), frozenset(branch.name for branch in tool.branches)),
                f"the purpose of {tool.name} for {' and '.join(draft.contract.given)}: {opinion.why}",
                alias="" if natural in names else natural,
            )
    return None


def _as_tool(draft: _Draft, rivals: list[tuple[Tool, Branch]], names: frozenset[str]) -> Placement:
    natural = tool_name_of(draft.contract)
    name = _free(natural, names)
    return Placement(PlacementKind.NEW_TOOL, name, _slug(draft.contract), _why(natural, name, rivals))


def _same_slice(draft: _Draft, tool: Tool, branch: Branch) -> bool:
    """Say whether a branch takes and gives the same, by the same verb, with the same loss."""
    own, theirs = draft.sketch, sketch_of(tool.contract)
    facts = ((s.verb, s.made, s.ways, s.loss) for s in (own, theirs))
    return len(set(facts)) == 1 and branch.current.given == draft.contract.given


def _same(version: Version, draft: _Draft, tool: Tool, branch: Branch, measured: Measured) -> str:
    if version.body_digest == draft.body_digest:
        return "the same program"
    if version.signature is None or version.signature.digest != draft.signature.digest:
        return ""
    if version.number == branch.active:
        # The same on general documents: the inputs that each was proved on may still tell them apart.
        found = measured.compare(tool, branch)
        if found.measured and found.order is not Order.IDENTICAL:
            return ""
    return "the same outputs for the same inputs"


def _duplicate(tool: Tool, branch: Branch, why: str, reason: str = "same_behaviour") -> Placement:
    return Placement(PlacementKind.DUPLICATE, tool.name, branch.name, why, activates=False, reason=reason)


def _open(tool: Tool, branch: Branch, why: str) -> Placement:
    return Placement(PlacementKind.AMBIGUOUS, tool.name, branch.name, why, activates=False, reason="ambiguous")


def _slug(contract: Contract) -> str:
    return "-".join(dict.fromkeys(type_slug(media_type) for media_type in contract.given))[:_MAX_NAME].strip("-")


def _free(natural: str, taken: frozenset[str]) -> str:
    if natural not in taken:
        return natural
    number = 2
    while (name := f"{natural[: _MAX_NAME - 1 - len(str(number))].rstrip('-')}-{number}") in taken:
        number += 1
    return name


def _why(natural: str, name: str, rivals: list[tuple[Tool, Branch]]) -> str:
    if rivals:
        others = ", ".join(dict.fromkeys(tool.name for tool, _ in rivals))
        return f"takes and gives what {others} does, and does another job with it"
    if name != natural:
        return f"no tool has this contract; the name {natural} belongs to something else"
    return "no tool has this contract"
