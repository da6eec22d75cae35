"""A learned draft is accepted, rejected and taken back; an answer outlives what it is about."""

import shutil
from pathlib import Path

import pytest

from skillstrata.app.use_cases.learning import draft
from skillstrata.app.use_cases.reviewing import answer, undo
from skillstrata.app.wiring_library import drafts, review_log
from skillstrata.records.learned_faults import DraftUnreadable
from skillstrata.records.reviews import (
    Answer,
    Phase,
    ProjectUnknown,
    UndoBlocked,
)
from tests.learned_drafts import (
    LINE,
    NAME,
    PAGE,
    Case,
    Use,
    teach,
)


def test_an_accepted_draft_is_written_into_its_own_project_and_taken_back(case: Case) -> None:
    """Also from another folder; taken back it is archived, and can be answered otherwise."""
    done = answer(case.app, case.draft, Answer.ACCEPT)
    (page,) = case.pages()

    assert LINE in page.read_text(encoding="utf-8")
    assert any(str(page) in line for line in done.changed)
    assert case.ids() == ["import:tidy-pages"]
    assert draft(case.app).rows == ()
    undo(case.app, done.id)
    assert case.pages() == []
    assert case.draft in case.ids()
    answer(case.app, case.draft, Answer.REJECT)
    assert case.ids() == ["import:tidy-pages"]


def test_a_rejected_draft_is_not_made_again_whoever_says_it_again(case: Case) -> None:
    """A decision is remembered when drafts are made anew; taken back, it is made again."""
    answer(case.app, case.draft, Answer.REJECT)
    assert teach(case.app, case.root / "shop", "quokka", range(4, 8)) == ()
    assert case.ids() == ["import:tidy-pages"]

    undo(case.app, case.draft)
    assert case.draft in case.ids()
    assert f"draft:{draft(case.app).rows[0].found.key}" == case.draft


def test_an_answer_outlives_the_index_of_drafts(case: Case) -> None:
    """It is damaged, or removed; what was answered is known from the answers themselves, until they are taken back."""
    answer(case.app, case.draft, Answer.REJECT)
    (case.app.data_dir / "learning" / "index.json").write_text("{", encoding="utf-8")
    assert draft(case.app).rows == ()
    undo(case.app)

    assert [f"draft:{row.found.key}" for row in draft(case.app).rows] == [case.draft]


def test_learn_apply_of_a_draft_that_waits_is_the_same_answer(case: Case, use: Use) -> None:
    """It waits no more; a file of one's own is applied without a word about the queue."""
    path = drafts(case.app).kept()[0].path
    own = case.root / "own.json"
    shutil.copy(path, own)
    assert use("learn", "apply", str(own), "--root", str(case.root / "elsewhere"))[0] == 0
    assert case.draft in case.ids()

    assert use("learn", "apply", path, "--root", str(case.skills))[0] == 0
    assert case.draft not in case.ids()
    assert use("review", "undo", "--json")[0] == 0
    assert case.pages() == []
    assert case.draft in case.ids()


def test_what_was_replaced_comes_back_and_a_patch_goes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back is the way there, for each decision of the lifecycle."""
    page = case.page(0.1, " Thanks.")
    before = page.read_bytes()
    case.be_surer()
    answer(case.app, case.draft, Answer.ACCEPT)
    assert [one.read_bytes() == before for one in case.pages()] == [False]
    undo(case.app)
    assert [one.read_bytes() for one in case.pages()] == [before]

    page.write_text(PAGE.format(name=NAME, line=LINE, sure=0.9, more=" And for each old one."), encoding="utf-8")
    merged = answer(case.app, case.draft, Answer.ACCEPT)
    assert merged.changed[0].startswith("merge")
    assert (page.parent / "learned-skill.patch.md").is_file()
    undo(case.app)
    assert sorted(p.name for p in page.parent.iterdir()) == ["SKILL.md"]


def test_what_somebody_edited_is_not_taken_back(case: Case) -> None:
    """Their words would go; the twin above was left as it was written."""
    answer(case.app, case.draft, Answer.ACCEPT)
    (page,) = case.pages()
    page.write_text(page.read_text(encoding="utf-8") + "mine\n", encoding="utf-8")
    with pytest.raises(UndoBlocked, match="edited"):
        undo(case.app)

    assert case.pages() == [page]
    assert [d.phase for d in review_log(case.app).decisions()] == [Phase.DONE]


def test_a_draft_whose_project_is_gone_is_not_written_elsewhere(case: Case, use: Use) -> None:
    """A rule of one project is none of another's; with a folder that is named it is written there."""
    shutil.rmtree(case.root / "shop")
    with pytest.raises(ProjectUnknown) as unknown:
        answer(case.app, case.draft, Answer.ACCEPT)
    assert "learn apply" in unknown.value.hint
    assert "it cannot be accepted" in use("pending", case.draft)[1]
    assert case.draft in case.ids()

    path = drafts(case.app).kept()[0].path
    assert use("learn", "apply", path, "--root", str(case.root / "there"))[0] == 0
    assert len(list((case.root / "there").glob("*/SKILL.md"))) == 1


def test_a_damaged_draft_is_told_rejected_and_made_anew(case: Case, use: Use) -> None:
    """One bad file costs no other, and says what to do."""
    path = Path(drafts(case.app).kept()[0].path)
    path.write_bytes(b"{\x00")
    assert len(case.ids()) == 2
    assert "learn draft" in use("pending", case.draft)[1]
    with pytest.raises(DraftUnreadable) as damaged:
        answer(case.app, case.draft, Answer.ACCEPT)
    assert "learn draft" in damaged.value.hint

    draft(case.app)
    assert "create" in use("pending", case.draft)[1]
    path.write_bytes(b"")
    answer(case.app, case.draft, Answer.REJECT)
    assert case.ids() == ["import:tidy-pages"]
