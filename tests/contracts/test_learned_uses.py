"""What every memory of the use of learned artefacts promises."""

from pathlib import Path

import pytest

from skillstrata.adapters.learned_use_file import LearnedUseFile
from skillstrata.ports.learned_uses import LearnedUses
from skillstrata.records.failures import StoreFull
from skillstrata.records.learned_use import LearnedUse

ROWS = (LearnedUse("/p/.claude/skills/b/SKILL.md", 5.0, 9.5, 2, "abc-1"), LearnedUse("/p/.claude/agents/a.md", 1.0))


@pytest.fixture
def uses(tmp_path: Path) -> LearnedUses:
    """Give an empty one."""
    return LearnedUseFile(tmp_path / "lifecycle" / "used.json")


def test_what_was_kept_last_comes_back(uses: LearnedUses, tmp_path: Path) -> None:
    """By path, also for another process; rows that are left out are gone."""
    assert uses.kept() == ()
    uses.keep(ROWS)

    assert LearnedUseFile(tmp_path / "lifecycle" / "used.json").kept() == (ROWS[1], ROWS[0])
    uses.keep(ROWS[:1])
    assert uses.kept() == ROWS[:1]


def test_what_was_dropped_does_not_come_back(uses: LearnedUses) -> None:
    """One row of two; the other stays, and a path that has none costs nothing."""
    uses.drop(frozenset({ROWS[0].path}))
    uses.keep(ROWS)
    uses.drop(frozenset({ROWS[0].path, "/no/such.md"}))

    assert uses.kept() == (ROWS[1],)


@pytest.mark.parametrize("text", ["", "{", '[{"path": 1}]', '[{"path": "/a"}]', "null"])
def test_a_damaged_file_counts_as_none(uses: LearnedUses, tmp_path: Path, text: str) -> None:
    """Everything is then new, and nothing is put away for a figure that nobody can read; it can be kept again."""
    (tmp_path / "lifecycle").mkdir()
    (tmp_path / "lifecycle" / "used.json").write_text(text, encoding="utf-8")

    assert uses.kept() == ()
    uses.keep(ROWS)
    assert len(uses.kept()) == len(ROWS)


def test_a_store_that_takes_nothing_says_so(tmp_path: Path) -> None:
    """Twin: where it can be written, the same rows are kept."""
    (tmp_path / "lifecycle").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreFull):
        LearnedUseFile(tmp_path / "lifecycle" / "used.json").keep(ROWS)
    LearnedUseFile(tmp_path / "elsewhere" / "used.json").keep(ROWS)
    assert len(LearnedUseFile(tmp_path / "elsewhere" / "used.json").kept()) == len(ROWS)
