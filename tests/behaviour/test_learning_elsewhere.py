"""Learning across folders: moved projects, drafts of other projects, and what a run does not read."""

import json
import shutil
from pathlib import Path

import pytest

from skillstrata.app.learning_runs import LearningBudget
from skillstrata.app.use_cases.learning import draft
from skillstrata.app.use_cases.learning_lifecycle import WhereAndHow, apply, compare
from skillstrata.app.wiring import App
from skillstrata.records.learned_faults import DraftOfOtherProject
from tests.learned_drafts import made_app, teach


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App with a home of its own."""
    return made_app(tmp_path)


def _scopes(app: App) -> set[tuple[str, int]]:
    return {(row.found.draft.scope, len(row.found.projects)) for row in draft(app).rows}


def test_a_project_that_was_moved_is_still_one(app: App, tmp_path: Path) -> None:
    """The same rule under both of its names is no habit in two projects; the twin has two."""
    teach(app, tmp_path / "shop", "quokka", range(3))
    teach(app, tmp_path / "store", "quokka", range(3, 6))
    assert _scopes(app) == {("user", 2)}

    shutil.rmtree(tmp_path / "shop")
    assert _scopes(app) == {("project", 1)}


def _drafted(app: App, project: Path) -> Path:
    teach(app, project, "quokka")
    (row,) = draft(app).rows
    return Path(row.path)


@pytest.mark.parametrize("is_copy", [False, True], ids=["where it waits", "copied"])
def test_a_draft_of_one_project_does_not_go_into_another(app: App, tmp_path: Path, *, is_copy: bool) -> None:
    """It says how that one works. The twins: its own project, and a folder that is named."""
    path, other = _drafted(app, tmp_path / "shop"), tmp_path / "other"
    other.mkdir()
    if is_copy:
        path = Path(shutil.copy(path, tmp_path / "draft.json"))

    for verb in (compare, apply):
        with pytest.raises(DraftOfOtherProject, match=r"shop-[0-9a-f]{6}, and this is other-"):
            verb(app, path, WhereAndHow(other))
    assert not (other / ".claude").exists()

    named = apply(app, path, WhereAndHow(other, roots=(str(tmp_path / "skills"),), dry_run=True))
    done = apply(app, path, WhereAndHow(tmp_path / "shop"))
    assert named.decision.type.value == "create"
    assert done.result is not None
    assert done.result.active_path.startswith(str(tmp_path / "shop" / ".claude"))


def test_a_draft_of_the_users_goes_to_the_users_own_folder(app: App, tmp_path: Path) -> None:
    """Also from within a project."""
    path = _drafted(app, tmp_path / "shop")
    wide = json.loads(path.read_text(encoding="utf-8")) | {"scope": "user"}
    (tmp_path / "draft.json").write_text(json.dumps(wide), encoding="utf-8")

    done = apply(app, tmp_path / "draft.json", WhereAndHow(tmp_path / "shop"))

    assert done.result is not None
    assert done.result.active_path.startswith(str(tmp_path / "home" / ".claude"))
    assert not (tmp_path / "shop" / ".claude").exists()


def test_sessions_that_are_not_read_are_told_of(app: App, tmp_path: Path) -> None:
    """Who has more than a run reads must know that old work is not looked at; the twin reads all."""
    teach(app, tmp_path / "shop", "quokka", range(4))
    few, whole = draft(app, budget=LearningBudget(sessions=3)), draft(app)

    assert (few.older, whole.older) == (1, 0)
    assert "1 older session not read" in few.summary
    assert "not read" not in whole.summary
