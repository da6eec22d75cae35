"""SQLite's complaints as errors of the product, and the formats this program knows; needs no SQLAlchemy.

In     sqlite3.Error and the file it came from
Out    CatalogBusy, StoreFull, StoreNewer or CatalogDamaged, each with its next step
Never  removes, renames or repairs a file
"""

import sqlite3
from pathlib import Path
from typing import ClassVar

from skillstrata.records.errors import StrataError
from skillstrata.records.failures import CatalogBusy, StoreFull, StoreNewer

# Oldest first. A test holds this equal to the files under migrations/versions, so that start-up need not read those.
REVISIONS = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]

_PRIMARY = 0xFF
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class CatalogDamaged(StrataError):
    """A catalog file that is not, or no longer, a catalog; it is left as it is."""

    code: ClassVar[str] = "store.catalog_damaged"
    exit_code: ClassVar[int] = 65


def damaged(path: Path, why: str) -> CatalogDamaged:
    """Say that a catalog cannot be read, and how to go on without losing it."""
    return CatalogDamaged(
        f"{path} cannot be read as a catalog: {why}",
        hint=f"the file was not changed; keep it with `mv {path} {path}.damaged`, put a backup in its place "
        "if there is one, else start anew: tools, traces and blobs lie outside the catalog and stay",
    )


def newer(path: Path, stored: str) -> StoreNewer:
    """Say that a catalog was written by a later program."""
    return StoreNewer(
        f"{path} has catalog format {stored!r}; this program knows formats up to {HEAD!r}",
        hint="update skillstrata, or use another data directory with --data-dir",
    )


def is_refused(error: BaseException | None) -> bool:
    """Say whether SQLite could not write or make a file."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _UNWRITABLE


def as_strata_error(error: sqlite3.Error, path: Path) -> StrataError:
    """Give the error of ours that says what SQLite said."""
    # Errors raised by the Python module itself carry no code.
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code in _BUSY:
        return CatalogBusy(
            f"{path} is in use by another process ({error})",
            hint="try again; `skillstrata daemon status` shows whether a distiller is at work",
        )
    if code in _UNWRITABLE:
        return StoreFull(
            f"{path} cannot be written or opened ({error})",
            hint=f"free space, or make {path.parent} writable; nothing that was stored is lost",
        )
    return damaged(path, f"{error}" if code in _DAMAGED else f"unexpected {type(error).__name__}: {error}")
