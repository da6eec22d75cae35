"""The LearnedUses port on one file of JSON.

In     rows
Out    DATA_DIR/lifecycle/used.json, written whole
Never  takes a damaged file for anything but an empty one: then everything counts as new, and nothing is put away
"""

from collections.abc import Callable
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.file_lock import LockFile
from skillstrata.records.learned_use import LearnedUse

_ROWS = TypeAdapter(tuple[LearnedUse, ...])
_WAIT_S = 10.0


class LearnedUseFile:
    """Fulfils the LearnedUses port."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made with the first row."""
        self._path = path

    def kept(self) -> tuple[LearnedUse, ...]:
        """Give the rows, sorted by path; none where the file cannot be read."""
        try:
            return _ROWS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return ()

    def keep(self, rows: tuple[LearnedUse, ...]) -> None:
        """Keep these rows and no others.

        Raises:
            StoreFull: They cannot be written; what was kept before stays.
        """
        ordered = tuple(sorted(rows, key=lambda row: row.path))
        if ordered != self.kept():
            self._change(lambda _: ordered)

    def drop(self, paths: frozenset[str]) -> None:
        """Remove the rows of these paths.

        Raises:
            StoreFull: They cannot be removed; what was kept before stays.
        """
        if any(row.path in paths for row in self.kept()):
            self._change(lambda rows: tuple(row for row in rows if row.path not in paths))

    def _change(self, change: Callable[[tuple[LearnedUse, ...]], tuple[LearnedUse, ...]]) -> None:
        with storing(self._path):
            make_folder(self._path.parent)
            with LockFile(self._path.with_suffix(".lock"), wait_s=_WAIT_S).held():
                write_atomic(self._path, orjson.dumps(change(self.kept())))
