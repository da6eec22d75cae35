"""Seam: the folder around a SKILL.md, with the files that come with a skill."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SkillResource:
    """One entry below a skill's folder, by its path with `/`; `kind` is file, link or special."""

    path: str
    size: int
    kind: str = "file"
    executable: bool = False


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """One file of a copy."""

    path: str
    data: bytes
    executable: bool = False


class SkillResources(Protocol):
    """Lists and reads what lies in skill folders, and writes copies of them.

    Promises, checked by tests/contracts/test_skill_resources.py:
      - `pages` finds the skill files at and below a path, whatever the case of their names, an exact name first, and
        none below another skill;
      - `read` follows no link below the folder and opens nothing but plain files within the cap, or raises
        FileUnreadable;
      - `write` leaves the whole folder or none of it, never follows a link, never replaces unless told, and replaces
        only what is a skill.
    """

    def pages(self, path: str) -> tuple[str, ...]:
        """Give the skill files at a path: itself, the one in the folder, or those in folders below; sorted."""
        ...

    def listing(self, folder: str, *, most: int) -> tuple[SkillResource, ...]:
        """Give what lies below a folder, sorted by path, at most one more than `most`; raises FileUnreadable."""
        ...

    def read(self, folder: str, path: str, *, max_bytes: int) -> bytes:
        """Give the bytes of one file below a folder; raises FileUnreadable."""
        ...

    def overlaps(self, one: str, other: str) -> bool:
        """Say whether two folders are the same, or one lies in the other, links followed."""
        ...

    def write(self, folder: str, files: tuple[CopiedFile, ...], *, replace: bool = False) -> None:
        """Write a folder of files; raises OutputExists, StoreFull."""
        ...
