"""What the seam to skill folders promises, on the disk."""

import os
from pathlib import Path

import pytest

from skillstrata.adapters.skill_resources import SkillResourceFolders
from skillstrata.ports.skill_resources import CopiedFile, SkillResource, SkillResources
from skillstrata.records.failures import FileUnreadable, OutputExists, StoreFull

PAGE = "---\nname: a\ndescription: b\n---\nText\n"


@pytest.fixture
def resources() -> SkillResources:
    """Give the only implementation."""
    return SkillResourceFolders()


def made(root: Path, *paths: str) -> Path:
    """Make files with their own paths as content."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path, encoding="utf-8")
    return root


def test_skill_files_are_found_at_and_below_a_path(resources: SkillResources, tmp_path: Path) -> None:
    """A file, a skill's folder, a folder of skills: people point at any of them."""
    made(tmp_path, "skills/a/SKILL.md", "skills/b/skill.md", "skills/c/d/Skill.MD", "skills/e/README.md")

    assert resources.pages(str(tmp_path / "skills/a/SKILL.md")) == (str(tmp_path / "skills/a/SKILL.md"),)
    assert resources.pages(str(tmp_path / "skills/a")) == (str(tmp_path / "skills/a/SKILL.md"),)
    assert resources.pages(str(tmp_path)) == tuple(
        str(tmp_path / "skills" / page) for page in ("a/SKILL.md", "b/skill.md", "c/d/Skill.MD")
    )


def test_the_exact_name_wins_and_nothing_is_found_below_a_skill(resources: SkillResources, tmp_path: Path) -> None:
    """Copies in a skill's examples are its files, not skills."""
    made(tmp_path, "a/skill.md", "a/SKILL.md", "a/examples/b/SKILL.md", "node_modules/c/SKILL.md", ".git/d/SKILL.md")

    assert resources.pages(str(tmp_path)) == (str(tmp_path / "a/SKILL.md"),)


def test_links_to_skills_are_followed_once(resources: SkillResources, tmp_path: Path) -> None:
    """Skill folders are linked in often; a loop of links must end."""
    made(tmp_path, "real/SKILL.md")
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills" / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "skills" / "loop").symlink_to(tmp_path / "skills")

    assert resources.pages(str(tmp_path / "skills")) == (str(tmp_path / "skills/linked/SKILL.md"),)


def looped(folder: Path) -> tuple[str, str]:
    """Make two links that lead to each other."""
    (folder / "loop1").symlink_to("loop2")
    (folder / "loop2").symlink_to("loop1")
    return str(folder / "loop1"), str(folder / "loop2")


def test_links_that_lead_back_to_themselves_cost_nothing_else_and_are_named(
    resources: SkillResources, tmp_path: Path
) -> None:
    """The skills beside them are found; a link to a folder is no loop."""
    made(tmp_path, "skills/a/SKILL.md", "real/SKILL.md")
    (tmp_path / "skills" / "linked").symlink_to(tmp_path / "real")
    assert resources.loops(str(tmp_path / "skills")) == ()
    loops = looped(tmp_path / "skills")

    assert resources.pages(str(tmp_path / "skills")) == (
        str(tmp_path / "skills/a/SKILL.md"),
        str(tmp_path / "skills/linked/SKILL.md"),
    )
    assert resources.loops(str(tmp_path / "skills")) == loops
    assert resources.pages(loops[0]) == ()
    assert resources.loops(loops[0]) == (loops[0],)
    assert not resources.overlaps(loops[0], str(tmp_path / "real"))


def test_a_listing_survives_loops_and_folders_without_end(resources: SkillResources, tmp_path: Path) -> None:
    """Each costs itself, and is named."""
    made(tmp_path, "SKILL.md")
    looped(tmp_path)
    deep = tmp_path
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    listed = resources.listing(str(tmp_path), most=10)

    assert [(one.path, one.kind) for one in listed if "d/" not in one.path] == [
        ("SKILL.md", "file"),
        ("loop1", "link"),
        ("loop2", "link"),
    ]
    assert [one.kind for one in listed if "d/" in one.path] == ["special"]


def test_when_a_file_changed_is_told_with_the_folders_on_its_way(resources: SkillResources, tmp_path: Path) -> None:
    """A folder that was put in another's place brings older files; what is not there did not change."""
    made(tmp_path, "refs/a.md", "b.md")
    first = resources.changed_ns(str(tmp_path), "refs/a.md")
    assert first > 0
    while resources.changed_ns(str(tmp_path), "refs/a.md") == first:
        (tmp_path / "refs" / "new.md").touch()
        (tmp_path / "refs" / "new.md").unlink()

    assert resources.changed_ns(str(tmp_path), "b.md") <= resources.changed_ns(str(tmp_path), "refs/a.md")
    assert resources.changed_ns(str(tmp_path), "gone.md") == 0


def test_a_listing_has_every_file_and_tells_links(resources: SkillResources, tmp_path: Path) -> None:
    """What is not a plain file is named and not opened."""
    made(tmp_path, "SKILL.md", "scripts/run.sh", ".git/config")
    (tmp_path / "scripts/run.sh").chmod(0o755)
    (tmp_path / "out").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")

    assert resources.listing(str(tmp_path), most=10) == (
        SkillResource("SKILL.md", 8),
        SkillResource("out", 0, "link"),
        SkillResource("pipe", 0, "special"),
        SkillResource("scripts/run.sh", 14, executable=True),
    )


def test_a_listing_ends_at_one_more_than_was_asked_for(resources: SkillResources, tmp_path: Path) -> None:
    """So that the caller sees that there are more, without counting a million."""
    made(tmp_path, *(f"f{n}" for n in range(9)))

    assert len(resources.listing(str(tmp_path), most=3)) == 4


def test_a_folder_that_is_not_there_is_told(resources: SkillResources, tmp_path: Path) -> None:
    """It may have gone a moment ago."""
    with pytest.raises(FileUnreadable):
        resources.listing(str(tmp_path / "gone"), most=3)


def test_a_file_below_the_folder_is_read(resources: SkillResources, tmp_path: Path) -> None:
    """Also where the skill's own folder is a link."""
    made(tmp_path, "real/references/a.md")
    (tmp_path / "skill").symlink_to(tmp_path / "real")

    assert resources.read(str(tmp_path / "skill"), "references/a.md", max_bytes=99) == b"real/references/a.md"


@pytest.mark.parametrize(
    "path", ["linked.md", "away/secret.md", "../secret.md", "", "/etc/passwd", "a//b", "pipe", "sub"]
)
def test_nothing_outside_of_the_folder_is_read(resources: SkillResources, tmp_path: Path, path: str) -> None:
    """Neither by its path nor through a link that the skill brought along; no pipe is waited for."""
    made(tmp_path, "secret.md", "skill/sub/x")
    (tmp_path / "skill/linked.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "skill/away").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "skill/pipe")

    with pytest.raises(FileUnreadable):
        resources.read(str(tmp_path / "skill"), path, max_bytes=99)


def test_a_file_over_the_cap_is_not_read(resources: SkillResources, tmp_path: Path) -> None:
    """One byte more is too much, the cap itself is not."""
    (tmp_path / "a").write_bytes(b"12345")

    assert resources.read(str(tmp_path), "a", max_bytes=5) == b"12345"
    with pytest.raises(FileUnreadable) as refused:
        resources.read(str(tmp_path), "a", max_bytes=4)
    assert refused.value.reason == "too_large"


def test_folders_overlap_when_one_is_in_the_other(resources: SkillResources, tmp_path: Path) -> None:
    """Through links too: a copy into its own source would never end."""
    made(tmp_path, "a/b/c", "d/e")
    (tmp_path / "d/link").symlink_to(tmp_path / "a")

    assert resources.overlaps(str(tmp_path / "a"), str(tmp_path / "d/link/b"))
    assert not resources.overlaps(str(tmp_path / "a"), str(tmp_path / "d"))


COPY = (CopiedFile("SKILL.md", PAGE.encode()), CopiedFile("scripts/run.sh", b"#!/bin/sh\n", executable=True))


def test_a_copy_is_written_whole(resources: SkillResources, tmp_path: Path) -> None:
    """With its folders and what may be run; nothing else stays beside it."""
    resources.write(str(tmp_path / "out/a"), COPY)

    assert (tmp_path / "out/a/SKILL.md").read_text(encoding="utf-8") == PAGE
    assert os.access(tmp_path / "out/a/scripts/run.sh", os.X_OK)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a"]


def test_a_copy_replaces_a_skill_only_when_told(resources: SkillResources, tmp_path: Path) -> None:
    """And then as a whole: a file of the old one does not stay."""
    made(tmp_path, "a/SKILL.md", "a/old.md")

    with pytest.raises(OutputExists):
        resources.write(str(tmp_path / "a"), COPY)
    assert (tmp_path / "a/old.md").exists()
    resources.write(str(tmp_path / "a"), COPY, replace=True)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["SKILL.md", "scripts"]


def test_what_is_no_skill_is_never_replaced(resources: SkillResources, tmp_path: Path) -> None:
    """`--force` in the wrong folder must not cost anybody's files; a link is not gone through."""
    made(tmp_path, "photos/1.jpg", "real/SKILL.md")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    for name in ("photos", "link"):
        with pytest.raises(OutputExists):
            resources.write(str(tmp_path / name), COPY, replace=True)
    assert (tmp_path / "photos/1.jpg").exists()
    assert (tmp_path / "real/SKILL.md").read_text(encoding="utf-8") == "real/SKILL.md"


def test_a_copy_that_cannot_be_written_leaves_what_was_there(resources: SkillResources, tmp_path: Path) -> None:
    """A file where a folder must be: nothing is half done."""
    made(tmp_path, "file")

    with pytest.raises(StoreFull):
        resources.write(str(tmp_path / "file/a"), COPY)
    made(tmp_path, "a/SKILL.md")
    with pytest.raises(OutputExists):
        resources.write(str(tmp_path / "a"), (*COPY, CopiedFile("SKILL.md/x", b"")), replace=True)
    assert (tmp_path / "a/SKILL.md").read_text(encoding="utf-8") == "a/SKILL.md"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "file"]
