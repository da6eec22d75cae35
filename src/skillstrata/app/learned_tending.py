"""Put away learned skills, commands and agents that nobody used for long; each can be restored.

In     the App: the records of sessions, the folders that Claude Code reads, what is remembered of uses
Out    what was archived, with its reason and manifest; the uses of the others, remembered
Never  touches what is not marked as learned; deletes; puts away what came back, was edited or was accepted anew before
       as many days have gone again
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.learned_artifacts import LearnedArtifacts, shelf_of, usual_roots
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import learned_uses, lifecycle
from skillstrata.library.learned_use import Idle, Worked, is_unused, names_used, rows_now
from skillstrata.library.lifecycle_deciding import decide_archive
from skillstrata.library.lifecycle_page import is_ours
from skillstrata.records.errors import StrataError
from skillstrata.records.events import Event, EventKind
from skillstrata.records.failures import StoreFull, StoreLocked
from skillstrata.records.learned import ArtifactKind, ExistingArtifact


@dataclass(frozen=True, slots=True)
class LearnedAway:
    """An artefact that was put away: its name, why, and the manifest that says how to have it back."""

    name: str
    kind: ArtifactKind
    because: str
    manifest_path: str


def put_away_learned(app: App, *, should_stop: Callable[[], bool] = lambda: False) -> tuple[LearnedAway, ...]:
    """Note who used what, and archive what nobody used for `reuse.unused_days`.

    Raises:
        StoreFull: What is remembered of uses cannot be written.
    """
    days = app.settings.reuse_unused_days
    read = _read(app, should_stop) if days else None
    if read is None:
        return ()
    events, sessions = read
    artifacts = LearnedArtifacts(lifecycle(app))
    folders = dict.fromkeys(folder for session in sessions for folder in sorted(session.folders))
    ours = _ours(app, artifacts, tuple(Path(folder) for folder in folders))
    now_s, idle = app.clock.now_s(), Idle(days, str(app.settings.home), sessions)
    written = _written(app, ours)
    rows = rows_now(learned_uses(app).kept(), ours, names_used(events), now_s=now_s, written=written)
    unused = {row.path for row in rows if is_unused(row, idle, now_s=now_s)}
    # Before anything is moved: what is restored after a process that was killed has to begin anew.
    learned_uses(app).keep(tuple(row for row in rows if row.path not in unused))
    done: dict[str, LearnedAway] = {}
    for one in ours:
        if one.path not in unused or should_stop():
            continue
        put_away = _archived(artifacts, one, f"nobody used it for {days} days")
        if put_away is not None:
            done[one.path] = put_away
    learned_uses(app).keep(tuple(row for row in rows if row.path not in done))
    return tuple(done.values())


def begin_anew(app: App, path: str) -> None:
    """Let the days of an artefact begin at the next look: it was put aside, brought back or written.

    Where no room is left, what it is known by still tells what was written anew.
    """
    with contextlib.suppress(StoreFull, StoreLocked):
        learned_uses(app).drop(frozenset({path}))


def _read(app: App, should_stop: Callable[[], bool]) -> tuple[tuple[Event, ...], tuple[Worked, ...]] | None:
    """Give what is recorded: every event, and where each session worked; None where it should stop."""
    found: list[Event] = []
    sessions: list[Worked] = []
    for session in app.catalog.sessions():
        if should_stop():
            return None
        events = app.traces.session(session)
        cwds = {cwd for event in events if (cwd := event.cwd_before or event.cwd).startswith("/")}
        if cwds:
            projects = {str(app.project_of(Path(cwd))) for cwd in cwds}
            sessions.append(Worked(frozenset(cwds | projects), events[-1].at_s))
        found += (event for event in events if event.used or event.kind is EventKind.PROMPT)
    return tuple(found), tuple(sessions)


def _ours(app: App, artifacts: LearnedArtifacts, folders: tuple[Path, ...]) -> tuple[ExistingArtifact, ...]:
    """Give every learned artefact of the home folder and of these projects, once."""
    found: dict[str, ExistingArtifact] = {}
    for kind in ArtifactKind:
        roots = dict.fromkeys(
            root for folder in (app.settings.home, *folders) for root in usual_roots(kind, app.settings.home, folder)
        )
        found |= {one.path: one for one in artifacts.everything(kind, tuple(roots)) if is_ours(one.content)}
    return tuple(found.values())


def _written(app: App, ours: tuple[ExistingArtifact, ...]) -> dict[str, int]:
    """Give when each file was written, by its path."""
    shelves: dict[ArtifactKind, set[str]] = {}
    for one in ours:
        shelves.setdefault(one.kind, set()).add(shelf_of(one))
    files = lifecycle(app)
    stamps = (stamp for kind, roots in shelves.items() for stamp in files.stamps(kind, tuple(sorted(roots)))[0])
    return {stamp.path: stamp.mtime_ns for stamp in stamps}


def _archived(artifacts: LearnedArtifacts, one: ExistingArtifact, because: str) -> LearnedAway | None:
    """Archive one; one that cannot be moved now is left for the next time."""
    try:
        result = artifacts.apply(decide_archive(one, because), None, "")
    except StrataError:
        return None
    return LearnedAway(one.name, one.kind, because, result.manifest_path)
