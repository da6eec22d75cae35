"""Drafts in memory, for tests of what uses them."""

from skillstrata.records.learned_drafts import FoundDraft, KeptDraft


class MemoryDrafts:
    """Fulfils the DraftFiles port."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptDraft] = {}
        self._settled: set[str] = set()

    def kept(self) -> tuple[KeptDraft, ...]:
        return tuple(sorted(self._kept.values(), key=lambda k: (k.name, k.key)))

    def settled(self) -> frozenset[str]:
        return frozenset(self._settled)

    def keep(self, drafts: tuple[FoundDraft, ...]) -> tuple[KeptDraft, ...]:
        self._settled -= {d.key for d in drafts}
        rows = tuple(KeptDraft(d.key, d.draft.name, d.draft.kind, d.projects, f"memory/{d.key}") for d in drafts)
        self._kept = {row.key: row for row in rows}
        return rows

    def settle(self, key: str) -> None:
        self._kept.pop(key, None)
        self._settled.add(key)
