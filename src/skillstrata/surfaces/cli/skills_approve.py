"""`skills approve`: a person's yes to one skill of one server.

In     a skill's name
Out    what was approved, file by file, or the JSON of the contract
"""

from pathlib import Path

import click

from skillstrata.app.json_skill_files import approval_json
from skillstrata.app.use_cases import approving_skills
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import one_line
from skillstrata.surfaces.cli.skills_sources import query_of, source_options

_DIGITS = 12


@verb(
    "approve",
    examples=("skillstrata skills approve docs:tides", "skillstrata skills approve --revoke docs:tides --json"),
    exits=(3, 65, 75),
)
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Take the approval back; the server is not asked.")
@source_options
@pass_invocation
def approve(
    inv: Invocation, *, name: str, revoke: bool, sources: tuple[Path, ...], usual: bool, project: Path | None
) -> int:
    """Allow a server's skill for exactly the files that it has now: any other file, or none of one, ends that."""
    out, app = inv.out(), inv.app()
    if revoke:
        report = approving_skills.revoke(app, name)
    else:
        report = approving_skills.approve(app, query_of(sources, project, usual=usual), name)
    if out.as_json:
        out.json(approval_json(report))
        return 0
    out.line(f"{'approved' if report.approved else 'no longer approved'}: {report.name}, from {report.server}")
    for file in report.files:
        out.line(f"  {one_line(file.uri)}  {file.size} bytes  {file.digest.removeprefix('sha256:')[:_DIGITS]}")
    return 0
