"""Seam: the skill folders that hold the library."""

from typing import Protocol

from skillstrata.records.proofs import Proof
from skillstrata.records.tools import LineageEntry, SkillFile, Tool


class LibraryStore(Protocol):
    """Folders `skills/<name>/`, written whole or not at all.

    Promises, checked by tests/contracts/test_library_store.py:
      - `deposit` makes all files appear at once (a new folder) or the new version's files and then the manifest (an
        existing one); kill -9 at any moment leaves the old state or the new one;
      - `tools` gives every readable tool, sorted by name, and `damaged` names the folders it could not read, with
        the reason;
      - a file of a deposited version is never changed again, only removed with its version;
      - what was removed is in no file any more; a removal that was killed is carried on by `purge`.
    """

    def deposit(self, name: str, files: tuple[SkillFile, ...], *lineage: LineageEntry) -> None:
        """Write a tool's files and append lineage entries. `manifest.json` among the files is written last."""
        ...

    def tools(self) -> tuple[Tool, ...]:
        """Read every tool's manifest and bodies."""
        ...

    def contents(self) -> tuple[tuple[Tool, ...], tuple[tuple[str, str], ...]]:
        """Give `tools` and `damaged` in one reading."""
        ...

    def tool(self, name: str) -> Tool:
        """Read one tool, by its name or an alias.

        Raises ToolUnknown with near names as the hint, ToolDamaged where it cannot be read. A folder of that name comes
        before an alias.
        """
        ...

    def lineage(self, name: str) -> tuple[LineageEntry, ...]:
        """Read a tool's lineage, oldest first."""
        ...

    def proof(self, name: str, version_path: str) -> Proof | None:
        """Read the proof that was deposited with a version; None where it is missing or cannot be read."""
        ...

    def folder(self, name: str) -> str:
        """Give the absolute path of a tool's folder."""
        ...

    def remove(self, name: str) -> None:
        """Remove a tool; one that is not there is removed already."""
        ...

    def rewrite(self, name: str, files: tuple[SkillFile, ...], lineage: tuple[LineageEntry, ...]) -> None:
        """Write a tool's page, manifest and lineage anew; versions that the manifest leaves out are removed."""
        ...

    def purge(self) -> None:
        """Carry on removals that were killed, and remove what killed deposits left."""
        ...

    def stamp(self) -> str:
        """Give a text that changes whenever a tool changes; costs a look at each folder, not a read."""
        ...

    def taken(self) -> frozenset[str]:
        """Give every name that a new tool must not have: tools, damaged folders, skills of others."""
        ...

    def damaged(self) -> tuple[tuple[str, str], ...]:
        """Give (folder, reason) of everything under the library that could not be read."""
        ...
