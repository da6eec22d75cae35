"""Seam: what is installed where recorded programs ran."""

from typing import Protocol

from skillstrata.records.environments import Provider


class InstalledDistributions(Protocol):
    """Tells which distributions provide a module.

    Promises, checked by tests/contracts/test_installed_distributions.py:
      - only metadata files are read: no interpreter is started, nothing is imported, no pipe or device is read;
      - an interpreter that is gone, or metadata that does not parse, gives nothing;
      - the interpreter that the program named comes first, then the virtual environment of its folder or of one above,
        then what the same word starts here; the first that provides the module answers alone.
    """

    def providers(self, module: str, *, interpreter: str, folder: str) -> tuple[Provider, ...]:
        """Give every distribution that provides a top-level module, sorted by name.

        Args:
            module: The first name of an import.
            interpreter: The word that started Python, as it was written; "" where it is not on record.
            folder: The absolute folder the program ran in.
        """
        ...
