"""What becomes of the records of histories, whoever wrote them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.history_folders import HistoryFolders
from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.capture import HistoryPorts, Redactor, import_histories
from skillstrata.capture.normalise import normalise
from skillstrata.records.events import AgentRecord, Event, EventKind, FileChange, Outcome, ShellCall
from skillstrata.records.failures import StoreFull
from skillstrata.records.imports import CallCount, HistoryItem, ImportFault, ImportReport, LeftOut
from tests.fakes.memory_catalog import MemoryCatalog

Fields = Mapping[str, str | float | bool | None]
NOW_S = 1_800_000_000.0
KEY = "sk-ant-api03-" + "Ab9" * 12


class LinesReader:
    """Reads lines of JSON objects that are the fields of a call; "!" is a damaged line, "#" is left out."""

    agent = "lines"

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.opened: list[str] = []

    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"%lines")

    def items(self, path: str) -> Iterator[HistoryItem]:
        self.opened.append(path)
        for number, line in enumerate(Path(path).read_bytes().split(b"\n")[1:], start=2):
            if line == b"!":
                yield HistoryItem(number, fault=ImportFault(path, number, "damaged"))
            elif line == b"#":
                yield HistoryItem(number, left_out=LeftOut("comment"))
            elif line == b"^C":
                raise KeyboardInterrupt
            elif line:
                yield HistoryItem(number, record=_record(orjson.loads(line)))


def _record(fields: Fields) -> AgentRecord:
    record = AgentRecord("lines", EventKind.CALL, "call", str(fields.get("session", "s1")), tool="Bash", cwd="/w")
    at_s, ended = fields.get("at_s"), fields.get("ended", True) is True
    return replace(
        record,
        tool_use_id=str(fields.get("id", "")),
        shell=ShellCall(str(fields.get("command", "ls")), stdout=str(fields.get("out", ""))),
        at_s=at_s if isinstance(at_s, float) else None,
        ended=ended,
        cwd_before=str(fields.get("before", "")),
    )


@dataclass
class World:
    """A folder of histories and what was imported from it so far."""

    root: Path
    reader: LinesReader
    catalog: MemoryCatalog
    now_s: float = NOW_S

    @property
    def traces(self) -> JsonlTraceLog:
        return JsonlTraceLog(self.root / "traces")

    def file(self, name: str, *records: Fields | str) -> Path:
        """Write a history."""
        path = self.root / "h" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [r.encode() if isinstance(r, str) else orjson.dumps(r) for r in records]
        path.write_bytes(b"\n".join((b"%lines", *lines)))
        return path

    def load(self, *paths: Path) -> ImportReport:
        """Import everything, or these."""
        ports = HistoryPorts(HistoryFolders(), (self.reader,), Redactor({}), self.traces, self.catalog)
        named = tuple(str(path) for path in paths or (self.root / "h",))
        return import_histories(ports, named, now_s=self.now_s, progress=lambda _stage, _done, _total: None)

    def events(self, session: str = "s1") -> tuple[Event, ...]:
        """Give what is in the log."""
        return self.traces.session(session)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give an empty one."""
    return World(tmp_path, LinesReader(), MemoryCatalog())


def _call(number: int, **more: str | float | bool | None) -> Fields:
    return {"id": f"call_AbCdEfGh0123456789{number:04}", "command": f"ls {number}", "at_s": 1_7e8 + number, **more}


def _counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.files, report.unchanged, report.new, report.duplicate


def test_a_record_becomes_an_event_with_the_id_of_the_live_one(world: World) -> None:
    """A call that was caught by the hook and stands in the history is one call."""
    world.file("a", _call(1, before="/w/x"))
    world.load()
    (event,) = world.events()
    live = normalise(_record(_call(1)), at_s=5.0)

    assert event.id == live.id == "lines:s1:call_AbCdEfGh01234567890001"
    assert event.call == live.call
    assert (event.at_s, event.cwd_before, event.imported, live.imported) == (1_7e8 + 1, "/w/x", True, False)


def test_a_second_import_opens_no_file(world: World) -> None:
    """The whole tree of an agent is imported again and again."""
    world.file("a", _call(1), "#", _call(2))
    world.file("b", _call(3))
    first = world.load()
    opened = len(world.reader.opened)
    second = world.load()

    assert (_counts(first), _counts(second)) == ((2, 0, 3, 0), (0, 2, 0, 0))
    assert len(world.reader.opened) == opened == 2


def test_a_file_that_grew_adds_what_is_new_in_it(world: World) -> None:
    """A session goes on."""
    world.file("a", _call(1))
    world.load()
    world.file("a", _call(1), _call(2))
    report = world.load()

    assert _counts(report) == (1, 0, 1, 1)
    assert len(world.events()) == 2


def test_a_newer_reader_reads_everything_anew(world: World) -> None:
    """It may find what the older one could not."""
    world.file("a", _call(1))
    world.load()
    world.reader = LinesReader(version=2)

    assert _counts(world.load()) == (1, 0, 0, 1)


def test_a_call_without_an_end_gets_its_result_later(world: World) -> None:
    """The import may come while the session runs; what it left open must not stay unknown for ever."""
    world.file("a", _call(1, ended=False))
    world.load()
    before = world.events()[0].outcome
    world.file("a", _call(1, out="done"))
    report = world.load()
    (event,) = world.events()

    assert (before, event.outcome, event.shell and event.shell.stdout) == (Outcome.UNKNOWN, Outcome.OK, "done")
    assert report.by_call == CallCount(found=1, duplicate=1, completed=1)


def test_an_older_copy_without_the_result_changes_nothing(world: World) -> None:
    """Twin of the one above: known results stay."""
    world.file("a", _call(1, out="done"))
    world.load()
    world.file("b", _call(1, ended=False))
    world.load()

    assert world.events()[0].outcome is Outcome.OK


def test_the_calls_of_a_fork_are_copies_and_its_own_are_new(world: World) -> None:
    """Each call is one piece of evidence, however many sessions hold it; the fork knows what it came from."""
    world.file("a", _call(1), _call(2))
    world.file("b", _call(1, session="s2"), _call(2, session="s2"), _call(3, session="s2"))
    report = world.load()

    assert (report.new, report.duplicate) == (3, 2)
    assert [event.tool_use_id[-1] for event in world.events("s2")] == ["3"]
    assert world.catalog.copies("s2") == tuple((event.id, "s1") for event in world.events())


def test_calls_that_agents_number_anew_in_each_session_are_not_copies(world: World) -> None:
    """The "bash:0" of two sessions are two calls, unless they also ran at the same moment."""
    world.file("a", {"id": "bash:0", "at_s": 1_7e8})
    world.file("b", {"id": "bash:0", "session": "s2", "at_s": 1_7e8 + 60})
    world.file("c", {"id": "bash:0", "session": "s3", "at_s": 1_7e8})

    assert (world.load().new, world.catalog.copies("s3")) == (2, (("lines:s1:bash:0", "s1"),))


@pytest.mark.parametrize("id_", ["", "call_REDACTED", "[redacted]", "a\x00b", "x" * 300])
@pytest.mark.parametrize("at_s", [1_7e8, None])
def test_calls_without_a_name_are_told_apart_and_found_again(world: World, id_: str, at_s: float | None) -> None:
    """Ids are redacted in published histories: the same line twice is two calls, the same file twice is one."""
    calls = [{"id": id_, "command": "ls", "at_s": at_s}] * 2 + [{"id": id_, "command": "pwd", "at_s": at_s}]
    world.file("a", *calls)
    first = world.load()
    world.file("a", *calls, "#")
    again = world.load()

    assert (first.new, first.duplicate) == ((3, 0) if at_s is None else (2, 1))
    assert (again.new, again.duplicate) == (0, 3)


def test_a_nameless_call_in_a_copied_file_is_the_same_call(world: World) -> None:
    """A folder that was moved or backed up is no second evidence."""
    calls = [{"command": "ls", "session": "[REDACTED]"}, {"command": "ls", "session": "[REDACTED]"}]
    world.file("a", *calls)
    world.file("copy/a", *calls)
    report = world.load()

    assert (report.new, report.duplicate) == (2, 2)


def test_a_time_that_cannot_be_is_the_files(world: World) -> None:
    """No event is from the future, and none from before there were agents."""
    path = world.file("a", _call(1, at_s=9e9), _call(2, at_s=-5.0), _call(3, at_s=None))
    world.load()

    times = [event.at_s for event in sorted(world.events(), key=lambda event: event.id)]
    assert times == [NOW_S, pytest.approx(path.stat().st_mtime), pytest.approx(path.stat().st_mtime)]


def test_secrets_are_out_before_anything_is_written(world: World) -> None:
    """Histories hold what users pasted."""
    world.file("a", _call(1, command=f"curl -H 'x-api-key: {KEY}' x", out=f"echo {KEY}"))
    world.load()

    assert KEY not in repr(world.events())
    assert b"sk-ant" not in b"".join(path.read_bytes() for path in (world.root / "traces").rglob("*.jsonl"))
    assert world.events()[0].redactions > 0


def test_half_a_character_is_replaced_and_costs_nothing(world: World) -> None:
    """Some agents cut text in the middle of a pair; no store takes the half."""

    class Cut(LinesReader):
        def items(self, path: str) -> Iterator[HistoryItem]:
            for item in super().items(path):
                assert item.record is not None
                yield replace(
                    item, record=replace(item.record, prompt="a\ud83d", change=FileChange("/w/\udc00", "b\ud800"))
                )

    world.reader = Cut()
    world.file("a", _call(1))
    world.load()
    (event,) = world.events()

    assert (event.prompt, event.change and event.change.content) == ("a\ufffd", "b\ufffd")


def test_every_call_ends_in_one_bucket(world: World) -> None:
    """Accounting: what is found is new, known or forgotten; damaged lines are listed with file and line."""
    path = world.file("a", _call(1), "!", "#", _call(1), _call(2), "#")
    world.file("b", _call(3, session="gone"))
    world.catalog.forget_session("gone")
    report = world.load()

    assert report.by_call == CallCount(found=4, new=2, duplicate=1, forgotten=1)
    assert (report.calls, report.new, report.duplicate, report.quarantined) == (4, 2, 1, 1)
    assert report.faults == (ImportFault(str(path), 3, "damaged"),)
    assert report.left_out == (("comment", 2),)
    assert report.agents == (("lines", 2),)


def test_a_file_of_no_agent_is_counted_and_not_opened_again(world: World) -> None:
    """Folders of histories hold other files as well; none of them is an error, unless it was named."""
    (world.root / "h").mkdir()
    path = world.root / "h" / "notes.txt"
    path.write_text("remember the milk")
    first, again, named = world.load(), world.load(), world.load(path)

    assert (first.unrecognised, again.unrecognised, first.faults, first.refused) == (1, 1, (), ())
    assert named.refused == (str(path),)
    assert "no history of an agent" in named.faults[0].reason


def test_a_file_that_could_not_be_read_whole_is_read_again(world: World) -> None:
    """A mark on it would hide for ever what was not read."""

    class Broken(LinesReader):
        def items(self, path: str) -> Iterator[HistoryItem]:
            yield from super().items(path)
            yield HistoryItem(0, fault=ImportFault(path, 0, "not read: input/output error"))

    world.file("a", _call(1))
    world.reader = Broken()
    first = world.load()
    world.reader = LinesReader()
    second = world.load()

    assert (_counts(first), first.quarantined, len(first.faults)) == ((1, 0, 1, 0), 0, 1)
    assert _counts(second) == (1, 0, 0, 1)


@pytest.mark.parametrize("where", ["recognises", "items"])
def test_a_reader_that_trips_costs_its_file_and_no_other(world: World, where: str) -> None:
    """Our own fault is said to be one, with the file; what was read before it counts, and the file is read again."""

    class Tripping(LinesReader):
        def recognises(self, head: bytes) -> bool:
            if where == "recognises" and b"trips" in head:
                raise TypeError("unhashable")
            return super().recognises(head)

        def items(self, path: str) -> Iterator[HistoryItem]:
            yield from super().items(path)
            if where == "items" and path.endswith("a"):
                raise TypeError("unhashable")

    path = world.file("a", _call(1, out="trips"))
    world.file("b", _call(2))
    world.reader = Tripping()
    report = world.load()
    world.reader = LinesReader()
    again = world.load()

    assert [(f.path, f.line) for f in report.faults] == [(str(path), 0)]
    assert "a fault of the program" in report.faults[0].reason
    assert (report.new, report.new + again.new, again.unchanged) == (2 if where == "items" else 1, 2, 1)


def test_an_interrupt_ends_cleanly_and_the_next_import_goes_on(world: World) -> None:
    """Ctrl-C in the middle: what is counted is stored, nothing is half there, nothing is marked that was not read."""
    world.file("a", _call(1))
    world.file("b", _call(2), "^C", _call(3))
    stopped = world.load()
    world.file("b", _call(2), _call(3))
    rest = world.load()

    assert (stopped.stopped, _counts(stopped)) == (True, (1, 0, 2, 0))
    assert (rest.stopped, _counts(rest)) == (False, (1, 1, 1, 1))


def test_no_file_is_marked_before_its_events_are_stored(world: World) -> None:
    """The order that makes a crash harmless: log, catalog, marks."""
    marked: list[int] = []

    class Full(MemoryCatalog):
        def add_events(self, events: tuple[Event, ...]) -> None:
            marked.append(len(self.read_marks()))
            raise StoreFull("the disk is full", hint="free space")

    world.file("a", _call(1))
    world.catalog = Full()
    with pytest.raises(StoreFull):
        world.load()
    marks = world.catalog.read_marks()
    world.catalog = MemoryCatalog()

    assert (marked, marks) == ([0], ())
    assert _counts(world.load()) == (1, 0, 1, 0)
    assert len(world.events()) == 1


ids = st.sampled_from([f"call_AbCdEfGh0123456789{n:04}" for n in range(6)] + ["", "bash:0"])
records = st.fixed_dictionaries(
    {"id": ids, "session": st.sampled_from(["s1", "s2", ""]), "command": st.sampled_from(["ls", "pwd"])},
    optional={"at_s": st.sampled_from([1_7e8, 1_7e8 + 1]), "ended": st.booleans(), "out": st.sampled_from(["", "x"])},
)


@settings(max_examples=30, deadline=None)
@given(files=st.lists(st.lists(records | st.sampled_from(["!", "#"]), max_size=8), min_size=1, max_size=4))
def test_counts_balance_and_a_second_import_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Fields | str]]
) -> None:
    """For any histories: found = new + known, the stores hold what is new, and reading it all again changes nothing."""
    world = World(tmp_path_factory.mktemp("w"), LinesReader(), MemoryCatalog())
    for number, lines in enumerate(files):
        world.file(f"f{number}", *lines)
    first = world.load()
    world.reader = LinesReader(version=2)
    second = world.load()

    given_calls = sum(not isinstance(line, str) for lines in files for line in lines)
    assert first.by_call.found == given_calls == first.by_call.new + first.by_call.duplicate
    assert world.catalog.accounting().events == first.by_call.new
    assert second.by_call.found == second.by_call.duplicate == given_calls
    assert world.catalog.accounting().events == first.by_call.new
