"""Look at what there is: sums, candidates and their stories, tools. Nothing here changes anything."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from skillstrata.app.reports import DamagedFolder, Explanation, Listing, ShelfLine, StatusReport, ToolRow, ToolView
from skillstrata.app.wiring import App
from skillstrata.library import by_cause, lesson_of
from skillstrata.records.candidates import Candidate, StageNote, State
from skillstrata.records.qualities import Visibility, visibility_of
from skillstrata.records.tools import Quality


def status(app: App) -> StatusReport:
    """Sum up events, executions, the shelf, and what waits in the spool."""
    app.prepare()
    return StatusReport(
        accounting=app.catalog.accounting(),
        shelf=shelf_of(app.catalog.candidates(State.SHELVED)),
        last_pass=app.catalog.last_pass(),
        waiting=app.spool.waiting(),
        quarantined=app.spool.quarantined(),
        lost_events=app.spool.lost(),
        daemon=app.daemon_post.state(),
        spool_full=app.spool.is_full(),
        shortage=app.blob_stock.shortage(),
        sessions=app.catalog.sessions(),
        r_miss=by_cause(app.catalog.reuse_misses()),
    )


def shelf_of(candidates: tuple[Candidate, ...]) -> tuple[ShelfLine, ...]:
    """Group shelved candidates by what would free them."""
    groups: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        command = candidate.unshelve.replace(candidate.id, "--all") if candidate.unshelve else ""
        groups[candidate.reason, command].append(candidate)
    return tuple(
        ShelfLine(reason, len(group), group[0].unshelve if len(group) == 1 else command)
        for (reason, command), group in sorted(groups.items())
    )


def candidates(app: App, state: State | None) -> tuple[Candidate, ...]:
    """Give the candidates of a state, or all, oldest first."""
    app.prepare()
    return app.catalog.candidates(state)


def shelved(app: App) -> tuple[Candidate, ...]:
    """Give what is set aside."""
    return candidates(app, State.SHELVED)


def explain(app: App, candidate_id: str) -> Explanation:
    """Give a candidate with the story of its stages and its proof.

    Raises:
        CandidateUnknown: No candidate has this id.
    """
    app.prepare()
    candidate = app.catalog.candidate(candidate_id)
    told = replace(candidate, stages=(*candidate.stages, *_missed(app, candidate)))
    return Explanation(told, app.catalog.proof(candidate.id))


def _missed(app: App, candidate: Candidate) -> tuple[StageNote, ...]:
    """Say of a program that a tool did the same before, why it was written all the same, and what that taught."""
    missed = app.catalog.reuse_misses(candidate.tool) if candidate.tool else ()
    miss = next((one for one in missed if one.execution_id == candidate.id), None)
    if miss is None:
        return ()
    undone = {c.id for c in app.catalog.changes(miss.tool) if c.undone}
    lesson = lesson_of(candidate.id)
    taught = f"; searches find it by: {' '.join(miss.words)} ({lesson})" if miss.words and lesson not in undone else ""
    where = f"{miss.branch} v{miss.version}, {miss.slice}, environment {miss.environment}"
    return (StageNote("reuse", f"missed: {miss.cause.value}", f"{miss.tool} was there: {where}{taught}"),)


def ls(app: App, *, retired: bool = False) -> Listing:
    """Give every tool, or those put away, with its quality, sorted by name; and the folders that cannot be read."""
    app.prepare()
    there, damaged = app.library.contents()
    tools = tuple(tool for tool in there if (visibility_of(tool.visibility) is Visibility.RETIRED) is retired)
    found = dict(app.catalog.qualities()) if tools else {}
    return Listing(
        rows=tuple(ToolRow(tool, found.get(tool.name, Quality())) for tool in tools),
        damaged=tuple(DamagedFolder(Path(folder).name, folder, reason) for folder, reason in damaged),
    )


def show(app: App, name: str) -> ToolView:
    """Give one tool whole.

    Raises:
        ToolUnknown: No tool has this name.
        ToolDamaged: Its folder cannot be read.
    """
    app.prepare()
    tool = app.library.tool(name)
    source = tool.branches[0].current.candidate_id
    folder = app.library.folder(tool.name)
    paths = [version.path for branch in tool.branches for version in branch.versions]
    return ToolView(
        tool=tool,
        quality=app.catalog.quality(tool.name),
        lineage=app.library.lineage(tool.name),
        proof=app.catalog.proof(source) if source else None,
        folder=folder,
        unproved=tuple(path for path in paths if not app.disk.exists(f"{folder}/{path}/proof.json")),
    )
