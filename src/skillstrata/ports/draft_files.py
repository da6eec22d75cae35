"""Seam: the files of drafts that nobody decided about yet."""

from typing import Protocol

from skillstrata.records.learned_drafts import FoundDraft, KeptDraft


class DraftFiles(Protocol):
    """Drafts on this machine, a file each, in the form that `learn apply` reads.

    Promises, checked for every implementation by tests/contracts/test_draft_files.py:
      - `keep` leaves exactly the drafts it was given, each whole; the same drafts again change no file;
      - a draft keeps its file under its key, whatever its name becomes;
      - a draft whose file was taken away counts as settled, and stays so; so does one that `settle` names,
        until `reopen` names it;
      - after `forget` nothing of a settled draft of that session is there but its key;
      - an index that cannot be read is as if nothing had been kept or settled; a file that is no draft is left alone;
      - a store that cannot be written raises StoreFull, and the drafts from before can still be read.
    """

    def kept(self) -> tuple[KeptDraft, ...]:
        """Give the drafts whose files are there, by name."""
        ...

    def settled(self) -> frozenset[str]:
        """Give the keys of drafts that somebody decided about."""
        ...

    def keep(self, drafts: tuple[FoundDraft, ...]) -> tuple[KeptDraft, ...]:
        """Write these drafts, and take away the files of others that were kept; gives them in the order given."""
        ...

    def settle(self, key: str) -> None:
        """Note that this draft was decided about, and take its file away; a key that nothing has is no error."""
        ...

    def reopen(self, key: str) -> bool:
        """Let a settled draft wait again, with its file as it was; False where nothing of it is left."""
        ...

    def forget(self, session: str) -> int:
        """Remove what is left of settled drafts that come from this session; gives how many."""
        ...
