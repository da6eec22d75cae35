"""What every HistoryReader promises."""

import os
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.records.events import AgentRecord, EventKind
from skillstrata.records.imports import HistoryItem
from tests.contracts.histories import HISTORIES, History

HUGE = 40_000_000
in_lines = st.sampled_from([h for h in HISTORIES.values() if h.in_lines])
any_history = st.sampled_from(list(HISTORIES.values()))


@pytest.fixture(params=HISTORIES, ids=str)
def history(request: pytest.FixtureRequest) -> History:
    """Each agent in turn."""
    return HISTORIES[request.param]


@pytest.fixture(params=[name for name, h in HISTORIES.items() if h.in_lines], ids=str)
def of_lines(request: pytest.FixtureRequest) -> History:
    """Each agent whose files are lines."""
    return HISTORIES[request.param]


def read(history: History, data: bytes) -> list[HistoryItem]:
    """Read bytes as a file of this agent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history"
        path.write_bytes(data)
        return list(history.reader.items(str(path)))


def whole(history: History) -> list[HistoryItem]:
    """Read the agent's own file."""
    with tempfile.TemporaryDirectory() as folder:
        return list(history.reader.items(str(history.write(Path(folder) / "history"))))


def original(history: History) -> bytes:
    """Give the bytes of the agent's own file."""
    with tempfile.TemporaryDirectory() as folder:
        return history.write(Path(folder) / "history").read_bytes()


def calls(items: list[HistoryItem]) -> list[AgentRecord]:
    """Give the records of calls."""
    return [i.record for i in items if i.record is not None and i.record.kind is EventKind.CALL]


def faults(items: list[HistoryItem]) -> list[int]:
    """Give the line numbers of faults."""
    return [i.fault.line for i in items if i.fault is not None]


def check(items: list[HistoryItem], lines: int) -> None:
    """What holds for any bytes at all."""
    names = Counter((c.session, c.tool_use_id) for c in calls(items) if c.tool_use_id)
    assert not names or max(names.values()) == 1
    for item in items:
        assert sum(part is not None for part in (item.record, item.fault, item.left_out)) == 1
        if item.fault is not None:
            assert 0 <= item.fault.line <= lines
            assert item.fault.reason
            assert item.fault.path
        if item.left_out is not None:
            assert item.left_out.what


def test_a_reader_recognises_its_own_files_and_no_others(history: History) -> None:
    """One folder may hold the histories of several agents under one name: content decides."""
    heads = {name: original(one)[:65536] for name, one in HISTORIES.items()}

    assert {n for n, head in heads.items() if history.reader.recognises(head)} == {history.reader.agent}


def test_files_of_nobody_are_not_recognised(history: History) -> None:
    """Foreign files lie in the same folders: notes, logs, other programs' JSON."""
    strange = [b"", b"\n", b"{}\n", b"[]\n", b"null\n", b"# notes\n", b'{"level":"info","msg":"x"}\n', b"\x00" * 100]

    assert not any(history.reader.recognises(one) for one in strange)


@settings(deadline=None)
@given(any_history, st.binary(max_size=400))
def test_any_head_gets_an_answer(history: History, head: bytes) -> None:
    """Every file of a folder is asked about."""
    assert history.reader.recognises(head) in {True, False}


def test_each_call_comes_once_and_with_its_result_where_there_is_one(history: History) -> None:
    """A call that is lost or counted twice makes every figure wrong; one without a result must not pass for ok."""
    items = whole(history)
    found = calls(items)

    assert Counter(c.tool_use_id for c in found if c.ended) == Counter(history.ended)
    assert Counter(c.tool_use_id for c in found if not c.ended) == Counter(history.unended)
    assert sum(i.calls for i in items) == len(history.ended) + len(history.unended)
    assert faults(items) == []
    check(items, len(history.lines) or 1)


def test_every_record_names_the_readers_agent_and_a_session(history: History) -> None:
    """Event ids are made of both."""
    records = [i.record for i in whole(history) if i.record is not None]

    assert {r.agent for r in records} == {history.reader.agent}
    assert all(r.session for r in records)


def test_a_history_has_a_prompt_and_a_failure(history: History) -> None:
    """The prompt is the intent behind a program; a failure that passes for a success poisons what is learned."""
    items = whole(history)
    records = [i.record for i in items if i.record is not None]

    assert any(r.kind is EventKind.PROMPT and r.prompt for r in records)
    assert any(c.failed or c.exit_code not in {None, 0} for c in calls(items))
    assert any(not c.failed and c.exit_code in {None, 0} and c.ended for c in calls(items))


def test_reading_twice_gives_the_same(history: History) -> None:
    """A second import adds nothing only if ids do not change."""
    first, second = whole(history), whole(history)

    assert [i.record for i in first] == [i.record for i in second]


@settings(deadline=None, max_examples=60)
@given(in_lines, st.data())
def test_a_damaged_line_costs_that_line_only(history: History, data: st.DataObject) -> None:
    """Redactors break JSON, disks fill up: one bad line must not cost a session."""
    at = data.draw(st.integers(min_value=1, max_value=len(history.lines)))
    bad = data.draw(
        st.sampled_from([b"{", b'{"type": "user", "mes', b"not json", b"7", b"[" * 3000, b"\xff\xfe", b"{]}"])
    )
    lines = [*history.lines[:at], bad, *history.lines[at:]]

    items = read(history, b"".join(line + b"\n" for line in lines))

    assert faults(items) == [at + 1]
    assert [i.record for i in items if i.record] == [i.record for i in whole(history) if i.record]


def test_an_unknown_kind_of_record_is_left_out_by_name(of_lines: History) -> None:
    """New versions write new records; they are counted, not refused."""
    items = read(of_lines, of_lines.text + b'{"type":"brand-new-kind","timestamp":"2026-10-01T10:00:00Z","x":1}\n')

    assert "brand-new-kind" in {i.left_out.what for i in items if i.left_out is not None}
    assert [i.record for i in items if i.record] == [i.record for i in whole(of_lines) if i.record]
    assert faults(items) == []


@settings(deadline=None, max_examples=60)
@given(any_history, st.data())
def test_a_file_cut_anywhere_costs_at_most_a_fault(history: History, data: st.DataObject) -> None:
    """The last line is cut while the session runs."""
    text = original(history)
    cut = data.draw(st.integers(min_value=0, max_value=len(text)))

    items = read(history, text[:cut])

    check(items, len(history.lines) + 1)
    assert len(faults(items)) <= 1


@settings(deadline=None)
@given(any_history, st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(history: History, data: bytes) -> None:
    """Histories are files of other programs: nothing about them is certain."""
    check(read(history, data), data.count(b"\n") + 1)


@settings(deadline=None, max_examples=150)
@given(any_history, st.data())
def test_a_mutated_file_is_read_without_an_error(history: History, data: st.DataObject) -> None:
    """Most damage is small and leaves the rest in order."""
    text = bytearray(original(history))
    for _ in range(data.draw(st.integers(min_value=1, max_value=6))):
        at = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
        width = data.draw(st.integers(min_value=0, max_value=8))
        text[at : at + width] = data.draw(st.binary(max_size=8))

    check(read(history, bytes(text)), bytes(text).count(b"\n") + 1)


@settings(deadline=None, max_examples=80)
@given(in_lines, st.data())
def test_values_of_any_type_are_read_without_an_error(history: History, data: st.DataObject) -> None:
    """The same field is an object, a string, an array or absent in different versions."""
    text = original(history)
    old = data.draw(st.sampled_from([b'{"', b'["', b": {", b": [", b': "', b"true", b"null", b"false"]))
    new = data.draw(
        st.sampled_from([b'{"x": {}, "', b'[null, "', b": [{", b": 7, {", b': 1e9, "y": "', b"[[]]", b"-1"])
    )
    count = data.draw(st.integers(min_value=1, max_value=4))

    check(read(history, text.replace(old, new, count)), text.count(b"\n") + 1)


@settings(deadline=None, max_examples=40)
@given(in_lines, st.data())
def test_lines_in_any_order_give_each_call_at_most_once(history: History, data: st.DataObject) -> None:
    """Parallel calls end in any order, and tools that copy histories sort them anew."""
    lines = data.draw(st.permutations(history.lines))

    check(read(history, b"".join(line + b"\n" for line in lines)), len(lines))


def test_a_history_that_stands_in_a_file_twice_gives_each_call_once(of_lines: History) -> None:
    """Resumed sessions and cumulative checkpoints copy what went before."""
    items = read(of_lines, of_lines.text * 2)

    assert Counter(c.tool_use_id for c in calls(items)) == Counter((*of_lines.ended, *of_lines.unended))


@pytest.mark.parametrize("change", [b"\r\n", b"\n\n", b" \t\n"], ids=["crlf", "blank-lines", "trailing-space"])
def test_line_ends_of_other_systems_change_nothing(of_lines: History, change: bytes) -> None:
    """Half of the recorded program runs come from Windows."""
    items = read(of_lines, of_lines.text.replace(b"\n", change))

    assert [i.record for i in items if i.record] == [i.record for i in whole(of_lines) if i.record]
    assert faults(items) == []


def test_half_a_surrogate_pair_costs_nothing(of_lines: History) -> None:
    """Output that was cut within an emoji is common."""
    items = read(of_lines, of_lines.text.replace(b"a.csv", b"a\\ud83d.csv"))

    assert Counter(c.tool_use_id for c in calls(items)) == Counter((*of_lines.ended, *of_lines.unended))
    assert faults(items) == []
    assert any("\ufffd" in (i.record.prompt or "") for i in items if i.record)


def test_a_line_nested_too_deeply_is_a_fault(of_lines: History) -> None:
    """A parser that recurses would end the program."""
    deep = b'{"type":"user","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"

    items = read(of_lines, deep + of_lines.text)

    assert faults(items) == [1]
    assert len(calls(items)) == len(of_lines.ended) + len(of_lines.unended)


def test_a_huge_line_is_passed_over_without_holding_it(of_lines: History, tmp_path: Path) -> None:
    """One line of 100 MB must not decide how much memory an import takes."""
    path = tmp_path / "history"
    with path.open("wb") as stream:
        stream.write(b'{"type":"user","x":"')
        for _ in range(3):
            stream.write(b"x" * HUGE)
        stream.write(b'"}\n' + of_lines.text)

    tracemalloc.start()
    items = list(of_lines.reader.items(str(path)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert faults(items) == [1]
    assert len(calls(items)) == len(of_lines.ended) + len(of_lines.unended)
    assert peak < 2 * HUGE


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "loop", "nul-in-name"])
def test_what_is_no_regular_file_is_one_fault(history: History, kind: str, tmp_path: Path) -> None:
    """A reader must neither wait on a pipe nor end the import."""
    path = str(tmp_path / "history")
    match kind:
        case "folder":
            Path(path).mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            Path(path).symlink_to(path)
        case "nul-in-name":
            path += "\0x"
        case _:
            pass

    items = list(history.reader.items(path))

    assert faults(items) == [0]
    assert len(items) == 1


@pytest.mark.parametrize("change", ["truncated", "grown", "removed"])
def test_a_file_that_changes_meanwhile_costs_at_most_a_fault(of_lines: History, change: str, tmp_path: Path) -> None:
    """Sessions go on while their history is read."""
    path = tmp_path / "history"
    path.write_bytes(of_lines.text + of_lines.text * 200)
    items = of_lines.reader.items(str(path))
    first = next(items)
    match change:
        case "truncated":
            os.truncate(path, 10)
        case "grown":
            with path.open("ab") as stream:
                stream.write(of_lines.text)
        case _:
            path.unlink()

    rest = [first, *items]

    check(rest, 100_000)
    assert len(faults(rest)) <= 1


def test_an_empty_file_holds_nothing(of_lines: History) -> None:
    """Sessions that ended before they began leave one."""
    assert read(of_lines, b"") == []


def test_memory_does_not_grow_with_the_file(of_lines: History, tmp_path: Path) -> None:
    """Histories of months are many times larger than memory should be."""
    peaks: list[int] = []
    for copies in (40, 400):
        path = tmp_path / f"history{copies}"
        with path.open("wb") as stream:
            for n in range(copies):
                stream.write(_renamed(of_lines, n))
        tracemalloc.start()
        count = sum(item.calls for item in of_lines.reader.items(str(path)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count >= copies * len(of_lines.ended)

    assert peaks[1] < peaks[0] * 4 + 2_000_000


def _renamed(history: History, number: int) -> bytes:
    """Give the file with other ids, so that each copy holds calls of its own; all of them get a result."""
    text = b"".join(line + b"\n" for line in history.lines if not any(u.encode() in line for u in history.unended))
    for id_ in history.ended:
        text = text.replace(id_.encode(), f"{id_}{number:05d}".encode())
    return text
