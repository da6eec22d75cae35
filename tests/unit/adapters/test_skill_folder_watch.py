"""Which folders are watched for skills: theirs, and nothing that a link in them leads to."""

from pathlib import Path

import pytest

from skillstrata.adapters.local_skill_host import LocalSkillHost
from skillstrata.adapters.skill_folder_watch import WatchedSkillFolders
from skillstrata.ports.file_watch import FileWatch
from tests.skill_sources import page, put

LONG_S = 30.0
QUIET_S = 0.5


def never() -> bool:
    """Nobody interrupts."""
    return False


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of skills."""
    put(tmp_path / "skills", "good")
    return tmp_path / "skills"


def _watch(root: Path) -> FileWatch:
    watch = LocalSkillHost(root.parent, root.parent / "data", ()).watch((root,), look_s=LONG_S)
    watch.wait(QUIET_S, never)
    return watch


def test_what_a_link_within_a_skill_leads_to_is_not_watched(root: Path) -> None:
    """A link to `/` froze the server: the whole machine was watched."""
    elsewhere = root.parent / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    (root / "good" / "root").symlink_to(elsewhere.parent)
    (root / "notes").symlink_to(elsewhere.parent)
    watch = _watch(root)
    (elsewhere / "new").touch()
    (elsewhere.parent / "new").touch()

    assert watch.wait(QUIET_S, never) is False
    put(root, "good", page("New."))
    assert watch.wait(LONG_S, never) is True
    watch.close()


def test_a_skill_that_is_linked_is_watched(root: Path) -> None:
    """The other side: people link the folders of skills that they work on elsewhere."""
    put(root.parent / "elsewhere", "linked")
    (root / "linked").symlink_to(root.parent / "elsewhere" / "linked")
    watch = _watch(root)
    put(root.parent / "elsewhere", "linked", page("New."))

    assert watch.wait(LONG_S, never) is True
    watch.close()


def test_a_skill_in_a_new_folder_is_told_in_its_time(root: Path) -> None:
    """The folder comes first and its file a while later; folders of commands lie deeper."""
    watch = _watch(root)
    (root / "late" / "later").mkdir(parents=True)
    while watch.wait(QUIET_S, never):
        pass
    put(root, "late")
    assert watch.wait(LONG_S, never) is True
    while watch.wait(QUIET_S, never):
        pass
    (root / "team" / "tools").mkdir(parents=True)
    while watch.wait(QUIET_S, never):
        pass
    (root / "team" / "tools" / "fix.md").touch()

    assert watch.wait(LONG_S, never) is True
    watch.close()


def test_a_root_that_is_not_there_is_no_root_to_watch(root: Path) -> None:
    """Who asks leaves those out, and must hear when one went meanwhile."""
    with pytest.raises(FileNotFoundError):
        WatchedSkillFolders((root / "gone",), step_s=0.05, look_s=LONG_S)
    WatchedSkillFolders((root,), step_s=0.05, look_s=LONG_S).close()
