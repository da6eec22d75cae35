"""Which folders are one project: worktrees of one repository are, made by the real Git or by hand."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.git_projects import project_of

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def _git(folder: Path, *words: str) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "dev@mail.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    subprocess.run(["git", *words], cwd=folder, env=environ, check=True, capture_output=True, timeout=60)


def _project(folder: Path) -> Path:
    return project_of(folder, home=Path("/home/nobody"))


@needs_git
def test_all_worktrees_of_a_repository_are_one_project(tmp_path: Path) -> None:
    """Also a folder inside one, and by a link; another repository is another project."""
    main, tree, other = tmp_path / "shop", tmp_path / "trees" / "fix", tmp_path / "other"
    for folder in (main, other):
        folder.mkdir()
        _git(folder, "init", "--quiet")
    _git(main, "commit", "--quiet", "--allow-empty", "--message", "first")
    _git(main, "worktree", "add", "--quiet", str(tree))
    (tree / "src" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tree)

    assert (tree / ".git").is_file()
    assert {_project(folder) for folder in (main, tree, tree / "src" / "deep", tmp_path / "link")} == {main.resolve()}
    assert _project(other) == other.resolve()


@needs_git
def test_worktrees_of_a_bare_repository_are_one_project(tmp_path: Path) -> None:
    """There is no main folder: the repository stands for it."""
    (tmp_path / "first").mkdir()
    _git(tmp_path / "first", "init", "--quiet")
    _git(tmp_path / "first", "commit", "--quiet", "--allow-empty", "--message", "first")
    _git(tmp_path, "clone", "--quiet", "--bare", "first", "shop.git")
    for name in ("a", "b"):
        _git(tmp_path / "shop.git", "worktree", "add", "--quiet", "-b", name, str(tmp_path / name))

    assert _project(tmp_path / "a") == _project(tmp_path / "b") == (tmp_path / "shop.git").resolve()


def test_a_worktree_made_by_hand_with_a_relative_path(tmp_path: Path) -> None:
    """Git can be told to write relative paths; nothing of Git is started."""
    own = tmp_path / "shop" / ".git" / "worktrees" / "fix"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n", encoding="ascii")
    (tmp_path / "fix").mkdir()
    (tmp_path / "fix" / ".git").write_text("gitdir: ../shop/.git/worktrees/fix\n", encoding="ascii")

    assert _project(tmp_path / "fix") == _project(tmp_path / "shop") == (tmp_path / "shop").resolve()


@pytest.mark.parametrize(
    "said",
    [b"", b"gitdir: ", b"gitdir: nowhere\n", b"gitdir: /dev/null", b"\xff\x00gitdir", b"gitdir: " + b"x" * 90_000],
)
def test_a_mark_that_leads_nowhere_makes_the_folder_its_own_project(tmp_path: Path, said: bytes) -> None:
    """Files of a project are not ours: whatever stands in them, there is an answer."""
    (tmp_path / ".git").write_bytes(said)

    assert _project(tmp_path) == tmp_path.resolve()


def test_without_a_repository_each_folder_is_its_own_project(tmp_path: Path) -> None:
    """Twin; a folder that is gone has an identity as well."""
    (tmp_path / "a").mkdir()

    assert _project(tmp_path / "a") != _project(tmp_path / "b")
    assert _project(tmp_path / "a") == (tmp_path / "a").resolve()


def test_a_repository_of_the_home_folder_joins_nothing_below_it(tmp_path: Path) -> None:
    """Settings kept in Git at home would make one project of everything."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()

    assert project_of(tmp_path / "a", home=tmp_path) == (tmp_path / "a").resolve()
    assert project_of(tmp_path, home=tmp_path) == tmp_path.resolve()
    assert project_of(tmp_path / "a", home=tmp_path / "elsewhere") == tmp_path.resolve()


def test_a_pipe_in_the_place_of_the_mark_is_not_waited_for(tmp_path: Path) -> None:
    """Opened, it would wait for a writer for ever."""
    os.mkfifo(tmp_path / ".git")

    assert _project(tmp_path) == tmp_path.resolve()


@pytest.mark.parametrize("inside", [".worktrees/2", ".claude/worktrees/fix-it", ".worktrees/2/src"])
def test_a_worktree_below_its_project_is_that_project_when_it_is_gone(tmp_path: Path, inside: str) -> None:
    """Nothing of Git says so any more, or ever did; the twins lie in folders that only look like it."""
    assert _project(tmp_path / "cli" / inside) == (tmp_path / "cli").resolve()

    for own in ("cli/worktrees/2", "cli/.claude/plans/fix-it"):
        assert _project(tmp_path / own) == (tmp_path / own).resolve()
    assert _project(Path("/.worktrees/2")) == Path("/.worktrees/2")


def test_a_repository_among_the_worktrees_is_its_own_project(tmp_path: Path) -> None:
    """What Git says comes first."""
    (tmp_path / "cli" / ".worktrees" / "2" / ".git").mkdir(parents=True)

    assert _project(tmp_path / "cli" / ".worktrees" / "2") == (tmp_path / "cli" / ".worktrees" / "2").resolve()
