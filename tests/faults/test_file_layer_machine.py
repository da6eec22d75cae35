"""Any order of writes, kills and power failures over the file layer; the capture chain on top of it included."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from skillstrata.adapters.atomic_files import make_folder, write_all, write_atomic
from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.adapters.file_blob_store import FileBlobStore
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.snapshots import FileSnapshots
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.capture import IngestPorts, Redactor, ingest
from skillstrata.records.failures import BlobUnknown
from tests.fakes.memory_catalog import MemoryCatalog
from tests.faults.crash_disk import Killed, Recorder, disk_of, put_back
from tests.faults.stores import SESSIONS, hook_script, number_of, number_of_prompt, numbered, payload

FILES = ("a", "f/b", "f/g/c")
NUMBERS = st.integers(0, 5)
# No kill, or one before this step of the call.
KILL = st.just(0) | st.integers(1, 12) | st.integers(1, 60)


class FileLayer(RuleBasedStateMachine):
    """The real adapters on a recorded disk, and what a reader may find after everything that happened so far.

    The catalog is the one in memory: it stands for a database that keeps every commit whole, which is tried elsewhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "disk"
        hook_script(self.root)
        self.disk = disk_of(self.root)
        self.catalog = MemoryCatalog()
        self.possible: dict[str, set[int | None]] = {name: {None} for name in FILES}
        self.stored: set[int] = set()
        self.spooled: set[int] = set()
        self.taken_in: set[int] = set()
        self.count = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @property
    def log(self) -> JsonlTraceLog:
        return JsonlTraceLog(self.root / "traces")

    @property
    def blobs(self) -> FileBlobStore:
        return FileBlobStore(self.root / "blobs")

    @property
    def spool(self) -> SpoolFolder:
        return SpoolFolder(self.root / "spool")

    def done(self, act: Callable[[], object], kill_at: int) -> bool:
        """Run a call, killed before a step of it or not; say whether it was acknowledged."""
        try:
            with Recorder(self.root, self.disk, kill_at=kill_at).recording():
                act()
        except Killed:
            return False
        return True

    @rule(name=st.sampled_from(FILES), n=NUMBERS, kill_at=KILL)
    def write_a_file(self, name: str, n: int, kill_at: int) -> None:
        path = self.root / name

        def write() -> None:
            make_folder(path.parent)
            write_atomic(path, numbered(n))

        self.possible[name] = {n} if self.done(write, kill_at) else {*self.possible[name], n}

    @rule(n=NUMBERS, kill_at=KILL)
    def put_a_blob(self, n: int, kill_at: int) -> None:
        if self.done(lambda: self.blobs.put(numbered(n)), kill_at):
            self.stored.add(n)

    @rule(kill_at=st.just(0) | st.integers(1, 4))
    def the_hook_hands_over_an_event(self, kill_at: int) -> None:
        """The same three calls as the script's programs make: none of them a sync."""
        self.count += 1
        tmp, new = (self.root / "spool" / folder / f"{self.count:04}" for folder in ("tmp", "new"))

        def hand_over() -> None:
            fd = os.open(tmp, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                write_all(fd, payload(self.count))
            finally:
                os.close(fd)
            tmp.rename(new)

        if self.done(hand_over, kill_at):
            self.spooled.add(self.count)

    @rule(kill_at=KILL)
    def ingest(self, kill_at: int) -> None:
        ports = IngestPorts(
            self.spool,
            ClaudeCodeHookReader(),
            Redactor({}),
            DiskFiles(),
            FileSnapshots(DiskFiles(), self.blobs, Redactor({})),
            self.log,
            self.catalog,
        )
        if self.done(lambda: ingest(ports, now_s=time.time()), kill_at):
            assert self.spool.waiting() == 0
            self.taken_in |= self.spooled
            self.spooled.clear()

    @rule(choice=st.integers(0, 2**64 - 1))
    def the_power_fails(self, choice: int) -> None:
        """What no program synced may be gone: of the hook's events too, which it does not sync so as to be quick."""
        self.disk = put_back(self.root, self.disk.drawn(choice))
        self.spooled.clear()
        self.possible = {name: {self.read(name)} & self.possible[name] for name in FILES}

    def read(self, name: str) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return number_of((self.root / name).read_bytes())
        return None

    @invariant()
    def a_file_is_old_or_new(self) -> None:
        for name in FILES:
            assert self.read(name) in self.possible[name]

    @invariant()
    def a_blob_is_whole_and_there_once_acknowledged(self) -> None:
        for n in range(6):
            held = self.blob(n)
            assert held == numbered(n) or (held is None and n not in self.stored)

    def blob(self, n: int) -> bytes | None:
        files = [p for p in (self.root / "blobs").rglob("*") if p.is_file() and p.name[0] != "."]
        for path in files:
            with contextlib.suppress(BlobUnknown):
                held = self.blobs.get(path.parent.name + path.name)
                if number_of(held) == n:
                    return held
        return None

    def logged(self) -> Iterator[int]:
        for session in SESSIONS:
            yield from (number_of_prompt(event.prompt) for event in self.log.session(session))

    @invariant()
    def an_event_is_whole_and_there_once(self) -> None:
        logged = list(self.logged())
        waiting = [path.read_bytes() for path in (self.root / "spool" / "new").iterdir()]

        assert len(logged) == len(set(logged))
        assert self.taken_in <= set(logged)
        assert all(n in logged or payload(n) in waiting for n in self.spooled)
        # The log comes before the catalog: what the catalog knows can be read.
        assert self.catalog.accounting().events <= len(logged)

    @invariant()
    def what_is_set_aside_has_its_reason(self) -> None:
        aside = {path.name for path in (self.root / "spool" / "quarantine").iterdir() if path.name[0] != "."}
        assert {f"{name}.reason" for name in aside if not name.endswith(".reason")} <= aside


TestFileLayer = FileLayer.TestCase
TestFileLayer.settings = settings(
    max_examples=120,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
