"""`traces.keep_days`: what was recorded longer ago goes in a pass, and the sums still add up."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.retention import drop_old
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.composed_runs import ComposedRun, RunHead
from skillstrata.records.events import Event, EventKind, FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent
from skillstrata.records.routes import Route, RouteRecord

DAY = 86_400.0
NOW = 20_000 * DAY + 3600.0


class _Clock:
    """Stands still."""

    def now_s(self) -> float:
        """The same moment every time."""
        return NOW


def _app(tmp_path: Path, days: int) -> App:
    flags = (("traces.keep_days", str(days)),)
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}, flags=flags))
    app.clock = _Clock()
    app.prepare()
    return app


def _record(app: App, session: str, *days_ago: float, text: str = "x") -> str:
    """Store a session's events, each with a copy of one file; gives the copy's digest."""
    digest = app.blobs.put(text.encode())
    path = app.data_dir / "blobs" / "sha256" / digest[:2] / digest[2:]
    oldest = NOW - max(days_ago) * DAY
    os.utime(path, (oldest, oldest))
    files = (FileSnapshot("/p/x", digest, 1),)
    events = tuple(
        Event(
            f"{session}:{n}",
            "claude-code",
            session,
            EventKind.PROMPT,
            NOW - ago * DAY,
            prompt=f"{text} {n}",
            files=files,
        )
        for n, ago in enumerate(days_ago)
    )
    app.traces.append(events)
    app.catalog.add_events(events)
    app.catalog.save_reconstruction(session, (), tuple(NoiseEvent(event.id, "prompt") for event in events))
    return digest


def test_events_over_the_limit_go_with_their_copies_and_the_others_stay(tmp_path: Path) -> None:
    """To the day; a session that goes on keeps what is young of it."""
    app = _app(tmp_path, 30)
    old, mixed = _record(app, "old", 40, 31.5, text="old"), _record(app, "mixed", 60, 29, text="mixed")

    assert drop_old(app) == 3
    assert [event.id for event in app.traces.session("mixed")] == ["mixed:1"]
    assert not app.traces.holds("old")
    assert app.catalog.accounting().events == 1
    assert app.catalog.accounting().balanced
    assert [blob.digest for blob in app.blob_stock.held()] == [mixed]
    assert old != mixed
    assert drop_old(app) == 0


@pytest.mark.parametrize("days", [0, 100])
def test_without_a_limit_or_within_it_nothing_goes(tmp_path: Path, days: int) -> None:
    """The default is for ever."""
    app = _app(tmp_path, days)
    _record(app, "old", 60, 40)

    assert drop_old(app) == 0
    assert len(app.traces.session("old")) == 2


def test_a_session_that_waits_for_something_is_not_touched(tmp_path: Path) -> None:
    """An event nobody has read is never dropped."""
    app = _app(tmp_path, 30)
    _record(app, "s", 60)
    app.catalog.add_events((Event("s:new", "claude-code", "s", EventKind.PROMPT, NOW),))

    assert drop_old(app) == 0
    app.catalog.save_reconstruction("s", (), (NoiseEvent("s:0", "prompt"), NoiseEvent("s:new", "prompt")))
    assert drop_old(app) == 1


def test_quarantine_goes_too(tmp_path: Path) -> None:
    """It holds raw payloads, which nobody could redact."""
    app = _app(tmp_path, 30)
    for name, ago in (("old", 40), ("young", 20)):
        app.data_dir.joinpath("spool", "new").mkdir(parents=True, exist_ok=True)
        app.data_dir.joinpath("spool", "new", name).write_bytes(b"{")
        app.spool.quarantine(name, "damaged")
        reason = app.data_dir / "spool" / "quarantine" / f"{name}.reason"
        os.utime(reason, (NOW - ago * DAY, NOW - ago * DAY))
    drop_old(app)

    assert sorted(p.name for p in (app.data_dir / "spool" / "quarantine").iterdir()) == ["young", "young.reason"]


def test_a_pass_drops_what_is_old_and_a_candidate_keeps_its_evidence(tmp_path: Path) -> None:
    """`explain` still tells the whole story, with the program and the copies it needs to be judged again."""
    app = _app(tmp_path, 30)
    digest = _record(app, "s", 60)
    execution_id = "x1"
    event = app.traces.session("s")[0]
    app.catalog.save_reconstruction("s", (_execution(execution_id, event),), ())
    candidate = Candidate(execution_id, State.SHELVED, Source("claude-code", "s", "u"), reason="dependency")
    app.catalog.save_candidate(candidate)

    report = distill(app, install=False, progress=lambda *_: None)

    assert (report.accounting.events, report.accounting.executions.shelved, report.accounting.balanced) == (0, 1, True)
    assert not app.traces.holds("s")
    assert app.catalog.execution(execution_id).body == "print(1)"
    assert app.blobs.get(digest) == b"x"
    assert app.catalog.candidate(execution_id) == replace(candidate, at_s=event.at_s)


def test_old_routes_go_with_the_rest(tmp_path: Path) -> None:
    """What skills were proposed for is a record of what somebody did; without a limit it stays."""
    for days, left in ((0, ["old", "new"]), (2, ["new"])):
        app = _app(tmp_path / str(days), days)
        for name, age in (("old", 5), ("new", 1)):
            app.skill_host.routing_log().add(RouteRecord(name, NOW - age * DAY, "s", "", "", Route()))
        drop_old(app)

        assert [record.id for record in app.skill_host.routing_log().records()] == left


def _execution(id_: str, event: Event) -> Execution:
    return Execution(
        id=id_,
        agent="claude-code",
        session=event.session,
        tool_use_id="u",
        at_s=event.at_s,
        language="python",
        body_kind=BodyKind.HEREDOC,
        body="print(1)",
        argv=(),
        cwd="/p",
        outcome=Outcome.OK,
        event_ids=(event.id,),
        snapshots=event.files,
    )


@pytest.mark.parametrize(("days", "left"), [(30, {"young", "asks"}), (0, {"old", "young", "asks"})])
def test_runs_of_composed_tools_go_with_their_days(tmp_path: Path, days: int, left: set[str]) -> None:
    """They hold outputs of tools; one that waits for an answer stays."""
    app = _app(tmp_path, days)
    for name, ago, status in (("old", 40, "done"), ("young", 20, "failed"), ("asks", 40, "waiting_approval")):
        at_s = NOW - ago * DAY
        head = RunHead(name, "skill_x", "d" * 64, "p" * 64, {}, "/work", at_s, at_s + 20 * DAY)
        app.run_store.begin(head)
        app.run_store.finish(ComposedRun(head, status))
    drop_old(app)

    assert {run.head.run_id for run in app.run_store.runs()} == left
