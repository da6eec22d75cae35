"""What every store of drafts promises: the folder, and the one in memory."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.draft_folder import DraftFolder
from skillstrata.library.lifecycle_drafts import read_draft
from skillstrata.ports.draft_files import DraftFiles
from skillstrata.records.failures import StoreFull
from skillstrata.records.learned import Evidence, LearnedDraft
from skillstrata.records.learned_drafts import FoundDraft, session_digest
from tests.fakes.memory_drafts import MemoryDrafts

PROOF = (Evidence("e1", "s1", "shop-1", "ran 3 steps in this order"),)


def _found(key: str, name: str = "use-pnpm") -> FoundDraft:
    draft = LearnedDraft(name, "Use `pnpm`.", "- Use `pnpm`.", 0.75, evidence=PROOF, because="created because …")
    return FoundDraft(key * 16, "rule", draft, ("shop-1",), 3, 2)


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> DraftFiles:
    """Give each implementation."""
    return DraftFolder(tmp_path / "learning") if request.param == "folder" else MemoryDrafts()


def test_keep_leaves_exactly_the_drafts_it_was_given(files: DraftFiles) -> None:
    """Drafts follow from the log: what the log does not show any more has none."""
    files.keep((_found("a"), _found("b", "never-x")))
    files.keep((_found("b", "never-x"), _found("c", "add-tests")))

    assert [k.name for k in files.kept()] == ["add-tests", "never-x"]
    assert files.settled() == frozenset()


def test_what_was_settled_is_gone_and_stays_settled(files: DraftFiles) -> None:
    """A decision is remembered; one about a draft that nobody has is no error."""
    files.keep((_found("a"), _found("b", "never-x")))
    files.settle("a" * 16)
    files.settle("f" * 16)
    files.keep((_found("b", "never-x"),))

    assert [k.key for k in files.kept()] == ["b" * 16]
    assert files.settled() == {"a" * 16, "f" * 16}


def test_what_was_settled_waits_again_when_it_is_reopened(files: DraftFiles) -> None:
    """An answer can be taken back, also one that was carried out twice; of what is gone only the key is freed."""
    before = files.keep((_found("a"), _found("b", "never-x")))
    files.settle("a" * 16)
    files.settle("a" * 16)
    assert files.reopen("a" * 16)
    assert not files.reopen("f" * 16)
    files.settle("f" * 16)
    assert not files.reopen("f" * 16)

    assert {k.key: k.path for k in files.kept()} == {k.key: k.path for k in before}
    assert files.settled() == frozenset()


def test_of_a_forgotten_session_nothing_settled_is_left_but_its_key(files: DraftFiles) -> None:
    """The twin of another session can still be reopened."""
    files.keep((_of("a", "s1"), _of("b", "s2")))
    for key in ("a", "b"):
        files.settle(key * 16)

    assert files.forget("s1") == 1
    assert files.forget("s1") == 0
    assert files.settled() == {"a" * 16, "b" * 16}
    assert not files.reopen("a" * 16)
    assert files.reopen("b" * 16)


def _of(key: str, session: str) -> FoundDraft:
    return replace(_found(key, f"name-{key}"), sources=(session_digest(session),))


def test_files_that_killed_runs_left_go_with_the_next_session_that_is_forgotten(tmp_path: Path) -> None:
    """Nobody lists them, and they hold words; what waits, and a file of another name, stays."""
    files = DraftFolder(tmp_path)
    (kept,) = files.keep((_of("b", "s2"),))
    stray = tmp_path / "drafts" / f"{'c' * 16}.json"
    own = tmp_path / "drafts" / "mine.json"
    for path in (stray, own):
        path.write_text("{}", encoding="utf-8")
    files.forget("s1")

    assert sorted(p.name for p in (tmp_path / "drafts").iterdir()) == sorted([Path(kept.path).name, "mine.json"])


def test_a_draft_keeps_its_file_whatever_its_name_becomes(files: DraftFiles) -> None:
    """Its key is what it is about."""
    (before,) = files.keep((_found("a"),))
    (after,) = files.keep((_found("a", "another-name"),))

    assert before.path == after.path


def test_the_file_is_a_draft_as_apply_reads_it(tmp_path: Path) -> None:
    """The two meet in this file only."""
    found = _found("a")
    (kept,) = DraftFolder(tmp_path).keep((found,))

    read = read_draft(Path(kept.path).read_bytes(), kept.path)
    assert read == replace(found.draft, path=kept.path)


def test_the_same_drafts_again_change_no_file(tmp_path: Path) -> None:
    """A pass every few minutes must not write every few minutes."""
    files = DraftFolder(tmp_path)
    (kept,) = files.keep((_found("a"),))
    paths = (Path(kept.path), tmp_path / "index.json")
    before = [path.stat().st_ino for path in paths]
    files.keep((_found("a"),))

    assert [path.stat().st_ino for path in paths] == before


def test_a_draft_whose_file_somebody_removed_counts_as_settled(tmp_path: Path) -> None:
    """Deleting a file is a way to say no; the twin is still there."""
    files = DraftFolder(tmp_path)
    gone, _ = files.keep((_found("a"), _found("b", "never-x")))
    Path(gone.path).unlink()
    files.keep((_found("b", "never-x"),))

    assert DraftFolder(tmp_path).settled() == {"a" * 16}
    assert [k.name for k in files.kept()] == ["never-x"]


@pytest.mark.parametrize(
    "index", [b"", b"{", b"[]", b'{"kept": [{"key": "../../x", "name": "x", "kind": "skill"}]}', b"\xff"]
)
def test_an_index_that_cannot_be_read_is_as_if_there_were_none(tmp_path: Path, index: bytes) -> None:
    """It may be made anew; a key in it never leads out of the folder."""
    files = DraftFolder(tmp_path)
    files.keep((_found("a"),))
    (tmp_path / "index.json").write_bytes(index)
    (tmp_path / "drafts" / "mine.json").write_text("{}", encoding="utf-8")

    assert (files.kept(), files.settled()) == ((), frozenset())
    files.keep((_found("b", "never-x"),))
    assert [k.name for k in files.kept()] == ["never-x"]
    assert (tmp_path / "drafts" / "mine.json").exists()


def test_a_folder_that_cannot_be_written_is_said_so_and_still_read(tmp_path: Path) -> None:
    """A file lies where the folder of drafts would be."""
    files = DraftFolder(tmp_path / "learning")
    files.keep((_found("a"),))
    blocked = DraftFolder(tmp_path / "taken")
    (tmp_path / "taken").write_text("", encoding="utf-8")

    with pytest.raises(StoreFull):
        blocked.keep((_found("a"),))
    assert blocked.kept() == ()
    assert json.loads(Path(files.kept()[0].path).read_text(encoding="utf-8"))["name"] == "use-pnpm"


def test_of_very_many_decisions_the_newest_are_remembered(tmp_path: Path) -> None:
    """The twin shows which go: those of long ago, whose drafts hardly come again."""
    keys = [f"{number:016x}" for number in range(5001, 0, -1)]
    (tmp_path / "learning").mkdir()
    index = {"kept": [], "settled": keys, "decided": []}
    (tmp_path / "learning" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    files = DraftFolder(tmp_path / "learning")
    files.settle("f" * 16)
    files.keep(())

    assert len(files.settled()) == 5000
    assert {"f" * 16, keys[-1]} <= files.settled()
    assert not files.settled() & set(keys[:2])
