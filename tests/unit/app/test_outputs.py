"""Outputs never lie among what this program keeps and is told by, whichever way leads there."""

import os
from pathlib import Path

import pytest

from skillstrata.app.outputs import OutputPlanted, refuse_closed
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Open an App with a configuration, a policy and a page of rules outside its data directory."""
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    (tmp_path / "data" / "outputs" / "one").mkdir(parents=True)
    (tmp_path / "my.toml").write_text("", encoding="utf-8")
    (project / "way").symlink_to(tmp_path / "data")
    (project / "open").symlink_to(tmp_path / "data" / "outputs" / "one")
    (project / "report.md").symlink_to(tmp_path / "my.toml")
    (project / "round").symlink_to(project / "round")
    monkeypatch.chdir(project)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    flags = (("policy.managed", str(tmp_path / "rules.toml")), ("skills.loader", str(tmp_path / "loader.yaml")))
    settings = load_settings(data_dir=tmp_path / "data", config=tmp_path / "my.toml", environ=environ, flags=flags)
    return open_app(settings)


@pytest.mark.parametrize(
    "place",
    [
        "data/policy.toml",
        "data/config.toml",
        "data/skills/other/main.py",
        "data/outputs/../grants.json",
        "data/outputs.md",
        "project/way/policy.toml",
        "project/way/skills/x.md",
        "project/deep/../../data/x.md",
        "project/report.md",
        "my.toml",
        "rules.toml",
        "loader.yaml",
        "project/.skillstrata/policy.toml",
    ],
)
def test_what_this_program_is_told_by_is_no_place_for_outputs(app: App, tmp_path: Path, place: str) -> None:
    """An agent would give itself rights with one call, and nobody would be asked."""
    with pytest.raises(OutputPlanted) as refused:
        refuse_closed(app, tmp_path / place)

    assert str(tmp_path) in refused.value.message
    assert "outputs" in refused.value.hint


@pytest.mark.parametrize(
    "place",
    [
        "data/outputs/a.md",
        "data/outputs/one/a.md",
        "project/open/a.md",
        "project/deep/a.md",
        "data-of-mine/policy.toml",
        "project/policy.md",
        "project/round/a.md",
        "project/way/outputs/one/a.md",
    ],
)
def test_every_other_place_is_one(app: App, tmp_path: Path, place: str) -> None:
    """The twin: the folder for outputs, links into it, and names that only look like ours."""
    refuse_closed(app, tmp_path / place)


def test_a_path_from_the_folder_worked_in_is_looked_at_too(app: App, tmp_path: Path) -> None:
    """A person at the command line writes such paths."""
    with pytest.raises(OutputPlanted):
        refuse_closed(app, Path("../data/policy.toml"))
    refuse_closed(app, Path("../data/outputs/a.md"))
    assert not (tmp_path / "data" / "policy.toml").exists()
