"""What does the log show about skills?"""

from skillstrata.records.routes import Route, RouteCandidate, RouteRecord
from skillstrata.runtime.routing_report import routing_report
from tests.routed_skills import a_registry, a_skill


def _record(number: int, proposed: str, chosen: str | None) -> RouteRecord:
    candidates = (RouteCandidate(proposed, proposed, 1.0),) if proposed else ()
    route = Route(candidates, proposed, 0.8, 0.9, abstained=not proposed)
    told = chosen is not None
    return RouteRecord(str(number), float(number), "s", "d", "", route, chosen=chosen or "", told=told)


REGISTRY = a_registry(*(a_skill(f"s{n}") for n in range(12)), a_skill("by-hand", for_model=False))


def test_a_skill_that_draws_everything_and_is_passed_over_is_named() -> None:
    """A general description costs every other skill its requests."""
    records = [_record(n, "user/s0", "user/s1") for n in range(30)] + [_record(99, "user/s2", "user/s2")]
    report = routing_report(REGISTRY, records)

    assert [(row.skill_id, row.passed_over) for row in report.black_holes] == [("user/s0", 30)]
    assert (report.routes, report.told, report.agreed) == (31, 31, 1)


def test_a_skill_that_is_proposed_often_and_rightly_is_not() -> None:
    """Twin: a skill may simply be what everybody needs; and what nobody told is no proof."""
    right = [_record(n, "user/s0", "user/s0") for n in range(30)]
    untold = [_record(n, "user/s0", None) for n in range(30)]

    assert routing_report(REGISTRY, right).black_holes == ()
    assert routing_report(REGISTRY, untold).black_holes == ()


def test_skills_that_nobody_chose_are_unused() -> None:
    """They cost room in every listing; those for users only cost none."""
    report = routing_report(REGISTRY, [_record(0, "user/s3", "user/s4"), _record(1, "", None)])

    assert "user/s4" not in report.unused
    assert "user/s3" in report.unused
    assert "user/by-hand" not in report.unused
    assert report.abstained == 1


def test_a_call_that_nobody_asked_a_proposal_for_is_use_and_says_nothing_of_routing() -> None:
    """A model that reads the listing needs no proposal: its skill is not unused, and no abstention is counted."""
    plain = RouteRecord("1", 1.0, "s", "", "", Route(), chosen="user/s4", told=True)
    report = routing_report(REGISTRY, [plain, _record(0, "user/s3", "user/s3")])

    assert "user/s4" not in report.unused
    assert (report.routes, report.abstained, report.told, report.agreed) == (1, 0, 1, 1)
