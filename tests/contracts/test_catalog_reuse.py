"""What reuse shows and people decided is kept, by the stored catalog and by the one in memory alike."""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from skillstrata.adapters.catalog_late_uses import LateUses, Row
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.ports.catalog import Catalog, Pass
from skillstrata.records.candidates import Candidate, ProbeReport, Source, State
from skillstrata.records.contracts import Signature
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.failures import CandidateUnknown, CatalogBusy, StoreFull, ToolDamaged
from skillstrata.records.qualities import (
    LibraryChange,
    LibraryHealth,
    MissCause,
    ReuseMiss,
    SearchMade,
    Showing,
    Verification,
)
from skillstrata.records.reviews import Answer, ReviewDecision
from skillstrata.records.tools import Usage
from skillstrata.records.waiting import WaitingDraft
from tests.fakes.memory_catalog import MemoryCatalog
from tests.fakes.sample_tools import a_contract, a_draft, a_proof


@pytest.fixture(params=["sqlite", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """Give each implementation, with one execution of session s1."""
    made: Catalog = MemoryCatalog() if request.param == "memory" else SqliteCatalog(tmp_path / "d" / "catalog.db")
    made.save_reconstruction("s1", (_execution("x1"), _execution("x2")), ())
    yield made
    if isinstance(made, SqliteCatalog):
        made.close()


def _execution(id_: str) -> Execution:
    return Execution(
        id=id_,
        agent="claude-code",
        session="s1",
        tool_use_id=f"use-{id_}",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body="print()\n",
        argv=(),
        cwd="/home/dev",
        outcome=Outcome.OK,
        event_ids=(),
    )


def _draft(id_: str = "x1") -> WaitingDraft:
    return WaitingDraft(
        candidate=Candidate(id_, State.PENDING, Source("claude-code", "s1", f"use-{id_}"), tool="t", branch="html"),
        of="d",
        draft=a_draft(),
        proof=a_proof(),
        probe=ProbeReport(),
        contract=a_contract(),
        signature=Signature((("a", "b"),), "5" * 64),
        fixtures=(),
    )


def _miss(id_: str = "x1", *, at_s: float = 1.0, tool: str = "t") -> ReuseMiss:
    return ReuseMiss(id_, tool, "html", "text/html", 1, "env", MissCause.NOT_FOUND, at_s, "p", "s1", ("page", "ü"))


def _change(id_: str, *, at_s: float = 1.0, tool: str = "t") -> LibraryChange:
    return LibraryChange(id_, tool, "visibility", "invokable", "listed", "gate", "3 of 3 calls", at_s)


def test_uses_come_back_as_they_were_oldest_first(catalog: Catalog) -> None:
    """The gate counts sessions and people in them."""
    late, early = (Usage("t", "html", 1, at_s, True, 3.5, "mcp", "p", "s", "", "me") for at_s in (2.0, 1.0))
    for use in (late, early, late, replace(late, tool="u")):
        catalog.add_usage(use)

    assert catalog.usages("t") == catalog.usages("t", newest=9) == (early, late)
    assert catalog.usages("t", newest=1) == (late,)
    assert len(catalog.usages()) == 3


def test_an_execution_has_one_miss_of_reuse_and_it_goes_with_its_session(catalog: Catalog) -> None:
    """A pass that is repeated must not count twice; what is forgotten leaves no trace."""
    catalog.add_reuse_miss(_miss(at_s=5.0))
    catalog.add_reuse_miss(replace(_miss(at_s=5.0), cause=MissCause.FAILED))
    catalog.add_reuse_miss(_miss("x2", tool="u"))
    with pytest.raises(CandidateUnknown):
        catalog.add_reuse_miss(_miss("nobody"))

    assert catalog.reuse_misses() == (_miss("x2", tool="u"), replace(_miss(at_s=5.0), cause=MissCause.FAILED))
    assert [m.tool for m in catalog.reuse_misses("t")] == ["t"]
    catalog.forget_session("s1")
    assert catalog.reuse_misses() == ()


def test_a_decision_is_kept_with_its_draft_until_its_session_is_forgotten(catalog: Catalog) -> None:
    """Taking an answer back needs all that was decided about, contracts included."""
    decision = ReviewDecision("d1", "x1", "q", Answer.KEEP_BOTH, "t-2", "html", 3.0, "t", "html", 2, a_contract(), None)
    catalog.save_decision(decision, _draft())
    catalog.save_decision(replace(decision, id="d0", at_s=1.0, item="x2"), _draft("x2"))
    catalog.undo_decision("d1")
    with pytest.raises(CandidateUnknown):
        catalog.save_decision(replace(decision, item="nobody"), _draft("nobody"))

    assert [d.id for d in catalog.decisions()] == ["d0", "d1"]
    assert catalog.decisions()[1] == replace(decision, undone=True)
    assert catalog.decided_draft("d1") == _draft()
    assert catalog.decided_draft("never") is None
    catalog.forget_session("s1")
    assert catalog.decisions() == ()


def test_changes_verifications_and_misses_go_with_their_tool(catalog: Catalog) -> None:
    """A tool of the same name that comes later starts with nothing against it."""
    catalog.add_change(_change("c2", at_s=2.0))
    catalog.add_change(_change("c1"))
    catalog.add_change(replace(_change("c1"), because="other"))
    catalog.add_change(_change("c3", tool="u"))
    catalog.undo_change("c2")
    for ok in (True, False):
        catalog.add_verification(Verification("t", "html", 1, "e", 4.0, ok, "" if ok else "other bytes"))
    catalog.add_verification(Verification("t", "html", 1, "f", 3.0, True))
    catalog.add_reuse_miss(_miss())

    assert catalog.changes("t") == (_change("c1"), replace(_change("c2", at_s=2.0), undone=True))
    assert [(v.environment, v.ok) for v in catalog.verifications("t")] == [("f", True), ("e", False)]
    catalog.forget_uses("", ("t",))
    assert [c.id for c in catalog.changes()] == ["c3"]
    assert catalog.verifications() == catalog.reuse_misses() == ()


def test_searches_and_showings_are_kept_and_go_with_their_session(catalog: Catalog) -> None:
    """Words of a search are somebody's: they go when the session is forgotten."""
    mine, other = (SearchMade(at_s, session, "p", ("html",), ("t",)) for at_s, session in ((2.0, "s1"), (1.0, "s2")))
    for search in (mine, other, mine):
        catalog.add_search(search)
    catalog.add_showings((Showing("s1", "t", "listed", 1.0), Showing("s2", "t", "warm-start", 1.0)))
    catalog.add_showings((Showing("s1", "t", "listed", 9.0),))
    catalog.add_showings(())

    assert catalog.searches(0.0, 9.0) == (other, mine)
    assert catalog.searches(2.0, 2.0) == (mine,)
    assert catalog.showings("s1") == (Showing("s1", "t", "listed", 1.0),)
    catalog.forget_uses("s1", ())
    assert catalog.searches(0.0, 9.0) == (other,)
    assert catalog.showings("s1") == ()
    assert catalog.showings("s2") != ()


def test_pictures_of_health_are_kept_in_order(catalog: Catalog) -> None:
    """The trend is drawn from them."""
    later = LibraryHealth(2.0, 3, levels=(("listed", 1),), redundant=(("a", "b", "why"),), misses=(("failed", 2),))
    for picture in (later, LibraryHealth(1.0, 2), later):
        catalog.add_health(picture)

    assert catalog.healths() == (LibraryHealth(1.0, 2), later)


@contextmanager
def _held(path: Path) -> Generator[None]:
    """Let another process hold the catalog."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def _use(at_s: float, session: str = "s") -> Usage:
    return Usage("t", "b", 1, at_s, True, 1.0, "cli", session=session)


def test_a_search_does_not_wait_for_a_catalog_that_is_held(tmp_path: Path) -> None:
    """Whoever searches waits for tools; other things are not lost without a word."""
    catalog = SqliteCatalog(tmp_path / "catalog.db", busy_s=0.1)
    catalog.accounting()
    with _held(tmp_path / "catalog.db"):
        catalog.add_search(SearchMade(1.0, "s", "p", (), ()))
        with pytest.raises(CatalogBusy):
            catalog.add_pass(Pass(8.0, 9.0, 1))

    assert catalog.searches(0.0, 9.0) == ()
    catalog.close()


@pytest.mark.parametrize("by", ["a look", "the sums", "the next call", "a later process"])
def test_a_use_does_not_wait_for_a_catalog_that_is_held_and_is_counted_once_afterwards(tmp_path: Path, by: str) -> None:
    """Whoever calls a tool waits for its output; held for as long as it likes, nothing is missing in the record."""
    path = tmp_path / "catalog.db"
    catalog = SqliteCatalog(path, busy_s=3600.0)
    catalog.accounting()
    with _held(path):
        catalog.add_usage(_use(1.0))
        catalog.add_usage(_use(2.0))
        catalog.add_usage(_use(2.0))
        assert catalog.usages() == ()
    if by == "the next call":
        catalog.add_usage(_use(3.0))
        assert not (tmp_path / "uses.waiting").exists()
    if by == "a later process":
        catalog.close()
        catalog = SqliteCatalog(path)
    if by == "the sums":
        assert catalog.quality("t").runs == 2

    assert [use.at_s for use in catalog.usages()] == [1.0, 2.0, 3.0][: 3 if by == "the next call" else 2]
    assert not (tmp_path / "uses.waiting").exists()
    catalog.close()


def test_of_a_damaged_file_of_late_uses_the_whole_lines_count(tmp_path: Path) -> None:
    """A full disk, or a loss of power, leaves half of a line; what else stands there is no use."""
    path = tmp_path / "catalog.db"
    catalog = SqliteCatalog(path, busy_s=0.1)
    catalog.accounting()
    with _held(path):
        catalog.add_usage(_use(1.0))
    whole = (tmp_path / "uses.waiting").read_bytes()
    (tmp_path / "uses.waiting").write_bytes(whole + b'{"tool": "x"}\n[1]\n\xff\n' + whole[:30])

    assert [use.at_s for use in catalog.usages()] == [1.0]
    catalog.close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2**64 - 1),
        ("version", "one"),
        ("version", True),
        ("version", -1),
        ("ok", "maybe"),
        ("ok", 2),
        ("at_s", "abc"),
        ("at_s", 2**64 - 1),
        ("ms", None),
        ("tool", 7),
        ("session", ["s"]),
    ],
)
def test_a_late_use_with_a_field_that_cannot_be_is_left_out_and_the_others_count(
    tmp_path: Path, field: str, value: object
) -> None:
    """One line would keep everybody from every look at uses, for ever."""
    with _waiting(tmp_path, _use(1.0), _use(2.0)) as (catalog, file):
        first, second = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(orjson.dumps(orjson.loads(first) | {field: value}) + b"\n" + second)

        assert [use.at_s for use in catalog.usages()] == [2.0]
        assert not file.exists()


def test_half_a_line_takes_no_other_use_with_it(tmp_path: Path) -> None:
    """A full disk leaves one; the next use stands on a line of its own."""
    with _waiting(tmp_path, _use(1.0)) as (catalog, file):
        file.write_bytes(file.read_bytes() + file.read_bytes()[:40])
        with _held(tmp_path / "catalog.db"):
            catalog.add_usage(_use(2.0))
            catalog.add_usage(_use(3.0))

        assert [use.at_s for use in catalog.usages()] == [1.0, 2.0, 3.0]


def test_a_use_that_is_written_in_part_is_taken_away_again_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says how much it wrote; where all of it goes, nothing is told."""
    write = os.write
    with _waiting(tmp_path, _use(1.0)) as (catalog, file), _held(tmp_path / "catalog.db"):
        before = file.read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", lambda fd, line: write(fd, line[:20]))
            with pytest.raises(StoreFull):
                catalog.add_usage(_use(2.0))
        assert file.read_bytes() == before
        catalog.add_usage(_use(3.0))
        assert len(file.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link", "a loop"])
def test_something_else_in_the_place_of_the_late_uses_stops_no_look(tmp_path: Path, what: str) -> None:
    """Nor does a call hang on it; only a use that would have to wait is refused, in words."""
    with _waiting(tmp_path) as (catalog, file):
        catalog.add_usage(_use(1.0))
        if what == "a folder":
            file.mkdir()
        elif what == "a pipe":
            os.mkfifo(file)
        else:
            file.symlink_to(file if what == "a loop" else tmp_path / "elsewhere")
        catalog.add_usage(_use(2.0))
        assert [use.at_s for use in catalog.usages()] == [1.0, 2.0]
        with _held(tmp_path / "catalog.db"), pytest.raises(StoreFull):
            catalog.add_usage(_use(3.0))

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("refused", "left", "given"), [(CatalogBusy, 2, []), (OverflowError, 0, [2.0]), (ToolDamaged, 0, [2.0])]
)
def test_a_row_that_is_refused_by_itself_keeps_no_other_back(
    tmp_path: Path, refused: type[Exception], left: int, given: list[float]
) -> None:
    """What nobody can take at this moment stays, all of it."""
    late = LateUses(tmp_path / "uses.waiting", frozenset({"at_s"}))
    for at_s in (1.0, 2.0):
        late.keep({"at_s": at_s})
    taken: list[str | float | int] = []

    def put(rows: tuple[Row, ...]) -> None:
        if any(row["at_s"] == 1.0 for row in rows):
            raise refused("no")
        taken.extend(row["at_s"] for row in rows)

    with pytest.raises(refused) if left else nullcontext():
        late.settle(put)
    file = tmp_path / "uses.waiting"
    assert (taken, len(file.read_bytes().splitlines()) if file.exists() else 0) == (given, left)


@contextmanager
def _waiting(folder: Path, *uses: Usage) -> Generator[tuple[SqliteCatalog, Path]]:
    """Give a catalog beside which these uses wait, and the file."""
    catalog = SqliteCatalog(folder / "catalog.db", busy_s=0.1)
    catalog.accounting()
    with _held(folder / "catalog.db"):
        for use in uses:
            catalog.add_usage(use)
    try:
        yield catalog, folder / "uses.waiting"
    finally:
        catalog.close()


def test_a_session_is_forgotten_with_its_late_uses(tmp_path: Path) -> None:
    """They would come back with the next look."""
    path = tmp_path / "catalog.db"
    catalog = SqliteCatalog(path, busy_s=0.1)
    catalog.accounting()
    with _held(path):
        catalog.add_usage(_use(1.0, "gone"))
        catalog.add_usage(_use(2.0, "stays"))
        with pytest.raises(CatalogBusy):
            catalog.forget_uses("gone", ("t",))
    assert catalog.forget_uses("gone", ("t",)) >= 1

    assert not (tmp_path / "uses.waiting").exists()
    assert "gone" not in [use.session for use in catalog.usages()]
    catalog.close()
