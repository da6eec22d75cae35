"""An answer whose process died is carried on by the next look, once, and can be taken back."""

from pathlib import Path

import pytest

from skillstrata.app.use_cases import learning_lifecycle
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow
from skillstrata.app.use_cases.reviewing import answer, pending, shown, undo
from skillstrata.app.wiring_library import drafts, review_log
from skillstrata.records.failures import StoreFull
from skillstrata.records.reviews import (
    Answer,
    NothingToUndo,
    Phase,
)
from tests.learned_drafts import Case, made_app


class Killed(BaseException):
    """Stands for the end of the process at one step: nothing that follows is carried out."""


def _dies(*_: object, **__: object) -> None:
    raise Killed


def _is_full(*_: object) -> None:
    raise StoreFull("no room")


STEPS = (
    ("skillstrata.adapters.artifact_folders.ArtifactFolders.create", "draft", Answer.ACCEPT),
    ("skillstrata.adapters.draft_folder.DraftFolder.settle", "draft", Answer.ACCEPT),
    ("skillstrata.adapters.draft_folder.DraftFolder._write_index", "draft", Answer.ACCEPT),
    ("skillstrata.adapters.draft_folder.DraftFolder._aside", "draft", Answer.REJECT),
    ("skillstrata.adapters.draft_folder.DraftFolder.settle", "draft", Answer.REJECT),
    ("skillstrata.adapters.quarantine_folders.QuarantineFolders.note_accepted", "import", Answer.ACCEPT),
    ("skillstrata.adapters.quarantine_folders.QuarantineFolders.write_skill", "import", Answer.ACCEPT),
    ("skillstrata.adapters.quarantine_folders.QuarantineFolders.drop", "import", Answer.ACCEPT),
    ("skillstrata.adapters.quarantine_folders.QuarantineFolders.drop", "import", Answer.REJECT),
)


@pytest.mark.parametrize(
    ("step", "kind", "said"), STEPS, ids=[f"{s.rpartition('.')[2]}-{a.value}" for s, _, a in STEPS]
)
def test_an_answer_is_carried_on_by_the_next_look_when_its_process_died(
    case: Case, monkeypatch: pytest.MonkeyPatch, step: str, kind: str, said: Answer
) -> None:
    """It was given: nobody is asked again, it is carried out once, and can be taken back."""
    id_ = case.draft if kind == "draft" else "import:tidy-pages"
    with monkeypatch.context() as patched:
        patched.setattr(step, _dies)
        with pytest.raises(Killed):
            answer(case.app, id_, said)
    again = made_app(case.root)

    assert id_ not in [row.item.id for row in pending(again)]
    is_there = case.pages() if kind == "draft" else list((again.data_dir / "skills").glob("tidy-pages/SKILL.md"))
    assert len(is_there) == (said is Answer.ACCEPT)
    assert [d.phase for d in review_log(again).decisions()] == [Phase.DONE]
    undo(again)
    assert id_ in [row.item.id for row in pending(again)]
    assert case.pages() == []
    assert not (again.data_dir / "skills" / "tidy-pages").exists()


@pytest.mark.parametrize(
    "step",
    [
        "skillstrata.adapters.artifact_folders.ArtifactFolders.put_aside",
        "skillstrata.adapters.artifact_folders.ArtifactFolders.restore",
        "skillstrata.adapters.draft_folder.DraftFolder.reopen",
    ],
)
def test_taking_back_is_carried_on_as_well(case: Case, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Of a draft that replaced another: the other is in use again, once, and the draft waits."""
    before = case.page(0.1, " Thanks.").read_bytes()
    case.be_surer()
    answer(case.app, case.draft, Answer.ACCEPT)
    with monkeypatch.context() as patched:
        patched.setattr(step, _dies)
        with pytest.raises(Killed):
            undo(case.app)
    again = made_app(case.root)

    assert case.draft in [row.item.id for row in pending(again)]
    assert [page.read_bytes() for page in case.pages()] == [before]
    with pytest.raises(NothingToUndo):
        undo(again)


def test_what_cannot_be_carried_on_is_asked_again(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package was changed meanwhile: nothing of it comes into the library behind anybody's back."""
    with monkeypatch.context() as patched:
        patched.setattr("skillstrata.adapters.quarantine_folders.QuarantineFolders.write_skill", _dies)
        with pytest.raises(Killed):
            answer(case.app, "import:tidy-pages", Answer.ACCEPT)
    (case.app.data_dir / "exchange" / "quarantine" / "tidy-pages" / "files" / "SKILL.md").write_text("x")

    assert "import:tidy-pages" in case.ids()
    assert case.app.library.taken() == frozenset()
    assert review_log(case.app).decisions() == ()


def test_a_dry_run_answers_nothing(case: Case) -> None:
    """The twin of every apply above."""
    path = Path(drafts(case.app).kept()[0].path)
    report = learning_lifecycle.apply(case.app, path, WhereAndHow(case.root, (str(case.skills),), dry_run=True))

    assert report.result is None
    assert case.draft in case.ids()
    assert shown(case.app, case.draft).item.id == case.draft


def test_an_answer_that_was_begun_does_not_keep_a_full_disk_from_listing(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking needs no room; with room again it is carried on."""
    with monkeypatch.context() as patched:
        patched.setattr("skillstrata.adapters.quarantine_folders.QuarantineFolders.drop", _dies)
        with pytest.raises(Killed):
            answer(case.app, "import:tidy-pages", Answer.REJECT)
    with monkeypatch.context() as patched:
        patched.setattr("skillstrata.adapters.file_lock.LockFile.held", _is_full)
        assert case.draft in case.ids()

    assert case.ids() == [case.draft]
