"""`learn draft`: what was learned from work, with its reason and its evidence.

In     a project, or none for all
Out    a row a draft, or with --json everything; draft files for `learn apply`
"""

import click

from skillstrata.app.json_learning import draft_report_json
from skillstrata.app.use_cases import learning
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb

NOTHING = 3


@verb(
    "draft",
    examples=("skillstrata learn draft", "skillstrata learn draft --project .", "skillstrata learn draft --json"),
    exits=(3, 75),
)
@click.option("--project", default="", metavar="FOLDER|LABEL", help="Show the drafts of one project only.")
@pass_invocation
def draft(inv: Invocation, *, project: str) -> int:
    """Make drafts of skills, commands and agents from what was done; nothing is installed or shown to an agent."""
    out = inv.out()
    report = learning.draft(inv.app(), project)
    if out.as_json:
        out.json(draft_report_json(report))
    elif report.rows:
        rows = [
            (one.draft.name, one.draft.kind.value, one.draft.scope, f"{one.draft.confidence:.2f}", one.draft.because)
            for one in (row.found for row in report.rows)
        ]
        out.table(("name", "kind", "scope", "confidence", "because"), rows)
        out.note("next: skillstrata review")
    else:
        out.note("Nothing was done often enough to be learned.")
    out.note(report.summary)
    return 0 if report.rows else NOTHING
