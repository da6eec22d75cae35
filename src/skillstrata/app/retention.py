"""Drop what was recorded longer ago than the user wants to keep it.

In     the App; `traces.keep_days`, 0 for ever
Out    fewer events, routes, runs of composed tools, copies of files and quarantined payloads; the accounting balances
       as before
Never  drops an event nobody has read, or of a session with something not judged yet; drops what a candidate shows
Why    a candidate keeps its program, its story and its proof, for a tool without them could not be explained; what
       else the session said and did goes. To take those as well: `skillstrata forget`
"""

from skillstrata.app.wiring import App

_DAY_S = 86_400.0


def drop_old(app: App) -> int:
    """Drop events of days that are over the limit; gives how many. The distiller's lock is held by the caller.

    Raises:
        StoreLocked: Another process takes events in for longer than we wait.
        StoreFull: Something cannot be written; the next pass goes on with it.
    """
    days = app.settings.traces_keep_days
    if not days:
        return 0
    # Whole days, so that the stores are searched once a day and not in every pass.
    before_s = app.clock.now_s() // _DAY_S * _DAY_S - days * _DAY_S
    app.skill_host.routing_log().forget_before(before_s)
    app.run_store.forget_before(before_s)
    with app.ingest_lock.held():
        app.spool.remove_quarantined(before_s)
        count = 0
        sessions = app.catalog.sessions_before(before_s)
        for session in sessions:
            app.traces.remove_before(session, before_s)
            count += app.catalog.remove_events(session, before_s)
        if sessions:
            _drop_copies(app, before_s)
    return count


def _drop_copies(app: App, before_s: float) -> None:
    """Remove copies of files that are as old and that nothing names any more."""
    old = frozenset(blob.digest for blob in app.blob_stock.held() if blob.at_s < before_s)
    named = app.traces.named_elsewhere(old, "") | app.catalog.named_elsewhere(old, "")
    app.blob_stock.remove(tuple(sorted(old - named)))
