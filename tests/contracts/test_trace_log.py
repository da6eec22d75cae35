"""What every TraceLog promises."""

import multiprocessing
import os
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.ports.trace_log import TraceLog
from skillstrata.records.events import (
    Event,
    EventKind,
    FileChange,
    FileSnapshot,
    Outcome,
    ShellCall,
    TextEdit,
)
from skillstrata.records.failures import StoreNewer

MARCH, APRIL = 1_772_400_000.0, 1_775_100_000.0
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def event(id_: str, at_s: float = MARCH, session: str = "s") -> Event:
    """Make a small event."""
    return Event(id_, "claude-code", session, EventKind.CALL, at_s, tool="Bash", shell=ShellCall("ls"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the log lies."""
    return tmp_path / "traces"


@pytest.fixture
def log(root: Path) -> TraceLog:
    """A log with nothing in it."""
    return JsonlTraceLog(root)


events = st.builds(
    Event,
    id=text,
    agent=text,
    session=st.just("s"),
    kind=st.sampled_from(EventKind),
    at_s=st.floats(min_value=1e9, max_value=2e9),
    cwd=text,
    outcome=st.sampled_from(Outcome),
    exit_code=st.none() | st.integers(0, 255),
    shell=st.none() | st.builds(ShellCall, command=text, stdout=text, background=st.booleans()),
    change=st.none()
    | st.builds(
        FileChange, path=text, content=st.none() | text, edits=st.lists(st.builds(TextEdit, text, text)).map(tuple)
    ),
    files=st.lists(st.builds(FileSnapshot, path=text, digest=st.none() | text)).map(tuple),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(events, max_size=4, unique_by=lambda e: e.id))
def test_events_come_back_equal_in_order_of_time(tmp_path_factory: pytest.TempPathFactory, made: list[Event]) -> None:
    """Every field, every text: the log is what a catalog can be rebuilt from."""
    log = JsonlTraceLog(tmp_path_factory.mktemp("traces"))
    log.append(tuple(made))

    assert log.session("s") == tuple(sorted(made, key=lambda e: e.at_s))


def test_equal_times_keep_the_order_of_arrival(log: TraceLog) -> None:
    """Two files of the spool may have one time."""
    log.append((event("b"), event("a")))
    log.append((event("c"),))

    assert [e.id for e in log.session("s")] == ["b", "a", "c"]


def test_an_event_appended_again_changes_nothing(log: TraceLog) -> None:
    """After a crash between log and catalog, ingest appends the same events again."""
    log.append((event("a"), event("b")))
    log.append((Event("a", "other", "s", EventKind.OTHER, APRIL), event("b")))

    assert log.session("s") == (event("a"), event("b"))


def test_a_session_over_two_months_is_one(log: TraceLog, root: Path) -> None:
    """Months are for keeping house, not for readers."""
    log.append((event("late", APRIL), event("early", MARCH)))

    assert [e.id for e in log.session("s")] == ["early", "late"]
    assert [p.name for p in sorted(root.iterdir())] == ["2026-03", "2026-04"]


@pytest.mark.parametrize(
    "session", ["", ".", "..", "../../x", "a/b", "x" * 500, "a\0b", "a\nb", "~", "ümlaut", "*", "[a]"]
)
def test_a_sessions_name_never_chooses_the_place(log: TraceLog, root: Path, session: str) -> None:
    """Session names come from outside."""
    log.append((event("a", session=session), event("b", session="s")))

    assert [e.id for e in log.session(session)] == ["a"]
    assert [e.id for e in log.session("s")] == ["b"]
    assert [p.parent.name for p in root.rglob("*.jsonl")] == ["2026-03", "2026-03"]
    assert list(root.parent.iterdir()) == [root]


@pytest.mark.parametrize("lost", [1, 5, 60])
def test_a_torn_last_line_costs_that_line_only(log: TraceLog, root: Path, lost: int) -> None:
    """Power fails in the middle of a line; the next append must not be glued to it."""
    log.append((event("a"), event("b")))
    (file,) = root.rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-lost])
    kept = ["a", "b"] if lost == 1 else ["a"]

    assert [e.id for e in log.session("s")] == kept
    log.append((event("c"),))
    assert [e.id for e in log.session("s")] == [*kept, "c"]


def test_a_damaged_line_in_the_middle_costs_that_line_only(log: TraceLog, root: Path) -> None:
    """One bad block must not take a session."""
    log.append((event("a"), event("b"), event("c")))
    (file,) = root.rglob("*.jsonl")
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([lines[0], b"\xff\x00 no json", *lines[2:]]))

    assert [e.id for e in log.session("s")] == ["a", "c"]


def test_a_line_of_a_newer_program_is_refused(log: TraceLog, root: Path) -> None:
    """Skipping it would look as if the event had never been."""
    log.append((event("a"),))
    (file,) = root.rglob("*.jsonl")
    file.write_bytes(file.read_bytes() + b'{"v":99,"event":{"shape":"new"}}\n')

    with pytest.raises(StoreNewer, match="99"):
        log.session("s")


def test_lines_are_private(log: TraceLog, root: Path) -> None:
    """They hold what a person asked for."""
    log.append((event("a"),))

    assert {p.stat().st_mode & 0o077 for p in root.rglob("*")} == {0}


def _append_for_ever(root: Path, acknowledge: Connection) -> None:
    log = JsonlTraceLog(root)
    for number in range(1_000_000):
        log.append((event(f"{number:06}"),))
        acknowledge.send(number)


def test_acknowledged_events_survive_kill_9(root: Path) -> None:
    """The agent's session is over by then; nothing could be asked for again."""
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_append_for_ever, args=(root, writer))
    process.start()
    acknowledged = [reader.recv() for _ in range(40)]
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()

    found = [e.id for e in JsonlTraceLog(root).session("s")]
    assert found[: len(acknowledged)] == [f"{n:06}" for n in acknowledged]


def test_a_call_that_has_ended_takes_the_place_of_itself(log: TraceLog) -> None:
    """An import may meet a call while it runs; the other order changes nothing."""
    open_, ended = replace(event("a"), ended=False), replace(event("a"), outcome=Outcome.OK)
    log.append((open_, event("b", MARCH + 1)))
    log.append((ended,))
    log.append((open_,))

    assert [(e.id, e.ended, e.outcome) for e in log.session("s")] == [
        ("a", True, Outcome.OK),
        ("b", True, Outcome.UNKNOWN),
    ]
