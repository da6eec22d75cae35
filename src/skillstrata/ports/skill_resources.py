"""Seam: the folder around a SKILL.md, with the files that come with a skill."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SkillResource:
    """One entry below a skill's folder, by its path with `/`; `kind` is file, link or special (or folder).

    `changed_ns` is when a file changed last by the system's clock, 0 where that is not known; it is not compared.
    """

    path: str
    size: int
    kind: str = "file"
    executable: bool = False
    changed_ns: int = field(default=0, compare=False)


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
        none below another skill; links that lead back to themselves are none of them, and `loops` names those;
      - `read` follows no link below the folder and opens nothing but plain files within the cap, or raises
        FileUnreadable;
      - `write` leaves the whole folder or none of it, never follows a link, never replaces unless told, and replaces
        only what is a skill.
    """

    def pages(self, path: str) -> tuple[str, ...]:
        """Give the skill files at a path: itself, the one in the folder, or those in folders below; sorted."""
        ...

    def loops(self, path: str) -> tuple[str, ...]:
        """Give the links that lead back to themselves, where `pages` looks for skill files; sorted."""
        ...

    def changed_ns(self, folder: str, path: str) -> int:
        """Say when a file, or a folder between it and the skill's, changed last by the system's clock; 0: not there."""
        ...

    def listing(self, folder: str, *, most: int, whole: bool = False) -> tuple[SkillResource, ...]:
        """Give what lies below a folder, sorted by path, at most one more than `most`; raises FileUnreadable.

        With `whole` also what no skill needs (.git, node_modules, __pycache__), and empty folders with the kind folder.
        """
        ...

    def read(
        self, folder: str, path: str, *, max_bytes: int, number: tuple[int, int] = (0, 0), may_be_new: bool = False
    ) -> bytes:
        """Give the bytes of one file below a folder; raises FileUnreadable.

        `number` is the device and number that the folder must have, (0, 0) for any; of another one the reason is
        `replaced`. With `may_be_new` only a folder that a link leads to must have it.
        """
        ...

    def overlaps(self, one: str, other: str) -> bool:
        """Say whether two folders are the same, or one lies in the other, links followed."""
        ...

    def write(self, folder: str, files: tuple[CopiedFile, ...], *, replace: bool = False) -> None:
        """Write a folder of files; raises OutputExists, StoreFull."""
        ...
