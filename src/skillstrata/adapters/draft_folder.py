"""Drafts as JSON files in one folder, with an index of their keys beside it.

In     FoundDrafts
Out    `drafts/<key>.json`, in the form that `learn apply` reads; `index.json`; what was settled in `decided/`
Never  removes a file that it did not write
"""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.records.learned import ArtifactKind
from skillstrata.records.learned_drafts import FoundDraft, KeptDraft, session_digest

_MOST_INDEX = 32_000_000
_MOST_SETTLED = 5000
_MOST_DECIDED = 200
_ENDING = ".json"
_OURS = re.compile(r"[0-9a-f]{16}")


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    name: str
    kind: ArtifactKind
    projects: tuple[str, ...] = ()
    description: str = ""
    digest: str = ""
    because: str = ""
    sources: tuple[str, ...] = ()


class _Index(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    kept: tuple[_Row, ...] = ()
    settled: tuple[str, ...] = ()
    decided: tuple[_Row, ...] = ()


class DraftFolder:
    """Fulfils the DraftFiles port."""

    def __init__(self, root: Path) -> None:
        """Keep the place; nothing is made."""
        self._root = root

    def kept(self) -> tuple[KeptDraft, ...]:
        """Give the drafts whose files are there, by name."""
        there = self._times()
        rows = [row for row in self._index().kept if row.key in there]
        return tuple(self._kept(row, there[row.key]) for row in sorted(rows, key=lambda r: (r.name, r.key)))

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
            self._write_index(rows, settled - now, before.decided)
            for row in gone:
                with contextlib.suppress(FileNotFoundError):
                    self._file(row.key).unlink()
        there = self._times()
        return tuple(self._kept(row, there.get(row.key, 0.0)) for row in rows)

    def settle(self, key: str) -> None:
        """Note that this draft was decided about, and take its file away.

        Raises:
            StoreFull: The folder cannot be written.
        """
        index = self._index()
        known = next((row for row in index.kept if row.key == key), None)
        # Settled twice, by a process that carries on: what was put aside the first time stays.
        decided = (*(row for row in index.decided if known is None or row.key != key), *((known,) if known else ()))
        with storing(self._root):
            make_folder(self._root)
            self._write_index(
                tuple(row for row in index.kept if row.key != key), self.settled() | {key}, decided[-_MOST_DECIDED:]
            )
            if known is not None:
                make_folder(self._root / "decided")
                with contextlib.suppress(FileNotFoundError):
                    self._file(key).replace(self._aside(key))
            for row in decided[:-_MOST_DECIDED]:
                self._aside(row.key).unlink(missing_ok=True)

    def reopen(self, key: str) -> bool:
        """Let a settled draft wait again; False where nothing of it is left.

        Raises:
            StoreFull: The folder cannot be written.
        """
        index = self._index()
        row = next((row for row in index.decided if row.key == key), None)
        if any(kept.key == key for kept in index.kept) and self._file(key).is_file():
            return True
        with storing(self._root):
            if row is None or not (self._aside(key).is_file() or self._file(key).is_file()):
                # It may be found again.
                self._write_index(index.kept, self.settled() - {key}, index.decided)
                return False
            # The file first: a row without one would count as settled.
            make_folder(self._root / "drafts")
            with contextlib.suppress(FileNotFoundError):
                self._aside(key).replace(self._file(key))
            decided = tuple(one for one in index.decided if one.key != key)
            self._write_index((*index.kept, row), self.settled() - {key}, decided)
        return True

    def forget(self, session: str) -> int:
        """Remove what is left of settled drafts of a session, and what killed runs left; gives how many.

        Raises:
            StoreFull: The folder cannot be written.
        """
        index, digest = self._index(), session_digest(session)
        named = {row.key for row in index.decided if digest in row.sources or not row.sources}
        here = {row.key for row in (*index.kept, *index.decided)} - named
        with storing(self._root):
            gone = 0
            for path in (*self._root.glob("drafts/*.json"), *self._root.glob("decided/*.json")):
                if _OURS.fullmatch(path.stem) and path.stem not in here:
                    path.unlink(missing_ok=True)
                    gone += 1
            if named:
                # Its key stays settled, which is a digest.
                self._write_index(
                    index.kept, self.settled(), tuple(row for row in index.decided if row.key not in named)
                )
        return gone

    def _aside(self, key: str) -> Path:
        return self._root / "decided" / f"{key}.json"

    def _file(self, key: str) -> Path:
        return self._root / "drafts" / f"{key}.json"

    def _times(self) -> dict[str, float]:
        """Give when each draft's file was written, by key; one look at the folder for all of them."""
        try:
            with os.scandir(self._root / "drafts") as entries:
                files = [e for e in entries if e.name.endswith(_ENDING) and e.is_file()]
                return {e.name.removesuffix(_ENDING): e.stat().st_mtime for e in files}
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def _kept(self, row: _Row, at_s: float) -> KeptDraft:
        return KeptDraft(
            key=row.key,
            name=row.name,
            kind=row.kind,
            projects=row.projects,
            path=f"{self._root}/drafts/{row.key}{_ENDING}",
            description=row.description,
            digest=row.digest,
            because=row.because,
            sources=row.sources,
            at_s=at_s,
        )

    def _index(self) -> _Index:
        path = self._root / "index.json"
        try:
            if path.stat().st_size > _MOST_INDEX:
                return _Index()
            return _Index.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return _Index()

    def _write_index(self, rows: tuple[_Row, ...], settled: frozenset[str], decided: tuple[_Row, ...]) -> None:
        # In the order in which they were settled: the newest stay.
        before = dict.fromkeys(key for key in self._index().settled if key in settled)
        in_order = (*before, *sorted(settled - before.keys()))
        index = _Index(kept=rows, settled=in_order[-_MOST_SETTLED:], decided=decided)
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
        because=draft.because,
        sources=found.sources,
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
