"""`skills trials`: which description of a skill does better, by what really happened.

In     the settings' trials, the routing log
Out    verdicts of each description and the chance that the difference is luck, or the JSON of the contract
"""

from pathlib import Path

from skillstrata.app.json_routing import trials_json
from skillstrata.app.use_cases import trying_skills
from skillstrata.app.use_cases.trying_skills import TrialReport
from skillstrata.records.trials import VerdictCounts
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.skills_sources import query_of, source_options

NOTHING = 3


@verb("trials", examples=("skillstrata skills trials", "skillstrata skills trials --json"), exits=(3, 65))
@source_options
@pass_invocation
def trials(inv: Invocation, *, sources: tuple[Path, ...], usual: bool, project: Path | None) -> int:
    """Compare the descriptions of [skills.trials] by the routing log: verdicts of each, and Fisher's exact test."""
    out = inv.out()
    report = trying_skills.trials(inv.app(), query_of(sources, project, usual=usual))
    if out.as_json:
        out.json(trials_json(report))
    elif report.trials:
        heads = ("SKILL", "DESCRIPTION", "SESSIONS", "CORRECT", "MISSED", "WRONG", "FALSE", "TRUE NEGATIVE")
        out.table(heads, [row for one in report.trials for row in _rows(one)])
        for one in report.trials:
            chance = f"by luck alone such a difference has a chance of {one.result.chance:.3f}"
            out.line(f"{one.trial.skill_id}: {one.result.better or 'neither'} is better; {chance}")
    else:
        out.note("Nothing is on trial. Write another description of a skill into the table [skills.trials].")
    for name in () if out.as_json else report.unknown:
        out.note(f"no skill is called {name!r}: its trial waits")
    return 0 if report.trials else NOTHING


def _rows(one: TrialReport) -> list[tuple[str, ...]]:
    seen, result = one.exposure, one.result
    return [
        (one.trial.skill_id, "current", str(seen.current_sessions), *_verdicts(result.current)),
        (one.trial.skill_id, "proposed", str(seen.proposed_sessions), *_verdicts(result.proposed)),
    ]


def _verdicts(of: VerdictCounts) -> tuple[str, ...]:
    return tuple(str(n) for n in (of.correct, of.missed, of.wrong, of.false, of.true_negative))
