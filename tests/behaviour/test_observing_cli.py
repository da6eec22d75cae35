"""What `usage`, `failures` and `health` say at a terminal: to a newcomer, and of a library with a history."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_folders import SkillFolders
from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.library import Known, library_health
from skillstrata.records.qualities import LibraryChange
from skillstrata.records.tools import Usage
from skillstrata.surfaces.cli.main import main
from tests.fakes.sample_tools import a_contract, a_tool, a_version, an_entry, rendered

NAME = "html-to-markdown"
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the program in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def said(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--data-dir", str(tmp_path / "data"), *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return said


@pytest.fixture
def catalog(tmp_path: Path) -> SqliteCatalog:
    """Give the catalog of that home."""
    return SqliteCatalog(tmp_path / "data" / "catalog.db")


def test_an_empty_library_is_told_in_words_and_in_json(say: Say) -> None:
    """The first thing that a newcomer asks; nothing is a division by nothing."""
    code, out, _ = say("health")
    assert code == 0
    assert "tools       0" in out
    assert json.loads(say("health", "--json")[1])["tools"] == 0
    assert say("failures")[0] == 0
    assert json.loads(say("failures", "--json")[1]) == []
    code, _, told = say("usage", "nothing")
    assert code == 3
    assert "skillstrata ls" in told


def test_a_change_is_shown_with_the_id_that_takes_it_back(say: Say, catalog: SqliteCatalog, tmp_path: Path) -> None:
    """What nobody can name nobody can undo."""
    SkillFolders(tmp_path / "data" / "skills").deposit(NAME, rendered(a_tool()), an_entry())
    catalog.add_usage(Usage(NAME, "html", 1, 5.0, True, 5.0, "mcp", "p", "s"))
    assert "review undo" not in say("usage", NAME)[1]
    why = "it was written again after a search that did not find it"
    catalog.add_change(LibraryChange("w0123", NAME, "words", "", "found by 2 more words", "gate", why, 9.0, "html"))
    text, told = say("usage", NAME)[1], json.loads(say("usage", NAME, "--json")[1])

    assert "w0123  found by 2 more words by gate: it was written again" in text
    assert "skillstrata review undo ID" in text
    assert told["changes"][0]["id"] == "w0123"
    assert (told["runs"], told["interval"]["method"]) == (1, "wilson-95")


def test_long_lists_are_cut_at_a_terminal_and_whole_in_json(say: Say, catalog: SqliteCatalog, tmp_path: Path) -> None:
    """Each says how many are left out; of many tools that say the same, each is named once."""
    store = SkillFolders(tmp_path / "data" / "skills")
    for number in range(30):
        store.deposit(f"t-{number:02}", rendered(a_tool(f"t-{number:02}", a_contract())), an_entry())
    for number in range(210):
        failed = Usage("t-00", "html", 1, float(number), False, 5.0, "mcp", "p", "s", "call.program_failed")
        catalog.add_usage(failed)
    _, out, err = say("failures")
    _, health, _ = say("health")

    assert out.count("call.program_failed") == 200
    assert "10 older ones" in err
    assert len(json.loads(say("failures", "--json")[1])) == 210
    assert health.count("say the same") == 20
    assert "and 9 more" in health
    assert len(json.loads(say("health", "--json")[1])["redundant"]) == 29


def test_the_trend_is_drawn_from_the_pictures_that_were_kept(say: Say, catalog: SqliteCatalog, tmp_path: Path) -> None:
    """Two looks make a trend, one does not; the JSON has each whole."""
    SkillFolders(tmp_path / "data" / "skills").deposit(NAME, rendered(a_tool()), an_entry())
    catalog.add_health(library_health(Known((), {}), now_s=1.0, stale_days=0))
    assert "trend" not in say("health")[1]
    another = replace(a_tool(), branches=(replace(a_tool().branches[0], versions=(a_version(),)),))
    catalog.add_health(library_health(Known((another,), {}), now_s=2.0, stale_days=0))
    text, told = say("health")[1], json.loads(say("health", "--json")[1])

    assert "trend, 2 looks since" in text
    assert "tools     ▁██  1" in text
    assert [one["tools"] for one in told["trend"]] == [0, 1]
