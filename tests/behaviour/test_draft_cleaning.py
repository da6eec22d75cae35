"""No draft brings a secret, a home folder or a user's name into a page, whoever wrote its file."""

import json
from pathlib import Path

import pytest

from skillstrata.surfaces.cli.main import main

TOKEN = "ghp_" + "aB3dE6gH9" * 4
PLAIN = {
    "name": "release-notes",
    "description": "How release notes are written here.",
    "content": "- Write the notes first.\n- Then tag.",
    "confidence": 0.9,
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a home of somebody called Marguerite."""
    home = tmp_path / "home" / "marguerite"
    home.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "marguerite")
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def _apply(place: Path, *words: str, **fields: object) -> None:
    (place / "draft.json").write_text(json.dumps(PLAIN | fields), encoding="utf-8")
    assert main(["learn", "apply", str(place / "draft.json"), "--root", str(place / "skills"), *words]) == 0


def _written(place: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (place / "skills").rglob("*") if path.is_file())


def test_what_a_draft_says_of_a_machine_or_a_person_is_taken_out(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every text of it, and it is said what was taken out."""
    home = str(place / "home" / "marguerite")
    _apply(
        place,
        description=f"Notes of Marguerite, with {TOKEN}.",
        content=f"- export GITHUB_TOKEN={TOKEN}\n- cd {home}/work && make\n- ask marguerite\n- see /home/otherone/x",
        because=f"created because {home} had {TOKEN}",
    )
    said = capsys.readouterr()
    written = _written(place)

    for word in (TOKEN, home, "marguerite", "Marguerite", "/home/otherone", "otherone"):
        assert word not in written, word
        assert word not in said.out + said.err.replace(str(place), ""), word
    assert "REDACTED" in written
    assert "~/work" in written
    assert "draft_secret_redacted" in said.err
    assert "draft_person_lifted" in said.err


def test_a_draft_without_such_is_written_word_for_word(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The twin: nothing is mended, nothing is said."""
    _apply(place)

    assert PLAIN["content"] in _written(place)
    assert "draft_" not in capsys.readouterr().err


def test_a_patch_beside_a_page_is_clean_too(place: Path) -> None:
    """A merge writes the draft's words into another file."""
    page = place / "skills" / "release-notes" / "SKILL.md"
    page.parent.mkdir(parents=True)
    text = "---\nname: release-notes\ndescription: How release notes are written here.\norigin: skill-learning\n"
    page.write_text(f"{text}confidence: 0.95\n---\n\n- Write the notes first, then tag.\n", encoding="utf-8")
    _apply(place, content=f"- Write the notes first.\n- Push with {TOKEN} as marguerite.", confidence=0.6)

    assert (page.parent / "learned-skill.patch.md").is_file()
    assert TOKEN not in _written(place)
    assert "marguerite" not in _written(place)
