"""`forget`: after it no byte of the session is in the data directory, and nothing that others showed is gone."""

import contextlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from skillstrata.app.draining import drain
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.forgetting import ForgetReport, forget, plan
from skillstrata.app.wiring import App, open_app
from skillstrata.distill import reconstruct
from skillstrata.records.audits import AuditEntry
from skillstrata.records.candidates import State
from skillstrata.records.composed_runs import ComposedRun, RunHead
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import SessionUnknown, StoreLocked
from skillstrata.records.routes import Route, RouteRecord
from skillstrata.surfaces.cli.main import main
from tests.programs import HTML_PAGE, HTML_TO_MD
from tests.sessions import Session

FIRST, SECOND = "5e55104a-0000-4000-8000-000000000001", "77aa104b-0000-4000-8000-000000000002"
# Words of the first session: in its prompt, a command, a path, a program, an input and an output.
WORDS = tuple(f"{word}quokka{n}" for n, word in enumerate(("asked", "ran", "place", "body", "input", "secretish")))


def _quiet(_stage: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An App on an empty data directory."""
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


def _works(app: App, project: Path, session: str, *, marked: bool = True) -> None:
    """Let a session do something that a tool comes of; `marked` puts the words of the first session in."""
    asked, ran, place, body, given, printed = WORDS if marked else ("please", "hello", "docs", "plain", "x", "y")
    doing = Session(project, app.data_dir / "spool", session=session)
    doing.prompt(f"{asked} convert the page")
    doing.write("docs/page.html", HTML_PAGE.replace("Norrvik", f"Norrvik {given}"))
    doing.write(f"{place}/convert.py", HTML_TO_MD.replace("{dir}", str(project)) + f"\n# {body}\n")
    doing.bash(f"echo {ran} && echo {printed} >&2")
    doing.bash(f"python3 {place}/convert.py")


def _holding(folder: Path, word: str) -> list[str]:
    """Name the files below a folder that hold a word, whatever kind of file they are."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(str(path.relative_to(folder)) for path in files if word.encode() in path.read_bytes())


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# ---- the whole of it ------------------------------------------------------------------------------------------


@pytest.mark.sandbox
def test_after_it_no_byte_of_the_session_is_in_the_data_directory(app: App, tmp_path: Path) -> None:
    """Text, programs, inputs, outputs, the tool, in the catalog's free pages and its log as well."""
    _works(app, tmp_path / WORDS[2], FIRST)
    report = distill(app, install=False, progress=_quiet)
    assert [c.state for c in report.candidates] == [State.PLACED]
    assert [word for word in WORDS if not _holding(app.data_dir, word)] == []
    Session(tmp_path / WORDS[2], app.data_dir / "spool", session=FIRST).prompt(f"{WORDS[0]} again")

    done = forget(app, FIRST)

    assert {word: _holding(app.data_dir, word) for word in WORDS} == {word: [] for word in WORDS}
    assert (len(done.removed.tools), done.removed.candidates, done.removed.waiting) == (1, 1, 1)
    assert done.removed.events > 3
    assert done.removed.files > 0
    assert app.library.tools() == ()
    after = app.catalog.accounting()
    assert (after.balanced, after.events, after.executions.total) == (True, 0, 0)


@pytest.mark.sandbox
def test_what_another_session_showed_as_well_stays_and_is_named(app: App, tmp_path: Path) -> None:
    """A tool with another source stays; the other session's own data is untouched."""
    for number, session in enumerate((FIRST, SECOND)):
        _works(app, tmp_path / f"p{number}", session, marked=session == FIRST)
        distill(app, install=False, progress=_quiet)
    states = {c.source.session: c.state for c in app.catalog.candidates()}
    assert states == {FIRST: State.PLACED, SECOND: State.DUPLICATE}
    second = [c for c in app.catalog.candidates() if c.source.session == SECOND]
    events = app.traces.session(SECOND)
    [tool] = app.library.tools()

    done = forget(app, FIRST)

    assert done.removed.tools == ()
    assert any(SECOND in one.why and tool.name in one.what for one in done.kept)
    assert [t.name for t in app.library.tools()] == [tool.name]
    assert {entry.session for entry in app.library.lineage(tool.name)} == {""}
    assert [c for c in app.catalog.candidates() if c.source.session == SECOND] == second
    assert app.traces.session(SECOND) == events
    assert app.catalog.accounting().balanced
    # The program of the tool that stays is the first session's; nothing else of it is.
    assert {path.split("/")[0] for word in WORDS for path in _holding(app.data_dir, word)} <= {"skills"}
    assert {FIRST in path for path in _holding(app.data_dir, FIRST)} <= {False}

    gone = forget(app, SECOND)
    assert gone.removed.tools == ()


# ---- without running programs -----------------------------------------------------------------------------------


@pytest.fixture
def read(app: App, tmp_path: Path) -> App:
    """Two sessions that were taken in and read, not judged."""
    app.prepare()
    for number, session in enumerate((FIRST, SECOND)):
        _works(app, tmp_path / f"p{number}", session, marked=session == FIRST)
    drain(app)
    for session in app.catalog.open_sessions():
        found = reconstruct(app.traces.session(session))
        app.catalog.save_reconstruction(session, found.executions, found.noise)
    return app


def test_a_dry_run_says_the_same_and_changes_nothing(read: App) -> None:
    """Who is asked to confirm must see what really goes."""
    read.catalog.compact()
    before = {path: data for path, data in _everything(read.data_dir).items() if "catalog.db-" not in path}
    planned = plan(read, FIRST)
    after = {path: data for path, data in _everything(read.data_dir).items() if "catalog.db-" not in path}

    assert planned.dry_run
    assert after == before
    assert forget(read, FIRST) == ForgetReport(FIRST, planned.removed, planned.kept)


def test_a_second_time_there_is_nothing_to_forget(read: App) -> None:
    """Exit 3, as for a session that never was; the name of a near one is offered."""
    forget(read, FIRST)
    with pytest.raises(SessionUnknown, match="forgotten before"):
        forget(read, FIRST)
    with pytest.raises(SessionUnknown) as unknown:
        forget(read, SECOND[:-1])
    assert SECOND in unknown.value.hint
    assert forget(read, SECOND).removed.events > 0


def test_a_file_that_another_session_names_stays(read: App, tmp_path: Path) -> None:
    """Its candidate is judged by it."""
    shared = read.blobs.put(b"the same page in both")
    for session in (FIRST, SECOND):
        lines = next((read.data_dir / "traces").glob(f"*/{session}.jsonl"))
        with lines.open("a", encoding="utf-8") as log:
            log.write(f'{{"v":1,"note":"{shared}"}}\n')
    report = forget(read, FIRST)

    assert read.blobs.get(shared) == b"the same page in both"
    assert any("copies of files" in one.what for one in report.kept)
    forget(read, SECOND)
    assert [blob.digest for blob in read.blob_stock.held()] == []


def test_files_of_the_session_in_the_spool_go_and_those_that_only_name_it_stay(read: App) -> None:
    """A payload of another session may hold `forget SESSION` as a command; quarantined ones may be cut off."""
    new, aside = read.data_dir / "spool" / "new", read.data_dir / "spool" / "quarantine"
    aside.mkdir(exist_ok=True)
    (new / "a").write_text(json.dumps({"session_id": FIRST, "prompt": "x"}), encoding="utf-8")
    text = f'skillstrata forget "session_id": "{FIRST}"'
    (new / "b").write_text(json.dumps({"session_id": SECOND, "command": text}), encoding="utf-8")
    (aside / "c").write_text(f'{{"session_id": "{FIRST}", "prom', encoding="utf-8")
    (aside / "c.reason").write_text("cut off", encoding="utf-8")
    (aside / "d").write_text("no JSON at all", encoding="utf-8")
    (new / "link").symlink_to(aside / "c")

    assert forget(read, FIRST).removed.waiting == 2
    assert sorted(p.name for p in (*new.iterdir(), *aside.iterdir())) == ["b", "d", "link"]


def _route(app: App, name: str, session: str, query: str = "") -> None:
    app.skill_host.routing_log().add(RouteRecord(name, 1.0, session, "ab" * 32, query, Route()))


def test_its_lines_of_the_routing_log_go_and_those_of_others_stay(read: App) -> None:
    """What was proposed for a session's requests is the session's as much as the requests are."""
    for name, session in (("a", FIRST), ("b", SECOND), ("c", FIRST)):
        _route(read, name, session, WORDS[0] if session == FIRST else "")
    assert _holding(read.data_dir, WORDS[0])

    assert plan(read, FIRST).removed.routes == 2
    assert forget(read, FIRST).removed.routes == 2
    assert [record.id for record in read.skill_host.routing_log().records()] == ["b"]
    assert _holding(read.data_dir, WORDS[0]) == []


def test_a_session_that_only_the_routing_log_knows_can_be_forgotten(app: App) -> None:
    """An agent of one's own is in no other store; twin: one that is nowhere is unknown."""
    app.prepare()
    _route(app, "a", "mine")

    assert forget(app, "mine").removed.routes == 1
    with pytest.raises(SessionUnknown):
        forget(app, "nobody's")


def test_runs_of_the_session_go_and_the_audit_log_stays(read: App) -> None:
    """A run holds outputs; a line of the log cannot go without breaking its chain, and that is said."""
    for name, session in (("a", FIRST), ("b", SECOND), ("c", FIRST)):
        head = RunHead(name, "skill_x", "d" * 64, "p" * 64, {"said": session}, "/work", 1.0, 9.0, session=session)
        read.run_store.begin(head)
        read.run_store.finish(ComposedRun(head, "waiting_approval"))
        read.audit_log.append(AuditEntry("intent", run_id=name, session=session))
    planned = plan(read, FIRST)
    done = forget(read, FIRST)

    assert (planned.removed.runs, done.removed.runs) == (2, 2)
    assert [run.head.run_id for run in read.run_store.runs()] == ["b"]
    assert "2 lines of the audit log" in [one.what for one in done.kept]
    assert read.audit_log.verify().ok
    assert len(read.audit_log.records()) == 3


def test_a_session_that_only_a_run_knows_can_be_forgotten(app: App) -> None:
    """A server's client is in no other store; twin: one that is nowhere is unknown."""
    app.prepare()
    head = RunHead("a", "skill_x", "d" * 64, "p" * 64, {}, "/work", 1.0, 9.0, session="mine")
    app.run_store.begin(head)
    app.run_store.finish(ComposedRun(head, "done"))

    assert forget(app, "mine").removed.runs == 1
    with pytest.raises(SessionUnknown):
        forget(app, "nobody's")


def test_while_a_distiller_works_nothing_is_removed(read: App) -> None:
    """Exit 75; it would write about what is going."""
    with read.lock.held(), pytest.raises(StoreLocked):
        forget(read, FIRST)
    assert read.traces.holds(FIRST)
    forget(read, FIRST)
    assert not read.traces.holds(FIRST)


STEPS: tuple[tuple[str, Callable[[App], object]], ...] = (
    ("remove", lambda app: app.blob_stock),
    ("remove_session", lambda app: app.spool),
    ("routing_log", lambda app: app.skill_host),
    ("remove", lambda app: app.traces),
    ("forget_session", lambda app: app.catalog),
    ("compact", lambda app: app.catalog),
)


class Killed(StrataError):
    """Stands for the end of the process at one step."""

    code = "tests.killed"


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_run_that_ended_at_any_step_is_carried_on(read: App, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Killed between two stores, it leaves the session known, and the next run ends with nothing of it left."""
    method, of = STEPS[number]

    def dies(*_: object) -> None:
        raise Killed("killed")

    with monkeypatch.context() as patched:
        patched.setattr(of(read), method, dies)
        with pytest.raises(Killed):
            forget(read, FIRST)
    again = open_app(read.settings)
    try:
        forget(again, FIRST)
    except SessionUnknown:
        # All of it was gone but the rest in the file, which even this run removes.
        assert method == "compact"

    assert {word: _holding(read.data_dir, word) for word in WORDS} == {word: [] for word in WORDS}
    assert again.catalog.accounting().balanced


def test_a_row_that_was_overwritten_long_ago_leaves_no_byte_either(read: App) -> None:
    """A record that was stored and replaced before is a free page of the file."""
    with closing(sqlite3.connect(read.data_dir / "catalog.db")) as unsafe:
        unsafe.execute("PRAGMA secure_delete=OFF")
        unsafe.execute("CREATE TABLE scratch (text)")
        unsafe.executemany("INSERT INTO scratch VALUES (?)", [(f"{WORDS[3]} {n} " * 300,) for n in range(50)])
        unsafe.commit()
        unsafe.execute("DROP TABLE scratch")
        unsafe.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert "catalog.db" in _holding(read.data_dir, WORDS[3])

    forget(read, FIRST)
    assert _holding(read.data_dir, WORDS[3]) == []


# ---- the verb -----------------------------------------------------------------------------------------------------


def test_the_verb_asks_nobody_in_a_pipe_and_gives_its_object(read: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs rely on it; `--dry-run` first, unknown afterwards."""
    words = ("--data-dir", str(read.data_dir), "forget", FIRST, "--json")
    assert main((*words, "--dry-run")) == 0
    would = json.loads(capsys.readouterr().out)
    assert main(words) == 0
    did = json.loads(capsys.readouterr().out)

    assert (would.pop("dry_run"), did.pop("dry_run")) == (True, False)
    assert would == did
    assert did["removed"]["events"] > 0
    assert did["removed"]["routes"] == 0
    assert {"what", "why"} == set(did["kept"][0])
    assert main(words) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "catalog.session_unknown"


@pytest.mark.parametrize(("answer", "exit_code", "left"), [("n", 130, True), ("y", 0, False)])
def test_on_a_terminal_it_asks_first(read: App, answer: str, exit_code: int, left: bool) -> None:
    """What is gone cannot be had back."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "skillstrata", "--data-dir", str(read.data_dir), "forget", FIRST]
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=read.data_dir) as asked:
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 4096)
        os.write(ours, f"{answer}\n".encode())
        # Reading fails once the other side has closed it.
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 4096):
                said += chunk
    os.close(ours)

    assert b"would be removed" in said
    assert asked.returncode == exit_code
    assert open_app(read.settings).traces.holds(FIRST) is left


@pytest.mark.parametrize("after_s", [0.25, 0.4, 0.55, 0.7])
def test_kill_9_at_any_moment_leaves_a_session_that_can_be_forgotten(read: App, after_s: float) -> None:
    """Wherever it struck: the next run ends with no byte left, and the other session is as it was."""
    other = read.traces.session(SECOND)
    words = [sys.executable, "-m", "skillstrata", "--data-dir", str(read.data_dir), "forget", FIRST, "--yes"]
    with subprocess.Popen(words, cwd=read.data_dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            killed.wait(after_s)
        killed.kill()
    done = subprocess.run(words, cwd=read.data_dir, capture_output=True, text=True, check=False)

    assert done.returncode in {0, 3}, done.stderr
    assert {word: _holding(read.data_dir, word) for word in WORDS} == {word: [] for word in WORDS}
    assert read.traces.session(SECOND) == other
    assert read.catalog.accounting().balanced
