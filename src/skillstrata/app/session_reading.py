"""Read one session anew: its own events, and those of others that it holds copies of.

In     the App, a session
Out    Reconstruction: executions and noise of this session alone
Why    a resumed or forked session runs programs that were written before it began; the calls that wrote them are stored
       once, in the session they were first met in
"""

from collections import defaultdict
from dataclasses import replace

from skillstrata.app.wiring import App
from skillstrata.distill import reconstruct
from skillstrata.records.events import Event, FileSnapshot
from skillstrata.records.executions import Execution, NoiseEvent, Reconstruction, WrittenFile

_OF_A_COPY = "belongs to a call that another session holds"


def read_session(app: App, session: str) -> Reconstruction:
    """Put a session's program runs together; nothing is stored."""
    own = app.traces.session(session)
    copied = _copied(app, session)
    found = reconstruct((*copied, *own))
    if not copied:
        return found
    executions = tuple(e for e in found.executions if e.session == session)
    ours = {e.id for e in executions}
    used = {event_id for e in executions for event_id in e.event_ids}
    reasons = {n.event_id: n.reason for n in found.noise}
    return Reconstruction(
        executions,
        # What only a copied run uses is of no use to this session.
        tuple(NoiseEvent(e.id, reasons.get(e.id, _OF_A_COPY)) for e in own if e.id not in used),
        tuple(w for w in found.written if w.execution_id in ours),
    )


def with_written_files(app: App, found: Reconstruction) -> tuple[Execution, ...]:
    """Keep the texts that the session itself wrote to files its programs name, and give the executions with them.

    Raises:
        StoreFull: The blob store cannot be written.
    """
    written: defaultdict[str, list[WrittenFile]] = defaultdict(list)
    for one in found.written:
        written[one.execution_id].append(one)
    return tuple(_with(app, e, written[e.id]) if e.id in written else e for e in found.executions)


def _with(app: App, execution: Execution, written: list[WrittenFile]) -> Execution:
    kept: dict[str, FileSnapshot] = {w.path: app.snapshots.keep(w.path, w.text) for w in written}
    others = tuple(s for s in execution.snapshots if s.path not in kept)
    return replace(execution, snapshots=(*others, *kept.values()))


def _copied(app: App, session: str) -> tuple[Event, ...]:
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for event_id, holder in app.catalog.copies(session):
        wanted[holder].add(event_id)
    return tuple(event for holder, ids in wanted.items() for event in app.traces.session(holder) if event.id in ids)
