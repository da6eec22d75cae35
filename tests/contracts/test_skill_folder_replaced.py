"""A skill's folder that is replaced as a whole: its files are read, its later edits are seen."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata.adapters.skill_folder_watch import WatchedSkillFolders
from skillstrata.adapters.skill_resources import SkillResourceFolders
from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.skill_calls import read_resource
from skillstrata.ports.file_watch import FileWatch
from skillstrata.records.failures import FileUnreadable
from tests.skill_clients import Home
from tests.skill_sources import page, put, session

LONG_S = 30.0


def _replace(folder: Path, text: str, *, name: str) -> None:
    """Put another folder with the same page in the place of a skill's, as a checkout does."""
    made = put(folder.parent.parent / "fresh", name).parent
    (made / "a.md").write_text(text, encoding="utf-8")
    shutil.rmtree(folder)
    made.rename(folder)


def _settle(made: RuntimeSession) -> None:
    made.look()
    while made.scan.is_unsettled:
        made.look()


def test_the_files_of_a_folder_that_was_replaced_are_read_at_once(tmp_path: Path) -> None:
    """An honest update of a user's skill: it took a new list until its files were given again."""
    home = Home(tmp_path)
    folder = home.put("tool").parent
    (folder / "a.md").write_text("old", encoding="utf-8")
    app, made = home.app(), session(tmp_path)
    pinned = made.live.view("client")
    assert read_resource(app, made, "tool", "a.md", finder=pinned) == b"old"

    _replace(folder, "new", name="tool")
    assert read_resource(app, made, "tool", "a.md", finder=pinned) == b"new"


def test_the_files_of_a_project_are_read_once_its_folder_was_looked_at(tmp_path: Path) -> None:
    """It is not trusted, so the look decides: for a client that holds on to the list from before too."""
    app, project = Home(tmp_path).app(), tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    folder = put(project / ".claude" / "skills", "tool").parent
    (folder / "a.md").write_text("old", encoding="utf-8")
    made = session(tmp_path, project=project)
    pinned = made.live.view("client")

    _replace(folder, "new", name="tool")
    _settle(made)
    assert read_resource(app, made, "tool", "a.md", finder=pinned) == b"new"


def test_a_file_of_a_replaced_folder_is_given_after_one_look_that_it_makes_itself(tmp_path: Path) -> None:
    """Nobody looked since; the page is old enough to be read at once."""
    app, project = Home(tmp_path).app(), tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    folder = put(project / ".claude" / "skills", "tool").parent
    made = session(tmp_path, project=project, watch_interval_s="3600")
    spare = put(tmp_path / "fresh", "tool").parent
    (spare / "a.md").write_text("new", encoding="utf-8")
    os.utime(spare / "SKILL.md", (1_000_000_000, 1_000_000_000))
    shutil.rmtree(folder)
    spare.rename(folder)

    assert read_resource(app, made, "tool", "a.md") == b"new"


def test_a_link_of_a_user_that_is_turned_away_gives_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    """A trusted place, yet another folder; only one that is no skill any more is refused."""
    home = Home(tmp_path)
    real = put(tmp_path / "real", "tool").parent
    (real / "id_rsa").write_text("harmless", encoding="utf-8")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "id_rsa").write_text("KEY", encoding="utf-8")
    home.skills.mkdir(parents=True)
    link = home.skills / "tool"
    link.symlink_to(real)
    app, made = home.app(), session(tmp_path)
    assert read_resource(app, made, "tool", "id_rsa") == b"harmless"
    link.unlink()
    link.symlink_to(tmp_path / "private")

    with pytest.raises(FileUnreadable, match="another folder") as refused:
        read_resource(app, made, "tool", "id_rsa")
    assert refused.value.reason == "replaced"
    assert refused.value.hint == "the folder was replaced: ask for the list again"


def test_another_folder_may_be_read_only_where_no_link_leads_to_it(tmp_path: Path) -> None:
    """The seam itself: a number that does not fit, with and without leave."""
    resources, folder = SkillResourceFolders(), put(tmp_path, "tool").parent
    (tmp_path / "linked").symlink_to(folder)
    number = (folder.stat().st_dev, folder.stat().st_ino + 1)

    def read(name: str, *, may_be_new: bool) -> bytes:
        at = str(tmp_path / name)
        return resources.read(at, "SKILL.md", max_bytes=1_000, number=number, may_be_new=may_be_new)

    assert b"Does tool." in read("tool", may_be_new=True)
    for name, leave in (("tool", False), ("linked", True)):
        with pytest.raises(FileUnreadable, match="another folder"):
            read(name, may_be_new=leave)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[FileWatch]:
    """A folder of two skills, watched."""
    put(tmp_path / "skills", "a")
    put(tmp_path / "skills", "b")
    made = WatchedSkillFolders((tmp_path / "skills",), step_s=0.05, look_s=2.0)
    yield made
    made.close()


def _never() -> bool:
    return False


def _rest(watch: FileWatch) -> None:
    """Wait until all that happened was told."""
    while watch.wait(0.5, _never):
        continue


def test_an_edit_within_a_folder_that_was_replaced_ends_a_wait(watch: FileWatch, tmp_path: Path) -> None:
    """The system watched the folder that went: each later edit waited for the next poll. Twin: no edit, no end."""
    _replace(tmp_path / "skills" / "a", "new", name="a")
    assert watch.wait(LONG_S, _never) is True
    _rest(watch)
    assert watch.wait(0.3, _never) is False

    (tmp_path / "skills" / "a" / "SKILL.md").write_text(page("Edited."), encoding="utf-8")
    assert watch.wait(LONG_S, _never) is True
