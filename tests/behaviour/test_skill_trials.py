"""Descriptions on trial: part of the sessions is shown another one, and the log tells which does better."""

import json
from pathlib import Path

import pytest

from skillstrata import SkillRuntime
from skillstrata.records.routes import RouteOutcome
from skillstrata.surfaces.cli.main import main
from tests.skill_clients import Home
from tests.skill_sources import page

NEW = "Says when the water is high."
TRIALS = (("skills.trials", f'{{tides = "{NEW}", gone = "x"}}'),)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A user with two skills, one of them on trial."""
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Home(tmp_path)
    made.put("tides", page("Computes tides of a port.", body="Look at the moon.\n"))
    made.put("charts", page("Draws sea charts.", body="Take a pencil.\n"))
    return made


def _runtime(home: Home, session: str, settings: tuple[tuple[str, str], ...] = TRIALS) -> SkillRuntime:
    return SkillRuntime(project=home.root, data_dir=home.root / "data", settings=dict(settings), session=session)


def _shown(home: Home, session: str, settings: tuple[tuple[str, str], ...] = TRIALS) -> bool:
    """Say whether a session is shown the proposed description."""
    text = _runtime(home, session, settings).catalogue().text
    assert (NEW in text) != ("Computes tides" in text)
    assert "Draws sea charts." in text
    return NEW in text


def test_a_session_is_shown_one_description_and_keeps_it(home: Home) -> None:
    """Also when it goes on in another process; among some sessions both are seen."""
    first = {name: _shown(home, name) for name in map(str, range(12))}

    assert set(first.values()) == {True, False}
    assert {name: _shown(home, name) for name in first} == first


@pytest.mark.parametrize(("share", "shown"), [("0", False), ("1", True)])
def test_the_share_of_the_settings_holds(home: Home, share: str, shown: bool) -> None:
    """Nobody, or everybody; and without a trial everybody has the file's own words."""
    settings = (*TRIALS, ("skills.trial_share", share))

    assert {_shown(home, name, settings) for name in map(str, range(6))} == {shown}
    assert not _shown(home, "1", ())


def test_proposals_show_the_same_words_as_the_listing(home: Home) -> None:
    """A session that saw both would measure nothing; what is found does not change."""
    everybody = (*TRIALS, ("skills.trial_share", "1"))
    for settings, said in ((everybody, NEW), ((), "Computes tides of a port.")):
        found = _runtime(home, "1", settings).route("compute the tides of the port").found
        assert found[0].skill.frontmatter.description == said


def test_how_work_ended_is_in_the_log_with_the_description_that_was_seen(home: Home) -> None:
    """Exposure and outcome: what the comparison is made of."""
    runtime = _runtime(home, "mine", (*TRIALS, ("skills.trial_share", "1")))
    runtime.route("compute the tides of the port")
    runtime.call("tides")
    runtime.ended("tides", ok=True)
    runtime.call("charts")
    runtime.ended("charts", ok=False)
    asked, called = home.app().skill_host.routing_log().records()

    assert (asked.session, asked.outcome, asked.variant.partition("=")[2]) == (
        "mine",
        RouteOutcome.SUCCEEDED,
        "proposed",
    )
    assert (called.chosen, called.outcome) == ("user/charts", RouteOutcome.FAILED)
    assert called.variant == asked.variant


def test_the_verb_tells_which_is_better(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions with the new words succeed, the others do not; a trial without a skill is named."""
    for name in map(str, range(24)):
        runtime = _runtime(home, name)
        good = NEW in runtime.catalogue().text
        runtime.call("tides")
        runtime.ended("tides", ok=good)
    words = ("--data-dir", str(home.root / "data"), f"--skills-trials={TRIALS[0][1]}", "skills", "trials")
    words = (*words, "--project", str(home.root))
    assert main((*words, "--json")) == 0
    report = json.loads(capsys.readouterr().out)
    assert main(words) == 0
    said = capsys.readouterr()
    [trial] = report["trials"]

    assert trial["qualified"] == "user/tides"
    assert (trial["better"], trial["test"], trial["judged"]) == ("proposed", "fisher", 24)
    assert trial["current"]["wrong"] == trial["sessions"]["current"] > 0
    assert trial["proposed"]["correct"] == trial["sessions"]["proposed"] > 0
    assert trial["chance"] < 0.05
    assert report["unknown"] == ["gone"]
    assert "user/tides: proposed is better" in said.out
    assert "gone" in said.err


def test_without_a_trial_there_is_nothing_to_tell(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, and where to write one."""
    assert main(("--data-dir", str(home.root / "data"), "skills", "trials", "--project", str(home.root))) == 3
    assert "[skills.trials]" in capsys.readouterr().err


@pytest.mark.parametrize("table", ["{tides = 3}", '{tides = ""}', "tides", '{tides = "' + "x" * 1025 + '"}'])
def test_a_table_that_is_none_is_refused(home: Home, table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the form that it should have."""
    assert main((f"--skills-trials={table}", "skills", "trials", "--project", str(home.root))) == 2
    assert "[skills.trials]" in capsys.readouterr().err
