"""`ls` and `show`: the tools in the library, and one of them whole.

In     names
Out    tables and sentences, or the JSON of the contract
"""

from collections.abc import Iterator

import click

from skillstrata.app import json_views
from skillstrata.app.reports import ToolRow, ToolView
from skillstrata.app.use_cases import viewing
from skillstrata.records.contracts import Contract, Param
from skillstrata.records.tools import Branch, Quality
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import one_line, when
from skillstrata.surfaces.cli.stories import proof_lines

COLUMNS = ("name", "purpose", "takes", "gives", "branches", "runs", "quality")


def _types(kind: str, media_types: tuple[str, ...]) -> str:
    return f"{kind} ({', '.join(media_types)})" if media_types else kind


def _param(param: Param) -> str:
    needed = "" if param.required else f", default {param.default!r}" if param.default is not None else ", optional"
    said = f": {param.description}" if param.description else ""
    return f"{param.name}: {_types(param.kind, param.media_types)}{needed}{said}"


def _quality(quality: Quality) -> str:
    return f"{quality.successes}/{quality.runs}, {quality.score:.2f}" if quality.runs else "unused"


def _row(row: ToolRow) -> tuple[str, ...]:
    contract = row.tool.contract
    return (
        row.tool.name,
        contract.purpose,
        ", ".join(f"{p.name}: {_types(p.kind, p.media_types)}" for p in contract.inputs),
        ", ".join(_types(o.kind, o.media_types) for o in contract.outputs),
        ", ".join(branch.name for branch in row.tool.branches),
        str(row.quality.runs),
        _quality(row.quality),
    )


@verb("ls", examples=("skillstrata ls", "skillstrata ls --json"), exits=(75,))
@click.option("--retired", is_flag=True, help="Those that were put away.")
@pass_invocation
def ls(inv: Invocation, *, retired: bool) -> int:
    """List the tools in the library."""
    out = inv.out()
    listing = viewing.ls(inv.app(), retired=retired)
    if out.as_json:
        out.json([json_views.tool_row_json(row) for row in listing.rows])
    elif listing.rows:
        out.table(COLUMNS, [_row(row) for row in listing.rows])
    elif not listing.damaged:
        out.note("The library is empty. Run `skillstrata init`, work with your agent, then run `skillstrata distill`.")
    for damaged in listing.damaged:
        said = f"damaged: {damaged.name}: {damaged.reason}"
        if out.as_json:
            out.alarm(said, "`skillstrata doctor` says the fix")
        else:
            out.line(one_line(said))
    return 0


def _contract_lines(contract: Contract) -> Iterator[str]:
    yield "takes"
    yield from (f"  {_param(param)}" for param in contract.inputs)
    yield "gives"
    yield from (f"  {output.name}: {_types(output.kind, output.media_types)}" for output in contract.outputs)
    yield f"effects: {', '.join(contract.effects) or 'none'}; loss: {contract.loss}"


def _branch_lines(branch: Branch) -> Iterator[str]:
    active = branch.current
    needs = [*active.requirements, *active.binaries]
    fallbacks = len(branch.versions) - 1
    older = f", {fallbacks} older kept as fallback" if fallbacks else ""
    yield f"branch {branch.name}: version {branch.active} runs{older}"
    yield f"  needs: {', '.join(needs) or 'nothing beyond Python'}"
    yield f"  fixtures: {len(active.fixtures)}, from candidate {active.candidate_id}"


def _view_lines(view: ToolView) -> Iterator[str]:
    tool = view.tool
    yield f"{tool.name} ({tool.kind}, {tool.visibility}): {tool.contract.purpose}"
    yield f"in {view.folder}"
    if tool.created_because:
        yield f"because {tool.created_because}"
    if tool.aliases:
        yield f"also answers to {', '.join(tool.aliases)}"
    yield ""
    yield from _contract_lines(tool.contract)
    yield ""
    for branch in tool.branches:
        yield from _branch_lines(branch)
    used = view.quality
    yield f"used: {used.runs} runs, {used.successes} successes, {used.projects} projects"
    yield from (f"not proved here: there is no proof.json in {path}" for path in view.unproved)
    if view.proof is not None:
        yield ""
        yield from proof_lines(view.proof)
    yield ""
    yield "lineage"
    for entry in view.lineage:
        origin = f", {entry.agent} session {entry.session}" if entry.session else ""
        detail = f": {entry.detail}" if entry.detail else ""
        yield f"  {when(entry.at_s)}  {entry.what} {entry.branch} v{entry.version}{origin}{detail}"


@verb("show", examples=("skillstrata show html-to-markdown",), exits=(3, 65, 75))
@click.argument("name")
@pass_invocation
def show(inv: Invocation, *, name: str) -> int:
    """Show one tool: contract, branches, use, proof and lineage."""
    out = inv.out()
    view = viewing.show(inv.app(), name)
    if out.as_json:
        out.json(json_views.tool_view_json(view))
    else:
        out.line("\n".join(_view_lines(view)))
    return 0
