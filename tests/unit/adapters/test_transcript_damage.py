"""What damage costs, and what outputs beside a transcript give."""

import json
from pathlib import Path

import pytest

from skillstrata.records.events import FileChange
from tests.transcripts import BASH, PRINTED, READER, SESSION, ask, got, items, one_call, records_of


def test_a_call_is_found_however_its_line_spells_it(tmp_path: Path) -> None:
    """No search for bytes may decide whether a line is parsed: escapes hide every word."""
    spelled = json.dumps(ask("Bash", BASH)).replace("tool_use", "\\u0074ool\\u005fuse").encode()

    assert b"tool_use" not in spelled
    assert one_call(tmp_path, spelled, got("x")).ended


def test_bytes_that_are_no_utf8_do_not_cost_the_call(tmp_path: Path) -> None:
    """Consoles with a code page leave them in outputs."""
    call = one_call(tmp_path, ask("Bash", BASH), json.dumps(got("caf?")).encode().replace(b"?", b"\xe9"))

    assert call.shell is not None
    assert call.shell.stdout == "caf\ufffd"


def test_a_byte_order_mark_and_nuls_around_a_line_do_not_cost_it(tmp_path: Path) -> None:
    """A disk that lost power leaves NULs where a file was to grow."""
    marked = b"\xef\xbb\xbf" + json.dumps(ask("Bash", BASH)).encode()
    found = items(tmp_path, marked, b"\0" * 40 + json.dumps(got("x")).encode(), b"\0" * 64)

    assert [c.ended for c in records_of(found)] == [True]
    assert [i.fault.line for i in found if i.fault] == [3]


def test_a_cut_last_line_says_so(tmp_path: Path) -> None:
    """The session may still run: this is no damage, and the next import has the rest."""
    path = tmp_path / "a.jsonl"
    whole = json.dumps(ask("Bash", BASH)).encode()
    path.write_bytes(whole + b"\n" + whole[:50])

    (cut,) = [i.fault for i in READER.items(str(path)) if i.fault]
    assert (cut.line, cut.reason) == (2, "the last line is cut off")


def test_a_windows_session_keeps_its_paths(tmp_path: Path) -> None:
    """Half of the recorded program runs come from there."""
    folder = "C:\\Users\\dev\\shop"
    call = one_call(
        tmp_path,
        ask("Write", {"file_path": "out\\a.py", "content": "1\r\n"}, cwd=folder),
        got("", cwd=folder, toolUseResult={"type": "create", "filePath": "out\\a.py"}),
    )

    assert call.change == FileChange("C:\\Users\\dev\\shop\\out\\a.py", "1\r\n")


# ---- outputs kept beside the transcript ------------------------------------------------------------------------------


NOTE = "<persisted-output>\nOutput too large (40KB). Full output saved to: {}\n\nPreview (first 2KB):\nrow 1\n"
ELSEWHERE = "C:\\Users\\dev\\.claude\\projects\\p\\s\\tool-results\\b1.txt"


def keep(folder: Path, text: str) -> None:
    """Put an output where the client keeps it."""
    place = folder / SESSION / "tool-results"
    place.mkdir(parents=True, exist_ok=True)
    (place / "b1.txt").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("place", [f"{SESSION}.jsonl", f"{SESSION}/subagents/agent-a1.jsonl", "agent-a1.jsonl"])
def test_a_long_output_is_read_from_the_file_beside_the_transcript(place: str, tmp_path: Path) -> None:
    """The transcript holds a preview; the path in it is one of the machine that wrote it."""
    keep(tmp_path, "row 1\nrow 2\n")
    for result in ({}, {"toolUseResult": PRINTED | {"persistedOutputPath": ELSEWHERE}}):
        (call,) = records_of(items(tmp_path, ask("Bash", BASH), got(NOTE.format(ELSEWHERE)) | result, name=place))
        assert call.shell is not None
        assert call.shell.stdout == "row 1\nrow 2\n"


def test_a_long_output_that_is_gone_leaves_its_preview(tmp_path: Path) -> None:
    """Without the file the record says what it is."""
    call = one_call(tmp_path, ask("Bash", BASH), got(NOTE.format(ELSEWHERE)))

    assert call.shell is not None
    assert call.shell.stdout.startswith("<persisted-output>")


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.txt", "..", "link.txt"])
def test_a_recorded_path_cannot_name_another_file(name: str, tmp_path: Path) -> None:
    """A transcript from a stranger must not bring in files of this machine."""
    keep(tmp_path, "kept")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / SESSION / "tool-results" / "link.txt").symlink_to(tmp_path / "secret.txt")

    call = one_call(tmp_path, ask("Bash", BASH), got(NOTE.format(name)))

    assert call.shell is not None
    assert call.shell.stdout.startswith("<persisted-output>")


def test_a_kept_output_is_read_up_to_a_megabyte(tmp_path: Path) -> None:
    """Memory is bounded whatever a program printed."""
    keep(tmp_path, "x" * 3_000_000)

    call = one_call(tmp_path, ask("Bash", BASH), got(NOTE.format(ELSEWHERE)))

    assert call.shell is not None
    assert call.shell.stdout == "x" * 1_000_000
