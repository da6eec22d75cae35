"""Seam: servers that offer skills."""

from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.remote_skills import RemoteSkill


class RemoteSkillSource(Protocol):
    """Lists and reads what servers offer; nothing of it is believed before `runtime.remote_skills` checked it.

    Promises, checked by tests/contracts/test_remote_skill_source.py:
      - `server` of every entry is the label that the host gave;
      - a server that does not answer costs its own skills only, and is told in `problems`;
      - `skills` gives entries whose page is there; what `page` gives was read before;
      - `stamp` is another number whenever `skills` would give something else.
    """

    def stamp(self) -> int:
        """Give the number of what is offered now; cheap, and waits for nobody."""
        ...

    def skills(self) -> tuple[RemoteSkill, ...]:
        """Give every entry of every server."""
        ...

    def hurry(self, most_s: float) -> None:
        """Let `skills` wait no longer than this; what comes later changes `stamp`."""
        ...

    def problems(self) -> tuple[Diagnostic, ...]:
        """Give why skills of servers are missing; waits for nobody."""
        ...

    def page(self, server: str, uri: str) -> bytes:
        """Give the SKILL.md of an entry, as it was read with the list; waits for nobody; raises FileUnreadable."""
        ...

    def read(self, server: str, uri: str, *, max_bytes: int) -> bytes:
        """Give the bytes at an address; raises FileUnreadable."""
        ...

    def close(self) -> None:
        """End every connection; the next question begins anew."""
        ...
