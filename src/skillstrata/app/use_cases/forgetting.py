"""Take a session out for good: its events, candidates, copies of files, and the tools that come from it alone.

    drafts -> tools -> copies of files -> spool -> routing log -> runs -> consents -> results of calls
    -> trace log -> answers about drafts -> catalog
    -> the catalog's file written anew

In     the App, a session's name
Out    ForgetReport: what went, what stays and why
Never  takes what another session showed as well; touches the agent's own records
Why    the catalog says what belongs to the session, so it comes last: a run that is killed is carried on by the next
"""

import difflib
from dataclasses import dataclass, replace

from skillstrata.app.derivation import Share, Sources
from skillstrata.app.learning_runs import unlearn
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import call_outputs, drafts, learning_lock, lifecycle, review_log, warm_starts
from skillstrata.library import render_page
from skillstrata.records.failures import SessionUnknown
from skillstrata.records.learned_drafts import session_digest
from skillstrata.records.reviews import Answer, QueueDecision
from skillstrata.records.tools import LineageEntry, Tool

_NEAR = 3
_MOST_AUDITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Removed:
    """What goes with a session.

    `versions` are of tools that stay; `uses` are calls of the tools that go; `routes` are lines of the routing log;
    `runs` are runs of composed tools; `drafts` are learned ones that go, or are made anew without it; `consents` were
    asked for by its calls; `results` are files that its calls made below the data directory.
    """

    events: int = 0
    candidates: int = 0
    tools: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    files: int = 0
    file_bytes: int = 0
    waiting: int = 0
    uses: int = 0
    routes: int = 0
    runs: int = 0
    drafts: int = 0
    consents: int = 0
    results: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays although the session is in it, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What forgetting a session does, or would do."""

    session: str
    removed: Removed
    kept: tuple[Kept, ...]
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    shares: tuple[Share, ...]
    digests: frozenset[str]
    shared_digests: int
    report: ForgetReport


def plan(app: App, session: str) -> ForgetReport:
    """Say what `forget` would do; nothing is changed.

    Raises:
        SessionUnknown: Nothing of it is stored.
    """
    app.prepare()
    return _planned(app, session).report


def forget(app: App, session: str) -> ForgetReport:
    """Remove a session.

    Raises:
        SessionUnknown: Nothing of it is stored, or it was forgotten before.
        StoreLocked: A distiller is at work.
        StoreFull: Something cannot be written; run it again, and it goes on where it was.
        CatalogBusy: Another process reads the catalog; the same.
        GrantsUnreadable: The consents cannot be read, so nobody knows which are the session's.
    """
    app.prepare()
    with app.lock.held(), app.ingest_lock.held(), learning_lock(app).held():
        app.sweep_all()
        app.library.purge()
        if session in app.catalog.forgotten_sessions():
            # What went before may still stand in the file's log, if that run was killed.
            app.catalog.compact()
        found = _planned(app, session)
        unlearn(app, session)
        uses = _remove_tools(app, found.shares, session)
        removed_bytes = app.blob_stock.remove(tuple(sorted(found.digests)))
        app.spool.remove_session(session)
        app.skill_host.routing_log().forget_session(session)
        app.run_store.forget_session(session)
        app.grant_store.forget(session)
        call_outputs(app).remove(session)
        app.traces.remove(session)
        warm_starts(app).forget(session)
        _forget_answers(app, session)
        app.catalog.forget_session(session)
        app.catalog.compact()
        # Nobody is told of a tool that went with the session.
        prepare_after_pass(app, ())
    return _counted(found.report, uses, removed_bytes)


def _forget_answers(app: App, session: str) -> None:
    """Remove what was learned from the session and decided about, and words of it that are kept to compare drafts."""
    drafts(app).forget(session)
    review_log(app).drop(frozenset(said.id for said in _answers(app, session)))
    lifecycle(app).drop_remembered()


def _answers(app: App, session: str) -> tuple[QueueDecision, ...]:
    digest = session_digest(session)
    return tuple(said for said in review_log(app).decisions() if digest in said.sources)


def _drafts(app: App, session: str) -> int:
    digest = session_digest(session)
    return sum(digest in kept.sources for kept in drafts(app).kept())


def _learned(app: App, session: str) -> tuple[Kept, ...]:
    """Name the artefacts that a person accepted, and that come from the session."""
    why = "learned from it, and accepted: it is yours now; `skillstrata learn archive NAME` puts it away"
    found = ((said.patch_path or said.active_path) for said in _answers(app, session) if said.answer is Answer.ACCEPT)
    return tuple(Kept(path, why) for path in dict.fromkeys(found) if path and app.disk.exists(path))


def _counted(report: ForgetReport, uses: int, file_bytes: int) -> ForgetReport:
    removed = replace(report.removed, file_bytes=file_bytes, uses=uses)
    return ForgetReport(report.session, removed, report.kept)


def _planned(app: App, session: str) -> _Plan:
    _refuse_unknown(app, session)
    candidates = app.catalog.candidates()
    sources = Sources(candidates)
    shares = tuple(
        share
        for tool in app.library.tools()
        if (share := sources.share(tool, app.library.lineage(tool.name), session)) is not None
    )
    named = app.traces.digests(session) | app.catalog.session_digests(session)
    shared = app.traces.named_elsewhere(named, session) | app.catalog.named_elsewhere(named, session)
    held = {blob.digest: blob.size_bytes for blob in app.blob_stock.held()}
    going = frozenset(named - shared) & held.keys()
    removed = Removed(
        events=len(app.traces.session(session)),
        candidates=sum(c.source.session == session for c in candidates),
        tools=tuple(share.tool.name for share in shares if share.left is None),
        versions=tuple(
            f"{share.tool.name} {branch} {number}" for share in shares if share.left for branch, number in share.gone
        ),
        files=len(going),
        file_bytes=sum(held[digest] for digest in going),
        waiting=app.spool.of_session(session),
        routes=_routes(app, session),
        runs=len(app.run_store.of_session(session)),
        drafts=_drafts(app, session),
        consents=_consents(app, session),
        results=call_outputs(app).of_session(session),
    )
    staying = len(shared & held.keys())
    kept = (*_kept(shares, staying), *_audited(app, session), *_nobodys(app), *_learned(app, session))
    return _Plan(shares, going, staying, ForgetReport(session, removed, kept, dry_run=True))


def _audited(app: App, session: str) -> tuple[Kept, ...]:
    lines = [one.entry for one in app.audit_log.records(most=_MOST_AUDITED)]
    named = sum(entry.session == session for entry in lines)
    said = (entry for entry in lines if entry.arguments or entry.detail)
    # A server names a connection itself where the client does not say its session.
    loose = sum(not entry.session or entry.session.startswith("mcp") for entry in said if entry.session != session)
    why = "the log is chained: a line that went would break it; it has no outputs, and secrets are masked"
    found = [Kept(f"{named} lines of the audit log", why)] if named else []
    why = "nothing says which session they are of; the log is chained, and keeps every line"
    return (*found, *([Kept(f"{loose} lines of the audit log without a session", why)] if loose else ()))


def _nobodys(app: App) -> tuple[Kept, ...]:
    """Name what may be the session's, and does not say so: of calls that told no session."""
    consents, folders = _consents(app, ""), call_outputs(app).of_none()
    why = "nothing says which session asked; they go by themselves, 30 days after their end"
    found = [Kept(f"{consents} consents without a session", why)] if consents else []
    why = "nothing says whose call made them: look at them, and remove what you do not want"
    return (*found, *([Kept(f"{folders} folders of results in outputs/", why)] if folders else ()))


def _consents(app: App, session: str) -> int:
    return sum(grant.session == session for grant in app.grant_store.grants(app.clock.now_s()))


def _routes(app: App, session: str) -> int:
    return sum(record.session == session for record in app.skill_host.routing_log().records())


def _refuse_unknown(app: App, session: str) -> None:
    known = app.catalog.sessions()
    if session in known or app.traces.holds(session) or app.spool.of_session(session):
        return
    if _routes(app, session) or app.run_store.of_session(session):
        return
    if _drafts(app, session) or _answers(app, session):
        return
    if _consents(app, session) or call_outputs(app).of_session(session):
        return
    if session in app.catalog.forgotten_sessions():
        raise SessionUnknown(f"the session {session!r} was forgotten before; nothing of it is left")
    near = difflib.get_close_matches(session, known, n=_NEAR)
    raise SessionUnknown(
        f"no session has the name {session!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "`skillstrata status --json` names every session",
    )


def _kept(shares: tuple[Share, ...], shared_files: int) -> tuple[Kept, ...]:
    tools = [
        Kept(f"tool {share.tool.name}, {why.partition(':')[0]}", why.partition(": ")[2])
        for share in shares
        for why in share.kept
    ]
    files = [Kept(f"{shared_files} copies of files", "another session has the same")] if shared_files else []
    name = Kept("the session's name", "so that no import brings it back; what it does from now on is captured anew")
    return (*tools, *files, name)


def _remove_tools(app: App, shares: tuple[Share, ...], session: str) -> int:
    """Remove what comes from the session alone; gives how many uses went with it."""
    for share in shares:
        if share.left is not None:
            _rewrite(app, share.left, session)
    gone = tuple(share.tool.name for share in shares if share.left is None)
    uses = app.catalog.forget_uses(session, gone)
    for name in gone:
        app.library.remove(name)
    return uses


def _rewrite(app: App, tool: Tool, session: str) -> None:
    """Write a tool that stays: without the versions that go, and without the session's name."""
    there = {(branch.name, version.number) for branch in tool.branches for version in branch.versions}
    lineage = tuple(_unnamed(e, session) for e in app.library.lineage(tool.name) if (e.branch, e.version) in there)
    proof = app.library.proof(tool.name, tool.branches[0].current.path)
    app.library.rewrite(tool.name, render_page(tool, proof), lineage)


def _unnamed(entry: LineageEntry, session: str) -> LineageEntry:
    if entry.session != session:
        return entry
    return LineageEntry(entry.at_s, entry.what, entry.branch, entry.version, entry.candidate_id, entry.agent)
