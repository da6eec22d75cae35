"""`warm-start`: what an agent is told when it starts in a project, and why.

In     a project's folder
Out    the text, and each tool and skill in it with its reasons, or the JSON of the contract
"""

from dataclasses import asdict
from pathlib import Path

import click

from skillstrata.app.use_cases import warm_starting
from skillstrata.records.exchanges import Offered, WarmStart
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb


@verb(
    "warm-start", examples=("skillstrata warm-start", "skillstrata warm-start --project ~/work --json"), exits=(3, 75)
)
@click.option(
    "--project",
    default=".",
    show_default="the folder worked in",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the agent would start.",
)
@click.option("--renew", is_flag=True, help="Prepare it now, instead of after the next pass.")
@pass_invocation
def warm_start(inv: Invocation, *, project: Path, renew: bool) -> int:
    """Show what an agent is told when it starts in a project, and why; 3 where it is told nothing."""
    out, app = inv.out(), inv.app()
    if renew:
        warm_starting.renew(app)
    report = warm_starting.look(app, project.absolute())
    if out.as_json:
        told = report.told
        out.json(
            {
                "project": report.project,
                "enabled": report.enabled,
                "told": {"text": told.text, "chars": told.chars, "key": told.key} if told else None,
                "times_shown": report.times_shown,
                "fresh": _fresh(report.fresh),
            }
        )
        return 0 if told else 3
    if report.told is not None:
        out.line(report.told.text)
        out.note(f"{report.told.chars} characters, shown {report.times_shown} times")
        if not report.enabled:
            out.alarm(
                "skillstrata: warm_start.enabled is off, and the hook still tells this, for it was prepared before",
                "`skillstrata warm-start --renew`, or the next pass, ends that",
            )
    elif not report.enabled:
        out.note("Nothing is told: warm_start.enabled is off.")
    else:
        out.note("Nothing is told here." + (" `--renew` would prepare what follows." if report.fresh.text else ""))
    rows = [(o.kind, o.name, f"{o.score:.2f}", "; ".join(o.reasons)) for o in _offered(report.fresh)]
    if rows:
        out.line("")
        out.table(("kind", "name", "score", "why"), rows)
    if report.enabled and report.told is not None and report.told.key != report.fresh.key:
        out.note("The library or the project has changed since: the next pass, or --renew, prepares it anew.")
    return 0 if report.told is not None else 3


def _offered(start: WarmStart) -> list[Offered]:
    return sorted((*start.tools, *start.skills), key=lambda o: (-o.score, o.name))


def _fresh(start: WarmStart) -> dict[str, object]:
    return {
        "text": start.text,
        "chars": start.chars,
        "key": start.key,
        "left_out": start.left_out,
        "offered": [asdict(offered) for offered in _offered(start)],
    }
