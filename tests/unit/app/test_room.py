"""Copies of files within their room: what goes, what stays, and what the hook is told of its own."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.draining import drain
from skillstrata.app.interrupting import PassStopped, StoppableSandbox
from skillstrata.app.room import make_room
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.doctoring import doctor
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import State
from skillstrata.records.events import Event, EventKind, FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.failures import BlobUnknown
from skillstrata.records.sandbox_runs import Check, SandboxJob, SandboxResult
from tests.daemons import payload
from tests.fakes.memory_catalog import MemoryCatalog

MB = 1_000_000


def opened(root: Path, *options: tuple[str, str]) -> App:
    """Open a data directory with settings."""
    app = open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root)}, flags=options))
    app.prepare()
    app.__dict__["catalog"] = MemoryCatalog()
    return app


def stored(app: App, number: int) -> str:
    """Store a blob of 0.3 MB, later ones later."""
    digest = app.blobs.put(bytes([number]) * 300_000)
    at_s = 1_700_000_000 + number
    os.utime(app.data_dir / "blobs" / "sha256" / digest[:2] / digest[2:], (at_s, at_s))
    return digest


def needed_by(app: App, digest: str, state: State | None) -> None:
    """Let an execution of this state, or an event that nobody has read (None), need a blob."""
    files = (FileSnapshot(f"/{digest[:6]}", digest),)
    event = Event(id=digest, agent="a", session=digest, kind=EventKind.CALL, at_s=0.0, files=files)
    app.traces.append((event,))
    app.catalog.add_events((event,))
    if state is None:
        return
    execution = Execution(
        id=f"x-{digest}",
        agent="a",
        session=digest,
        tool_use_id="t",
        at_s=0.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body="",
        argv=(),
        cwd="/",
        outcome=Outcome.OK,
        event_ids=(digest,),
        snapshots=files,
    )
    app.catalog.save_reconstruction(digest, (execution,), ())
    app.catalog.save_candidate(replace(app.catalog.candidate(execution.id), state=state))


def left(app: App, digests: list[str]) -> list[int]:
    """Give the numbers of the blobs that are there."""
    found: list[int] = []
    for number, digest in enumerate(digests):
        try:
            app.blobs.get(digest)
        except BlobUnknown:
            continue
        found.append(number)
    return found


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Room for one MB of copies."""
    return opened(tmp_path, ("snapshots.max_mb", "1"), ("disk_min_free_mb", "0"))


def test_the_oldest_that_nothing_waits_for_go_first(app: App) -> None:
    """Down to nine tenths, not one blob more; what is set aside goes only after what is done with."""
    digests = [stored(app, number) for number in range(6)]
    needed_by(app, digests[0], State.SHELVED)
    needed_by(app, digests[1], State.REJECTED)

    assert make_room(app) == 3 * 300_000
    assert left(app, digests) == [0, 4, 5]
    assert make_room(app) == 0


@pytest.mark.parametrize("state", [State.OPEN, State.PLACED, State.PENDING, None])
def test_what_something_waits_for_stays_whatever_the_room(app: App, state: State | None) -> None:
    """An input that is gone cannot be replayed; then no more copies are kept, and it is said."""
    digests = [stored(app, number) for number in range(5)]
    for digest in digests:
        needed_by(app, digest, state)

    assert make_room(app) == 0
    assert left(app, digests) == [0, 1, 2, 3, 4]
    assert app.blob_stock.shortage() == "budget"


def test_within_the_room_nothing_goes(app: App) -> None:
    """The twin: three fit."""
    digests = [stored(app, number) for number in range(3)]

    assert make_room(app) == 0
    assert left(app, digests) == [0, 1, 2]


def test_a_disk_that_others_filled_is_said_and_costs_no_copy(tmp_path: Path) -> None:
    """`doctor` names it; nothing of ours would free enough."""
    full = opened(tmp_path, ("disk_min_free_mb", "100000000"))
    digests = [stored(full, 0)]
    assert make_room(full) == 0
    checks = {check.name: check for check in doctor(full)}

    assert left(full, digests) == [0]
    assert not checks["room"].ok
    assert "free disk space" in checks["room"].fix


def test_a_spool_over_its_cap_is_marked_and_freed_by_the_next_pass(tmp_path: Path) -> None:
    """What cannot be read stays in quarantine and counts; the mark goes when the room is there again."""
    app = opened(tmp_path, ("spool_max_mb", "1"))
    new = app.data_dir / "spool" / "new"
    new.mkdir(parents=True)
    (new / "bad").write_bytes(b"x" * MB)
    (new / "bad2").write_bytes(b"x")
    (new / "good").write_bytes(payload(1))
    report = drain(app)
    assert (report.new, report.quarantined, app.spool.is_full()) == (1, 2, True)
    assert not {check.name: check for check in doctor(app)}["spool"].ok

    (app.data_dir / "spool" / "quarantine" / "bad").unlink()
    assert drain(app).read == 0
    assert app.spool.is_full() is False


class Walls:
    tier = "isolated"

    def __init__(self) -> None:
        self.runs = 0

    def run(self, job: SandboxJob) -> SandboxResult:
        self.runs += 1
        raise BlobUnknown(str(job))

    def checks(self) -> tuple[Check, ...]:
        return (Check("walls", ok=True, detail=""),)


def test_a_sandbox_that_should_stop_starts_nothing_and_another_does() -> None:
    """Between two runs of a proof is the moment to give way."""
    walls, job = Walls(), SandboxJob(argv=("true",))
    with pytest.raises(PassStopped):
        StoppableSandbox(walls, lambda: True).run(job)
    assert walls.runs == 0

    with pytest.raises(BlobUnknown):
        StoppableSandbox(walls, lambda: False).run(job)
    assert walls.runs == 1
    assert StoppableSandbox(walls, lambda: True).checks() == walls.checks()
