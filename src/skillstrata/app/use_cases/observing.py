"""Look at what reuse shows: of one tool, of its failures, of the whole library and how it went on.

In     the App, a tool's name
Out    UsageReport, FailureRows, HealthReport; nothing is changed
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.app.review_queue import rows_of_others
from skillstrata.app.wiring import App
from skillstrata.library import (
    Known,
    failing_slices,
    failure_class,
    library_health,
    tool_quality,
    trend,
)
from skillstrata.records.candidates import Candidate, State
from skillstrata.records.qualities import FailureClass, LibraryChange, LibraryHealth, ReuseMiss, ToolQuality
from skillstrata.records.tools import Miss, Tool, Usage

_TREND = 60


@dataclass(frozen=True, slots=True)
class UsageReport:
    """How a tool did: its calls, the misses of its reuse, the slices it fails in, and why it is offered as it is.

    `sources` are the programs it goes back to: those it was made of, and those that do the same.
    """

    tool: Tool
    quality: ToolQuality
    r_miss: tuple[ReuseMiss, ...]
    failing: tuple[tuple[tuple[str, str, str, int, str], int], ...]
    changes: tuple[LibraryChange, ...]
    sources: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A failed call, or a version that failed where a fallback did it (`rescued_by`, 0 for none)."""

    at_s: float
    tool: str
    branch: str
    version: int
    kind: FailureClass
    detail: str
    rescued_by: int = 0


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The library now, and the pictures kept of it before, oldest first.

    `drawn` are figures with how they went on: the name, a line of characters, the figure now.
    """

    now: LibraryHealth
    before: tuple[LibraryHealth, ...]
    drawn: tuple[tuple[str, str, float], ...] = ()


def usage(app: App, name: str) -> UsageReport:
    """Say how one tool did.

    Raises:
        ToolUnknown: No tool has this name.
        ToolDamaged: Its folder cannot be read.
    """
    app.prepare()
    tool = app.library.tool(name)
    missed, uses = app.catalog.reuse_misses(tool.name), app.catalog.usages(tool.name)
    return UsageReport(
        tool=tool,
        quality=tool_quality(tool, uses),
        r_miss=missed,
        failing=failing_slices(missed, uses=uses),
        changes=app.catalog.changes(tool.name),
        sources=_sources(app, tool.name),
    )


def _sources(app: App, name: str) -> tuple[Candidate, ...]:
    settled = (c for state in (State.PLACED, State.DUPLICATE) for c in app.catalog.candidates(state))
    return tuple(sorted((c for c in settled if c.tool == name), key=lambda c: (c.at_s, c.id)))


def failures(app: App, name: str) -> tuple[FailureRow, ...]:
    """Give the failures of a tool, or with "" of all, newest first.

    Raises:
        ToolUnknown: No tool has this name.
    """
    app.prepare()
    tool = app.library.tool(name).name if name else ""
    failed = [_failed(use) for use in app.catalog.usages(tool) if not use.ok]
    rescued = [_rescued(miss) for miss in app.catalog.misses(tool) if miss.rescued_by]
    return tuple(sorted((*failed, *rescued), key=lambda row: -row.at_s))


def health(app: App) -> HealthReport:
    """Look at the whole library."""
    app.prepare()
    now, before = health_now(app), app.catalog.healths()[-_TREND:]
    drawn = [(label, [figure(one) for one in (*before, now)]) for label, figure in _FIGURES]
    return HealthReport(now, before, tuple((label, trend(values), values[-1]) for label, values in drawn))


def health_now(app: App) -> LibraryHealth:
    """Give the health at this moment."""
    uses: defaultdict[str, list[Usage]] = defaultdict(list)
    for use in app.catalog.usages():
        uses[use.tool].append(use)
    known = Known(
        tools=app.library.tools(),
        uses={name: tuple(calls) for name, calls in uses.items()},
        misses=app.catalog.reuse_misses(),
        verifications=app.catalog.verifications(),
        pending=_waiting(app),
    )
    return library_health(known, now_s=app.clock.now_s(), stale_days=app.settings.reuse_unused_days)


def _waiting(app: App) -> int:
    """Count what waits for a person: programs, drafts and skills of others."""
    ids = app.catalog.waiting_ids()
    programs = sum(candidate.id in ids for candidate in app.catalog.candidates(State.PENDING))
    return programs + len(rows_of_others(app))


_FIGURES: tuple[tuple[str, Callable[[LibraryHealth], float]], ...] = (
    ("tools", lambda one: one.tools),
    ("calls", lambda one: one.runs),
    ("unused", lambda one: one.unused),
    ("redundant", lambda one: len(one.redundant)),
    ("broken", lambda one: len(one.broken)),
    ("tokens", lambda one: one.tokens_exposed),
    ("missed", lambda one: sum(count for _, count in one.misses)),
)


def _failed(use: Usage) -> FailureRow:
    return FailureRow(use.at_s, use.tool, use.branch, use.version, failure_class(use.failure), use.failure)


def _rescued(miss: Miss) -> FailureRow:
    kind = failure_class(miss.failure)
    return FailureRow(miss.at_s, miss.tool, miss.branch, miss.version, kind, miss.failure, miss.rescued_by)
