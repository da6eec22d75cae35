"""The stream out of the sandbox is hostile: any bytes must give a report and nothing more than the limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.bubblewrap_frames import FrameReader
from skillstrata.records.sandbox_runs import Limits

SMALL = Limits(output_bytes=1000, output_files=3)


def _frame(kind: bytes, name: bytes = b"", body: bytes = b"") -> bytes:
    return kind + len(name).to_bytes(4, "big") + len(body).to_bytes(8, "big") + name + body


def _reader(before: dict[str, bytes] | None = None) -> FrameReader:
    return FrameReader(SMALL, ("/out",), before or {})


def _whole(*frames: bytes, before: dict[str, bytes] | None = None) -> FrameReader:
    reader = _reader(before)
    reader.feed(b"".join(frames))
    return reader


@given(st.binary(max_size=3000))
def test_any_bytes_give_a_report_within_the_limits(stream: bytes) -> None:
    """A program that took over the sender can write anything; it must neither raise here nor fill memory."""
    reader = _whole(stream)

    assert len(reader.report.files) <= SMALL.output_files
    assert sum(len(file.data) for file in reader.report.files) <= SMALL.output_bytes + 64 * 1024


@given(st.lists(st.binary(max_size=40), max_size=3), st.data())
def test_the_pieces_a_pipe_cuts_a_stream_into_do_not_matter(bodies: list[bytes], data: st.DataObject) -> None:
    """Reads end anywhere, also inside a head."""
    stream = _frame(b"S") + b"".join(_frame(b"W", f"/out/f{n}".encode(), body) for n, body in enumerate(bodies))
    stream += _frame(b"D") + _frame(b"E", b"", b"0 12 ")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = _reader()

    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        reader.feed(stream[start:end])

    assert [file.data for file in reader.report.files] == bodies
    assert (reader.report.started, reader.report.ended, reader.report.complete) == (True, True, True)


def test_a_file_outside_the_roots_is_refused() -> None:
    """The path comes from inside: it may name anything."""
    report = _whole(_frame(b"W", b"/etc/passwd", b"x"), _frame(b"W", b"/out/../etc/x", b"x")).report

    assert report.files == []
    assert len(report.refused) == 2


def test_a_frame_over_the_limit_stops_the_reading() -> None:
    """Its length is believed before its bytes are there, so the length is what must be capped."""
    report = _whole(b"W" + (6).to_bytes(4, "big") + (1 << 60).to_bytes(8, "big") + b"/out/a").report

    assert report.broken


def test_files_that_together_pass_the_limit_stop_the_reading() -> None:
    """Each is small enough alone."""
    big = _frame(b"W", b"/out/a", b"x" * 60_000)

    assert _whole(big, big).report.broken
    assert not _whole(_frame(b"W", b"/out/a", b"x" * 500)).report.broken


def test_one_file_more_than_allowed_stops_the_reading() -> None:
    """Three are the limit here; the twin is that three pass."""
    files = [_frame(b"W", f"/out/{n}".encode(), b"") for n in range(4)]

    assert not _whole(*files[:3]).report.broken
    assert _whole(*files).report.broken


@pytest.mark.parametrize(
    ("kind", "body", "written"), [(b"K", b"same", False), (b"K", b"other", True), (b"W", b"same", True)]
)
def test_a_file_counts_as_untouched_only_with_its_time_and_its_bytes(kind: bytes, body: bytes, written: bool) -> None:
    """A rewrite with equal bytes is a write, and setting the time back does not hide other bytes."""
    report = _whole(_frame(kind, b"/out/a", body), before={"/out/a": b"same"}).report

    assert [file.written for file in report.files] == [written]


def test_a_last_frame_that_cannot_be_read_is_no_end() -> None:
    """An exit status is a number or it is nothing."""
    assert not _whole(_frame(b"E", b"", b"zero")).report.complete
    assert _whole(_frame(b"E", b"", b"0 1 ")).report.complete
