"""A draft and an imported skill that wait for a person: learned once for each file, and copied for each test."""

from pathlib import Path

import pytest

from skillstrata.surfaces.cli.main import main
from tests.learned_drafts import Case, Use, fresh_queue, whole_queue


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Learn the draft once; gives the root and its id."""
    root = tmp_path_factory.mktemp("taught")
    return root, whole_queue(root)


@pytest.fixture
def case(taught: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Case:
    """Give a draft and an imported skill that wait."""
    root, id_ = taught
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(root / "home"))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(root / "data"))
    return fresh_queue(root, id_)


@pytest.fixture
def use(case: Case, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process."""

    def run(*words: str) -> tuple[int, str, str]:
        assert case.app
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
