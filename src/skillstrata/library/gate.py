"""Decide from its use how far a tool is offered.

    hidden --3 reuses, 80 %--> searchable --5 reuses, 90 %--> invokable --N successes in 2 sessions--> listed
    listed, published --3 own faults in its last 10 calls, under 80 %--> invokable --under 50 %--> searchable

In     the level, the calls and rewrites since it was last changed
Out    the next level and why; None where it stays
Never  publishes; goes up more than one step; counts a call from before the last change; hides by itself
Why    promoted is not exposed: value is confirmed by reuse (figures of docs/library.md)
"""

from collections import Counter
from dataclasses import dataclass

from skillstrata.library.quality import failure_class, is_own_fault
from skillstrata.records.qualities import Visibility
from skillstrata.records.tools import Usage

_LAST = 10
_FAULTS = 3
_LISTED_SHARE, _CALLED_SHARE = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class GateRules:
    """How many reuses, and what share of successes, each level needs."""

    searchable_reuses: int = 3
    searchable_share: float = 0.8
    invokable_reuses: int = 5
    invokable_share: float = 0.9
    listed_successes: int = 3
    listed_sessions: int = 2


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to a tool since its level was last changed.

    `uses` are oldest first. `rewrites` counts programs that agents wrote again because they did not find the tool, or
    were not shown it: somebody needed it. `rewrites_after_failure` are those, and no part of `rewrites`, that followed
    a failed call. A program of who was shown the tool and did not take it is neither.
    """

    uses: tuple[Usage, ...] = ()
    rewrites: int = 0
    rewrites_after_failure: int = 0


def next_level(level: Visibility, shown: Happened, rules: GateRules) -> tuple[Visibility, str] | None:
    """Give the level a tool goes to, and the reason as a sentence."""
    if level >= Visibility.INVOKABLE:
        down = _down(level, shown)
        if down is not None:
            return down
    return _up(level, shown, rules)


def _down(level: Visibility, shown: Happened) -> tuple[Visibility, str] | None:
    last = shown.uses[-_LAST:]
    faults = [use for use in last if is_own_fault(use)]
    bad, many = len(faults) + shown.rewrites_after_failure, len(last) + shown.rewrites_after_failure
    if bad < _FAULTS:
        return None
    share = sum(use.ok for use in last) / many
    if share >= (_LISTED_SHARE if level > Visibility.INVOKABLE else _CALLED_SHARE):
        return None
    kinds = Counter(failure_class(use.failure).value for use in faults)
    named = [f"{kind} {count}" for kind, count in sorted(kinds.items())]
    if shown.rewrites_after_failure:
        named.append(f"written again after a failure {shown.rewrites_after_failure}")
    lower = Visibility.INVOKABLE if level > Visibility.INVOKABLE else Visibility.SEARCHABLE
    return lower, f"{bad} of its last {many} uses failed by its own doing: {', '.join(named)}"


def _up(level: Visibility, shown: Happened, rules: GateRules) -> tuple[Visibility, str] | None:
    runs, good = len(shown.uses), sum(use.ok for use in shown.uses)
    asked = runs + shown.rewrites_after_failure
    reuses, share = good + shown.rewrites, good / asked if asked else 1.0
    counts = f"{good} of {runs} calls succeeded{_rewritten(shown)}"
    match level:
        case Visibility.HIDDEN if reuses >= rules.searchable_reuses and share >= rules.searchable_share:
            return Visibility.SEARCHABLE, counts
        # What is missed was never tried: without a call there is no proof of use.
        case Visibility.SEARCHABLE if good and reuses >= rules.invokable_reuses and share >= rules.invokable_share:
            return Visibility.INVOKABLE, counts
        case Visibility.INVOKABLE if good >= rules.listed_successes and share >= rules.invokable_share:
            sessions = len({use.session for use in shown.uses if use.ok} - {""})
            if sessions < rules.listed_sessions:
                return None
            return Visibility.LISTED, f"{counts}, in {sessions} sessions"
        case _:
            return None


def _rewritten(shown: Happened) -> str:
    missed = f", written again {shown.rewrites} times" if shown.rewrites else ""
    failed = shown.rewrites_after_failure
    return missed + (f", written again after a failure {failed}" if failed else "")
