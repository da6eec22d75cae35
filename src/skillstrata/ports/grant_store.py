"""Seam: consents that were asked for and given."""

from typing import Protocol

from skillstrata.records.policies import Grant


class GrantStore(Protocol):
    """Keeps grants; several processes use it at once.

    Promises, checked by tests/contracts/test_grant_store.py:
      - `use` succeeds for at most `uses` callers, whoever asks at once; an expired or denied grant is never used;
      - a decision about a grant that is not pending raises GrantNotPending and changes nothing; only a no becomes a
        yes where the caller says `overturn`, because a person thought again;
      - `forget` takes every grant of one session, whatever its state, and none of another one or of none.
    """

    def ask(self, grant: Grant) -> Grant:
        """Keep a wish; a pending one with the same key is given back instead."""
        ...

    def decide(
        self, grant_id: str, *, approved: bool, by: str, uses: int, until_s: float, overturn: bool = False
    ) -> Grant:
        """Answer a wish, with `overturn` also one that was denied; raises GrantUnknown, GrantNotPending."""
        ...

    def use(self, key: str, now_s: float) -> Grant | None:
        """Use up one approved grant for this key; None where there is none."""
        ...

    def forget(self, session: str) -> int:
        """Remove what a session asked for, answered or not; gives how many went. Nothing without a name of one."""
        ...

    def grants(self, now_s: float) -> tuple[Grant, ...]:
        """Give all, newest first; what is past its time is shown as expired."""
        ...
