"""A GrantStore in memory."""

import threading
from collections.abc import Callable
from dataclasses import replace

from skillstrata.records.failures import GrantNotPending, GrantUnknown
from skillstrata.records.policies import Grant


class MemoryGrants:
    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def ask(self, grant: Grant) -> Grant:
        with self._lock:
            for one in self._grants.values():
                if one.key == grant.key and self._shown(one, self._now_s()).state == "pending":
                    return one
            self._grants[grant.id] = grant
            return grant

    def decide(
        self, grant_id: str, *, approved: bool, by: str, uses: int, until_s: float, overturn: bool = False
    ) -> Grant:
        with self._lock:
            if grant_id not in self._grants:
                raise GrantUnknown(grant_id)
            there = self._shown(self._grants[grant_id], self._now_s())
            if there.state != "pending" and not (overturn and approved and there.state == "denied"):
                raise GrantNotPending(grant_id)
            state = "approved" if approved else "denied"
            made = replace(there, state=state, by=by, uses=uses if approved else 0, until_s=until_s)
            self._grants[grant_id] = made
            return made

    def use(self, key: str, now_s: float) -> Grant | None:
        with self._lock:
            for name, one in self._grants.items():
                if one.key == key and self._shown(one, now_s).state == "approved" and one.uses != 0:
                    left = one.uses - 1 if one.uses > 0 else one.uses
                    self._grants[name] = replace(one, uses=left, state="used" if left == 0 else "approved")
                    return self._grants[name]
        return None

    def forget(self, session: str) -> int:
        with self._lock:
            gone = [name for name, one in self._grants.items() if session and one.session == session]
            for name in gone:
                del self._grants[name]
        return len(gone)

    def grants(self, now_s: float) -> tuple[Grant, ...]:
        found = [self._shown(one, now_s) for one in self._grants.values()]
        return tuple(sorted(found, key=lambda one: (-one.asked_at_s, one.id)))

    @staticmethod
    def _shown(grant: Grant, now_s: float) -> Grant:
        late = grant.state in {"pending", "approved"} and now_s >= grant.until_s
        return replace(grant, state="expired") if late else grant
