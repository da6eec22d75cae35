"""What a routing log shows: skills that nobody uses, and skills that attract requests which are not theirs.

In     a Registry and route records
Out    RoutingReport
Why    a general description draws requests from all others ("black hole"); one sees it as a skill that is proposed
       far more often than its share and then passed over
"""

from collections import Counter
from collections.abc import Iterable

from skillstrata.records.routes import RouteRecord, RoutingReport, SkillTraffic
from skillstrata.records.skills import Registry
from skillstrata.runtime.listed_skills import listed_skills

# Fewer proposals than this say nothing.
_ENOUGH = 10
_TIMES_ITS_SHARE = 5.0
_PASSED_OVER = 0.5


def routing_report(registry: Registry, records: Iterable[RouteRecord]) -> RoutingReport:
    """Report on the skills of a registry; what the log says of skills that are gone is left out."""
    every = list(records)
    # Without a digest nobody asked for a proposal: such a call counts as use, and says nothing of routing.
    seen = [record for record in every if record.query_digest]
    told = [record for record in seen if record.told]
    proposed = Counter(record.route.proposed for record in seen if record.route.proposed)
    chosen = Counter(record.chosen for record in every if record.told and record.chosen)
    passed = Counter(r.route.proposed for r in told if r.route.proposed and r.chosen != r.route.proposed)
    judged = Counter(record.route.proposed for record in told if record.route.proposed)
    offered = [row.skill.id for row in listed_skills(registry) if not row.barred]
    traffic = tuple(SkillTraffic(one, proposed[one], chosen[one], passed[one]) for one in offered)
    usual = sum(proposed.values()) / max(len(offered), 1)
    holes = [
        row
        for row in traffic
        if row.proposed >= max(_ENOUGH, _TIMES_ITS_SHARE * usual)
        and judged[row.skill_id] >= _ENOUGH
        and row.passed_over > _PASSED_OVER * judged[row.skill_id]
    ]
    return RoutingReport(
        routes=len(seen),
        abstained=sum(record.route.abstained for record in seen),
        told=len(told),
        agreed=sum(record.chosen == record.route.proposed for record in told),
        traffic=tuple(sorted(traffic, key=lambda row: (-row.proposed, -row.chosen, row.skill_id))),
        unused=tuple(row.skill_id for row in traffic if not row.chosen),
        black_holes=tuple(sorted(holes, key=lambda row: (-row.passed_over, row.skill_id))),
    )
