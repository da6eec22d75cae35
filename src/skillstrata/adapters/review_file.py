"""Answers of people about drafts and imports, in one file.

    review/decisions.json        review/decisions.damaged (one that could not be read)

In     QueueDecisions
Out    the same again
Never  leaves half a file; throws away what it cannot read
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.adapters.file_lock import LockFile
from skillstrata.records.reviews import Phase, QueueDecision

_ROWS = TypeAdapter(tuple[QueueDecision, ...])
_MOST = 2000
_MOST_BYTES = 64_000_000
_WAIT_S = 10.0
_OPEN = frozenset({Phase.BEGUN, Phase.UNDOING})


class ReviewFile:
    """Fulfils the ReviewLog port."""

    def __init__(self, root: Path) -> None:
        """Remember the place; nothing is made."""
        self._path = root / "decisions.json"

    def decisions(self) -> tuple[QueueDecision, ...]:
        """Give every answer, oldest first."""
        return self._read() or ()

    def save(self, decision: QueueDecision) -> None:
        """Store an answer.

        Raises:
            StoreFull: It cannot be written.
        """
        self._change(lambda rows: (*(row for row in rows if row.id != decision.id), decision))

    def drop(self, ids: frozenset[str]) -> None:
        """Remove answers for good.

        Raises:
            StoreFull: It cannot be written.
        """
        if ids:
            self._change(lambda rows: tuple(row for row in rows if row.id not in ids))
        # What nobody can read may hold what was to go.
        self._path.with_suffix(".damaged").unlink(missing_ok=True)

    def _change(self, change: Callable[[tuple[QueueDecision, ...]], tuple[QueueDecision, ...]]) -> None:
        with storing(self._path):
            make_folder(self._path.parent)
            with LockFile(self._path.with_suffix(".lock"), wait_s=_WAIT_S).held():
                before = self._read()
                if before is None:
                    self._path.replace(self._path.with_suffix(".damaged"))
                rows = sorted(change(before or ()), key=lambda row: (row.at_s, row.id))
                ended = [row.id for row in rows if row.phase not in _OPEN]
                surplus = frozenset(ended[: max(0, len(ended) - _MOST)])
                write_atomic(self._path, _ROWS.dump_json(tuple(row for row in rows if row.id not in surplus)))

    def _read(self) -> tuple[QueueDecision, ...] | None:
        """Give the answers, None where they cannot be read."""
        with contextlib.suppress(OSError, ValidationError):
            if not self._path.exists():
                return ()
            if self._path.stat().st_size <= _MOST_BYTES:
                return _ROWS.validate_json(self._path.read_bytes())
        return None
