"""`forget`, of what was learned: drafts, answers about them and what was remembered hold no word of the session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.app.learning_runs import LearningBudget
from skillstrata.app.use_cases.forgetting import forget, plan
from skillstrata.app.use_cases.learning import draft
from skillstrata.app.use_cases.reviewing import answer, pending, undo
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import drafts, lifecycle, review_log
from skillstrata.records.failures import SessionUnknown
from skillstrata.records.reviews import Answer
from tests.learned_drafts import NEVER, made_app, session_name, teach

WORD, OTHER = "quokka", "wallaby"
OURS = tuple(session_name(n, WORD) for n in range(4))


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An App that learned two rules, each from sessions of its own."""
    app = made_app(tmp_path)
    teach(app, tmp_path / "shop", WORD)
    teach(app, tmp_path / "shop", OTHER, says=NEVER)
    assert len(drafts(app).kept()) == 2
    return app


def _id(app: App, word: str = WORD) -> str:
    return next(row.item.id for row in pending(app) if word in row.item.subject)


def _holding(app: App, word: str) -> list[str]:
    files = [path for path in app.data_dir.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(str(path.relative_to(app.data_dir)) for path in files if word.encode() in path.read_bytes())


def _waits(_: App) -> None:
    return None


def _rejected(app: App) -> None:
    answer(app, _id(app), Answer.REJECT)


def _accepted(app: App) -> None:
    answer(app, _id(app), Answer.ACCEPT)
    # As it is where there are many artefacts: the terms of all that a draft was compared with.
    lifecycle(app).remember("terms", WORD.encode())


def _taken_back(app: App) -> None:
    _accepted(app)
    undo(app)


def _taken_back_and_settled(app: App) -> None:
    _rejected(app)
    undo(app)
    _rejected(app)


@pytest.mark.parametrize("state", [_waits, _rejected, _accepted, _taken_back, _taken_back_and_settled])
def test_after_it_no_file_holds_a_word_of_the_sessions(app: App, state: Callable[[App], None], tmp_path: Path) -> None:
    """Whatever became of the draft; what others said is as it was."""
    state(app)
    assert any("learning" in path or "review" in path for path in _holding(app, WORD))
    other = [kept for kept in drafts(app).kept() if OTHER in kept.name]
    reports = [forget(app, session) for session in OURS]

    assert _holding(app, WORD) == []
    assert [_path for session in OURS for _path in _holding(app, session) if "catalog" not in _path] == []
    assert [kept for kept in drafts(app).kept() if OTHER in kept.name] == other
    pages = list((tmp_path / "shop" / ".claude" / "skills").glob("[!.]*/SKILL.md"))
    named = [one.what for report in reports for one in report.kept if "SKILL.md" in one.what]
    assert sorted(set(named)) == sorted(map(str, pages))
    assert len(pages) == (state is _accepted)
    assert {row.item.id for row in pending(app)} == {_id(app, OTHER)}


def test_what_other_sessions_show_as_well_is_made_anew_without_it(app: App) -> None:
    """Its evidence and its figures are of the others; nothing that was not there is made."""
    planned = plan(app, OURS[0]).removed.drafts
    done = forget(app, OURS[0]).removed.drafts
    (kept,) = [kept for kept in drafts(app).kept() if WORD in kept.name]
    text = Path(kept.path).read_text(encoding="utf-8")

    assert (planned, done) == (1, 1)
    assert OURS[0] not in text
    assert OURS[1] in text
    assert "3 sessions" in kept.because
    assert len(drafts(app).kept()) == 2
    assert forget(app, session_name(0, OTHER)).removed.drafts == 1


def test_learning_that_read_the_session_before_does_not_bring_it_back(app: App) -> None:
    """A pass that is under way while somebody forgets begins anew."""
    looked: list[int] = []

    def forgets_meanwhile() -> bool:
        looked.append(1)
        if len(looked) == 8:
            for session in OURS:
                forget(app, session)
        return False

    report = draft(app, budget=LearningBudget(should_stop=forgets_meanwhile))

    assert len(looked) == 12
    assert [row.found.draft.name for row in report.rows if WORD in row.found.draft.name] == []
    assert _holding(app, WORD) == []
    assert len(report.rows) == 1


class Killed(BaseException):
    """Stands for the end of the process at one step."""


def _dies(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    "step",
    [
        "skillstrata.adapters.draft_folder.DraftFolder.keep",
        "skillstrata.adapters.draft_folder.DraftFolder.forget",
        "skillstrata.adapters.review_file.ReviewFile.drop",
        "skillstrata.adapters.artifact_folders.ArtifactFolders.drop_remembered",
        "skillstrata.adapters.sqlite_catalog.SqliteCatalog.forget_session",
    ],
)
def test_killed_at_any_step_the_next_run_ends_it(app: App, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The session is known until nothing of it is left."""
    _accepted(app)
    for session in OURS:
        with monkeypatch.context() as patched:
            patched.setattr(step, _dies)
            try:
                forget(app, session)
            except Killed:
                pass
            else:
                continue
        forget(made_app(app.data_dir.parent), session)

    assert _holding(app, WORD) == []
    assert review_log(app).decisions() == ()
    with pytest.raises(SessionUnknown):
        forget(app, OURS[0])
