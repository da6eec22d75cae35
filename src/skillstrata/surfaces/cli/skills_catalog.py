"""`skills catalog`, `skills route`: what a model is shown of all skills, and which of them may fit a request.

In     places to look at; a budget; a request, or a file of requests
Out    text, or the JSON of the contract; for a file, one line for each of its lines
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict, Unpack, cast

import click

from skillstrata.app import json_routing
from skillstrata.app.json_views import JsonObject, error_json
from skillstrata.app.skill_listing import ListingQuestion
from skillstrata.app.use_cases import cataloguing_skills, routing_skills
from skillstrata.app.use_cases.routing_skills import LabelledRequest
from skillstrata.records.catalogues import PROFILE_NAMES, Catalogue, ListingForm, ListingMode, ListingWish
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.routes import Route, RoutingReport, Shadow
from skillstrata.records.trials import TrialResult, VerdictCounts
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out, write_to
from skillstrata.surfaces.cli.skills_sources import query_of, source_options

NOTHING, BAD_INPUT = 3, 65
_MOST_LINE = 1_000_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class _Places(TypedDict):
    sources: tuple[Path, ...]
    usual: bool
    project: Path | None


class _Listed(_Places):
    profile: str | None
    budget: int | None
    form: str | None
    request: str
    pinned: tuple[str, ...]
    files: tuple[str, ...]


class _Routed(_Places):
    batch: Path | None
    report: bool
    against: Path | None
    tried: str | None
    description: str


def _listing_options(function: Callable[..., int]) -> Callable[..., int]:
    whose = click.option("--profile", type=click.Choice(PROFILE_NAMES), help="Whose budget, instead of the setting's.")
    total = click.option(
        "--budget", type=click.IntRange(min=0), metavar="N", help="The whole budget, instead of the profile's."
    )
    form = click.option("--form", type=click.Choice([form.value for form in ListingForm]), help="How it is written.")
    fits = click.option("--for", "request", default="", metavar="TEXT", help="Shorten what fits this request last.")
    pins = click.option("--pin", "pinned", multiple=True, metavar="NAME", help="Never shorten this skill.")
    files = click.option(
        "--file", "files", multiple=True, metavar="PATH", help="List skills with `paths` that are for this file, too."
    )
    return whose(total(form(fits(pins(files(function))))))


@verb(
    "catalog",
    examples=(
        "skillstrata skills catalog",
        "skillstrata skills catalog --budget 15000 --form xml --json",
        'skillstrata skills catalog --pin helm-release --for "roll back a release"',
        "skillstrata skills catalog --file src/app.py",
    ),
    exits=(3, 65),
)
@_listing_options
@source_options
@pass_invocation
def catalog(inv: Invocation, **said: Unpack[_Listed]) -> int:
    """Print the listing that a model is shown, and say which skills lost what for the budget."""
    out = inv.out()
    question = ListingQuestion(
        profile=said["profile"] or "",
        total=said["budget"],
        form=ListingForm(said["form"]) if said["form"] else None,
        request=said["request"],
        wishes=tuple(ListingWish(name, ListingMode.PINNED) for name in said["pinned"]),
        touched=said["files"],
    )
    where = query_of(said["sources"], said["project"], usual=said["usual"])
    listing = cataloguing_skills.listing(inv.app(), where, question)
    if out.as_json:
        out.json(json_routing.catalogue_json(listing))
    elif listing.entries:
        out.line(listing.text)
        _say_losses(listing, out)
    else:
        out.note("No skills. Put a folder with a SKILL.md into ~/.claude/skills, or name a folder with --source.")
    return 0 if listing.entries else NOTHING


def _say_losses(listing: Catalogue, out: Out) -> None:
    out.note(f"{listing.used} of {listing.budget.metadata} {listing.budget.unit} used")
    for entry in listing.entries:
        if entry.lost or entry.why:
            out.note(f"{entry.skill_id}: {entry.mode.value}, {entry.lost} characters lost: {entry.why}")


def _route_options(function: Callable[..., int]) -> Callable[..., int]:
    batch = click.option(
        "--batch", metavar="FILE.jsonl", type=_FILE, help='Answer every line {"query": …} with a line of JSON.'
    )
    report = click.option(
        "--report", is_flag=True, help="Tell from the log which skills nobody uses, or draw too much."
    )
    against = click.option(
        "--against", metavar="FOLDER", type=_FOLDER, help="Say which skills would lose requests to these new ones."
    )
    tried = click.option(
        "--trial", "tried", metavar="NAME", help='Try --description on lines {"query": …, "right": […]}.'
    )
    text = click.option("--description", default="", metavar="TEXT", help="The description to try.")
    return batch(report(against(tried(text(function)))))


@verb(
    "route",
    examples=(
        'skillstrata skills route "roll back a stuck helm release"',
        "skillstrata skills route --batch requests.jsonl",
        "skillstrata skills route --report",
        "skillstrata skills route --against ./new-skill",
        'skillstrata skills route --batch labelled.jsonl --trial helm-release --description "Roll back releases"',
    ),
    exits=(3, 65),
)
@click.argument("query", required=False)
@_route_options
@source_options
@pass_invocation
def route(inv: Invocation, *, query: str | None, **said: Unpack[_Routed]) -> int:
    """Propose skills for a request. A model chooses; this says what lies near, how surely, or that nothing fits."""
    batch, against = said["batch"], said["against"]
    if sum((query is not None, batch is not None, said["report"], against is not None)) != 1:
        raise click.UsageError("give a request, --batch FILE, --against FOLDER or --report: exactly one of them")
    if said["tried"] and (batch is None or not said["description"]):
        raise click.UsageError("--trial needs --description TEXT and --batch FILE")
    out, app = inv.out(), inv.app()
    where = query_of(said["sources"], said["project"], usual=said["usual"])
    if said["report"]:
        return _print_report(routing_skills.report(app, where), out)
    if against is not None:
        return _print_shadows(routing_skills.shadow(app, where, against), out)
    if batch is not None and said["tried"]:
        requests = tuple(_all_of(batch))
        return _print_trial(routing_skills.trial(app, where, said["tried"], said["description"], requests), out)
    if batch is not None:
        answered = _Answered(batch)
        for found in routing_skills.route(app, where, answered):
            answered.write(json_routing.route_json(found))
        return BAD_INPUT if answered.refused else 0
    return _print_route(next(routing_skills.route(app, where, (query or "",))), out)


class _Answered:
    """The requests of a file; a line that is none has its answer at once, in its place."""

    def __init__(self, batch: Path) -> None:
        self._batch = batch
        self.refused = 0

    def __iter__(self) -> Iterator[str]:
        for one in _labelled(self._batch):
            if isinstance(one, LabelledRequest):
                yield one.text
            else:
                self.refused += 1
                self.write(error_json(one))

    def write(self, answer: JsonObject) -> None:
        write_to(sys.stdout, json.dumps(answer) + "\n")


def _all_of(batch: Path) -> Iterator[LabelledRequest]:
    """Read the requests of a trial, which counts nothing where one cannot be read."""
    for one in _labelled(batch):
        if not isinstance(one, LabelledRequest):
            raise one
        yield one


def _labelled(batch: Path) -> Iterator[LabelledRequest | FileUnreadable]:
    """Read the requests of a file; an error for a line that is none."""
    with batch.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(_MOST_LINE), b""), 1):
            if not line.strip():
                continue
            try:
                read = json.loads(line)
            except (ValueError, RecursionError):
                read = None
            found = _request_of(read)
            yield found or FileUnreadable(
                f"{batch} line {number} is not an object with a text `query`",
                hint='write {"query": "…"}, and for a trial "right": ["name", …]',
            )


def _request_of(read: object) -> LabelledRequest | None:
    if not isinstance(read, dict):
        return None
    said = cast("dict[str, object]", read)
    text, right = said.get("query"), said.get("right", [])
    if not isinstance(text, str) or not isinstance(right, list):
        return None
    return LabelledRequest(text, tuple(str(name) for name in cast("list[object]", right)))


def _print_route(found: Route, out: Out) -> int:
    if out.as_json:
        out.json(json_routing.route_json(found))
        return NOTHING if found.abstained else 0
    if found.candidates:
        out.table(("SKILL", "ID", "SCORE"), [(one.name, one.skill_id, f"{one.score:.2f}") for one in found.candidates])
    if found.abstained:
        out.note("Nothing seems to fit.")
        return NOTHING
    out.note(f"confidence {found.confidence:.2f}" + ("; look at the others too" if found.alternatives else ""))
    return 0


def _print_report(report: RoutingReport, out: Out) -> int:
    if out.as_json:
        out.json(json_routing.report_json(report))
        return 0 if report.routes else NOTHING
    out.line(
        f"{report.routes} requests, {report.abstained} without a proposal, {report.agreed} of {report.told} agreed"
    )
    for row in report.black_holes:
        out.line(f"draws too much: {row.skill_id}, proposed {row.proposed}, passed over {row.passed_over}")
    for skill_id in report.unused:
        out.line(f"never chosen: {skill_id}")
    return 0 if report.routes else NOTHING


def _print_shadows(shadows: tuple[Shadow, ...], out: Out) -> int:
    if out.as_json:
        out.json(json_routing.shadows_json(shadows))
    for one in () if out.as_json else shadows:
        out.line(f"{one.skill_id} would lose {one.stolen} of {one.tried} requests, such as: {one.examples[0]}")
    if not shadows:
        out.note("No skill would lose a request.")
    return 0


def _print_trial(result: TrialResult, out: Out) -> int:
    if out.as_json:
        out.json(json_routing.trial_json(result))
        return 0
    out.table(
        ("DESCRIPTION", "CORRECT", "MISSED", "WRONG", "FALSE", "TRUE NEGATIVE"),
        [_verdicts("current", result.current), _verdicts("proposed", result.proposed)],
    )
    out.line(
        f"{result.better or 'neither'} is better; by luck alone such a difference has a chance of {result.chance:.3f}"
    )
    return 0


def _verdicts(name: str, of: VerdictCounts) -> tuple[str, ...]:
    return (name, *(str(n) for n in (of.correct, of.missed, of.wrong, of.false, of.true_negative)))
