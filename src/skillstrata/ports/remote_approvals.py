"""Seam: which skills of servers somebody approved."""

from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.remote_skills import RemoteApproval


class RemoteApprovals(Protocol):
    """Keeps approvals, one for each skill of a server.

    Promises, checked for every implementation by tests/contracts/test_remote_approvals.py:
      - what was allowed is held from then on, by other processes too; another digest takes its place;
      - what was revoked is not held, and `revoke` says whether it was;
      - what cannot be read counts as no approval, which `problems` tells; what a newer version wrote is not changed.
    """

    def held(self) -> tuple[RemoteApproval, ...]:
        """Give every approval; none where they cannot be read."""
        ...

    def problems(self) -> tuple[Diagnostic, ...]:
        """Give why approvals that somebody gave are not held."""
        ...

    def allow(self, approval: RemoteApproval) -> None:
        """Keep an approval; raises StoreFull or StoreNewer."""
        ...

    def revoke(self, server: str, uri: str) -> bool:
        """Take an approval back; raises StoreFull or StoreNewer."""
        ...
