"""How a large JSON object is read piece by piece."""

import json
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters import json_elements
from skillstrata.adapters.json_elements import Piece, pieces

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
values = st.recursive(leaves, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=4), v, max_size=4))


def read(data: bytes, max_bytes: int = 1000) -> list[Piece]:
    """Read bytes as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.json"
        path.write_bytes(data)
        return list(pieces(str(path), "messages", max_bytes=max_bytes))


@pytest.fixture(params=[1, 5, 1 << 18], ids=str)
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in pieces of any size: every byte may be the last of a chunk."""
    monkeypatch.setattr(json_elements, "_CHUNK_BYTES", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("indent", [None, 2])
def test_the_pieces_are_the_object(indent: int | None) -> None:
    """What is read in pieces is what a parser of the whole would give, with the line each begins on."""
    whole = {"a": 'quote " and \\', "messages": [{"x": [1, {"y": "]}"}]}, 5, "z", []], "b": {"c": [True]}, "d": -1.5e3}
    text = json.dumps(whole, indent=indent)
    found = read(text.encode())

    assert [json.loads(p.raw) for p in found if p.item] == whole["messages"]
    assert {p.key: json.loads(p.raw) for p in found if not p.item} == {
        k: v for k, v in whole.items() if k != "messages"
    }
    assert all(p.raw[:1].decode() in text.split("\n")[p.line - 1] for p in found)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), values, max_size=5), st.lists(values, max_size=5), st.data())
def test_any_object_cut_anywhere_ends_with_a_reason(
    before: dict[str, object], items: list[object], data: st.DataObject
) -> None:
    """A program may die while it writes."""
    text = json.dumps(before | {"messages": items}).encode()
    cut = data.draw(st.integers(min_value=0, max_value=len(text) - 1))

    assert [json.loads(p.raw) for p in read(text) if p.item] == items
    assert read(text[:cut])[-1].reason
    assert sum(bool(p.reason) for p in read(text[:cut])) == 1


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    """The file is another program's."""
    for prefix in (b"", b'{"messages":['):
        assert all(p.raw or p.reason for p in read(prefix + data))


def test_a_piece_that_is_too_large_is_passed_over_without_holding_it(tmp_path: Path) -> None:
    """One message of 100 MB must not decide how much memory an import takes."""
    path = tmp_path / "whole.json"
    path.write_bytes(b'{"messages": [1, "' + b"x" * 40_000_000 + b'", {"y": 2}]}')

    tracemalloc.start()
    found = list(pieces(str(path), "messages", max_bytes=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(p.raw, bool(p.reason)) for p in found] == [(b"1", False), (b"", True), (b'{"y": 2}', False)]
    assert peak < 10_000_000


def test_memory_does_not_grow_with_the_number_of_items(tmp_path: Path) -> None:
    """A session of months is one file."""
    peaks: list[int] = []
    for count in (2_000, 20_000):
        path = tmp_path / f"{count}.json"
        path.write_text(json.dumps({"messages": [{"text": "x" * 300}] * count}), encoding="utf-8")
        tracemalloc.start()
        assert sum(1 for p in pieces(str(path), "messages") if p.item) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 2
