"""`tools`: every tool there is, from whatever side, and the way to call one with policy in front of it.

In     a name; --set name=value, read by the tool's own schema, or --args with a JSON object
Out    tables that say what is available and needs which approval; the outcome; exit 4 where an answer is waited for
Never  calls without the leave that policy asks for; --approve is that of the person at the terminal, who saw the plan
"""

import getpass
import json
import sys
from pathlib import Path
from typing import cast

import click

from skillstrata.app import json_tools
from skillstrata.app.blueprint_files import blueprint_from
from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.use_cases import accepting_tools, calling_capabilities
from skillstrata.app.use_cases.calling_capabilities import Leave
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan, StepRecord
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb, write_options
from skillstrata.surfaces.cli.printing import Out, one_line, when
from skillstrata.surfaces.cli.running import named_values

NOTHING, REFUSED, BAD_INPUT, MISSING, LATER = 3, 4, 65, 69, 75
_SHORT = 60
_PLAIN = frozenset({"string", "integer", "number", "boolean"})
_EXITS = {
    "denied": REFUSED,
    "needs_approval": REFUSED,
    "invalid_arguments": 2,
    "unavailable": MISSING,
    "timeout": LATER,
    "transport": LATER,
}
_project = click.option(
    "--project",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder worked in, instead of the present one.",
)

_blueprint = click.option(
    "--blueprint",
    "blueprints",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Only the tools this file's capabilities allow; again for an agent that one started.",
)


@verb("list", examples=("skillstrata tools list", "skillstrata tools list --kind composed --json"), exits=(3, 65))
@click.option("--kind", type=click.Choice(["native", "distilled", "composed", "mcp"]), help="Only tools of this kind.")
@click.option("--available", is_flag=True, help="Only tools that can be called now.")
@_blueprint
@_project
@pass_invocation
def list_tools(
    inv: Invocation, *, kind: str | None, available: bool, blueprints: tuple[Path, ...], project: Path | None
) -> int:
    """List every tool: whose it is, what leave a call needs, whether it can be called and why not."""
    out, bounds = inv.out(), tuple(map(blueprint_from, blueprints))
    nodes = [
        node
        for node in calling_capabilities.listed(inv.app(), project=project or Path.cwd(), blueprints=bounds)
        if kind in (None, node.kind) and (node.available or not available)
    ]
    if out.as_json:
        out.json([json_tools.capability_json(node) for node in nodes])
        return 0 if nodes else NOTHING
    if not nodes:
        out.note("No tools. `skillstrata compile` makes some of skills; servers of .mcp.json bring others.")
        return NOTHING
    rows = [[node.name, node.kind, node.approval.word, _state(node)] for node in nodes]
    out.table(("TOOL", "KIND", "APPROVAL", "STATE"), rows)
    return 0


@verb(
    "show", examples=("skillstrata tools show web_fetch", "skillstrata tools show skill_report --json"), exits=(3, 65)
)
@click.argument("name")
@_project
@pass_invocation
def show(inv: Invocation, *, name: str, project: Path | None) -> int:
    """Show one tool: what it takes and gives, what it may do, what leave it needs, its steps."""
    out = inv.out()
    shown = calling_capabilities.shown(inv.app(), name, project=project or Path.cwd())
    node = shown.node
    if out.as_json:
        out.json(json_tools.shown_json(shown))
        return 0
    out.line(f"{node.name}  ({node.kind}, {node.owner})")
    if node.title != node.name:
        out.line(f"  {node.title}")
    out.line(f"  {node.description}")
    out.line(f"approval  {node.approval.word}")
    out.line(f"effects   {_effects(node)}")
    out.line(f"state     {_state(node)}")
    out.line(f"takes     {_signature(node.input_schema)}")
    out.line(f"gives     {_signature(node.output_schema) if node.output_schema else 'text'}")
    if shown.composed is not None:
        rows = [[step.id, step.tool, step.approval.word, step.on_error] for step in shown.composed.steps]
        out.table(("STEP", "TOOL", "APPROVAL", "ON ERROR"), rows)
    return 0


@verb(
    "call",
    examples=(
        "skillstrata tools call read_file --set path=notes.md",
        'skillstrata tools call skill_report --args \'{"topic": "tides"}\' --dry-run',
        "skillstrata tools call skill_report --set topic=tides --approve",
    ),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("name", required=False)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="An argument; may be repeated.")
@click.option("--args", "words", metavar="JSON", help="All arguments, as a JSON object.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, with which leave; nothing is called.")
@click.option("--approve", is_flag=True, help="Give the leave for this call as it is laid out before it begins.")
@click.option("--approve-all", is_flag=True, help="Also answer yes to questions that come up while it runs, unseen.")
@click.option("--resume", metavar="RUN", help="Go on with a run that waits or was interrupted.")
@_blueprint
@pass_invocation
def call(  # noqa: PLR0913 - one parameter for each option
    inv: Invocation,
    *,
    name: str | None,
    given: tuple[str, ...],
    words: str | None,
    dry_run: bool,
    approve: bool,
    approve_all: bool,
    resume: str | None,
    blueprints: tuple[Path, ...],
) -> int:
    """Call a tool; a composed one step by step."""
    out, app, here = inv.out(), inv.app(), Path.cwd()
    if (name is None) is (resume is None):
        raise click.UsageError("give the NAME of a tool, or --resume RUN")
    if resume is not None and (given or words or dry_run):
        raise click.UsageError("a run goes on with the arguments it began with: leave out --set, --args and --dry-run")
    arguments: JsonObject = {}
    if name is not None:
        schema = calling_capabilities.shown(app, name, project=here).node.input_schema
        arguments = {**_object(words), **_arguments(given, schema)}
    wish = CallWish(
        name or "", arguments, str(here), run_id=resume or "", blueprints=tuple(map(blueprint_from, blueprints))
    )
    if dry_run:
        return _planned(calling_capabilities.planned(app, wish), out)
    given_leave = _leave(approve=approve, approve_all=approve_all)
    with out.progress() as tell:
        outcome = calling_capabilities.call(
            app, wish, leave=given_leave, tell=lambda done, total, said: tell(said, int(done), int(total))
        )
    if out.as_json:
        out.json(json_tools.outcome_json(outcome))
    else:
        _print(outcome, out)
    return _exit(outcome)


@verb("runs", examples=("skillstrata tools runs", "skillstrata tools runs --json"), exits=(3,))
@click.argument("run_id", required=False, metavar="[RUN]")
@click.option("--most", type=click.IntRange(1, 10_000), default=20, help="At most this many.")
@pass_invocation
def runs(inv: Invocation, *, run_id: str | None, most: int) -> int:
    """List runs of composed tools, newest first; or show one, step by step."""
    out, app = inv.out(), inv.app()
    if run_id is not None:
        run = calling_capabilities.run_status(app, run_id)
        if out.as_json:
            out.json(json_tools.run_json(run))
            return 0
        out.line(f"{run.head.run_id}  {run.head.tool}  {run.status}  {run.message}".rstrip())
        out.table(("STEP", "TOOL", "STATE", "TRIES", "MS", "ERROR"), _steps(run.steps))
        return 0
    found = calling_capabilities.runs(app, most=most)
    if out.as_json:
        out.json([json_tools.run_json(run) for run in found])
    elif found:
        rows = [[r.head.run_id, r.head.tool, r.status, when(r.head.started_at_s), one_line(r.message)] for r in found]
        out.table(("RUN", "TOOL", "STATE", "BEGUN", "WHAT"), rows)
    else:
        out.note("No runs yet. `skillstrata tools call NAME` makes one of a composed tool.")
    return 0 if found else NOTHING


@verb(
    "accept",
    examples=("skillstrata tools accept mcp:web/search", "skillstrata tools accept mcp:web/search --yes --json"),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Accept without a question; needed where there is no terminal.")
@_project
@pass_invocation
def accept(inv: Invocation, *, name: str, yes: bool, project: Path | None) -> int:
    """Show what a server changed in a tool since it was approved, and accept the new definition.

    Until then the tool, and every tool made of it, refuses to be called.
    """
    out, app = inv.out(), inv.app()
    found = accepting_tools.compared(app, name, project=project or Path.cwd())
    asks = bool(found.fields) and not yes and sys.stdin.isatty() and sys.stderr.isatty()
    say = out.note if asks else out.line
    for field, before, after in () if out.as_json and not asks else found.fields:
        say(f"{field}\n  - {before or '(none)'}\n  + {after or '(none)'}")
    accepted = bool(found.fields) and (
        yes or (asks and click.confirm(f"Accept {found.name} as the server {found.server} offers it now?", err=True))
    )
    if accepted:
        accepting_tools.accept(app, found, by=getpass.getuser())
    if out.as_json:
        out.json(json_tools.difference_json(found, accepted=accepted))
    elif accepted:
        out.note(f"{found.name} is accepted; `skillstrata compile` looks again at the tools that use it.")
    elif not found.fields:
        out.note(f"{found.name} is as it was approved.")
    if found.fields and not accepted:
        out.alarm(f"skillstrata: {found.name} is not accepted", f"`skillstrata tools accept {found.name} --yes`")
        return REFUSED
    return 0


def _leave(*, approve: bool, approve_all: bool) -> Leave:
    if approve_all:
        return Leave.ALL
    return Leave.PLAN if approve else Leave.NOTHING


def _object(words: str | None) -> JsonObject:
    if words is None:
        return {}
    try:
        found = json.loads(words)
    except ValueError as error:
        raise click.BadParameter(f"is no JSON: {error}", param_hint="--args") from None
    if not isinstance(found, dict):
        raise click.BadParameter('is no JSON object, like {"topic": "tides"}', param_hint="--args")
    return cast("JsonObject", found)


def _arguments(given: tuple[str, ...], schema: str) -> JsonObject:
    return named_values(given, _kinds(schema), example="topic=tides")


def _kinds(schema: str) -> dict[str, str]:
    return {name: kind if kind in _PLAIN else "json" for name, kind in _properties(schema)[0].items()}


def _properties(schema: str) -> tuple[dict[str, str], frozenset[str]]:
    """Give the type of each property, "any" for what is not one plain type, and the names that are needed."""
    found = cast("Json", json.loads(schema))
    properties = found.get("properties") if isinstance(found, dict) else None
    needed = found.get("required") if isinstance(found, dict) else None
    kinds: dict[str, str] = {}
    for name, one in properties.items() if isinstance(properties, dict) else ():
        kind = one.get("type") if isinstance(one, dict) else None
        kinds[name] = kind if isinstance(kind, str) else "any"
    return kinds, frozenset(map(str, needed)) if isinstance(needed, list) else frozenset()


def _planned(outcome: CallOutcome, out: Out) -> int:
    if out.as_json:
        out.json(json_tools.outcome_json(outcome))
    elif outcome.plan is not None:
        _print_plan(outcome.plan, out)
    if outcome.fault is not None and not out.as_json:
        out.alarm(f"skillstrata: [{outcome.fault.type}] {outcome.fault.message}", outcome.fault.hint)
    return 0 if outcome.fault is None else _EXITS.get(outcome.fault.type, BAD_INPUT)


def _print_plan(plan: Plan, out: Out) -> None:
    out.line(f"{plan.tool} would need the leave {plan.approval.word}, in {plan.cwd}")
    _print_steps(plan, out, "  ")


def _print_steps(plan: Plan, out: Out, indent: str) -> None:
    for step in plan.steps:
        out.line(f"{indent}{step.id}: {step.tool}  (approval {step.approval.word})")
        out.line(f"{indent}  arguments  {json.dumps(step.arguments, ensure_ascii=False)}")
        for title, words in (("hosts", step.hosts), ("files", step.files), ("unknown until it runs", step.unknown)):
            if words:
                out.line(f"{indent}  {title}  {', '.join(words)}")
        for title, text in (("when", step.when), ("for each of", step.for_each)):
            if text:
                out.line(f"{indent}  {title}  {text}")
        for inner in step.inner:
            out.line(f"{indent}  {inner.tool} would run")
            _print_steps(inner, out, f"{indent}    ")


def _print(outcome: CallOutcome, out: Out) -> None:
    if outcome.steps:
        rows = _steps(outcome.steps)
        out.table(("STEP", "TOOL", "STATE", "TRIES", "MS", "ERROR"), rows)
    if outcome.status == "ok":
        out.line(_text(outcome))
        out.note(f"done in {outcome.ms:.0f} ms" + (f", run {outcome.run_id}" if outcome.run_id else ""))
    if outcome.approval is not None:
        grant = outcome.approval
        out.line(grant.shown)
        again = f"`skillstrata tools call --resume {outcome.run_id}`" if outcome.run_id else "the same call again"
        flag = "--approve-all" if outcome.arising else "--approve"
        out.alarm(
            f"skillstrata: this needs the leave {grant.approval.word}: {grant.why}",
            f"`skillstrata policy approve {grant.id}`, then {again}; or add {flag}",
        )
    elif outcome.fault is not None:
        out.alarm(f"skillstrata: [{outcome.fault.type}] {outcome.fault.message}", outcome.fault.hint)


def _steps(steps: tuple[StepRecord, ...]) -> list[list[str]]:
    return [[s.id, s.tool, s.status, str(s.attempts), f"{s.ms:.0f}", one_line(s.error)[:_SHORT]] for s in steps]


def _text(outcome: CallOutcome) -> str:
    value: Json = outcome.output
    if isinstance(value, dict) and set(value) == {"text"} and isinstance(value["text"], str):
        return value["text"]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _exit(outcome: CallOutcome) -> int:
    if outcome.status == "ok":
        return 0
    if outcome.approval is not None:
        return REFUSED
    return _EXITS.get(outcome.fault.type, BAD_INPUT) if outcome.fault is not None else BAD_INPUT


def _state(node: Capability) -> str:
    return "available" if node.available else f"not available: {node.reason}"


def _effects(node: Capability) -> str:
    words = {
        "read only": node.effects.read_only,
        "may destroy": node.effects.destructive,
        "may be repeated": node.effects.idempotent,
        "reaches outside": node.effects.open_world,
    }
    return ", ".join(word for word, holds in words.items() if holds) or "changes, without destroying"


def _signature(schema: str) -> str:
    kinds, needed = _properties(schema)
    parts = [f"{name}{'' if name in needed else '?'}: {kind}" for name, kind in kinds.items()]
    return ", ".join(parts) or "nothing"


class ToolVerbs(click.Group):
    """The verbs on tools."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the global options, and the verbs."""
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


tools = ToolVerbs(
    "tools",
    params=global_options(),
    help="Every tool there is: list them, show one, call one, look at runs.",
    epilog="Native, distilled, composed, and those of MCP servers; policy stands before each call.",
)
for _command in (list_tools, show, call, accept, runs):
    tools.add_command(_command)
