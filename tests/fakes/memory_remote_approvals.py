"""Approvals of skills of servers, in memory."""

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.remote_skills import RemoteApproval


class MemoryRemoteApprovals:
    """Fulfils the RemoteApprovals port for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], RemoteApproval] = {}

    def held(self) -> tuple[RemoteApproval, ...]:
        return tuple(self._kept.values())

    def problems(self) -> tuple[Diagnostic, ...]:
        return ()

    def allow(self, approval: RemoteApproval) -> None:
        self._kept[approval.server, approval.uri] = approval

    def revoke(self, server: str, uri: str) -> bool:
        return self._kept.pop((server, uri), None) is not None
