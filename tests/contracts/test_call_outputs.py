"""What every CallOutputs promises."""

from pathlib import Path

import pytest

from skillstrata.adapters.output_folders import OutputFolders
from skillstrata.ports.call_outputs import CallOutputs
from skillstrata.records.failures import StoreFull

NOON_S = 1_700_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Name the folder that all lie in."""
    return tmp_path / "outputs"


@pytest.fixture
def outputs(root: Path) -> CallOutputs:
    """Name folders on one day."""
    return OutputFolders(root, lambda: NOON_S)


def _made(outputs: CallOutputs, session: str, *names: str) -> Path:
    folder = Path(outputs.fresh(session))
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def test_a_folder_is_new_each_time_and_does_not_name_the_session(outputs: CallOutputs, root: Path) -> None:
    """Two calls never write over each other; a path is told to programs, and says the day."""
    folders = [Path(outputs.fresh(session)) for session in ("quokka", "quokka", "")]

    assert len(set(folders)) == 3
    assert not root.exists()
    assert [folder.parent for folder in folders] == [root] * 3
    assert [folder.name[:11] for folder in folders] == ["2023-11-14-"] * 3
    assert not any("quokka" in folder.name for folder in folders)


def test_all_that_a_session_made_goes_and_nothing_else(outputs: CallOutputs, root: Path) -> None:
    """Not what another session made, nor what nobody can be asked about, nor what the user put there."""
    ours = [_made(outputs, "one", "a.md", "deep/b.md"), _made(outputs, "one", "c.md")]
    others = [_made(outputs, "two", "a.md"), _made(outputs, "", "a.md")]
    (root / "mine").mkdir()
    (root / "notes.txt").write_text("mine", encoding="utf-8")

    assert (outputs.of_session("one"), outputs.of_session("two"), outputs.of_none()) == (3, 1, 2)
    assert outputs.remove("one") == 3
    assert not any(folder.exists() for folder in ours)
    assert all((folder / "a.md").is_file() for folder in others)
    assert {path.name for path in root.iterdir()} == {*(f.name for f in others), "mine", "notes.txt"}


def test_without_a_session_nothing_is_found_or_removed(outputs: CallOutputs) -> None:
    """The empty name is nobody's; twin: the same folder, of a session, is found."""
    folder = _made(outputs, "", "a.md")
    assert (outputs.of_session(""), outputs.remove("")) == (0, 0)
    assert (folder / "a.md").is_file()

    _made(outputs, "one", "a.md")
    assert outputs.of_session("one") == 1


def test_a_link_goes_and_what_it_leads_to_stays(outputs: CallOutputs, root: Path, tmp_path: Path) -> None:
    """A folder that was moved to another disk, and a link that a program made, lead out of ours."""
    away = tmp_path / "away"
    away.mkdir()
    (away / "kept.md").write_text("kept", encoding="utf-8")
    root.mkdir()
    Path(outputs.fresh("one")).symlink_to(away)
    folder = _made(outputs, "one", "a.md")
    (folder / "link").symlink_to(away)

    assert outputs.remove("one") == 2
    assert (away / "kept.md").read_text(encoding="utf-8") == "kept"
    assert list(root.iterdir()) == []


def test_what_cannot_be_removed_is_said(outputs: CallOutputs, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is said to be forgotten is; the next run takes what stayed."""
    _made(outputs, "one", "a.md")

    def refuses(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", refuses)
        with pytest.raises(StoreFull):
            outputs.remove("one")
    assert outputs.remove("one") == 1
    assert list(root.iterdir()) == []
