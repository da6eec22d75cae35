"""`pending` and `review`: what only a person can decide, in a list, by a command, or key by key in a terminal.

In     an answer and an id of the queue; in a terminal single keys
Out    what was decided; each answer can be taken back
Never  answers for anybody: without a terminal and without an answer nothing is decided
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from skillstrata.app import json_reviews
from skillstrata.app.review_placements import Reviewed, ReviewView
from skillstrata.app.review_queue import DOES, DraftView, PackageView
from skillstrata.app.use_cases import reviewing
from skillstrata.app.wiring import App
from skillstrata.records.errors import StrataError
from skillstrata.records.reviews import Answer, NothingToUndo, NotPending, ReviewItem
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out, when
from skillstrata.surfaces.cli.stories import proof_lines

_NOTHING = 3
_UNDO = "undo"
_KEYS = {
    "a": Answer.ACCEPT,
    "r": Answer.REJECT,
    "p": Answer.PIN,
    "m": Answer.MERGE,
    "k": Answer.KEEP_BOTH,
}
_WORDS = {
    Answer.ACCEPT: "[a]ccept",
    Answer.REJECT: "[r]eject",
    Answer.PIN: "[p]in what runs",
    Answer.MERGE: "[m]erge as fallback",
    Answer.KEEP_BOTH: "[k]eep both",
}
_MOST_EVIDENCE, _MOST_FILES = 10, 40


@verb(
    "pending",
    examples=("skillstrata pending", "skillstrata pending --json", "skillstrata pending import:tidy-pages"),
    exits=(3, 75),
)
@click.argument("item_id", required=False, metavar="[ID]", default="")
@pass_invocation
def pending(inv: Invocation, *, item_id: str) -> int:
    """List what waits for a person: programs that no rule could place, learned drafts, imported skills.

    With ID one question whole. `review ANSWER ID` decides it, `review` alone asks one by one.
    """
    out = inv.out()
    if item_id:
        view = reviewing.shown(inv.app(), item_id, Path.cwd())
        if out.as_json:
            out.json(json_reviews.view_json(view))
        else:
            out.line("\n".join(_view_lines(view)))
        return 0
    rows = reviewing.pending(inv.app())
    if out.as_json:
        out.json(json_reviews.pending_json(rows))
    elif rows:
        cells = [(r.item.id, r.item.kind, when(r.item.at_s), r.item.subject, r.item.why) for r in rows]
        out.table(("id", "kind", "seen", "about", "question"), cells)
        out.note("Next: `skillstrata pending ID` shows one, `skillstrata review accept|reject ID` decides it")
    else:
        out.note("Nothing waits for a decision.")
    return 0


@verb(
    "review",
    examples=(
        "skillstrata review",
        "skillstrata review accept 3f2a91",
        "skillstrata review reject import:tidy-pages",
        "skillstrata review undo",
    ),
    exits=(3, 4, 65, 75),
)
@click.argument("answer", required=False, type=click.Choice([*(a.value for a in Answer), _UNDO]))
@click.argument("item_id", required=False, metavar="[ID]", default="")
@pass_invocation
def review(inv: Invocation, *, answer: str | None, item_id: str) -> int:
    """Decide what waits: alone in a terminal it asks one by one, with all that speaks for an answer.

    Programs take every answer, drafts and imported skills `accept` and `reject`. `undo` takes back the newest answer
    or change of a level, or the one with this ID.
    """
    out, app = inv.out(), inv.app()
    if answer == _UNDO:
        _print(reviewing.undo(app, item_id), out)
        return 0
    if answer is not None:
        if not item_id:
            raise click.UsageError("name what is meant: `skillstrata pending` lists it")
        _print(reviewing.answer(app, item_id, Answer(answer), Path.cwd()), out)
        return 0
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise click.UsageError("without a terminal name an answer and an id: `skillstrata review accept ID`")
    return _asked(app, out)


def _asked(app: App, out: Out) -> int:
    """Ask about everything that waits, one key each; gives the exit code."""
    rows = reviewing.pending(app)
    if not rows:
        out.note("Nothing waits for a decision.")
        return _NOTHING
    for number, row in enumerate(rows, start=1):
        out.line(f"--- {number} of {len(rows)} ---")
        try:
            view = reviewing.shown(app, row.item.id, Path.cwd())
        except StrataError as error:
            # Another person was quicker.
            out.line(error.message)
            continue
        out.line("\n".join(_view_lines(view)))
        if not _decided(app, out, row.item):
            return 0
    out.line("That was all.")
    return 0


def _decided(app: App, out: Out, item: ReviewItem) -> bool:
    """Take keys until this question is decided or skipped; False to stop asking."""
    keys = {key: said for key, said in _KEYS.items() if said in item.options}
    while True:
        out.line("  ".join((*(_WORDS[said] for said in keys.values()), "[u]ndo the last  [s]kip  [q]uit")))
        key = click.getchar().lower()
        if key in keys:
            if _answered(app, out, item, keys[key]):
                return True
        elif key == "u":
            _take_back(app, out)
        elif key == "s":
            return True
        elif key in ("q", "\x1b", "\x03", "\x04"):
            return False


def _answered(app: App, out: Out, item: ReviewItem, said: Answer) -> bool:
    """Carry an answer out; False where it could not be, and the question is still open."""
    try:
        _print(reviewing.answer(app, item.id, said, Path.cwd()), out)
    except NotPending as error:
        out.line(error.message)
    except StrataError as error:
        out.line(error.message if not error.hint else f"{error.message}\n  {error.hint}")
        return False
    return True


def _take_back(app: App, out: Out) -> None:
    try:
        _print(reviewing.undo(app), out)
    except NothingToUndo as error:
        out.line(error.message)
    except StrataError as error:
        out.line(error.message if not error.hint else f"{error.message}\n  {error.hint}")


def _view_lines(view: ReviewView | DraftView | PackageView) -> Iterator[str]:
    match view:
        case ReviewView():
            yield from _program_lines(view)
        case DraftView():
            yield from _draft_lines(view)
        case PackageView():
            yield from _package_lines(view)
    yield ""
    for said, does in DOES[view.item.kind]:
        yield f"{said.value}: {does}"


def _program_lines(view: ReviewView) -> Iterator[str]:
    yield f"{view.item.id}, against {view.item.subject}: {view.item.why}"
    yield ""
    yield from view.diff or ("the programs are the same text",)
    yield ""
    yield "what was proposed:"
    yield from proof_lines(view.proof)
    if view.present_proof is not None:
        yield "what runs now:"
        yield from proof_lines(view.present_proof)


def _draft_lines(view: DraftView) -> Iterator[str]:
    yield f"{view.item.id}, a learned {view.item.subject}: {view.item.why}"
    yield f"of: {', '.join(view.kept.projects)}"
    if view.draft is None:
        yield f"it cannot be accepted: {view.problem}"
        return
    yield f"confidence: {view.draft.confidence:.2f}"
    yield ""
    yield view.draft.content
    yield ""
    yield "evidence:"
    yield from (f"  {e.project}, session {e.session[:8]}: {e.what}" for e in view.draft.evidence[-_MOST_EVIDENCE:])
    more = len(view.draft.evidence) - _MOST_EVIDENCE
    if more > 0:
        yield f"  and {more} more"
    yield f"accepted, in {view.root}: {view.decision}"


def _package_lines(view: PackageView) -> Iterator[str]:
    one = view.package
    yield f"{view.item.id}, {view.item.subject} {one.version}: {view.item.why}"
    yield f"signature: {one.signature.state}{f' ({one.signature.owner})' if one.signature.owner else ''}"
    for finding in one.findings:
        where = f"{finding.path}:{finding.line}" if finding.line else finding.path
        yield f"  {finding.level} {finding.code} {where}: {finding.message}"
    if one.has_danger:
        yield f"  with dangers `skillstrata import-skill --accept {one.name} --despite-findings` accepts it"
    if view.problem:
        yield f"it cannot be accepted: {view.problem}"
    yield from (f"  {size:>9,}  {path}" for path, size in view.files[:_MOST_FILES])
    if len(view.files) > _MOST_FILES:
        yield f"  and {len(view.files) - _MOST_FILES} more files"


def _print(done: Reviewed, out: Out) -> None:
    if out.as_json:
        out.json(json_reviews.reviewed_json(done))
    else:
        out.line("\n".join(done.changed))
