"""What every keeper of synced folders promises."""

from pathlib import Path

import pytest

from skillstrata.adapters.synced_skill_folders import SyncedSkillFolders
from skillstrata.ports.synced_folders import SyncChange, SyncedFolders
from skillstrata.records.tools import SkillFile

OLD = (SkillFile("SKILL.md", b"old"), SkillFile("run.sh", b"#!/bin/sh\n"))
NEW = (SkillFile("SKILL.md", b"new"), SkillFile("deep/x", b"1"))


@pytest.fixture(params=[SyncedSkillFolders], ids=["folders"])
def synced(request: pytest.FixtureRequest, tmp_path: Path) -> SyncedFolders:
    """Each implementation in turn."""
    return request.param(tmp_path / "journal")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder of skills with one of the user's own."""
    (tmp_path / "skills" / "own").mkdir(parents=True)
    (tmp_path / "skills" / "own" / "SKILL.md").write_bytes(b"mine")
    return tmp_path / "skills"


def there(target: Path) -> dict[str, bytes]:
    """Give every file below a folder."""
    return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def a_change(target: Path, files: tuple[SkillFile, ...], before: tuple[SkillFile, ...] = ()) -> SyncChange:
    """Give a change of the one folder."""
    return SyncChange(str(target), "a-skill", files, before)


def test_each_change_is_made_and_each_can_be_taken_back(synced: SyncedFolders, target: Path) -> None:
    """Create, update, remove; then back through all three, and no further."""
    states = [there(target)]
    for files, before, what in ((OLD, (), "create"), (NEW, OLD, "update"), ((), NEW, "remove")):
        steps, name = synced.apply((a_change(target, files, before),), 1.0)
        assert [step.what for step in steps] == [what]
        assert name
        states.append(there(target))
    assert states[3] == states[0] == {"own/SKILL.md": b"mine"}

    for state in reversed(states[:3]):
        assert [step.what for step in synced.undo()] != ["leave"]
        assert there(target) == state
    assert synced.undo() == ()


@pytest.mark.parametrize("judged", [(), OLD], ids=["nothing was there", "another was there"])
def test_a_folder_that_is_not_as_it_was_judged_is_left(
    synced: SyncedFolders, target: Path, judged: tuple[SkillFile, ...]
) -> None:
    """Between the plan and the deed somebody made or changed it."""
    (target / "a-skill").mkdir()
    (target / "a-skill" / "SKILL.md").write_bytes(b"theirs")
    before = there(target)
    steps, name = synced.apply((a_change(target, NEW, judged),), 1.0)

    assert ([step.what for step in steps], name, there(target)) == (["leave"], "", before)


@pytest.mark.parametrize("how", ["edited", "added", "replaced by a link", "with a repository"])
def test_what_was_changed_since_is_not_taken_back(synced: SyncedFolders, target: Path, how: str) -> None:
    """An undo must not undo what the user did."""
    synced.apply((a_change(target, NEW),), 1.0)
    folder = target / "a-skill"
    match how:
        case "edited":
            (folder / "SKILL.md").write_bytes(b"mine")
        case "added":
            (folder / "mine.txt").touch()
        case "with a repository":
            (folder / ".git").mkdir()
        case _:
            folder.rename(target.parent / "elsewhere")
            folder.symlink_to(target.parent / "elsewhere")
    before = there(target)

    assert [step.what for step in synced.undo()] == ["leave"]
    assert there(target) == before


def test_a_link_or_a_file_in_the_way_is_never_written_through(synced: SyncedFolders, target: Path) -> None:
    """Where the link leads is somebody else's."""
    (target.parent / "elsewhere").mkdir()
    (target / "a-skill").symlink_to(target.parent / "elsewhere")
    steps, _ = synced.apply((a_change(target, NEW),), 1.0)
    assert [step.what for step in steps] == ["leave"]
    assert list((target.parent / "elsewhere").iterdir()) == []
    assert [(one.name, one.files) for one in synced.present(str(target), frozenset({"a-skill"}))] == [
        ("a-skill", ()),
        ("own", (SkillFile("SKILL.md", b"mine"),)),
    ]


def test_what_a_killed_exchange_left_is_put_back(synced: SyncedFolders, target: Path) -> None:
    """Where a system cannot exchange two names at once, the old one is moved aside for a moment."""
    synced.apply((a_change(target, OLD),), 1.0)
    (target / "a-skill").rename(target / f".skillstrata-old-{'0' * 16}-a-skill")
    (target / f".skillstrata-new-{'0' * 16}-a-skill").mkdir()
    steps, _ = synced.apply((a_change(target, NEW, OLD),), 1.0)

    assert [step.what for step in steps] == ["update"]
    assert {path.name for path in target.iterdir()} == {"own", "a-skill"}
