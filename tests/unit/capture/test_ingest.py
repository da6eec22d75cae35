"""Every waiting file ends as one stored event or in quarantine, whatever happens on the way."""

import json
import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.snapshots import FileSnapshots
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.capture.ingest import BATCH_EVENTS, IngestPorts, ingest
from skillstrata.capture.redact import Redactor
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.spool import Spool
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.events import Event, EventKind, IngestReport
from skillstrata.records.failures import StoreFull
from tests.fakes.memory_catalog import MemoryCatalog

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "hooks" / "v1").glob("*.json"))
NOW_S = 4_000_000_000.0
KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"


class Crash(Exception):
    """The process ends here."""


class Store:
    """A data directory with real stores, and the index the test chooses."""

    def __init__(self, root: Path, catalog: Catalog | None = None) -> None:
        self.root, self.new = root / "data", root / "data" / "spool" / "new"
        self.new.mkdir(parents=True)
        self.catalog = catalog or MemoryCatalog()
        self.redactor = Redactor()

    @property
    def ports(self) -> IngestPorts:
        disk = DiskFiles()
        return IngestPorts(
            spool=SpoolFolder(self.root / "spool", max_bytes=100_000),
            reader=ClaudeCodeHookReader(),
            redactor=self.redactor,
            disk=disk,
            snapshots=FileSnapshots(disk, FileBlobStore(self.root / "blobs"), self.redactor),
            trace_log=JsonlTraceLog(self.root / "traces"),
            catalog=self.catalog,
        )

    def drop(self, name: str, data: bytes, at_s: float = 1_500_000_000.0) -> None:
        (self.new / name).write_bytes(data)
        os.utime(self.new / name, (at_s, at_s))

    def drop_call(self, number: int, command: str = "ls", cwd: str = "/home/dev", **fields: object) -> None:
        self.drop(f"{number:05}", call(number, command, cwd, **fields), at_s=1_500_000_000.0 + number)

    def ingest(self, ports: IngestPorts | None = None) -> IngestReport:
        return ingest(ports or self.ports, now_s=NOW_S)

    def events(self, session: str = "s") -> tuple[Event, ...]:
        return JsonlTraceLog(self.root / "traces").session(session)

    def waiting(self) -> list[str]:
        return sorted(p.name for p in self.new.iterdir())


def call(number: int, command: str = "ls", cwd: str = "/home/dev", **fields: object) -> bytes:
    """Make the payload of one shell call."""
    payload = {
        "session_id": "s",
        "hook_event_name": "PostToolUse",
        "cwd": cwd,
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_response": {"stdout": "", "stderr": ""},
        "tool_use_id": f"toolu_{number}",
    }
    return json.dumps(payload | fields).encode()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with nothing in it."""
    return Store(tmp_path)


def test_every_frozen_payload_becomes_one_event(store: Store) -> None:
    """Old payloads must go in for ever; unknown events too."""
    for path in FIXTURES:
        store.drop(path.name, path.read_bytes())
    report = store.ingest()

    assert report == IngestReport(read=len(FIXTURES), new=len(FIXTURES), sessions=report.sessions)
    assert set(report.sessions) == {"2f1c8a52-2b1e-4d0e-9a53-0d7f1f6f1a11", "REDACTED"}
    stored = [event for session in report.sessions for event in store.events(session)]
    assert len(stored) == len({e.id for e in stored}) == len(FIXTURES)
    assert store.catalog.known_events(tuple(e.id for e in stored)) == {e.id for e in stored}
    assert {e.kind for e in stored} == set(EventKind)
    assert store.waiting() == []


def test_the_same_payloads_again_change_nothing(store: Store) -> None:
    """A plugin's hook beside a settings hook doubles every event."""
    for copy in ("a", "b"):
        for path in FIXTURES:
            store.drop(f"{copy}{path.name}", path.read_bytes())
    report = store.ingest()
    assert (report.read, report.new, report.duplicate) == (2 * len(FIXTURES), len(FIXTURES), len(FIXTURES))

    for path in FIXTURES:
        store.drop(path.name, path.read_bytes(), at_s=1_600_000_000.0)
    assert store.ingest() == IngestReport(read=len(FIXTURES), duplicate=len(FIXTURES))
    assert store.waiting() == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (call(1)[:-9], "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"", "not JSON"),
        (b"[1]", "not a hook payload"),
        (call(1, "x" * 100_000), "over the size cap"),
    ],
)
def test_what_cannot_be_read_is_quarantined_and_the_rest_goes_in(store: Store, data: bytes, reason: str) -> None:
    """One bad file must not stop the others, and is never thrown away."""
    store.drop("bad", data)
    store.drop_call(2)
    report = store.ingest()

    assert (report.read, report.new, report.quarantined) == (2, 1, 1)
    assert [e.tool_use_id for e in store.events()] == ["toolu_2"]
    assert (store.root / "spool" / "quarantine" / "bad").read_bytes() == data
    assert reason in (store.root / "spool" / "quarantine" / "bad.reason").read_text()
    assert store.ingest() == IngestReport()


def test_more_than_a_batch_goes_in_in_order(store: Store) -> None:
    """Order of time is what a session is put together by."""
    count = 2 * BATCH_EVENTS + 3
    for number in reversed(range(count)):
        store.drop_call(number)

    assert store.ingest().new == count
    assert [e.tool_use_id for e in store.events()] == [f"toolu_{n}" for n in range(count)]


def test_a_file_from_the_future_is_dated_now(store: Store) -> None:
    """A clock that was wrong for an hour must not sort its events behind everything to come."""
    store.drop("a", call(1), at_s=NOW_S + 500)
    store.drop("b", call(2), at_s=NOW_S - 500)
    store.ingest()

    assert [(e.tool_use_id, e.at_s) for e in store.events()] == [("toolu_2", NOW_S - 500), ("toolu_1", NOW_S)]


def test_the_files_an_event_names_are_kept(store: Store, tmp_path: Path) -> None:
    """They may be gone when the program is judged."""
    (tmp_path / "in.csv").write_text("a,b\n")
    (tmp_path / "conv.py").write_text(f"open('{tmp_path}/in.csv')")
    store.drop_call(1, "python3 conv.py", cwd=str(tmp_path))
    store.drop_call(2, f"cat in.csv {tmp_path}/gone.csv", cwd=str(tmp_path))
    store.ingest()
    (tmp_path / "in.csv").unlink()

    first, second = store.events()
    blobs = FileBlobStore(store.root / "blobs")
    kept = {Path(f.path).name: blobs.get(f.digest) for f in first.files if f.digest}
    assert kept == {"conv.py": f"open('{tmp_path}/in.csv')".encode(), "in.csv": b"a,b\n"}
    assert [(Path(f.path).name, f.reason) for f in second.files] == [("in.csv", ""), ("gone.csv", "missing")]


def test_no_secret_reaches_anything_that_is_kept(tmp_path: Path) -> None:
    """Log, catalog and blobs; the spool file with it is gone."""
    store = Store(tmp_path, SqliteCatalog(tmp_path / "data" / "catalog.db"))
    (tmp_path / "keyed.py").write_text(f"key = '{KEY}'")
    (tmp_path / "keyed.json").write_text(f'{{"key": "{KEY}"}}')
    store.drop_call(1, f"TOKEN={KEY} python3 keyed.py keyed.json", cwd=str(tmp_path))
    store.drop_call(2, hook_event_name="PostToolUseFailure", error=f"Exit code 1\nbad key {KEY}")
    store.drop_call(3, tool_name="Write", tool_input={"file_path": f"{tmp_path}/x.py", "content": f"k = '{KEY}'"})
    store.drop_call(4, hook_event_name="UserPromptSubmit", prompt=f"use {KEY}")

    assert store.ingest().new == 4
    assert sum(e.redactions for e in store.events()) == 4
    files = [p for p in store.root.rglob("*") if p.is_file()]
    assert {"catalog.db", "s.jsonl"} <= {p.name for p in files}
    assert [p.name for p in files if KEY.encode() in p.read_bytes()] == []


class Crashing:
    """Passes every call on and ends the process before or after the one named."""

    def __init__(self, inner: Catalog | Spool | TraceLog, at: str, *, after: bool) -> None:
        self._inner, self._at, self._after = inner, at, after

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._inner, name)
        if name != self._at:
            return method

        def crashing(*args: object) -> object:
            if self._after:
                method(*args)
            raise Crash

        return crashing


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), [("trace_log", "append"), ("catalog", "add_events"), ("spool", "done")])
def test_a_crash_at_any_step_loses_and_doubles_nothing(store: Store, port: str, method: str, after: bool) -> None:
    """Between any two steps the power may go."""
    for number in range(5):
        store.drop_call(number)
    broken = replace(store.ports, **{port: Crashing(getattr(store.ports, port), method, after=after)})
    with pytest.raises(Crash):
        store.ingest(broken)

    store.ingest()

    assert [e.tool_use_id for e in store.events()] == [f"toolu_{n}" for n in range(5)]
    assert store.catalog.accounting().events == 5
    assert store.waiting() == []


def test_a_store_that_cannot_be_written_leaves_the_spool_as_it_was(store: Store) -> None:
    """Full or read-only: said with path and next step, and everything still waits."""
    for number in range(3):
        store.drop_call(number)
    before = store.waiting()
    (store.root / "traces").write_text("in the way of the folder")

    with pytest.raises(StoreFull, match="traces") as refused:
        store.ingest()
    assert "nothing is lost" in refused.value.hint
    assert store.waiting() == before
    assert store.catalog.accounting().events == 0

    (store.root / "traces").unlink()
    assert store.ingest().new == 3


def _ingest_in_child(root: Path) -> None:
    disk, redactor = DiskFiles(), Redactor()
    ports = IngestPorts(
        spool=SpoolFolder(root / "spool"),
        reader=ClaudeCodeHookReader(),
        redactor=redactor,
        disk=disk,
        snapshots=FileSnapshots(disk, FileBlobStore(root / "blobs"), redactor),
        trace_log=JsonlTraceLog(root / "traces"),
        catalog=SqliteCatalog(root / "catalog.db"),
    )
    ingest(ports, now_s=NOW_S)


def test_kill_9_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The same with real processes, a real catalog and no say in where it ends."""
    store = Store(tmp_path)
    made = [json.loads(call(number, f"echo {number}")) for number in range(1500)]
    for number, payload in enumerate(made):
        store.drop(f"{number:05}", json.dumps(payload).encode(), at_s=1_500_000_000.0 + number)
    # Forked from a process that has imported all of it once, and has no thread and no database of this one.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    chance = random.Random(7)  # noqa: S311
    left = len(made)
    while left:
        process = context.Process(target=_ingest_in_child, args=(store.root,))
        process.start()
        # Wait for some progress, so that every round ends; then for a while nobody can foresee.
        while process.is_alive() and len(store.waiting()) == left:
            process.join(0.001)
        process.join(chance.random() / 100)
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        left = len(store.waiting())

    assert [e.tool_use_id for e in store.events()] == [f"toolu_{n}" for n in range(len(made))]
    catalog = SqliteCatalog(store.root / "catalog.db")
    assert catalog.accounting().events == len(made)
    catalog.close()


def write_of(path: Path, content: str) -> dict[str, Any]:
    """Make the fields of a call that wrote a file."""
    return {"tool_name": "Write", "tool_input": {"file_path": str(path), "content": content}}


def _kept(store: Store, event: Event) -> dict[str, bytes | str]:
    blobs = FileBlobStore(store.root / "blobs")
    return {Path(f.path).name: blobs.get(f.digest) if f.digest else f.reason for f in event.files}


def test_a_written_file_that_is_gone_is_kept_from_the_event(store: Store, tmp_path: Path) -> None:
    """A temporary input is often removed before anybody looks; its text is in the record."""
    store.drop_call(1, **write_of(tmp_path / "in.csv", "a,b\n1,2\n"))
    store.ingest()

    assert _kept(store, store.events()[0]) == {"in.csv": b"a,b\n1,2\n"}


def test_a_written_file_that_is_there_is_kept_from_the_disk(store: Store, tmp_path: Path) -> None:
    """A shell may have changed it since: what a program read is what lay there."""
    (tmp_path / "in.csv").write_bytes(b"a,b\r\n9,9\r\n")
    store.drop_call(1, **write_of(tmp_path / "in.csv", "a,b\n1,2\n"))
    store.ingest()

    assert _kept(store, store.events()[0]) == {"in.csv": b"a,b\r\n9,9\r\n"}


def test_a_call_names_what_was_written_before_it_and_is_gone(store: Store, tmp_path: Path) -> None:
    """Both a word of the command and a literal of a script that is gone too; another relative word stays unnamed."""
    store.drop_call(1, **write_of(tmp_path / "in.csv", "a\n"))
    store.drop_call(2, **write_of(tmp_path / "conv.py", "open('more.csv')"))
    store.drop_call(3, **write_of(tmp_path / "more.csv", "b\n"))
    store.drop_call(4, "python3 conv.py in.csv never.csv", cwd=str(tmp_path))
    store.ingest()

    *_, run = store.events()
    assert _kept(store, run) == dict.fromkeys(("conv.py", "in.csv", "more.csv"), "missing")


@pytest.mark.parametrize(("name", "kept"), [("k.py", b"k = 'REDACTED_SECRET'"), ("k.csv", "secret")])
def test_a_secret_in_a_written_file_that_is_gone_is_not_kept(
    store: Store, tmp_path: Path, name: str, kept: bytes | str
) -> None:
    """The same as from the disk: a program without it, a table not at all."""
    store.drop_call(1, **write_of(tmp_path / name, f"k = '{KEY}'"))
    store.ingest()

    assert _kept(store, store.events()[0]) == {name: kept}


def test_what_is_no_file_in_the_spool_is_set_aside_and_the_file_beside_it_goes_in(store: Store, tmp_path: Path) -> None:
    """Nothing may wait for ever, and nothing be followed or opened."""
    (tmp_path / "private").write_bytes(call(9))
    (store.new / "link").symlink_to(tmp_path / "private")
    (store.new / "folder").mkdir()
    (store.new / "folder" / "inside").write_text("x")
    os.mkfifo(store.new / "pipe")
    store.drop_call(1)
    report = store.ingest()

    assert (report.read, report.new, report.quarantined) == (4, 1, 3)
    assert [e.tool_use_id for e in store.events()] == ["toolu_1"]
    assert (store.ports.spool.waiting(), store.ports.spool.quarantined()) == (0, 3)
    aside = store.root / "spool" / "quarantine"
    assert (aside / "link").is_symlink()
    assert (aside / "folder" / "inside").read_text() == "x"
    assert "not a file" in (aside / "pipe.reason").read_text()
    assert store.ingest() == IngestReport()
