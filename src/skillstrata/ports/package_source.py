"""Seam: where skills of others come from: a folder, an archive, a repository."""

from dataclasses import dataclass
from typing import Protocol

from skillstrata.records.exchanges import Provenance, RawPackage, ScanFinding


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source held: packages as they were, where from, and what of it was not taken in and why."""

    packages: tuple[RawPackage, ...]
    provenance: Provenance
    findings: tuple[ScanFinding, ...] = ()


class PackageSource(Protocol):
    """Reads skills of others into memory, within bounds.

    Promises, checked by tests/contracts/test_package_source.py:
      - what comes back is what lies there, byte for byte, by paths that lead nowhere else;
      - an archive or folder over a cap, with a path out of it, a link, a device or two files of one place is refused
        with PackageRefused, and nothing of it is on the disk afterwards;
      - of a repository nothing is run: no hook, no filter, no submodule, no large-file fetch.
    """

    def fetch(self, source: str) -> Fetched:
        """Read every skill of a source; raises PackageRefused, SourceUnreachable, StoreFull."""
        ...
