"""What the calls of a tool come to: counts, an interval around the share of successes, failures by class, savings.

In     Usages of one tool
Out    ToolQuality
Never  gives a share without its counts and its interval; takes a failure that is no doing of the tool against it
Why    three successes of three say less than ninety of a hundred: the interval says how much less
"""

import math
from collections import Counter
from collections.abc import Iterable

from skillstrata.records.qualities import FailureClass, ToolQuality
from skillstrata.records.tools import Tool, Usage

_Z = 1.959963984540054
# What a model writes in a second, and the characters of one of its tokens: both on the careful side.
_TOKENS_PER_S = 60.0
_CHARS_PER_TOKEN = 4.0
# A call costs the agent a name and its arguments.
_CALL_TOKENS = 60
# A program that failed because it may not reach what it wants.
NO_NETWORK = "call.network_not_granted"
_CLASSES = {
    NO_NETWORK: FailureClass.NETWORK,
    "call.program_failed": FailureClass.PROGRAM,
    "call.failed": FailureClass.OUTPUT,
    "call.no_output": FailureClass.OUTPUT,
    "call.output_not_text": FailureClass.OUTPUT,
    "call.limit": FailureClass.LIMIT,
}
_BY_BEGINNING = (("environments.", FailureClass.ENVIRONMENT), ("runtime", FailureClass.ENVIRONMENT))
OWN_FAULTS = frozenset({FailureClass.PROGRAM, FailureClass.OUTPUT, FailureClass.LIMIT})


def wilson(successes: int, runs: int) -> tuple[float, float]:
    """Give the 95 % interval of a share; 0 and 1 where nothing is known."""
    if runs <= 0:
        return 0.0, 1.0
    share, square = successes / runs, _Z * _Z
    centre = (share + square / (2 * runs)) / (1 + square / runs)
    margin = _Z / (1 + square / runs) * math.sqrt(share * (1 - share) / runs + square / (4 * runs * runs))
    return max(0.0, centre - margin), min(1.0, centre + margin)


def standing(successes: int, runs: int, rewritten: int = 0) -> float:
    """Give what use has shown of a tool, from -1.0 (fails) over 0.0 (nothing known) to 1.0 (holds).

    Both ends of the interval, so that one success is worth little; `rewritten` are programs that agents wrote again
    though they had the tool before them, each of which counts as a call that failed.
    """
    low, high = wilson(successes, runs + rewritten)
    return low + high - 1.0


def failure_class(code: str) -> FailureClass:
    """Give whose doing a failure was."""
    known = _CLASSES.get(code)
    if known is not None:
        return known
    return next((kind for beginning, kind in _BY_BEGINNING if code.startswith(beginning)), FailureClass.OTHER)


def is_own_fault(usage: Usage) -> bool:
    """Say whether a call failed by the tool's own doing."""
    return not usage.ok and failure_class(usage.failure) in OWN_FAULTS


def tool_quality(tool: Tool, uses: tuple[Usage, ...]) -> ToolQuality:
    """Sum up the calls of a tool, in any order.

    Savings are what writing the program again would have taken: its characters as tokens, less the tokens of a call,
    and the seconds a model needs to write them, less the seconds of the call. What an agent reads and tries before it
    has the program is left out, so that the true saving is larger.
    """
    good = [use for use in uses if use.ok]
    low, high = wilson(len(good), len(uses))
    failures = Counter(failure_class(use.failure) for use in uses if not use.ok)
    written = {(b.name, v.number): len(v.main) / _CHARS_PER_TOKEN for b in tool.branches for v in b.versions}
    least = min(written.values(), default=0.0)
    tokens = [(written.get((use.branch, use.version), least), use.ms / 1000) for use in good]
    return ToolQuality(
        runs=len(uses),
        successes=len(good),
        sessions=_distinct(use.session for use in uses),
        projects=_distinct(use.project for use in uses),
        people=_distinct(use.person for use in uses),
        low=low,
        high=high,
        saved_s=round(sum(max(0.0, many / _TOKENS_PER_S - took_s) for many, took_s in tokens), 1),
        saved_tokens=int(sum(max(0.0, many - _CALL_TOKENS) for many, _ in tokens)),
        last_at_s=max((use.at_s for use in uses), default=0.0),
        failures=tuple(sorted(failures.items(), key=lambda pair: (-pair[1], pair[0].value))),
    )


def _distinct(names: Iterable[str]) -> int:
    return len(set(names) - {""})
