"""Three hundred sessions of made-up work, taken in by the product itself: what it learns, and how it shows it."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.learning_runs import LearningBudget, learn
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.learning import draft
from skillstrata.app.wiring import App, open_app
from skillstrata.surfaces.cli.main import main
from tests.histories_of_work import EVIL, PLANTED, work_history

SESSIONS = 300


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    """Give an App whose spool holds the whole history."""
    folder = tmp_path_factory.mktemp("history")
    history = work_history(seed=11, sessions=SESSIONS)
    history.save(folder / "data" / "spool", until_s=time.time())
    settings = load_settings(data_dir=folder / "data", config=None, environ={"HOME": "/home/ann"})
    return open_app(replace(settings, learning=replace(settings.learning, max_per_run=100)))


def test_everything_planted_is_learned_and_nothing_else(app: App) -> None:
    """Recall and precision over the whole way: hook payloads, ingest, redaction, log, drafts in files."""
    report = draft(app)

    assert report.made.sessions + report.made.automated == SESSIONS
    texts = [Path(row.path).read_text(encoding="utf-8") for row in report.rows]
    for planted in PLANTED:
        words = (*planted.says, *planted.because, f'"scope": "{planted.scope}"', f'"kind": "{planted.kind}"')
        assert sum(all(word in text for word in words) for text in texts) == 1, planted
    assert len(texts) == len(PLANTED)
    assert not any(word in text for text in texts for word in (EVIL, "/home", "hunter2", "sk-ant", "<"))


def test_a_second_run_makes_nothing_new(app: App) -> None:
    """Passes come every few minutes; so does one that is stopped, which changes nothing."""
    draft(app)
    again = draft(app)
    stopped = draft(app, budget=LearningBudget(should_stop=lambda: True))

    assert (again.new, len(again.rows)) == (0, len(PLANTED))
    assert stopped.stopped
    assert draft(app).new == 0


def test_drafts_of_one_project_are_shown_by_its_folder_or_label(app: App) -> None:
    """The others are made all the same."""
    report = draft(app, "/home/ann/work/shop")
    label = report.rows[0].found.projects[0]

    assert 0 < len(report.rows) < len(PLANTED)
    assert {row.path for row in draft(app, label).rows} == {row.path for row in report.rows}
    assert len(draft(app).rows) == len(PLANTED)
    assert draft(app, "/nowhere").rows == ()


def test_learning_in_the_background_can_be_switched_off(app: App) -> None:
    """The twin learns."""
    off = open_app(replace(app.settings, learning=replace(app.settings.learning, enabled=False)))

    assert learn(off) is None
    assert learn(app) is not None


def test_the_verb_shows_each_draft_with_its_reason(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """As rows for people and as one JSON value for programs; exit 3 where there is nothing."""
    where = ["--data-dir", str(app.data_dir)]

    assert main([*where, "learn", "draft", "--learning-max-per-run", "100"]) == 0
    shown = capsys.readouterr()
    assert "created because" in shown.out
    assert "next: skillstrata review\n" in shown.out + shown.err
    assert main([*where, "learn", "draft", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {d["visibility"] for d in told["drafts"]} == {"hidden"}
    assert all(d["evidence"] and d["because"] for d in told["drafts"])
    assert main(["--data-dir", str(app.data_dir.parent / "empty"), "learn", "draft"]) == 3
