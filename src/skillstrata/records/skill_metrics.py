"""Measurements of the running set of skills, with the thresholds they must keep to."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Metric:
    """One measurement. `threshold` None: shown only. `ok` is False where the threshold is not kept.

    `rule` is "below" or "above": on which side of the threshold the value has to stay, the threshold itself included
    only for "above".
    """

    name: str
    value: float
    unit: str
    about: str
    threshold: float | None = None
    rule: str = "below"
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold that is not kept, or an event that a person must see at once."""

    metric: str
    severity: str
    message: str
    value: float
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What measurements must keep to; shares are 0 to 1."""

    discovery_s: float = 1.0
    resolution_ms: float = 200.0
    cycles: float = 1.0
    unresolved: float = 1.0
    load_failure_rate: float = 0.01
    denial_rate: float = 0.01
    budget_use: float = 0.95
    routing_accuracy: float = 0.7


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted since the start. `routed` and `routed_right` are of requests whose right answer is known."""

    discovery_s: float = 0.0
    resolution_ms: float = 0.0
    skills: int = 0
    files: int = 0
    load_failures: int = 0
    cycles: int = 0
    unresolved: int = 0
    conflicts: int = 0
    quarantined: int = 0
    rollbacks: int = 0
    calls: int = 0
    denials: int = 0
    elevations: int = 0
    limits_hit: int = 0
    active: int = 0
    budget_use: float = 0.0
    routed: int = 0
    routed_right: int = 0


NOTHING = Tally()


def since(one: Tally, before: Tally) -> Tally:
    """Give what was counted after an earlier moment; what only holds at this moment is as it is."""
    return replace(
        one,
        rollbacks=one.rollbacks - before.rollbacks,
        calls=one.calls - before.calls,
        denials=one.denials - before.denials,
        elevations=one.elevations - before.elevations,
        limits_hit=one.limits_hit - before.limits_hit,
        routed=one.routed - before.routed,
        routed_right=one.routed_right - before.routed_right,
    )


def joined(one: Tally, other: Tally, *, runs: bool = True) -> Tally:
    """Add another process's counts to one; what only holds at this moment, where that process still `runs`."""
    return replace(
        one,
        rollbacks=one.rollbacks + other.rollbacks,
        calls=one.calls + other.calls,
        denials=one.denials + other.denials,
        elevations=one.elevations + other.elevations,
        limits_hit=one.limits_hit + other.limits_hit,
        routed=one.routed + other.routed,
        routed_right=one.routed_right + other.routed_right,
        active=one.active + other.active * runs,
        budget_use=max(one.budget_use, other.budget_use * runs),
    )
