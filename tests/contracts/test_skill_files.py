"""What every SkillFiles promises."""

import contextlib
import os
import threading
from pathlib import Path

import pytest

from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.ports.skill_files import SkillFiles
from skillstrata.records.failures import FileUnreadable
from tests.skill_sources import put, source


@pytest.fixture
def files() -> SkillFiles:
    """The real one."""
    return SkillFileFolders()


def _slugs(files: SkillFiles, root: Path, kind: str = "user") -> list[str]:
    return [stamp.slug for stamp in files.stamps(source(kind, root=root))[0]]


def test_skills_are_folders_directly_below_the_root(files: SkillFiles, tmp_path: Path) -> None:
    """Deeper ones are test fixtures or copies; hidden folders and node_modules are not looked into."""
    for name in ("b", "a", ".archive", "node_modules"):
        put(tmp_path, name)
    put(tmp_path / "a", "deeper")
    (tmp_path / "README.md").write_text("x", encoding="utf-8")

    assert _slugs(files, tmp_path) == ["a", "b"]


def test_a_root_that_is_a_skill_is_that_skill(files: SkillFiles, tmp_path: Path) -> None:
    """`--source` may point at one."""
    put(tmp_path, "one")

    assert _slugs(files, tmp_path / "one") == ["one"]


@pytest.mark.parametrize("name", ["skill.md", "Skill.md", "SKILL.MD"])
def test_any_case_of_the_name_is_found_and_the_exact_one_wins(files: SkillFiles, tmp_path: Path, name: str) -> None:
    """36 of 9,248 real files are written otherwise."""
    put(tmp_path, "a").rename(tmp_path / "a" / name)
    assert [Path(stamp.path).name for stamp in files.stamps(source(root=tmp_path))[0]] == [name]
    put(tmp_path, "a")
    assert [Path(stamp.path).name for stamp in files.stamps(source(root=tmp_path))[0]] == ["SKILL.md"]


def test_several_links_to_one_skill_are_one_skill(files: SkillFiles, tmp_path: Path) -> None:
    """What is there by itself is named, not the link to it."""
    outside = put(tmp_path / "outside", "x").parent
    root = tmp_path / "root"
    put(root, "own")
    for name, target in (("a-link", root / "own"), ("b-link", outside), ("c-link", outside)):
        (root / name).symlink_to(target)

    assert _slugs(files, root) == ["b-link", "own"]


def test_hard_links_are_skills_of_their_own(files: SkillFiles, tmp_path: Path) -> None:
    """Package managers link equal files to save room; two folders are two skills."""
    file = put(tmp_path, "a")
    (tmp_path / "b").mkdir()
    os.link(file, tmp_path / "b" / "SKILL.md")

    assert _slugs(files, tmp_path) == ["a", "b"]


def test_loops_of_links_end(files: SkillFiles, tmp_path: Path) -> None:
    """To itself, to each other, to the folder above; the others are found."""
    put(tmp_path, "good")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "SKILL.md").symlink_to(tmp_path / "loop" / "SKILL.md")
    stamps, odd = files.stamps(source(root=tmp_path))

    assert [stamp.slug for stamp in stamps] == ["good"]
    assert "link_loop" in {each.code for each in odd}


def test_what_is_no_plain_file_is_told_and_not_opened(files: SkillFiles, tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    put(tmp_path, "good")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "SKILL.md")
    stamps, odd = files.stamps(source(root=tmp_path))

    assert [stamp.slug for stamp in stamps] == ["good"]
    assert [each.code for each in odd] == ["not_a_file"]
    with pytest.raises(FileUnreadable) as refused:
        files.read(str(tmp_path / "pipe" / "SKILL.md"), max_bytes=100)
    assert refused.value.reason == "not_a_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_costs_itself_only(files: SkillFiles, tmp_path: Path) -> None:
    """It is told as a diagnostic."""
    put(tmp_path, "good")
    closed = put(tmp_path, "closed").parent
    closed.chmod(0)
    stamps, odd = files.stamps(source(root=tmp_path))
    closed.chmod(0o700)

    assert [stamp.slug for stamp in stamps] == ["good"]
    assert [each.code for each in odd] == ["folder_unreadable"]


def test_a_root_that_cannot_be_listed_is_told(files: SkillFiles) -> None:
    """Whoever asks, a name of this length cannot be opened."""
    stamps, odd = files.stamps(source(root="/" + "x" * 300))

    assert stamps == ()
    assert [each.code for each in odd] == ["folder_unreadable"]


def test_a_root_that_is_not_there_is_empty(files: SkillFiles, tmp_path: Path) -> None:
    """It may come, and a source that disappears is no fault of the others."""
    put(tmp_path / "root", "a")
    assert _slugs(files, tmp_path / "root") == ["a"]
    (tmp_path / "root").rename(tmp_path / "away")

    assert files.stamps(source(root=tmp_path / "root")) == ((), ())


def test_commands_and_agents_are_files_with_their_folders_before_them(files: SkillFiles, tmp_path: Path) -> None:
    """Two of one name in two folders are two."""
    for path in ("fix.md", "web/fix.md", "notes.txt", ".hidden.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x", encoding="utf-8")

    assert _slugs(files, tmp_path, "command") == _slugs(files, tmp_path, "agents") == ["fix", "web:fix"]


def test_an_unchanged_file_has_the_same_stamp_and_a_changed_one_another(files: SkillFiles, tmp_path: Path) -> None:
    """That is all that a look at an unchanged folder goes by."""
    file = put(tmp_path, "a")
    (first,), _ = files.stamps(source(root=tmp_path))
    (again,), _ = files.stamps(source(root=tmp_path))
    os.utime(file, ns=(1, 1))
    (touched,), _ = files.stamps(source(root=tmp_path))
    new = tmp_path / "new"
    new.write_bytes(file.read_bytes())
    os.utime(new, ns=(1, 1))
    new.rename(file)
    (replaced,), _ = files.stamps(source(root=tmp_path))

    assert first is again
    assert len({first, touched, replaced}) == 3


def test_a_file_over_the_cap_is_not_read(files: SkillFiles, tmp_path: Path) -> None:
    """A sparse gigabyte costs a stat; one byte less than the cap is read whole."""
    file = put(tmp_path, "a")
    with file.open("r+b") as stream:
        stream.truncate(1_000_000_000)
    with pytest.raises(FileUnreadable) as refused:
        files.read(str(file), max_bytes=4_000_000)
    assert refused.value.reason == "too_large"
    file.write_bytes(b"x" * 100)
    assert files.read(str(file), max_bytes=100) == b"x" * 100


def test_a_file_that_is_gone_is_missing(files: SkillFiles, tmp_path: Path) -> None:
    """Between the listing and the read."""
    with pytest.raises(FileUnreadable) as refused:
        files.read(str(tmp_path / "SKILL.md"), max_bytes=100)
    assert refused.value.reason == "missing"


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="only Linux tells of open writers")
def test_a_file_that_is_open_for_writing_is_not_read_until_it_is_closed(files: SkillFiles, tmp_path: Path) -> None:
    """What is half written may look whole."""
    file = put(tmp_path, "a")
    with file.open("ab") as stream:
        stream.write(b"half")
        stream.flush()
        with pytest.raises(FileUnreadable) as refused:
            files.read(str(file), max_bytes=1000)
    assert refused.value.reason == "unstable"
    assert files.read(str(file), max_bytes=1000).endswith(b"half")


def test_what_is_read_is_never_a_mixture(files: SkillFiles, tmp_path: Path) -> None:
    """Rewritten in place all the time, it is read whole as one of the two, or not at all."""
    file, stop = put(tmp_path, "a"), threading.Event()
    texts = [b"a" * 200_000, b"b" * 200_000]
    file.write_bytes(texts[0])

    def rewrite() -> None:
        while not stop.is_set():
            for text in texts:
                file.write_bytes(text)

    writer = threading.Thread(target=rewrite)
    writer.start()
    seen: set[bytes] = set()
    for _ in range(200):
        with contextlib.suppress(FileUnreadable):
            seen.add(files.read(str(file), max_bytes=1_000_000))
    stop.set()
    writer.join()

    assert seen <= {*texts, b""}
    assert files.read(str(file), max_bytes=1_000_000) in texts
