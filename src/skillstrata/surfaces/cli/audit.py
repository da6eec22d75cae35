"""`audit`: what was decided and done, and whether the log is as it was written.

In     nothing
Out    the newest lines; exit 65 where the chain is broken
Never  changes the log
"""

import click

from skillstrata.app import json_policy
from skillstrata.app.use_cases import auditing
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb, write_options
from skillstrata.surfaces.cli.printing import when

NOTHING, BROKEN = 3, 65
_KINDS = ("intent", "result", "decision", "grant", "escalation", "compile", "policy")


@verb("log", examples=("skillstrata audit log", "skillstrata audit log --what escalation --json"), exits=(3,))
@click.option("--most", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="How many lines.")
@click.option("--skill", default="", metavar="ID", help="Only those of one skill.")
@click.option("--what", type=click.Choice(_KINDS), help="Only lines of this kind.")
@pass_invocation
def log(inv: Invocation, *, most: int, skill: str, what: str | None) -> int:
    """Print the newest lines of the log, oldest first."""
    out = inv.out()
    found = auditing.log(inv.app(), most=most, skill=skill, what=what or "")
    if out.as_json:
        out.json([json_policy.record_json(one) for one in found])
    elif found:
        rows = [
            [
                str(one.number),
                when(one.at_s),
                one.entry.what,
                one.entry.path,
                one.entry.status or one.entry.verdict,
                one.entry.rule,
                one.entry.by or one.entry.skill,
            ]
            for one in found
        ]
        out.table(("NO", "WHEN", "WHAT", "TOOL", "ANSWER", "RULE", "WHO"), rows)
    else:
        out.note("Nothing is in the log.")
    return 0 if found else NOTHING


@verb("verify", examples=("skillstrata audit verify", "skillstrata audit verify --json"), exits=(65,))
@pass_invocation
def verify(inv: Invocation) -> int:
    """Check that no line was changed, removed or put in; exit 65 and the line's number where one was."""
    out = inv.out()
    found = auditing.verify(inv.app())
    if out.as_json:
        out.json(json_policy.verdict_json(found))
    elif found.ok:
        out.line(f"{found.records} records, each as it was written.")
        if found.why:
            out.note(found.why)
    else:
        out.line(f"The log is broken at record {found.broken_at}: {found.why}.")
    return 0 if found.ok else BROKEN


class _Audit(click.Group):
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the verbs."""
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


audit = _Audit(
    "audit",
    params=global_options(),
    commands=[log, verify],
    help="What was decided and done with tools, and whether the log of it is whole.",
    epilog="`skillstrata audit VERB --help` tells more about one.",
)
