"""Seam: folders of skills that other programs read, and ours among them."""

from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.exchanges import SyncStep
from skillstrata.records.tools import SkillFile


@dataclass(frozen=True, slots=True)
class PresentSkill:
    """A folder as it is there; `files` is empty where it is no plain folder of a few readable files."""

    name: str
    files: tuple[SkillFile, ...]


@dataclass(frozen=True, slots=True)
class SyncChange:
    """One folder to be written, or removed where `files` is empty. `before` is what was judged to be there."""

    target: str
    name: str
    files: tuple[SkillFile, ...]
    before: tuple[SkillFile, ...]


class SyncedFolders(Protocol):
    """Reads and changes folders of skills of other programs, one skill at a time.

    Promises, checked by tests/contracts/test_synced_folders.py:
      - a folder that is not as it was judged is left as it is, and said so;
      - each skill is the old one or the new one, also after a kill;
      - `undo` gives back what the last `apply` took or replaced, byte for byte, where nobody changed it since.
    """

    def present(self, target: str, names: frozenset[str]) -> tuple[PresentSkill, ...]:
        """Give what is there under these names, and every other folder that has a SKILL.md, by name."""
        ...

    def apply(self, changes: tuple[SyncChange, ...], at_s: float) -> tuple[tuple[SyncStep, ...], str]:
        """Make the changes; gives what was done, and what names it for `undo`. Raises StoreFull."""
        ...

    def undo(self) -> tuple[SyncStep, ...]:
        """Take the last `apply` back that was not taken back yet; nothing where there is none. Raises StoreFull."""
        ...
