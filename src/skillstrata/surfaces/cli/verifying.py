"""`verify`: a tool's proof, run again on this machine.

In     a name
Out    every run; exit 4 where a gate does not hold
"""

import click

from skillstrata.app import json_reuse, json_views
from skillstrata.app.use_cases import regression, verifying
from skillstrata.app.wiring import App
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out
from skillstrata.surfaces.cli.stories import run_lines

REFUSED = 4
_MOST = 10_000


@verb(
    "verify",
    examples=("skillstrata verify html-to-markdown", "skillstrata verify --changed"),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("name", default="")
@click.option("--changed", is_flag=True, help="Every tool whose interpreter, libraries or system changed since.")
@click.option("--all-versions", is_flag=True, help="The versions that are kept as fallbacks too.")
@pass_invocation
def verify(inv: Invocation, *, name: str, changed: bool, all_versions: bool) -> int:
    """Run the proof of a tool again, now, on this machine."""
    out = inv.out()
    if changed:
        return _changed(inv.app(), out)
    if not name:
        raise click.UsageError("name a tool, or say --changed")
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


def _changed(app: App, out: Out) -> int:
    """Verify what this machine may have broken, and let the library follow."""
    report = regression.verify_changed(app, _MOST)
    if out.as_json:
        out.json(json_reuse.regression_json(report))
    else:
        for one in report.verified:
            said = "the proof holds" if one.ok else f"THE PROOF DOES NOT HOLD: {one.why}"
            out.line(f"{one.tool}/{one.branch} version {one.version}: {said}")
        for change in report.changed:
            out.line(f"{change.tool}: {change.before} -> {change.after}, {change.because}")
        if not report.verified:
            out.note("Nothing changed since the proofs were run last.")
        if report.unrunnable:
            out.note(f"{report.unrunnable} branches lack here what would run them: `skillstrata doctor` says what")
    return 0 if all(one.ok for one in report.verified) else REFUSED
