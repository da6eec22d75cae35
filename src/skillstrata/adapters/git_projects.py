"""Which project a folder belongs to: one and the same for all worktrees of a repository.

In     a folder; of Git's files, `.git` and `commondir`, read as a few lines of text
Out    the folder that stands for the project
Never  starts Git; reads a repository's configuration, which could name programs
Why    people and agents work in a worktree a branch: counted by folder, one project would look like many

Source:
    gitrepository-layout(5): `.git` as a file with "gitdir: PATH", and `commondir` in a linked worktree's own folder.
"""

import contextlib
import os
from pathlib import Path

_GITDIR = "gitdir:"
_MAX_BYTES = 8192


def project_of(folder: Path, *, home: Path) -> Path:
    """Give the main folder of the repository that a folder lies in; without one, the folder itself.

    Args:
        folder: Any path; it need not be there.
        home: A repository of the whole home folder (of settings) makes no project of what lies below it.
    """
    place = Path(os.path.realpath(folder))
    own_home = Path(os.path.realpath(home))
    for above in (place, *place.parents):
        if above == own_home and above != place:
            break
        found = _repository(above)
        if found is not None:
            return found
    return _without_worktree(place)


def _without_worktree(folder: Path) -> Path:
    """Give what a worktree belongs to by its place (`.worktrees`, `.claude/worktrees`), where no repository says so."""
    for above in folder.parents:
        if above.name == ".worktrees" and above.parent.name:
            return above.parent
        if above.name == "worktrees" and above.parent.name == ".claude" and above.parent.parent.name:
            return above.parent.parent
    return folder


def _repository(folder: Path) -> Path | None:
    """Give what stands for the repository whose `.git` lies in this folder, None where there is none."""
    mark = folder / ".git"
    if os.path.isdir(mark):
        return folder
    said = _line(mark)
    if not said.startswith(_GITDIR):
        return None
    own = Path(os.path.realpath(folder / said.removeprefix(_GITDIR).strip()))
    if not os.path.isdir(own):
        # The repository was moved or removed: the worktree stands for itself.
        return folder
    shared = _line(own / "commondir")
    if not shared:
        # A submodule, or a repository whose `.git` lies elsewhere: its work tree is the only one.
        return folder
    common = Path(os.path.realpath(own / shared))
    return common.parent if common.name == ".git" else common


def _line(path: Path) -> str:
    """Give the only line of a small file; "" where there is no such file."""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as stream:
                text = os.fsdecode(stream.read(_MAX_BYTES + 1)).strip()
            return text if len(text) <= _MAX_BYTES and "\n" not in text and "\0" not in text else ""
    return ""
