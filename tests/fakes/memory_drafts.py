"""Drafts in memory, for tests of what uses them."""

from skillstrata.records.learned_drafts import FoundDraft, KeptDraft, session_digest


class MemoryDrafts:
    """Fulfils the DraftFiles port."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptDraft] = {}
        self._settled: set[str] = set()
        self._decided: dict[str, KeptDraft] = {}

    def kept(self) -> tuple[KeptDraft, ...]:
        return tuple(sorted(self._kept.values(), key=lambda k: (k.name, k.key)))

    def settled(self) -> frozenset[str]:
        return frozenset(self._settled)

    def keep(self, drafts: tuple[FoundDraft, ...]) -> tuple[KeptDraft, ...]:
        self._settled -= {d.key for d in drafts}
        rows = tuple(_kept(d) for d in drafts)
        self._kept = {row.key: row for row in rows}
        return rows

    def settle(self, key: str) -> None:
        row = self._kept.pop(key, None)
        self._decided |= {key: row} if row is not None else {}
        self._settled.add(key)

    def reopen(self, key: str) -> bool:
        self._settled.discard(key)
        row = self._decided.pop(key, None)
        self._kept |= {key: row} if row is not None else {}
        return key in self._kept

    def forget(self, session: str) -> int:
        gone = [key for key, row in self._decided.items() if session_digest(session) in row.sources]
        for key in gone:
            del self._decided[key]
        return len(gone)


def _kept(found: FoundDraft) -> KeptDraft:
    path = f"memory/{found.key}"
    return KeptDraft(found.key, found.draft.name, found.draft.kind, found.projects, path, sources=found.sources)
