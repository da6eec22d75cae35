"""`pending` and `review`: what only a person can decide, in a list, by a command, or key by key in a terminal.

In     an answer and the id of a candidate; in a terminal single keys
Out    what was decided; each answer can be taken back
Never  answers for anybody: without a terminal and without an answer nothing is decided
"""

import sys
from collections.abc import Iterator

import click

from skillstrata.app import json_reuse
from skillstrata.app.use_cases import reviewing
from skillstrata.app.use_cases.reviewing import Reviewed, ReviewView
from skillstrata.app.wiring import App
from skillstrata.records.reviews import Answer, NothingToUndo
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
_ASK = "[a]ccept  [r]eject  [p]in what runs  [m]erge as fallback  [k]eep both  [u]ndo the last  [s]kip  [q]uit"


@verb("pending", examples=("skillstrata pending", "skillstrata pending --json"), exits=(75,))
@pass_invocation
def pending(inv: Invocation) -> int:
    """List what the rules could not decide; `review ANSWER ID` decides it, `review` alone asks one by one."""
    out = inv.out()
    rows = reviewing.pending(inv.app())
    if out.as_json:
        out.json(json_reuse.pending_json(rows))
    elif rows:
        out.table(
            ("id", "seen", "against", "question"),
            [(row.item.id, when(row.item.at_s), row.item.subject, row.item.why) for row in rows],
        )
    else:
        out.note("Nothing waits for a decision.")
    return 0


@verb(
    "review",
    examples=("skillstrata review", "skillstrata review accept 3f2a91", "skillstrata review undo"),
    exits=(3, 75),
)
@click.argument("answer", required=False, type=click.Choice([*(a.value for a in Answer), _UNDO]))
@click.argument("candidate_id", required=False, metavar="[ID]", default="")
@pass_invocation
def review(inv: Invocation, *, answer: str | None, candidate_id: str) -> int:
    """Decide what waits: alone in a terminal it asks one by one, with a diff of the programs and their proofs.

    `undo` takes back the newest answer or change of a level, or the one with this ID.
    """
    out, app = inv.out(), inv.app()
    if answer == _UNDO:
        _print(reviewing.undo(app, candidate_id), out)
        return 0
    if answer is not None:
        if not candidate_id:
            raise click.UsageError("name the candidate: `skillstrata pending` lists them")
        _print(reviewing.answer(app, candidate_id, Answer(answer)), out)
        return 0
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise click.UsageError("without a terminal name an answer and a candidate: `skillstrata review accept ID`")
    return _asked(app, out)


def _asked(app: App, out: Out) -> int:
    """Ask about everything that waits, one key each; gives the exit code."""
    rows = reviewing.pending(app)
    if not rows:
        out.note("Nothing waits for a decision.")
        return _NOTHING
    for number, row in enumerate(rows, start=1):
        out.line(f"--- {number} of {len(rows)} ---")
        out.line("\n".join(_view_lines(reviewing.shown(app, row.item.id))))
        if not _decided(app, out, row.item.id):
            return 0
    out.line("That was all.")
    return 0


def _decided(app: App, out: Out, candidate_id: str) -> bool:
    """Take keys until this question is decided or skipped; False to stop asking."""
    while True:
        out.line(_ASK)
        key = click.getchar().lower()
        if key in _KEYS:
            _print(reviewing.answer(app, candidate_id, _KEYS[key]), out)
            return True
        if key == "u":
            _take_back(app, out)
        elif key == "s":
            return True
        elif key in ("q", "\x1b", "\x03", "\x04"):
            return False


def _take_back(app: App, out: Out) -> None:
    try:
        _print(reviewing.undo(app), out)
    except NothingToUndo as error:
        out.line(error.message)


def _view_lines(view: ReviewView) -> Iterator[str]:
    yield f"{view.item.id}, against {view.item.subject}: {view.item.why}"
    yield ""
    yield from view.diff or ("the programs are the same text",)
    yield ""
    yield "what was proposed:"
    yield from proof_lines(view.proof)
    if view.present_proof is not None:
        yield "what runs now:"
        yield from proof_lines(view.present_proof)


def _print(done: Reviewed, out: Out) -> None:
    if out.as_json:
        out.json(json_reuse.reviewed_json(done))
    else:
        out.line("\n".join(done.changed))
