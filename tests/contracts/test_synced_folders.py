"""What every keeper of synced folders promises."""

import shutil
from pathlib import Path

import pytest

from skillstrata.adapters import folder_swap, synced_skill_folders
from skillstrata.adapters.folder_swap import put_folder, take_folder
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


@pytest.mark.parametrize(
    "how",
    [
        "edited",
        "added",
        "replaced by a link",
        "with a repository",
        "deep/.git",
        "deep/node_modules",
        "__pycache__",
        "empty",
    ],
)
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
        case "empty":
            (folder / "deep" / "empty").mkdir()
        case "deep/.git" | "deep/node_modules" | "__pycache__":
            (folder / how).mkdir()
            (folder / how / "config").write_bytes(b"mine")
        case _:
            folder.rename(target.parent / "elsewhere")
            folder.symlink_to(target.parent / "elsewhere")
    before = there(target)

    assert [step.what for step in synced.undo()] == ["leave"]
    assert there(target) == before


@pytest.mark.parametrize("place", ["scripts/.git", "scripts/node_modules", "scripts/__pycache__", ".git"])
def test_a_folder_with_a_repository_anywhere_in_it_is_left(synced: SyncedFolders, target: Path, place: str) -> None:
    """What is passed over when skills are read is somebody's work all the same; without it the change is made."""
    synced.apply((a_change(target, OLD),), 1.0)
    (target / "a-skill" / place).mkdir(parents=True)
    (target / "a-skill" / place / "config").write_bytes(b"mine")
    assert [step.what for step in synced.apply((a_change(target, (), OLD),), 1.0)[0]] == ["leave"]
    assert (target / "a-skill" / place / "config").read_bytes() == b"mine"

    shutil.rmtree(target / "a-skill" / Path(place).parts[0])
    assert [step.what for step in synced.apply((a_change(target, (), OLD),), 1.0)[0]] == ["remove"]


@pytest.mark.parametrize("files", [NEW, ()], ids=["update", "remove"])
@pytest.mark.parametrize("exchanges", [True, False], ids=["one step", "two renames"])
@pytest.mark.parametrize("is_edited", [True, False])
def test_an_edit_made_while_a_sync_is_at_work_stays(
    *,
    synced: SyncedFolders,
    target: Path,
    files: tuple[SkillFile, ...],
    exchanges: bool,
    is_edited: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After it was judged and written down, before it is replaced; unedited it is replaced."""
    synced.apply((a_change(target, OLD),), 1.0)
    edit = (target / "a-skill" / "SKILL.md").write_bytes

    def put(made: Path, place: Path, *more: object) -> bool:
        edit(b"mine" if is_edited else b"old")
        return put_folder(made, place, *more)  # type: ignore[arg-type]

    def take(place: Path, *more: object) -> bool:
        edit(b"mine" if is_edited else b"old")
        return take_folder(place, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(synced_skill_folders, "put_folder", put)
    monkeypatch.setattr(synced_skill_folders, "take_folder", take)
    if not exchanges:
        monkeypatch.setattr(folder_swap, "_exchanged", lambda _one, _other: False)
    (step,), _ = synced.apply((a_change(target, files, OLD),), 1.0)
    after = there(target)
    if is_edited:
        assert step.what == "leave"
        assert after == {"own/SKILL.md": b"mine", "a-skill/SKILL.md": b"mine", "a-skill/run.sh": b"#!/bin/sh\n"}
    else:
        assert step.what == ("update" if files else "remove")
        assert ("a-skill/SKILL.md" in after) == bool(files)
    assert {path.name for path in target.iterdir()} <= {"own", "a-skill"}


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
