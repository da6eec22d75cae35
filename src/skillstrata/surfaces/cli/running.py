"""`run`: a tool on the user's own files.

In     --set name=value, values parsed by the parameter's kind; paths relative to the current folder
Out    files beside the user (or under --out), text on stdout, exit 65 where the program failed on this input
Never  overwrites, or takes an input of another type, unless --force
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import click

from skillstrata.app import json_views
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.use_cases import running, viewing
from skillstrata.records.contracts import Param
from skillstrata.records.endpoints import EndpointUnreadable, endpoint_of
from skillstrata.records.failures import OutputExists
from skillstrata.records.json_values import Json
from skillstrata.records.sandbox_runs import Endpoint
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.limits import asked_limits, keep_limits
from skillstrata.surfaces.cli.printing import Out

BAD_INPUT = 65
_ALLOWED = "skillstrata.allow_hosts"
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def typed(kind: str, word: str) -> Json:
    """Read one value as the kind of its parameter says.

    Raises:
        ValueError: The word is not of that kind.
    """
    match kind:
        case "file" | "path":
            return os.path.abspath(os.path.expanduser(word))
        case "integer":
            return int(word)
        case "number":
            return float(word)
        case "boolean":
            if word.lower() not in _BOOLEANS:
                raise ValueError(word)
            return _BOOLEANS[word.lower()]
        case "json":
            return json.loads(word)
        case _:
            return word


def arguments(given: tuple[str, ...], params: tuple[Param, ...]) -> Mapping[str, Json]:
    """Read every --set; a name the tool does not know stays text, so that the tool's own check can name it."""
    return named_values(given, {param.name: param.kind for param in params}, example="input=page.html")


def named_values(given: tuple[str, ...], kinds: Mapping[str, str], *, example: str) -> dict[str, Json]:
    """Read every NAME=VALUE as the kind of its name, which is text where none is known."""
    found: dict[str, Json] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{word!r} is not NAME=VALUE, like {example}", param_hint="--set")
        if name in found:
            raise click.BadParameter(f"{name!r} is set twice", param_hint="--set")
        try:
            found[name] = typed(kinds.get(name, "string"), value)
        except ValueError:
            raise click.BadParameter(f"{name!r} takes {kinds[name]}, not {value!r}", param_hint="--set") from None
    return found


def _keep_endpoints(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> None:
    found: list[Endpoint] = []
    for word in words:
        try:
            found.append(endpoint_of(word))
        except EndpointUnreadable as error:
            raise click.BadParameter(f"{word!r}: {error}", ctx=ctx, param=param) from None
    ctx.meta[_ALLOWED] = tuple(found)


def _allowed() -> tuple[Endpoint, ...]:
    return cast("tuple[Endpoint, ...]", click.get_current_context().meta[_ALLOWED])


def _print_network(report: CallReport, out: Out) -> None:
    reached = [a.target for a in report.network if not a.refused]
    if reached:
        out.note(f"reached over the network: {', '.join(reached)}")
    for attempt in report.network:
        if attempt.refused:
            out.note(f"not reached: {attempt.target} ({attempt.refused})")


def _print_call(report: CallReport, out: Out) -> None:
    if report.text is not None:
        out.exact(report.text)
    for output in report.outputs:
        out.line(f"{output.path}  {output.size_bytes} bytes")
    _print_network(report, out)
    walls = "" if report.tier == "isolated" else f", in the weaker sandbox tier {report.tier}"
    by = f"{report.tool}/{report.branch} v{report.version} in {report.ms:.0f} ms{walls}"
    if report.note:
        out.note(f"note: {report.note}")
    if report.error is None:
        instead = f", after version {report.fallback_from} could not ({report.fallback_why})"
        out.note(f"done by {by}{instead if report.fallback_from is not None else ''}")
        return
    out.note(f"failed: {by}")
    problem = report.error
    out.alarm(f"skillstrata: [{problem.code}] {problem.message}", problem.hint)


@verb(
    "run",
    examples=(
        "skillstrata run html-to-markdown --set input=page.html",
        "skillstrata run html-to-markdown --set input=page.html --out notes --force",
        "skillstrata run rates-to-csv --set input=codes.txt --allow-host api.example.com",
    ),
    exits=(3, 4, 65, 69, 75),
)
@click.argument("name")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="An argument of the tool; may be repeated.")
@click.option(
    "--out",
    "out_dir",
    type=click.Path(path_type=Path),
    help="Where files go; the current folder if not given.",
)
@click.option(
    "--limit",
    multiple=True,
    metavar="NAME=AMOUNT",
    callback=keep_limits,
    expose_value=False,
    help="More or less for this call: cpu, wall (seconds), memory, disk, stdout (like 2G), files, processes.",
)
@click.option("--branch", help="This way to do it, instead of the one that fits the input.")
@click.option("--force", is_flag=True, help="Overwrite files that exist; try an input of another type.")
@click.option(
    "--allow-host",
    multiple=True,
    metavar="HOST[:PORT]",
    expose_value=False,
    callback=_keep_endpoints,
    help="A host this call may reach, by port 443 if none is given; may be repeated. Without it: no network.",
)
@pass_invocation
def run(
    inv: Invocation, *, name: str, given: tuple[str, ...], out_dir: Path | None, branch: str | None, force: bool
) -> int:
    """Run a tool in the sandbox on real files; `show NAME` says what it takes."""
    out, app = inv.out(), inv.app()
    values = arguments(given, viewing.show(app, name).tool.contract.inputs)
    request = CallRequest(
        name=name,
        arguments=tuple((key, value if isinstance(value, str) else json.dumps(value)) for key, value in values.items()),
        out_dir=str((out_dir or Path()).absolute()),
        branch=branch or "",
        force=force,
        surface="cli",
        allow_hosts=_allowed(),
        limits=asked_limits(),
    )
    report = running.run(app, request)
    if report.unrecorded:
        out.alarm(f"skillstrata: this use was not recorded: {report.unrecorded}", "")
    if out.as_json:
        out.json(json_views.call_json(report))
    else:
        _print_call(report, out)
    if report.error is None:
        return 0
    return OutputExists.exit_code if report.error.code == OutputExists.code else BAD_INPUT
