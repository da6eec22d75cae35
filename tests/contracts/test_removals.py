"""What every store promises of taking things out: nothing of them is left, and nothing else is gone."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.jsonl_trace_log import JsonlTraceLog
from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.library import render_page, render_tool
from skillstrata.ports.catalog import Catalog
from skillstrata.ports.library_store import LibraryStore
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.events import Event, EventKind, FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind, Execution, NoiseEvent
from skillstrata.records.failures import CatalogBusy, ToolUnknown
from skillstrata.records.tools import Branch, LineageEntry, Quality, Tool, Usage
from tests.fakes.memory_catalog import MemoryCatalog
from tests.fakes.sample_tools import FIXTURE, a_draft, a_proof, a_tool, an_entry, rendered

MARCH, APRIL = 1_772_400_000.0, 1_775_100_000.0
A, B, C = "a" * 64, "b" * 64, "c" * 64


def _event(id_: str, *, session: str = "s1", at_s: float = 1.0, digest: str = "") -> Event:
    files = (FileSnapshot("/p", digest),) if digest else ()
    return Event(id=id_, agent="claude-code", session=session, kind=EventKind.CALL, at_s=at_s, files=files)


def _execution(id_: str, *event_ids: str, session: str = "s1", digest: str = A) -> Execution:
    return Execution(
        id=id_,
        agent="claude-code",
        session=session,
        tool_use_id=f"use-{id_}",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.HEREDOC,
        body="print(1)",
        argv=(),
        cwd="/p",
        outcome=Outcome.OK,
        event_ids=event_ids,
        snapshots=(FileSnapshot("/p/a", digest, 1),),
    )


def _judged(id_: str, state: State, session: str = "s1") -> Candidate:
    return Candidate(id_, state, Source("claude-code", session, f"use-{id_}"))


# ---- catalog --------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """Give each implementation, empty."""
    if request.param == "memory":
        yield MemoryCatalog()
        return
    stored = SqliteCatalog(tmp_path / "d" / "catalog.db")
    yield stored
    stored.close()


def test_sessions_are_named_by_events_and_by_executions(catalog: Catalog) -> None:
    """After retention only the executions are left of one; it can still be forgotten."""
    catalog.add_events((_event("e1", session="b"), _event("e2", session="b")))
    catalog.save_reconstruction("a", (_execution("x1", session="a"),), ())

    assert catalog.sessions() == ("a", "b")


def test_blobs_are_told_by_who_names_them(catalog: Catalog) -> None:
    """A file that another session's program read must not go with this one's."""
    catalog.save_reconstruction("s1", (_execution("x1", digest=A), _execution("x2", digest=B)), ())
    catalog.save_reconstruction("s2", (_execution("x3", session="s2", digest=B),), ())

    assert catalog.session_digests("s1") == {A, B}
    assert catalog.named_elsewhere(frozenset({A, B, C}), "s1") == {B}
    assert catalog.named_elsewhere(frozenset({A, B, C}), "") == {A, B}


def test_a_session_with_something_unread_or_unjudged_is_not_old(catalog: Catalog) -> None:
    """Dropped, its program would be judged without its input, or never."""
    catalog.add_events(tuple(_event(f"{s}-e", session=s, at_s=10.0) for s in ("done", "open", "unread", "late")))
    catalog.add_events((_event("late-2", session="late", at_s=99.0),))
    for session in ("done", "late"):
        catalog.save_reconstruction(session, (), tuple(NoiseEvent(f"{session}-e{n}", "x") for n in ("", "-2")))
    catalog.save_reconstruction("late", (), (NoiseEvent("late-e", "x"), NoiseEvent("late-2", "x")))
    catalog.save_reconstruction("open", (_execution("x1", "open-e", session="open"),), ())

    assert catalog.sessions_before(50.0) == ("done", "late")
    assert catalog.sessions_before(10.0) == ()
    catalog.save_candidate(_judged("x1", State.SHELVED, "open"))
    assert catalog.sessions_before(50.0) == ("done", "late", "open")


def test_sessions_are_named_by_the_time_of_their_events(catalog: Catalog) -> None:
    """Both ends count; a session before or after is not there."""
    events = [_event("a", session="s1", at_s=10.0), _event("b", session="s2", at_s=20.0)]
    catalog.add_events((*events, _event("c", session="s2", at_s=30.0), _event("d", session="s3", at_s=40.0)))

    assert catalog.sessions_between(20.0, 40.0) == ("s2", "s3")
    assert catalog.sessions_between(11.0, 19.0) == ()


def test_old_events_go_and_what_was_judged_of_them_stays(catalog: Catalog) -> None:
    """The sums balance, the candidate keeps its program and its story; noise goes with the last event."""
    catalog.add_events((_event("e1", at_s=10.0), _event("e2", at_s=60.0), _event("e3", session="s2", at_s=10.0)))
    catalog.save_reconstruction("s1", (_execution("x1", "e1"), _execution("x2", "e2")), ())
    catalog.save_reconstruction("s2", (), (NoiseEvent("e3", "x"),))
    catalog.save_candidate(_judged("x1", State.PLACED))
    catalog.save_candidate(_judged("x2", State.NOISE))

    assert catalog.remove_events("s1", 50.0) == 1
    sums = catalog.accounting()
    assert (sums.balanced, sums.events, sums.executions.total) == (True, 2, 2)
    assert catalog.execution("x1").body == "print(1)"
    assert catalog.remove_events("s1", 99.0) == 1
    assert [c.id for c in catalog.candidates()] == ["x1"]
    assert catalog.accounting().balanced
    assert catalog.remove_events("s1", 99.0) == 0
    assert catalog.known_events(("e1", "e2", "e3")) == {"e3"}


def test_uses_of_removed_tools_go_and_others_lose_the_sessions_name(catalog: Catalog) -> None:
    """A new tool of the same name must not start with another's record; a tool that stays keeps its own."""
    calls = [
        Usage(tool, "b", 1, n, True, 1.0, "cli", session=s)
        for n, (tool, s) in enumerate((("x", "s1"), ("y", "s1"), ("y", "s2")))
    ]
    for call in calls:
        catalog.add_usage(call)

    assert catalog.forget_uses("s1", ("x",)) == 1
    assert catalog.qualities() == (("y", Quality(2, 2, 0, 1.0)),)
    assert catalog.forget_uses("s1", ("x",)) == 0
    catalog.compact()
    assert catalog.quality("y").runs == 2


def test_a_catalog_that_somebody_reads_is_said_to_be_busy(tmp_path: Path) -> None:
    """What was removed is still in the log; that must not pass for done."""
    path = tmp_path / "catalog.db"
    one = SqliteCatalog(path, busy_s=0.1)
    one.add_events((_event("e1"),))
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM events").fetchall()
        one.add_events((_event("e2"),))
        with pytest.raises(CatalogBusy):
            one.compact()
    one.compact()
    assert one.known_events(("e1", "e2")) == {"e1", "e2"}
    one.close()


# ---- trace log ------------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> JsonlTraceLog:
    """Two sessions over two months; one has a name that is no file name."""
    made = JsonlTraceLog(tmp_path / "traces")
    for session in ("s1", "../s 2"):
        made.append((_event(f"{session}-a", session=session, at_s=MARCH, digest=A),))
        made.append((_event(f"{session}-b", session=session, at_s=APRIL, digest=B if session == "s1" else A),))
    return made


def test_a_removed_session_is_gone_from_every_month_and_the_other_is_not(log: JsonlTraceLog, tmp_path: Path) -> None:
    """A session that lasts over a month has a file in each; a killed rewriting has one more."""
    left = next((tmp_path / "traces").glob("*")) / ".00.tmp"
    left.write_bytes(b"a line")
    other = log.session("../s 2")
    log.remove("s1")
    log.remove("s1")

    assert (log.holds("s1"), log.holds("../s 2"), left.exists()) == (False, True, False)
    assert log.session("s1") == ()
    assert log.session("../s 2") == other
    assert len(list((tmp_path / "traces").rglob("*.jsonl"))) == 2


def test_blobs_that_events_name_are_told_by_session(log: JsonlTraceLog) -> None:
    """As for the catalog's executions."""
    assert log.digests("s1") == {A, B}
    assert log.named_elsewhere(frozenset({A, B, C}), "s1") == {A}
    assert log.named_elsewhere(frozenset({A, B, C}), "") == {A, B}
    assert log.named_elsewhere(frozenset(), "s1") == frozenset()


def test_events_of_an_earlier_time_are_taken_out_of_a_file_that_goes_on(log: JsonlTraceLog, tmp_path: Path) -> None:
    """Lines that stay are the same bytes; a torn one stays as long as there is one that can be read."""
    log.append((_event("s1-c", at_s=MARCH + 5), _event("s1-d", at_s=MARCH + 9)))
    [march] = (tmp_path / "traces").glob("*03/s1.jsonl")
    with march.open("ab") as torn:
        torn.write(b'{"v":1,"event":{"id"')
    lines = march.read_bytes().splitlines(keepends=True)
    log.remove_before("s1", MARCH + 5)

    assert march.read_bytes().splitlines(keepends=True) == lines[1:]
    assert [event.id for event in log.session("s1")] == ["s1-c", "s1-d", "s1-b"]
    log.remove_before("s1", MARCH + 5)
    assert march.read_bytes().splitlines(keepends=True) == lines[1:]
    log.remove_before("s1", APRIL)
    assert not march.exists()
    assert [event.id for event in log.session("s1")] == ["s1-b"]
    assert len(log.session("../s 2")) == 2


# ---- library --------------------------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the library lies."""
    return tmp_path / "skills"


@pytest.fixture
def store(root: Path) -> LibraryStore:
    """A library with one tool of two versions, the second one active, and another tool."""
    made = SkillFolders(root)
    for name in ("other", "html-to-markdown"):
        made.deposit(name, rendered(a_tool(name)), an_entry())
    files = render_tool(
        _two_versions(),
        draft=replace(a_draft(), candidate_id="c2"),
        proof=a_proof(),
        fixtures=(("fresh-2.html", FIXTURE),),
    )
    made.deposit("html-to-markdown", files, LineageEntry(13.0, "iteration", "html", 2, "c2", "claude-code", "s2"))
    return made


def _two_versions() -> Tool:
    tool = a_tool()
    first = tool.branches[0].versions[0]
    fixture = replace(first.fixtures[0], name="fresh-2.html")
    second = replace(
        first,
        number=2,
        path="branches/html/v2",
        main="print(2)\n",
        body_digest="d" * 64,
        candidate_id="c2",
        fixtures=(fixture,),
    )
    return replace(tool, branches=(Branch("html", 2, (first, second)),))


def _without_second() -> Tool:
    tool = _two_versions()
    return replace(tool, branches=(Branch("html", 1, tool.branches[0].versions[:1]),))


def test_a_removed_tool_leaves_no_file_and_may_be_removed_twice(store: LibraryStore, root: Path) -> None:
    """Nor a hidden one; the other tool is as it was."""
    stamp = store.stamp()
    store.remove("html-to-markdown")
    store.remove("html-to-markdown")
    store.remove("../x")

    assert sorted(os.listdir(root)) == ["other"]
    assert [tool.name for tool in store.tools()] == ["other"]
    assert SkillFolders(root).stamp() != stamp


def test_a_version_that_the_new_manifest_leaves_out_is_gone_with_its_files(store: LibraryStore, root: Path) -> None:
    """The other version, its proof, its fixtures and the user's own file stay."""
    folder = root / "html-to-markdown"
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    kept = {p: p.read_bytes() for p in (folder / "branches/html/v1").iterdir()}
    store.rewrite("html-to-markdown", render_page(_without_second(), a_proof()), (an_entry(),))

    assert store.tool("html-to-markdown") == _without_second()
    assert store.lineage("html-to-markdown") == (an_entry(),)
    assert not (folder / "branches/html/v2").exists()
    assert [p.name for p in (folder / "fixtures").iterdir()] == ["fresh-1.html"]
    assert {p: p.read_bytes() for p in (folder / "branches/html/v1").iterdir()} == kept
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert b"print(2)" not in b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_a_removal_that_was_killed_is_carried_on(store: LibraryStore, root: Path) -> None:
    """After the manifest was written and before its versions' files were gone; after a tool was moved aside."""
    folder = root / "html-to-markdown"
    (manifest,) = (f for f in render_page(_without_second(), None) if f.path == "manifest.json")
    (folder / "manifest.json").write_bytes(manifest.data)
    os.rename(root / "other", root / ".gone-00")
    (root / ".tmp-00").mkdir()
    store.purge()

    assert sorted(os.listdir(root)) == ["html-to-markdown"]
    assert not (folder / "branches/html/v2").exists()
    assert store.tool("html-to-markdown") == _without_second()


def test_a_folder_that_cannot_be_read_is_left_alone(store: LibraryStore, root: Path) -> None:
    """Nobody can say what of it is named."""
    (root / "other" / "manifest.json").write_text("{", encoding="utf-8")
    before = {p: p.read_bytes() for p in (root / "other").rglob("*") if p.is_file()}
    store.purge()

    assert {p: p.read_bytes() for p in (root / "other").rglob("*") if p.is_file()} == before
    with pytest.raises(ToolUnknown):
        store.rewrite("none", (), ())


# ---- spool ----------------------------------------------------------------------------------------------------


def test_what_was_set_aside_long_ago_goes_with_its_reason(tmp_path: Path) -> None:
    """By the time it was set aside, not by the event's; what waits is not touched."""
    spool = SpoolFolder(tmp_path)
    for folder, name in (("quarantine", "old"), ("quarantine", "young"), ("new", "waiting")):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"{")
        os.utime(path, (MARCH, MARCH))
        if folder == "quarantine":
            path.with_name(f"{name}.reason").write_bytes(b"why")
            set_aside = MARCH if name == "old" else APRIL
            os.utime(path.with_name(f"{name}.reason"), (set_aside, set_aside))

    assert spool.remove_quarantined(APRIL) == 1
    assert sorted(p.name for p in (tmp_path / "quarantine").iterdir()) == ["young", "young.reason"]
    assert spool.waiting() == 1
    assert spool.remove_quarantined(APRIL) == 0


@pytest.mark.parametrize("session", ["s1", 'a"b\\c', "grüße", "a.*"])
def test_files_of_a_session_are_known_by_their_own_field(tmp_path: Path, session: str) -> None:
    """However JSON spells the name, and not by what a command says."""
    spool, new = SpoolFolder(tmp_path), tmp_path / "new"
    new.mkdir()
    for n, escaped in enumerate((True, False)):
        said = _json({"session_id": session, "n": n}, escaped=escaped)
        (new / f"ours{n}").write_bytes(said)
    inside = _json({"session_id": session}, escaped=False).decode()
    (new / "other").write_bytes(_json({"session_id": "x", "command": inside}, escaped=False))

    assert spool.of_session(session) == 2
    spool.remove_session(session)
    assert [item.name for item in spool.items()] == ["other"]
    assert spool.of_session("x") == 1


def _json(value: dict[str, str | int], *, escaped: bool) -> bytes:
    return json.dumps(value, ensure_ascii=escaped).encode()
