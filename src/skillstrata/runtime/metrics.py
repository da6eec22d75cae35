"""Count what the running set of skills does, hold it against thresholds, and write it as Prometheus text.

In     what happened
Out    metrics, alerts, text in the Prometheus exposition format
Never  looks at a clock, sends anything
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from skillstrata.records.skill_faults import FaultAnswer
from skillstrata.records.skill_metrics import Alert, Metric, Tally, Thresholds

_PREFIX = "skillstrata_skills_"
# Without calls to tell a rate from, one refusal would be a rate of 100 %.
_LEAST_ROUTED = 10


class SkillMetrics:
    """Counts. Every method may be called from any thread."""

    def __init__(self, heard: Callable[[Tally], None] | None = None) -> None:
        """Start at nothing; `heard` is told the counts after each event, but for looks at the sources."""
        self._lock = threading.Lock()
        self._tally = Tally()
        self._heard = heard

    @property
    def tally(self) -> Tally:
        """Give the counts."""
        return self._tally

    def scanned(self, *, discovery_s: float, files: int, failures: int) -> None:
        """Note a look at every source: how many files there are, and how many of them cannot be loaded."""
        with self._lock:
            self._tally = replace(self._tally, discovery_s=discovery_s, files=files, load_failures=failures)

    def resolved(self, *, resolution_ms: float, skills: int, cycles: int, unresolved: int, conflicts: int) -> None:
        """Note a resolution of needs."""
        with self._lock:
            self._tally = replace(
                self._tally,
                resolution_ms=resolution_ms,
                skills=skills,
                cycles=cycles,
                unresolved=unresolved,
                conflicts=conflicts,
            )

    def swapped(self, *, quarantined: int, rolled_back: int = 0) -> None:
        """Note a swap: how many files are set aside now, and how many skills were taken back in it."""
        with self._lock:
            self._tally = replace(self._tally, quarantined=quarantined, rollbacks=self._tally.rollbacks + rolled_back)
            if rolled_back:
                self._tell()

    def tool_called(self, *, denied: bool = False, elevated: bool = False) -> None:
        """Count a call of a tool by a skill."""
        with self._lock:
            now = self._tally
            self._tally = replace(
                now, calls=now.calls + 1, denials=now.denials + denied, elevations=now.elevations + elevated
            )
            self._tell()

    def limit_hit(self) -> None:
        """Count a skill that ran into a limit of time, memory or disk."""
        with self._lock:
            self._tally = replace(self._tally, limits_hit=self._tally.limits_hit + 1)
            self._tell()

    def context(self, *, active: int, budget_use: float) -> None:
        """Note how many skills are active and which share of the budget is used."""
        with self._lock:
            self._tally = replace(self._tally, active=active, budget_use=budget_use)
            self._tell()

    def routed(self, *, right: bool) -> None:
        """Count a request for which a skill was proposed or none, and then one was called: the right one."""
        with self._lock:
            now = self._tally
            self._tally = replace(now, routed=now.routed + 1, routed_right=now.routed_right + right)
            self._tell()

    def _tell(self) -> None:
        if self._heard is not None:
            self._heard(self._tally)


def metrics_of(tally: Tally, thresholds: Thresholds) -> tuple[Metric, ...]:
    """Give every measurement with its threshold."""
    failed, denied = _share(tally.load_failures, tally.files), _share(tally.denials, tally.calls)
    right = _share(tally.routed_right, tally.routed)
    limits = thresholds
    accuracy = _metric("routing_accuracy", right, "share", "Share of requests whose proposed skill was then called.")
    if tally.routed >= _LEAST_ROUTED:
        accuracy = replace(
            accuracy, threshold=limits.routing_accuracy, rule="above", ok=right >= limits.routing_accuracy
        )
    return (
        _metric("discovery_seconds", tally.discovery_s, "s", "The last look at every source.", limits.discovery_s),
        _metric(
            "resolution_milliseconds", tally.resolution_ms, "ms", "The last resolution of needs.", limits.resolution_ms
        ),
        _metric("loaded", tally.skills, "skills", "Skills in use."),
        _metric("files", tally.files, "files", "Skill files that were found."),
        _metric("load_failures", tally.load_failures, "files", "Skill files that cannot be loaded."),
        _metric(
            "load_failure_rate", failed, "share", "Share of files that cannot be loaded.", limits.load_failure_rate
        ),
        _metric("cycles", tally.cycles, "circles", "Circles of skills that need each other.", limits.cycles),
        _metric("unresolved", tally.unresolved, "needs", "Needs of skills that nothing meets.", limits.unresolved),
        _metric("conflicts", tally.conflicts, "names", "Names that several sources have."),
        _metric("quarantined", tally.quarantined, "files", "Files set aside while an earlier version goes on."),
        _metric("rollbacks", tally.rollbacks, "times", "Versions that were taken back."),
        _metric("tool_calls", tally.calls, "calls", "Calls of tools by skills."),
        _metric("denials", tally.denials, "calls", "Calls of tools that were refused."),
        _metric("denial_rate", denied, "share", "Share of calls that were refused.", limits.denial_rate),
        _metric("elevations", tally.elevations, "grants", "Grants for a time."),
        _metric("limits_hit", tally.limits_hit, "times", "Skills that ran into a limit.", 1.0),
        _metric("active", tally.active, "skills", "Skills whose text is in the context."),
        _metric("budget_use", tally.budget_use, "share", "Used share of the context's budget.", limits.budget_use),
        accuracy,
    )


def alerts_of(metrics: tuple[Metric, ...], answers: tuple[FaultAnswer, ...] = ()) -> tuple[Alert, ...]:
    """Give an alert for every threshold that is not kept, and for every fault that a person must look at."""
    found = [
        Alert(
            one.name,
            "warning",
            f"{one.name} is {one.value:.4g} {one.unit}, not {one.rule} {one.threshold:g}",
            one.value,
            one.threshold,
        )
        for one in metrics
        if not one.ok and one.threshold is not None
    ]
    found += [
        Alert(answer.fault.value, "error", f"{answer.signal}: {answer.why}", 1.0)
        for answer in answers
        if answer.needs_human
    ]
    return tuple(found)


def prometheus(metrics: tuple[Metric, ...]) -> str:
    """Write measurements in the text format that Prometheus reads; a threshold is a series of its own."""
    lines: list[str] = []
    for one in metrics:
        name = f"{_PREFIX}{one.name}"
        lines += [f"# HELP {name} {one.about}", f"# TYPE {name} gauge", f"{name} {one.value:.10g}"]
        if one.threshold is not None:
            lines += [
                f"# HELP {name}_threshold What {name} has to stay {one.rule}.",
                f"# TYPE {name}_threshold gauge",
                f"{name}_threshold {one.threshold:.10g}",
            ]
    return "\n".join(lines) + "\n"


def _metric(name: str, value: float, unit: str, about: str, threshold: float | None = None) -> Metric:
    return Metric(name, value, unit, about, threshold, ok=threshold is None or value < threshold)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
