"""`policy`: what holds, what it says of a call, and the answers to what waits for one.

In     a tool and its arguments; the id of a question
Out    the verdict with its rule and layer; exit 4 where a call is denied or asked about
Never  calls a tool
"""

import getpass
import json
from pathlib import Path
from typing import cast

import click

from skillstrata.app import json_policy
from skillstrata.app.use_cases import policies
from skillstrata.records.json_values import JsonObject
from skillstrata.records.policies import Grant, PolicyLayer
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb, write_options
from skillstrata.surfaces.cli.printing import Out, when

NOTHING, REFUSED = 3, 4
_HOUR_S = 3_600.0
_MOST_HOURS = 720.0
_project = click.option(
    "--project",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder worked in, instead of the present one.",
)


def _object(_ctx: click.Context, _param: click.Parameter, text: str) -> JsonObject:
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.BadParameter("a JSON object is wanted")
    return cast("JsonObject", found)


@verb(
    "check",
    examples=(
        'skillstrata policy check bash --args \'{"script": "git status"}\'',
        "skillstrata policy check write_file --skill user/report --json",
    ),
    exits=(4, 65),
)
@click.argument("tool")
@click.option("--args", "arguments", default="{}", metavar="JSON", callback=_object, help="The arguments as an object.")
@click.option("--skill", default="", metavar="ID", help="On behalf of this skill.")
@_project
@pass_invocation
def check(inv: Invocation, *, tool: str, arguments: JsonObject, skill: str, project: Path | None) -> int:
    """Say whether a call would be made, and by which rule; exit 4 where it would not without a consent."""
    out = inv.out()
    decision = policies.check(inv.app(), tool, arguments, project=project or Path.cwd(), skill=skill)
    if out.as_json:
        out.json(json_policy.decision_json(decision))
    else:
        place = f" in the layer {decision.layer}" if decision.layer else ""
        out.line(f"{decision.verdict.word}  ({decision.approval.word})")
        out.line(f"  by {decision.rule}{place}")
        out.line(f"  {decision.why}")
    return 0 if decision.verdict.word == "allow" else REFUSED


@verb("show", examples=("skillstrata policy show", "skillstrata policy show --json"), exits=(3, 65))
@_project
@pass_invocation
def show(inv: Invocation, *, project: Path | None) -> int:
    """Show every layer that holds and each of its rules; say which rules match no tool now."""
    out = inv.out()
    report = policies.show(inv.app(), project=project or Path.cwd())
    layers = report.policy.layers
    if out.as_json:
        out.json(json_policy.policy_json(report))
        return 0 if layers else NOTHING
    for layer in layers:
        _print_layer(layer, out)
    for warning in report.policy.faults:
        out.note(f"warning: {warning}")
    if not layers:
        out.note("No policy file. Every tool asks by its own level; docs/policy.md tells how to write one.")
    return 0 if layers else NOTHING


def _print_layer(layer: PolicyLayer, out: Out) -> None:
    out.line(f"{layer.name}  {layer.path}{'' if layer.trusted else '  (only forbids and asks)'}")
    for rule in layer.rules:
        command = f" {' '.join(rule.command)}" if rule.command else ""
        out.line(f"  {rule.verdict.word:<5} {rule.tool}{command}  [{rule.id}]")
    for word in layer.default_allow:
        out.line(f"  allow {word}  [default_allow]")
    for word in layer.require_approval:
        out.line(f"  ask   {word}  [require_approval]")
    for one in layer.permissions:
        out.line(f"  skill {one.skill}: may use {', '.join(one.allowed_tools) or 'anything'}")
        if one.forbidden_operations:
            out.line(f"        never {', '.join(one.forbidden_operations)}")
        bounds = ((one.cpu_s, "s of CPU"), (one.memory_bytes, " bytes of memory"), (one.disk_bytes, " bytes on disk"))
        said = [
            f"{number:,.10g}{unit}" if unit[0] == "s" else f"{number:,}{unit}" for number, unit in bounds if number > 0
        ]
        if said:
            out.line(f"        at most {', '.join(said)}")
    if layer.allowed_hosts:
        out.line(f"  hosts {', '.join(layer.allowed_hosts)}")
    if layer.roots:
        out.line(f"  roots {', '.join(layer.roots)}")


@verb("grants", examples=("skillstrata policy grants", "skillstrata policy grants --pending --json"), exits=(3, 65))
@click.option("--pending", is_flag=True, help="Only what waits for an answer.")
@pass_invocation
def grants(inv: Invocation, *, pending: bool) -> int:
    """List what was asked and how it was answered, the newest first."""
    out = inv.out()
    found = policies.grants(inv.app(), pending=pending)
    if out.as_json:
        out.json([json_policy.grant_json(one) for one in found])
    elif found:
        rows = [[one.id, one.state, one.path, one.approval.word, when(one.asked_at_s), one.by] for one in found]
        out.table(("ID", "STATE", "TOOL", "APPROVAL", "ASKED", "BY"), rows)
        for one in found:
            if one.state == "pending":
                out.line(f"\n{one.id}:\n{one.shown}")
    else:
        out.note("Nothing was asked.")
    return 0 if found else NOTHING


@verb(
    "approve",
    examples=("skillstrata policy approve g0123456789abcdef", "skillstrata policy approve ID --uses 5 --hours 8"),
    exits=(3, 4, 65, 75),
)
@click.argument("grant_id", metavar="ID")
@click.option("--uses", type=click.IntRange(1, 1_000), default=1, show_default=True, help="How often it may be used.")
@click.option(
    "--hours", type=click.FloatRange(0.001, _MOST_HOURS), default=1.0, show_default=True, help="How long it holds."
)
@pass_invocation
def approve(inv: Invocation, *, grant_id: str, uses: int, hours: float) -> int:
    """Say yes to exactly what was asked: this tool as it is, these arguments, this folder, this policy.

    What was denied before can be approved too.
    """
    given = policies.answer(inv.app(), grant_id, approved=True, by=getpass.getuser(), uses=uses, for_s=hours * _HOUR_S)
    return _answered(given, inv.out())


@verb("deny", examples=("skillstrata policy deny g0123456789abcdef",), exits=(3, 4, 65, 75))
@click.argument("grant_id", metavar="ID")
@pass_invocation
def deny(inv: Invocation, *, grant_id: str) -> int:
    """Say no; the call ends as denied."""
    return _answered(policies.answer(inv.app(), grant_id, approved=False, by=getpass.getuser()), inv.out())


def _answered(grant: Grant, out: Out) -> int:
    if out.as_json:
        out.json(json_policy.grant_json(grant))
    else:
        until = f" until {when(grant.until_s)}" if grant.state == "approved" else ""
        out.line(f"{grant.id} is {grant.state}{until}: {grant.path}")
    return 0


class _Policy(click.Group):
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the verbs."""
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


policy = _Policy(
    "policy",
    params=global_options(),
    commands=[check, show, grants, approve, deny],
    help="What may be called: the rules that hold, what they say of a call, and consents.",
    epilog="`skillstrata policy VERB --help` tells more about one.",
)
