"""Seam: the files that skills are made of, as sources see them."""

from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillSource


@dataclass(frozen=True, slots=True)
class SkillFileStamp:
    """What tells that a file changed without reading it. `slug` is the name of its folder (or of a command's file).

    `ctime_ns` changes too where somebody put the time of writing back. `folder` is the device and number of the folder
    that the file lay in when it was first seen so; (0, 0) where there is none. `size` is -1 for what was a plain file
    once and is something else now.
    """

    path: str
    slug: str
    size: int
    mtime_ns: int
    inode: int = 0
    ctime_ns: int = 0
    folder: tuple[int, int] = (0, 0)


class SkillFiles(Protocol):
    """Lists and reads the skill files of a source.

    Promises, checked by tests/contracts/test_skill_files.py:
      - a file that several links lead to is listed once; no loop of links is followed;
      - of a source that is not trusted, nothing is listed that a link leads to outside of `within`;
      - no two files of a source have one slug;
      - a folder that cannot be read costs its own skills only, and is told as a diagnostic;
      - a file over the cap is not read; what was read is the file as it was at one moment, or FileUnreadable.
    """

    def stamps(self, source: SkillSource) -> tuple[tuple[SkillFileStamp, ...], tuple[Diagnostic, ...]]:
        """List a source's skill files, sorted by path, with what was odd about the folders."""
        ...

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """Give a file's bytes; raises FileUnreadable."""
        ...
