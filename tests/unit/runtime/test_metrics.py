"""Measurements, thresholds, alerts, and the text for Prometheus."""

import re

from skillstrata.records.skill_faults import Fault, FaultAnswer
from skillstrata.records.skill_metrics import Metric, Tally, Thresholds
from skillstrata.runtime.metrics import SkillMetrics, alerts_of, metrics_of, prometheus


def _of(tally: Tally) -> dict[str, Metric]:
    return {one.name: one for one in metrics_of(tally, Thresholds())}


def test_nothing_counted_alerts_nobody() -> None:
    """Without a call there is no rate to be over."""
    assert alerts_of(metrics_of(Tally(), Thresholds())) == ()


def test_every_threshold_of_the_seed_alerts_where_it_is_not_kept_and_not_before() -> None:
    """Resolution < 200 ms, no circle, nothing unresolved, 1 % failures, 1 % denials, 95 % of the budget."""
    kept = Tally(
        resolution_ms=199, load_failures=0, files=200, denials=0, calls=200, budget_use=0.94, routed=10, routed_right=7
    )
    broken = Tally(
        resolution_ms=200,
        cycles=1,
        unresolved=1,
        load_failures=2,
        files=200,
        denials=2,
        calls=200,
        limits_hit=1,
        budget_use=0.95,
        routed=10,
        routed_right=6,
        discovery_s=1.0,
    )

    assert alerts_of(metrics_of(kept, Thresholds())) == ()
    assert {alert.metric for alert in alerts_of(metrics_of(broken, Thresholds()))} == {
        "resolution_milliseconds",
        "cycles",
        "unresolved",
        "load_failure_rate",
        "denial_rate",
        "limits_hit",
        "budget_use",
        "routing_accuracy",
        "discovery_seconds",
    }


def test_a_fault_that_needs_a_person_is_an_alert() -> None:
    """Other answers are only remembered."""
    quiet = FaultAnswer(Fault.LOAD_FAILURE, "a", "skipped", needs_human=False, why="b", at_s=0.0)
    loud = FaultAnswer(Fault.LOAD_FAILURE, "a", "skipped", needs_human=True, why="three", at_s=0.0)

    assert [one.message for one in alerts_of((), (quiet, loud))] == ["a: three"]


def test_counts_add_up() -> None:
    """Each method counts what it says."""
    counted = SkillMetrics()
    counted.scanned(discovery_s=0.5, files=10, failures=1)
    counted.resolved(resolution_ms=3.0, skills=9, cycles=0, unresolved=2, conflicts=1)
    counted.swapped(quarantined=1, rolled_back=1)
    counted.swapped(quarantined=0)
    counted.tool_called()
    counted.tool_called(denied=True)
    counted.tool_called(elevated=True)
    counted.limit_hit()
    counted.context(active=2, budget_use=0.5)
    counted.routed(right=True)
    counted.routed(right=False)
    found = {name: one.value for name, one in _of(counted.tally).items()}

    assert found["load_failure_rate"] == 0.1
    assert (found["loaded"], found["unresolved"], found["conflicts"]) == (9, 2, 1)
    assert (found["quarantined"], found["rollbacks"]) == (0, 1)
    assert (found["tool_calls"], found["denials"], found["elevations"], found["limits_hit"]) == (3, 1, 1, 1)
    assert (found["active"], found["budget_use"], found["routing_accuracy"]) == (2, 0.5, 0.5)


def test_the_text_is_what_prometheus_reads() -> None:
    """Each series has its help and type before it, a name that is allowed, and one number."""
    lines = prometheus(metrics_of(Tally(resolution_ms=1.5), Thresholds())).splitlines()

    assert "skillstrata_skills_resolution_milliseconds 1.5" in lines
    assert "skillstrata_skills_resolution_milliseconds_threshold 200" in lines
    for help_line, type_line, sample in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name, number = sample.split(" ")
        assert re.fullmatch("[a-z_]+", name)
        assert float(number) >= 0
        assert help_line.startswith(f"# HELP {name} ")
        assert type_line == f"# TYPE {name} gauge"


def test_each_event_is_told_with_the_counts_after_it() -> None:
    """Whoever keeps them for others must not miss the last one; looks at the sources are nobody else's business."""
    told: list[Tally] = []
    metrics = SkillMetrics(told.append)
    metrics.scanned(discovery_s=0.1, files=3, failures=0)
    metrics.tool_called()
    metrics.tool_called(denied=True)
    metrics.limit_hit()
    metrics.routed(right=False)
    metrics.context(active=1, budget_use=0.5)
    metrics.swapped(quarantined=1)
    metrics.swapped(quarantined=1, rolled_back=1)

    assert [one.calls for one in told] == [1, 2, 2, 2, 2, 2]
    assert told[-1] == metrics.tally
    assert (told[-1].denials, told[-1].limits_hit, told[-1].routed, told[-1].rollbacks) == (1, 1, 1, 1)
