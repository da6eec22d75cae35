"""The health of the library: what is used, what says the same twice, what is broken, what it costs and missed.

In     tools, their calls, misses of reuse, verifications, the time
Out    LibraryHealth; a picture of how a figure went on
Never  calls two tools the same by their names: by contract and purpose, or by the program itself
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from skillstrata.library.calls import call_schema
from skillstrata.library.quality import tool_quality
from skillstrata.library.reuse_misses import by_cause, suggested_words
from skillstrata.records.qualities import LibraryHealth, ReuseMiss, Verification, Visibility, visibility_of
from skillstrata.records.tools import Tool, Usage

_CHARS_PER_TOKEN = 4
_DAY_S = 86_400.0
_STEPS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Known:
    """All that health is made of; `uses` are by tool, `taken_back` are lessons of misses that count no more."""

    tools: tuple[Tool, ...]
    uses: Mapping[str, tuple[Usage, ...]]
    misses: tuple[ReuseMiss, ...] = ()
    verifications: tuple[Verification, ...] = ()
    pending: int = 0
    taken_back: frozenset[str] = frozenset()


def library_health(known: Known, *, now_s: float, stale_days: int) -> LibraryHealth:
    """Look at the library; retired tools are counted and nothing else."""
    kept = tuple(tool for tool in known.tools if visibility_of(tool.visibility) is not Visibility.RETIRED)
    qualities = {tool.name: tool_quality(tool, known.uses.get(tool.name, ())) for tool in kept}
    levels = Counter(visibility_of(tool.visibility).word for tool in known.tools)
    return LibraryHealth(
        at_s=now_s,
        tools=len(known.tools),
        levels=tuple((level.word, levels[level.word]) for level in Visibility),
        runs=sum(quality.runs for quality in qualities.values()),
        successes=sum(quality.successes for quality in qualities.values()),
        unused=sum(not quality.runs for quality in qualities.values()),
        stale=stale_tools(kept, known.uses, now_s=now_s, days=stale_days),
        redundant=redundant_tools(kept),
        broken=tuple(sorted(name for name in _broken(known.verifications) if name in qualities)),
        tokens_exposed=sum(exposed_tokens(t) for t in kept if visibility_of(t.visibility) >= Visibility.LISTED),
        misses=by_cause(known.misses),
        pending=known.pending,
        saved_s=round(sum(quality.saved_s for quality in qualities.values()), 1),
        saved_tokens=sum(quality.saved_tokens for quality in qualities.values()),
        suggested=suggested_words(kept, known.misses, known.taken_back),
    )


def stale_tools(
    tools: tuple[Tool, ...], uses: Mapping[str, tuple[Usage, ...]], *, now_s: float, days: int
) -> tuple[str, ...]:
    """Name the tools that nobody used for so many days, those younger than that left out; 0 days: none."""
    if not days:
        return ()
    last = {tool.name: max((tool.created_at_s, *(use.at_s for use in uses.get(tool.name, ())))) for tool in tools}
    return tuple(sorted(name for name, at_s in last.items() if now_s - at_s > days * _DAY_S))


def redundant_tools(tools: tuple[Tool, ...]) -> tuple[tuple[str, str, str], ...]:
    """Name the pairs that say the same: one contract and purpose, or one program.

    Of many that say the same each is named once, with the first of them.
    """
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for tool in tools:
        groups["the same contract and purpose", f"{tool.contract.key} {tool.contract.purpose.casefold()}"].append(
            tool.name
        )
        for digest in {branch.current.body_digest for branch in tool.branches} - {""}:
            groups["the same program", digest].append(tool.name)
    pairs = {
        (min(names), other): why for (why, _), names in sorted(groups.items()) for other in names if other != min(names)
    }
    return tuple((one, other, why) for (one, other), why in sorted(pairs.items()))


def exposed_tokens(tool: Tool) -> int:
    """Estimate what a listed tool costs a session: its name, what it is for, and the schema of its arguments."""
    return (len(tool.name) + len(tool.contract.purpose) + len(call_schema(tool.contract))) // _CHARS_PER_TOKEN


def trend(values: Sequence[float]) -> str:
    """Draw how a figure went on, oldest first: one character each, the highest the tallest."""
    most = max(values, default=0.0)
    return "".join(_STEPS[round(value / most * (len(_STEPS) - 1))] if most > 0 else _STEPS[0] for value in values)


def _broken(verifications: tuple[Verification, ...]) -> set[str]:
    """Name the tools of which the newest verification of some version failed."""
    newest: dict[tuple[str, str, int], Verification] = {}
    for one in sorted(verifications, key=lambda one: one.at_s):
        newest[one.tool, one.branch, one.version] = one
    return {one.tool for one in newest.values() if not one.ok}
