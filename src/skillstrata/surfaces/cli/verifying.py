"""`verify`: a tool's proof, run again on this machine.

In     a name
Out    every run; exit 4 where a gate does not hold
"""

import click

from skillstrata.app import json_views
from skillstrata.app.use_cases import verifying
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.stories import run_lines

REFUSED = 4


@verb(
    "verify",
    examples=("skillstrata verify html-to-markdown", "skillstrata verify html-to-markdown --all-versions"),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("name")
@click.option("--all-versions", is_flag=True, help="The versions that are kept as fallbacks too.")
@pass_invocation
def verify(inv: Invocation, *, name: str, all_versions: bool) -> int:
    """Run the proof of a tool again, now, on this machine."""
    out = inv.out()
    report = verifying.verify(inv.app(), name, all_versions=all_versions)
    if out.as_json:
        out.json(json_views.verify_json(report))
    else:
        for done in report.runs:
            out.line("\n".join(run_lines(done)))
        if report.tier != "isolated":
            out.note(f"run in the weaker sandbox tier {report.tier}")
        out.line(f"{name}: {'the proof holds' if report.ok else 'THE PROOF DOES NOT HOLD'}")
    return 0 if report.ok else REFUSED
