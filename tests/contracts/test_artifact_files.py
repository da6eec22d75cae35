"""What every ArtifactFiles promises; the implementation is the one on this machine's file system."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters import artifact_moving
from skillstrata.adapters.artifact_folders import MAX_ARTIFACT_BYTES, ArtifactFolders
from skillstrata.adapters.artifact_tombstones import MAX_BYTES
from skillstrata.ports.artifact_files import ArtifactFiles
from skillstrata.records.failures import FileUnreadable, StoreFull
from skillstrata.records.learned import ArtifactKind, NewArtifact, PutAside
from skillstrata.records.learned_faults import (
    ArtifactChanged,
    ArtifactNameTaken,
    ArtifactsBusy,
    ArtifactTooLarge,
    ArtifactUnmovable,
)

TEXT = "---\nname: tides\norigin: skill-learning\n---\nold\n"
NEW = TEXT.replace("old", "new")
NOW_S = 1_700_000_000.125
SKILL, COMMAND, AGENT = ArtifactKind.SKILL, ArtifactKind.COMMAND, ArtifactKind.AGENT


@pytest.fixture
def files(tmp_path: Path) -> ArtifactFiles:
    """Give the implementation, with a clock that stands still: names must be unique without it."""
    return ArtifactFolders(tmp_path / "data", now_s=lambda: NOW_S, wait_s=0.05)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give an empty folder of artefacts."""
    (tmp_path / "skills").mkdir()
    return tmp_path / "skills"


def _skill(root: Path, name: str = "tides", text: str = TEXT) -> Path:
    page = root / name / "SKILL.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
    return page


def _order(page: Path, kind: ArtifactKind = SKILL, **more: str | bool) -> PutAside:
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    name = page.parent.name if kind is SKILL else page.stem
    return PutAside(str(page), name, kind, digest, "why", **more)  # pyright: ignore[reportArgumentType]


def _tree(folder: Path) -> dict[str, bytes | str | None]:
    return {
        str(p.relative_to(folder)): os.readlink(p) if p.is_symlink() else p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
    }


def test_skills_are_listed_once_and_not_from_folders_of_others(files: ArtifactFiles, root: Path) -> None:
    """Archives are not in use, and dependencies bring skills of their own."""
    for name in ("a", "group/b", ".archive/c", ".tombstones/d", ".git/e", "node_modules/f", "a/nested", ".tmp-x"):
        _skill(root, name)
    (root / "link").symlink_to(root / "a")
    (root / "loop").symlink_to(root)

    stamps, odd = files.stamps(SKILL, (str(root), str(root / "group"), str(root / "missing")))

    assert [(stamp.slug, stamp.path) for stamp in stamps] == [
        ("a", str(root / "a/SKILL.md")),
        ("b", str(root / "group/b/SKILL.md")),
    ]
    assert odd == ()


def test_commands_are_files_and_patches_and_skills_are_none(files: ArtifactFiles, root: Path) -> None:
    """A patch beside a command must not become a command."""
    for name in ("a.md", "sub/b.md", "learned-skill.patch.md", "x.patch-2.md", ".hidden.md", "c.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(TEXT, encoding="utf-8")
    _skill(root, "skill")
    (root / "skill" / "reference.md").write_text(TEXT, encoding="utf-8")

    assert [stamp.slug for stamp in files.stamps(COMMAND, (str(root),))[0]] == ["a", "b"]


def test_what_cannot_be_read_is_told_and_costs_no_other(files: ArtifactFiles, root: Path) -> None:
    """A pipe is not opened, a huge file is not read."""
    page, huge = _skill(root), _skill(root, "huge", "x" * (MAX_ARTIFACT_BYTES + 1))
    (root / "pipe").mkdir()
    os.mkfifo(root / "pipe" / "SKILL.md")

    stamps, odd = files.stamps(SKILL, (str(root),))

    assert [stamp.slug for stamp in stamps] == ["huge", "tides"]
    assert [one.code for one in odd] == ["artifact_unreadable"]
    assert files.read(str(page)) == TEXT.encode()
    with pytest.raises(FileUnreadable):
        files.read(str(huge))


@pytest.mark.parametrize("kind", [SKILL, COMMAND, AGENT])
def test_a_new_artefact_is_written_and_never_over_another(files: ArtifactFiles, root: Path, kind: ArtifactKind) -> None:
    """Also where the names differ in case only: the folder may be synced to a disk that knows none."""
    made = files.create(NewArtifact("tides", kind, str(root), TEXT))

    assert Path(made.active_path).read_text(encoding="utf-8") == TEXT
    assert files.free_name("TIDES", kind, str(root)) == "TIDES-2"
    assert files.free_name("winds", kind, str(root)) == "winds"
    for name in ("tides", "Tides"):
        with pytest.raises(ArtifactNameTaken):
            files.create(NewArtifact(name, kind, str(root), NEW))
    assert [Path(s.path).read_text(encoding="utf-8") for s in files.stamps(kind, (str(root),))[0]] == [TEXT]


def test_archiving_a_skill_moves_its_folder_and_restoring_gives_it_back(files: ArtifactFiles, root: Path) -> None:
    """Byte for byte, with everything in it."""
    page = _skill(root)
    (page.parent / "run.sh").write_bytes(b"\x00\xff")
    (page.parent / "run.sh").chmod(0o755)
    (page.parent / "to").symlink_to("run.sh")
    before = _tree(page.parent)
    done = files.put_aside(_order(page))

    assert done.archived_path == str(root / ".archive" / "tides-2023-11-14T22-13-20-125Z")
    assert not page.parent.exists()
    assert _tree(Path(done.archived_path)) == before
    manifest = json.loads(Path(done.manifest_path).read_bytes())
    assert {"oldSkill": "tides", "oldPath": str(page), "action": "archive", "reason": "why"}.items() <= manifest.items()
    (row,) = files.aside((str(root),))
    assert files.restore(row) == str(page)
    assert _tree(page.parent) == before
    assert files.aside((str(root),)) == ()


@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.parametrize("kind", [COMMAND, AGENT])
def test_of_a_single_file_the_file_goes_and_never_its_folder(
    files: ArtifactFiles, root: Path, kind: ArtifactKind, is_deleted: bool
) -> None:
    """The seed moved the folder with every other command in it."""
    (root / "other.md").write_text("the user's", encoding="utf-8")
    (root / "tides.md").write_text(TEXT, encoding="utf-8")
    files.put_aside(_order(root / "tides.md", kind, is_deleted=is_deleted))

    assert [p.name for p in root.iterdir() if not p.name.startswith(".")] == ["other.md"]
    assert files.restore(files.aside((str(root),))[0]) == str(root / "tides.md")
    assert (root / "tides.md").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("kind", [COMMAND, AGENT])
def test_no_client_finds_a_single_file_that_was_put_aside(files: ArtifactFiles, root: Path, kind: ArtifactKind) -> None:
    """Clients take every .md file below these folders for one in use; archives of before come back as well."""
    (root / "tides.md").write_text(TEXT, encoding="utf-8")
    done = files.put_aside(_order(root / "tides.md", kind))
    assert list(root.rglob("*.md")) == []

    Path(done.archived_path).rename(done.archived_path.removesuffix(".archived"))
    assert files.restore(files.aside((str(root),))[0]) == str(root / "tides.md")
    assert (root / "tides.md").read_text(encoding="utf-8") == TEXT


def test_inside_alone_nobody_else_changes_the_folders(files: ArtifactFiles, root: Path, tmp_path: Path) -> None:
    """What is compared there must hold when it is applied; the changes of the one who holds them go through."""
    page, new = _skill(root), NewArtifact("winds", SKILL, str(root), TEXT)
    same_data, other_data = (ArtifactFolders(tmp_path / one, now_s=lambda: NOW_S, wait_s=0.05) for one in ("data", "b"))
    with files.alone((str(root),)):
        for other in (same_data, other_data):
            with pytest.raises(ArtifactsBusy):
                other.create(new)
            with pytest.raises(ArtifactsBusy):
                other.put_aside(_order(page))
        with pytest.raises(ArtifactsBusy), same_data.alone((str(root / "not-there-yet"),)):
            pass
        assert files.create(new).active_path

    assert other_data.put_aside(_order(page)).archived_path


def test_a_tombstone_keeps_every_file(files: ArtifactFiles, root: Path) -> None:
    """Also what is not text, links, empty folders and permissions; and it can be used again."""
    page = _skill(root)
    (page.parent / "empty").mkdir()
    (page.parent / "bin").write_bytes(bytes(range(256)))
    (page.parent / "bin").chmod(0o750)
    (page.parent / "to").symlink_to("bin")
    before = _tree(page.parent)
    done = files.put_aside(_order(page, is_deleted=True))

    assert (done.deleted_path, page.parent.exists()) == (str(page), False)
    assert json.loads(Path(done.tombstone_path).read_bytes())["content"] == TEXT
    files.restore(files.aside((str(root),))[0])
    assert _tree(page.parent) == before
    assert (page.parent / "bin").stat().st_mode & 0o777 == 0o750


def test_manifests_archives_and_patches_are_never_overwritten(files: ArtifactFiles, root: Path) -> None:
    """The seed had one manifest for all deletions; here even one moment gives each its own."""
    for _ in range(3):
        files.put_aside(_order(_skill(root)))
    for _ in range(3):
        files.put_aside(_order(_skill(root), is_deleted=True))
    page = _skill(root)
    digest = _order(page).digest
    patches = [files.add_patch(str(page), digest, text).patch_path for text in ("one", "two", "one")]

    assert len(list((root / ".archive").glob("*.manifest.json"))) == 3
    assert len(list((root / ".tombstones").glob("*.manifest.json"))) == 3
    assert len(list((root / ".tombstones").glob("*.tombstone.json"))) == 3
    assert len(files.aside((str(root),))) == 6
    assert [Path(path).name for path in patches] == [
        "learned-skill.patch.md",
        "learned-skill.patch-2.md",
        "learned-skill.patch.md",
    ]
    assert page.read_text(encoding="utf-8") == TEXT


def test_a_patch_is_taken_away_only_as_it_was_written(files: ArtifactFiles, root: Path) -> None:
    """Who took a word of it into the page, or wrote one into it, keeps it."""
    page = _skill(root)
    digest = hashlib.sha256(b"one").hexdigest()
    patch = Path(files.add_patch(str(page), _order(page).digest, "one").patch_path)
    patch.write_text("one, and mine", encoding="utf-8")
    assert not files.take_patch(str(patch), digest)
    assert patch.is_file()
    patch.write_text("one", encoding="utf-8")

    assert files.take_patch(str(patch), digest)
    assert not files.take_patch(str(patch), digest)
    assert not files.take_patch(str(root / "gone" / "learned-skill.patch.md"), digest)
    assert page.read_text(encoding="utf-8") == TEXT


def test_what_was_remembered_can_be_dropped(files: ArtifactFiles) -> None:
    """It holds words of artefacts; it is derived, and nothing is no error."""
    files.drop_remembered()
    files.remember("a", b"words")
    assert files.remembered("a") == b"words"
    files.drop_remembered()

    assert files.remembered("a") == b""


def test_what_changed_since_it_was_judged_is_left_alone(files: ArtifactFiles, root: Path) -> None:
    """The user may edit while a decision is made."""
    page = _skill(root)
    order = _order(page)
    page.write_text(TEXT + "mine", encoding="utf-8")
    before = _tree(root)
    for act in (
        lambda: files.put_aside(order),
        lambda: files.replace(order, NewArtifact("winds", SKILL, str(root), NEW)),
        lambda: files.add_patch(str(page), order.digest, "text"),
    ):
        with pytest.raises(ArtifactChanged):
            act()

    assert {k: v for k, v in _tree(root).items() if not k.startswith(".archive")} == before


def test_a_restore_refuses_where_something_is_in_the_place(files: ArtifactFiles, root: Path) -> None:
    """Neither of the two may be lost."""
    page = _skill(root)
    files.put_aside(_order(page))
    _skill(root, "Tides", NEW)
    (row,) = files.aside((str(root),))
    with pytest.raises(ArtifactNameTaken):
        files.restore(row)

    (root / "Tides").rename(root / "winds")
    assert files.restore(row) == str(page)


def test_a_manifest_folder_that_takes_nothing_stops_it_before_anything_moved(files: ArtifactFiles, root: Path) -> None:
    """The seed moved first and then failed."""
    page = _skill(root)
    blocked = root / "blocked"
    blocked.write_text("a file, where a folder would be", encoding="utf-8")
    before = _tree(root)
    with pytest.raises(StoreFull) as full:
        files.put_aside(_order(page, manifest_root=str(blocked / "manifests")))
    assert str(blocked) in full.value.message
    assert str(blocked) in full.value.hint
    assert {k: v for k, v in _tree(root).items() if not k.startswith(".archive")} == before

    done = files.put_aside(_order(page, manifest_root=str(root / "manifests")))
    assert Path(done.manifest_path).parent == root / "manifests"
    (row,) = files.aside((str(root),), (str(root / "manifests"),))
    assert files.restore(row) == str(page)


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no second file system here")
def test_an_archive_on_another_file_system_is_a_whole_copy(files: ArtifactFiles, root: Path) -> None:
    """A rename does not reach there; the old one goes once the copy is the same."""
    page = _skill(root)
    (page.parent / "to").symlink_to("SKILL.md")
    # A link may lead to a name that is no UTF-8.
    os.symlink(b"\xff\xfe", os.fsencode(page.parent / "bytes"))
    elsewhere = Path(f"/dev/shm/archive-{os.getpid()}-{root.parent.name}")
    elsewhere.mkdir()
    try:
        if elsewhere.stat().st_dev == root.stat().st_dev:
            pytest.skip("/dev/shm is the same file system")
        before = _tree(page.parent)
        done = files.put_aside(_order(page, archive_root=str(elsewhere)))
        assert not page.parent.exists()
        assert _tree(Path(done.archived_path)) == before
        (row,) = files.aside((str(root),), (str(elsewhere),))
        assert files.restore(row) == str(page)
        assert _tree(page.parent) == before
        assert [p for p in root.rglob("*") if p.name.startswith(".tmp-")] == []
    finally:
        artifact_moving.remove(elsewhere)


def test_what_cannot_be_put_aside_whole_is_refused(files: ArtifactFiles, root: Path) -> None:
    """Links lead elsewhere, a nested skill is another's, a pipe has no content."""
    page = _skill(root, "real")
    (root / "link").symlink_to(root / "real")
    with pytest.raises(ArtifactUnmovable):
        files.put_aside(_order(root / "link" / "SKILL.md"))
    nested = _skill(root, "real/theirs")
    with pytest.raises(ArtifactUnmovable):
        files.put_aside(_order(page))
    artifact_moving.remove(nested.parent)
    os.mkfifo(page.parent / "pipe")
    with pytest.raises(ArtifactUnmovable):
        files.put_aside(_order(page, is_deleted=True))
    (page.parent / "pipe").unlink()
    assert files.put_aside(_order(page)).archived_path


def test_more_than_a_tombstone_keeps_is_refused_and_can_be_archived(files: ArtifactFiles, root: Path) -> None:
    """A hard delete must never lose a byte."""
    page = _skill(root)
    with (page.parent / "big").open("wb") as big:
        big.truncate(MAX_BYTES + 1)
    with pytest.raises(ArtifactTooLarge):
        files.put_aside(_order(page, is_deleted=True))
    assert page.exists()
    assert files.put_aside(_order(page)).archived_path


def test_another_process_that_changes_the_folder_is_waited_for_and_then_told(files: ArtifactFiles, root: Path) -> None:
    """And its lock is free once it is gone, however it ended."""
    page = _skill(root)
    holder = (
        "import fcntl, os, sys\nfd = os.open(sys.argv[1], os.O_RDONLY)\nfcntl.flock(fd, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(ArtifactsBusy):
            files.put_aside(_order(page))
        other.kill()
    assert files.put_aside(_order(page)).archived_path


def test_what_is_remembered_comes_back_and_may_be_lost(files: ArtifactFiles, tmp_path: Path) -> None:
    """It is derived; a folder that takes nothing is no error."""
    files.remember("key", b"data")
    assert (files.remembered("key"), files.remembered("other")) == (b"data", b"")

    (tmp_path / "file").write_bytes(b"")
    blocked = ArtifactFolders(tmp_path / "file", now_s=lambda: NOW_S)
    blocked.remember("key", b"data")
    assert blocked.remembered("key") == b""
