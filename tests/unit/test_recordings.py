"""Are the recorded sessions whole, and do they replay at another place?"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.recordings import RECORDED_PROJECT, RECORDINGS, lay_out, payloads

CALLS = ["PostToolUse", "PostToolUseFailure"]


def _payload(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_one_whole_session_in_order(name: str) -> None:
    """A replay that starts in the middle or mixes sessions would show what no client ever sent."""
    found = [_payload(path) for path in payloads(RECORDINGS[name])]

    assert [found[0]["hook_event_name"], found[-1]["hook_event_name"]] == ["SessionStart", "SessionEnd"]
    assert len({payload["session_id"] for payload in found}) == 1
    ids = [payload["tool_use_id"] for payload in found if payload["hook_event_name"] in CALLS]
    assert ids == sorted(set(ids))


def test_the_demo_shows_a_program_that_failed_was_mended_and_ran() -> None:
    """The story the demo tells is the one that was recorded."""
    found = [_payload(path) for path in payloads(RECORDINGS["html_to_markdown"])]

    calls = [(p["hook_event_name"], p["tool_name"]) for p in found if p["hook_event_name"] in CALLS]
    assert calls[:4] == [
        ("PostToolUse", "Write"),
        ("PostToolUseFailure", "Bash"),
        ("PostToolUse", "Edit"),
        ("PostToolUse", "Bash"),
    ]


@pytest.mark.parametrize("folder", ["elsewhere", 'with "quotes" and \\ in it', "mit Umläuten und 空白"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_replays_at_any_place(name: str, folder: str, tmp_path: Path) -> None:
    """Where the session ran is not where a test or a demo runs; the JSON stays valid whatever the folder's name."""
    project = tmp_path / folder

    laid = lay_out(RECORDINGS[name], project, tmp_path / "spool" / "new")

    found = [_payload(path) for path in laid]
    assert {payload["cwd"] for payload in found} == {str(project)}
    assert RECORDED_PROJECT not in json.dumps(found)
    assert Counter(p["hook_event_name"] for p in found) == Counter(
        _payload(path)["hook_event_name"] for path in payloads(RECORDINGS[name])
    )
    kept = RECORDINGS[name] / "files"
    assert {p.relative_to(project) for p in project.rglob("*")} == {p.relative_to(kept) for p in kept.rglob("*")}


def test_the_spool_files_lie_in_the_order_of_the_session(tmp_path: Path) -> None:
    """Ingest goes by modification time; equal times would leave the order to the names."""
    laid = lay_out(RECORDINGS["html_to_markdown"], tmp_path / "project", tmp_path / "new")

    times = [path.stat().st_mtime_ns for path in laid]
    assert times == sorted(set(times))


def test_the_file_beside_the_recording_is_the_one_the_session_saw() -> None:
    """The kept output is the client's own, not one laid there by hand: the session's last call shows its beginning."""
    recording = RECORDINGS["html_to_markdown"]

    seen = _payload(payloads(recording)[-2])["tool_response"]
    kept = (recording / "files" / "docs" / "quarterly.md").read_text(encoding="utf-8")
    assert kept.startswith(seen["stdout"] + "\n")
