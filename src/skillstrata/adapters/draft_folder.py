"""Drafts as JSON files in one folder, with an index of their keys beside it.

In     FoundDrafts
Out    `drafts/<key>.json`, in the form that `learn apply` reads; `index.json`
Never  removes a file that it did not write
"""

import contextlib
import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.records.learned import ArtifactKind
from skillstrata.records.learned_drafts import FoundDraft, KeptDraft

_MOST_INDEX = 4_000_000
_MOST_SETTLED = 5000


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    name: str
    kind: ArtifactKind
    projects: tuple[str, ...] = ()
    description: str = ""
    digest: str = ""


class _Index(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    kept: tuple[_Row, ...] = ()
    settled: tuple[str, ...] = ()


class DraftFolder:
    """Fulfils the DraftFiles port."""

    def __init__(self, root: Path) -> None:
        """Keep the place; nothing is made."""
        self._root = root

    def kept(self) -> tuple[KeptDraft, ...]:
        """Give the drafts whose files are there, by name."""
        rows = [row for row in self._index().kept if self._file(row.key).is_file()]
        return tuple(self._kept(row) for row in sorted(rows, key=lambda r: (r.name, r.key)))

    def settled(self) -> frozenset[str]:
        """Give the keys of drafts that somebody decided about."""
        index = self._index()
        return frozenset((*index.settled, *(r.key for r in index.kept if not self._file(r.key).is_file())))

    def keep(self, drafts: tuple[FoundDraft, ...]) -> tuple[KeptDraft, ...]:
        """Write these drafts, and take away the files of others that were kept.

        Raises:
            StoreFull: The folder cannot be written.
        """
        before, settled = self._index(), self.settled()
        rows = tuple(map(_row, drafts))
        now = {row.key for row in rows}
        gone = [row for row in before.kept if row.key not in now]
        with storing(self._root):
            make_folder(self._root / "drafts")
            for draft in drafts:
                _write(self._file(draft.key), _text(draft))
            # The index before the files of others go: what it still names without a file would count as settled.
            self._write_index(rows, settled - now)
            for row in gone:
                with contextlib.suppress(FileNotFoundError):
                    self._file(row.key).unlink()
        return tuple(map(self._kept, rows))

    def settle(self, key: str) -> None:
        """Note that this draft was decided about, and take its file away.

        Raises:
            StoreFull: The folder cannot be written.
        """
        index = self._index()
        known = next((row for row in index.kept if row.key == key), None)
        with storing(self._root):
            make_folder(self._root)
            self._write_index(tuple(row for row in index.kept if row.key != key), self.settled() | {key})
            if known is not None:
                with contextlib.suppress(FileNotFoundError):
                    self._file(key).unlink()

    def _file(self, key: str) -> Path:
        return self._root / "drafts" / f"{key}.json"

    def _kept(self, row: _Row) -> KeptDraft:
        return KeptDraft(
            row.key, row.name, row.kind, row.projects, str(self._file(row.key)), row.description, row.digest
        )

    def _index(self) -> _Index:
        path = self._root / "index.json"
        try:
            if path.stat().st_size > _MOST_INDEX:
                return _Index()
            return _Index.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return _Index()

    def _write_index(self, rows: tuple[_Row, ...], settled: frozenset[str]) -> None:
        index = _Index(kept=rows, settled=tuple(sorted(settled)[:_MOST_SETTLED]))
        _write(self._root / "index.json", index.model_dump_json(indent=1))


def _row(found: FoundDraft) -> _Row:
    draft = found.draft
    digest = hashlib.sha256(draft.content.encode()).hexdigest()
    return _Row(
        key=found.key,
        name=draft.name,
        kind=draft.kind,
        projects=found.projects,
        description=draft.description,
        digest=digest,
    )


def _text(found: FoundDraft) -> str:
    draft = found.draft
    form = {
        "name": draft.name,
        "description": draft.description,
        "content": draft.content,
        "confidence": draft.confidence,
        "kind": draft.kind.value,
        "scope": draft.scope,
        "because": draft.because,
        "evidence": [
            {"event_id": e.event_id, "session": e.session, "project": e.project, "what": e.what} for e in draft.evidence
        ],
    }
    return json.dumps(form, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    data = text.encode()
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return
    write_atomic(path, data)
