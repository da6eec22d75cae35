"""Seam: where skills of others lie until somebody accepts them, and the record of those that were."""

from typing import Protocol

from skillstrata.records.exchanges import SkillPackage
from skillstrata.records.tools import SkillFile


class Quarantine(Protocol):
    """Packages that nothing loads.

    Promises, checked by tests/contracts/test_quarantine.py:
      - `put` leaves a package whole or not there, also when it is killed; one of the same name is replaced;
      - no source of skills looks where packages lie;
      - `files` gives the bytes that were put, or raises PackageUnknown where they are not those any more;
      - what was accepted has its record for as long as it is not replaced.
    """

    def put(self, package: SkillPackage, files: tuple[SkillFile, ...]) -> None:
        """Lay a package down; raises StoreFull."""
        ...

    def held(self) -> tuple[SkillPackage, ...]:
        """Give what lies there, by name."""
        ...

    def package(self, name: str) -> SkillPackage:
        """Give one; raises PackageUnknown."""
        ...

    def files(self, name: str) -> tuple[SkillFile, ...]:
        """Give a package's files; raises PackageUnknown."""
        ...

    def drop(self, name: str) -> None:
        """Remove a package; one that is not there is removed already. Raises StoreFull."""
        ...

    def note_accepted(self, package: SkillPackage) -> None:
        """Keep the record of a package that comes into the library. Raises StoreFull."""
        ...

    def accepted(self) -> tuple[SkillPackage, ...]:
        """Give the records of what was accepted, by name."""
        ...

    def write_skill(self, folder: str, files: tuple[SkillFile, ...]) -> None:
        """Write a new folder of files whole; raises OutputExists where anything is there, StoreFull."""
        ...
