"""A candidate in plain words: its row in a list, its sums, and the story of one from trace to verdict.

In     records and reports
Out    lines and rows of text; the caller prints them
Never  reads anything
"""

from collections.abc import Iterator

from skillstrata.app.reports import Explanation, StatusReport
from skillstrata.records.candidates import Accounting, Candidate, State
from skillstrata.records.proofs import Proof, ReplayRun
from skillstrata.surfaces.cli.printing import when

CANDIDATE_COLUMNS = ("id", "state", "tool", "purpose or reason", "what frees it")
_QUESTIONS = {
    "reconstruct": "What ran?",
    "nominate": "Is it a transform worth keeping?",
    "probe": "What does it need and touch?",
    "generalise": "What becomes a parameter?",
    "observe": "What did the original run read and write?",
    "replay": "Does it do the same again, and on other inputs?",
    "prove": "Does it do the same again, and on other inputs?",
    "proof": "Does it do the same again, and on other inputs?",
    "oracle": "Is what it gives right?",
    "contract": "What does it promise?",
    "place": "Where does it belong in the library?",
    "deposit": "Is it in the library?",
    "variants": "Does another run of the session stand for it?",
    "environment": "Can its environment be built here?",
    "fault": "What went wrong on our side?",
}
_RELATIONS = {
    "original": "the original input gives the original output",
    "repeated": "the same again gives the same",
    "moved": "the input and the output under other names",
    "absent": "without the input there must be no result",
    "replace": "words replaced in the input are replaced in the output",
    "permute": "parts of the input in another order",
    "append": "one part more in the input",
    "resample": "other values of the same shape",
    "measured": "an independent reader of the input agrees with the output",
    "unseen": "an input of the same shape with all content new",
    "fresh": "a general document of the type",
    "empty": "an empty input",
}


def candidate_row(candidate: Candidate) -> tuple[str, ...]:
    """Give the cells of a list of candidates."""
    target = "/".join(part for part in (candidate.tool, candidate.branch) if part)
    said = candidate.reason if candidate.reason else candidate.purpose
    frees = candidate.unshelve or ("nothing yet" if candidate.state is State.SHELVED else "")
    return (candidate.id, candidate.state.value, target, said, frees)


def sums(accounting: Accounting) -> Iterator[str]:
    """Write the accounting as two equations that add up, and say so where they do not."""
    ran = accounting.executions
    yield (
        f"events      {accounting.events} = {accounting.noise_events} noise"
        f" + {accounting.execution_events} in executions + {accounting.open_events} not read yet"
    )
    parts = (
        (ran.placed, "placed"),
        (ran.duplicate, "duplicate"),
        (ran.shelved, "shelved"),
        (ran.rejected, "rejected"),
        (ran.pending, "pending"),
        (ran.noise, "noise"),
        (ran.open, "open"),
    )
    yield f"executions  {ran.total} = " + " + ".join(f"{count} {name}" for count, name in parts)
    if not accounting.balanced:
        yield "THE SUMS DO NOT ADD UP: this is a fault of the program; nothing was deleted"


def state_of_things(report: StatusReport) -> Iterator[str]:
    """Write the whole state in a few lines."""
    yield from sums(report.accounting)
    yield f"sessions    {len(report.sessions)}{' (--json names them)' if report.sessions else ''}"
    spool = f"{report.waiting} waiting, {report.quarantined} quarantined, {report.lost_events} lost by the hook"
    yield f"spool       {spool}{'; over its cap: the hook writes nothing' if report.spool_full else ''}"
    yield f"daemon      {f'process {report.daemon.pid}, {report.daemon.doing}' if report.daemon else 'not running'}"
    if report.shortage:
        yield f"snapshots   none are kept: not enough {'free disk' if report.shortage == 'disk' else 'room for them'}"
    done = report.last_pass
    yield f"last pass   {'none yet' if done is None else f'{when(done.ended_at_s)}, judged {done.judged}'}"
    missed = sum(count for _, count in report.r_miss)
    if missed:
        yield f"missed      {missed} programs written although a tool was there (`skillstrata health`)"
    yield "shelf       empty" if not report.shelf else "shelf"
    for line in report.shelf:
        yield f"  {line.count} x {line.reason}: {line.unshelve or 'nothing yet'}"


def run_lines(run: ReplayRun) -> Iterator[str]:
    """Write one run of a proof."""
    mark = "ok  " if run.ok else ("FAIL" if run.gate else "miss")
    detail = f": {run.detail}" if run.detail else ""
    meant = _RELATIONS.get(run.relation, "")
    yield f"  {mark} {run.relation}{' - ' + meant if meant else ''} ({run.wall_ms:.0f} ms){detail}"
    if run.oracle is not None and not run.ok:
        for measure in run.oracle.measures:
            if not measure.ok:
                yield f"         {measure.name} is {measure.value:.3f}, must be {measure.bound}"


def proof_lines(proof: Proof) -> Iterator[str]:
    """Write every run of a proof, with the measures that failed."""
    held = sum(run.ok for run in proof.runs)
    yield f"proof: {held} of {len(proof.runs)} runs held ({proof.profile}, {proof.tier}, loss {proof.loss})"
    for run in proof.runs:
        yield from run_lines(run)
    if not proof.proven:
        yield f"  not proven: {proof.reason}{': ' + proof.detail if proof.detail else ''}"


def _ending(candidate: Candidate) -> str:
    where = "/".join(part for part in (candidate.tool, candidate.branch) if part)
    because = f" because {candidate.reason}" if candidate.reason else ""
    at = f" as {where}" if where else ""
    kind = f" ({candidate.placement.replace('_', ' ')})" if candidate.placement else ""
    return f"{candidate.id} is {candidate.state.value}{at}{kind}{because}"


def story(explanation: Explanation) -> Iterator[str]:
    """Tell what happened to a candidate, stage by stage."""
    candidate = explanation.candidate
    source = candidate.source
    yield _ending(candidate)
    yield f"seen in {source.agent} session {source.session}, call {source.tool_use_id}"
    if candidate.purpose:
        yield f"does: {candidate.purpose}"
    for number, note in enumerate(candidate.stages, 1):
        question = _QUESTIONS.get(note.stage, "")
        yield ""
        yield f"{number}. {note.stage}{': ' + question if question else ''}"
        yield f"   {note.verdict}{'. ' + note.detail if note.detail else ''}"
    if explanation.proof is not None:
        yield ""
        yield from proof_lines(explanation.proof)
    if candidate.unshelve:
        yield ""
        yield f"to free it: {candidate.unshelve}"
