"""`export-trace`: a file that may be shown to others, and that says what it holds."""

import json
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exporting import ExportFolderMissing, ExportInside, export_trace, pseudonym
from skillstrata.app.wiring import App, open_app
from skillstrata.records.events import Event, EventKind, FileChange, FileSnapshot, ShellCall
from skillstrata.records.failures import OutputExists, SessionUnknown
from skillstrata.surfaces.cli.main import main

SESSION, OTHER = "5e55104a-0000-4000-8000-000000000001", "77aa104b-0000-4000-8000-000000000002"
KEY = "ghp_" + "a1B2c3D4e5" * 4


def _events(session: str) -> tuple[Event, ...]:
    stem = f"claude-code:{session}"
    return (
        Event(
            f"{stem}:p",
            "claude-code",
            session,
            EventKind.PROMPT,
            1.0,
            prompt="ask bergthora@corp.example.com",
            prompt_id="p-1",
        ),
        Event(
            f"{stem}:toolu_9",
            "claude-code",
            session,
            EventKind.CALL,
            2.0,
            tool="Bash",
            tool_use_id="toolu_9",
            cwd="/home/bergthora/harbour",
            shell=ShellCall(f"cat /home/bergthora/x {session}.jsonl # {KEY}", "by Bergthora? no: bergthora"),
            change=FileChange("/Users/einarr/y.py", "import os"),
            files=(FileSnapshot("/home/bergthora/x", "d" * 64, 7),),
        ),
    )


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Two sessions; the secret got in before there was a rule for it."""
    made = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": "/home/ann"}))
    made.prepare()
    for session in (SESSION, OTHER):
        made.traces.append(_events(session))
        made.catalog.add_events(_events(session))
    return made


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_nothing_in_it_says_whose_it_is(app: App, tmp_path: Path) -> None:
    """Secrets, people, homes, addresses of mail, sessions, calls and digests of files are not in the file."""
    report = export_trace(app, (), target=tmp_path / "t.jsonl", force=False)
    text = (tmp_path / "t.jsonl").read_text(encoding="utf-8")

    for word in (KEY, "bergthora", "einarr", "corp.example.com", SESSION, OTHER, "toolu_9", "d" * 64, "p-1"):
        assert word not in text
    assert (report.sessions, report.events, report.secrets) == (2, 4, 2)
    assert report.lifted > 0


def test_what_happened_can_still_be_followed(app: App, tmp_path: Path) -> None:
    """A line an event after a line that says what this is; commands, outputs, tools and times are there."""
    export_trace(app, (SESSION,), target=tmp_path / "t.jsonl", force=False)
    head, prompt, call = _lines(tmp_path / "t.jsonl")

    assert head == {"skillstrata_trace": 1, "sessions": 1, "events": 2}
    assert (prompt["v"], prompt["event"]["prompt"]) == (1, "ask user@mail.invalid")
    event = call["event"]
    assert (event["tool"], event["at_s"], event["cwd"]) == ("Bash", 2.0, "~/harbour")
    assert event["shell"]["command"].startswith("cat ~/x x-")
    assert event["change"]["content"] == "import os"
    assert event["files"] == [{"path": "~/x", "digest": None, "size_bytes": 7, "reason": "not_exported"}]


def test_pseudonyms_are_the_same_every_time_and_join_what_belongs_together(app: App, tmp_path: Path) -> None:
    """Two exports of one session can be compared."""
    for name in ("one", "two"):
        export_trace(app, (SESSION,), target=tmp_path / name, force=False)
    one = _lines(tmp_path / "one")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert {line["event"]["session"] for line in one[1:]} == {pseudonym(SESSION)}
    assert len({line["event"]["id"] for line in one[1:]}) == 2
    assert pseudonym(SESSION) != pseudonym(OTHER)
    assert pseudonym(SESSION) in one[2]["event"]["shell"]["command"]


def test_a_file_is_replaced_only_by_force(app: App, tmp_path: Path) -> None:
    """Nor is anything read before that is known."""
    target = tmp_path / "t.jsonl"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExists):
        export_trace(app, (), target=target, force=False)
    assert target.read_text(encoding="utf-8") == "mine"

    assert export_trace(app, (), target=target, force=True).events == 4
    assert _lines(target)[0]["events"] == 4


def test_an_unknown_session_is_refused_and_no_file_is_made(app: App, tmp_path: Path) -> None:
    """Half of what was asked for would pass for all of it."""
    with pytest.raises(SessionUnknown):
        export_trace(app, (SESSION, "none"), target=tmp_path / "t.jsonl", force=False)
    assert not (tmp_path / "t.jsonl").exists()


def test_a_short_session_name_is_not_replaced_inside_words(app: App, tmp_path: Path) -> None:
    """`s1` is a name for a session and a part of `class1`."""
    event = Event("a:s1:p", "a", "s1", EventKind.PROMPT, 1.0, prompt="class1 of s1")
    app.traces.append((event,))
    export_trace(app, ("s1",), target=tmp_path / "t.jsonl", force=False)

    assert _lines(tmp_path / "t.jsonl")[1]["event"]["prompt"] == f"class1 of {pseudonym('s1')}"


def test_the_verb_writes_it_and_says_what(app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4 for a file that is there, 3 for nothing to write."""
    words = ("--data-dir", str(app.data_dir), "export-trace", "--to", str(tmp_path / "t.jsonl"), "--json")
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out) | {"sessions": 2, "events": 4} == json.loads(
        _said(capsys, words, "--force")
    )
    assert main(words) == 4
    capsys.readouterr()
    assert main(("--data-dir", str(tmp_path / "none"), "export-trace", "--to", str(tmp_path / "u"), "--json")) == 3
    assert json.loads(capsys.readouterr().out)["events"] == 0
    assert not (tmp_path / "u").exists()


def _said(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], *more: str) -> str:
    assert main((*words, *more)) == 0
    return capsys.readouterr().out


def test_our_own_files_are_never_replaced_by_an_export(app: App, tmp_path: Path) -> None:
    """The catalog is a file like any other to who mistypes a path; force or not."""
    target = app.data_dir / "catalog.db"
    with pytest.raises(ExportInside) as refused:
        export_trace(app, (), target=target, force=True)

    assert refused.value.hint
    assert export_trace(app, (), target=tmp_path / "elsewhere.jsonl", force=True).events


def test_a_folder_that_is_not_there_is_not_made(app: App, tmp_path: Path) -> None:
    """A mistyped path must not leave what agents did in some place nobody looks at; the hint says how to make it."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportFolderMissing) as missing:
        export_trace(app, (), target=tmp_path / "a b" / "c" / "t.jsonl", force=True)
    with pytest.raises(ExportFolderMissing) as blocked:
        export_trace(app, (), target=tmp_path / "file" / "t.jsonl", force=False)

    assert f"mkdir -p '{tmp_path / 'a b' / 'c'}'" in missing.value.hint
    assert str(tmp_path / "file") in blocked.value.hint
    assert not (tmp_path / "a b").exists()
    (tmp_path / "a b" / "c").mkdir(parents=True)
    assert export_trace(app, (), target=tmp_path / "a b" / "c" / "t.jsonl", force=False).events == 4


@pytest.mark.parametrize("before", [None, 0o644])
def test_only_its_owner_can_read_it(app: App, tmp_path: Path, before: int | None) -> None:
    """It is redacted, and still what somebody did; to whom it is shown is the owner's decision."""
    target = tmp_path / "t.jsonl"
    if before is not None:
        target.write_bytes(b"old")
        target.chmod(before)
    export_trace(app, (), target=target, force=True)

    assert target.stat().st_mode & 0o777 == 0o600
