"""Servers that offer skills, in memory: whatever a test makes them say.

Never  checks anything: that is what the runtime is tested for
"""

import hashlib
import json
from dataclasses import dataclass, field, replace

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteFile, RemoteSkill


@dataclass
class MemoryRemoteSkills:
    """Fulfils the RemoteSkillSource port."""

    entries: list[RemoteSkill] = field(default_factory=list[RemoteSkill])
    texts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    reads: list[str] = field(default_factory=list[str])
    odd: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def stamp(self) -> int:
        """Give the number of what is offered now."""
        return hash(tuple(self.entries))

    def skills(self) -> tuple[RemoteSkill, ...]:
        """Give every entry of every server."""
        return tuple(self.entries)

    def hurry(self, most_s: float) -> None:
        """Wait for nobody, as ever."""

    def problems(self) -> tuple[Diagnostic, ...]:
        """Give what a test wants to be wrong."""
        return tuple(self.odd)

    def page(self, server: str, uri: str) -> bytes:
        """Give the SKILL.md of an entry; raises FileUnreadable."""
        return self.read(server, uri, max_bytes=1_000_000)

    def read(self, server: str, uri: str, *, max_bytes: int) -> bytes:
        """Give the bytes at an address; raises FileUnreadable."""
        self.reads.append(uri)
        if uri not in self.texts:
            raise FileUnreadable(f"{server} does not give {uri}", hint="ask again", reason="missing")
        return self.texts[uri][: max_bytes + 1]

    def close(self) -> None:
        """End nothing: there are no connections."""

    def offer(self, name: str, text: str, /, *, server: str = "docs", **said: str) -> RemoteSkill:
        """Offer a skill as an honest server does; `said` are keys of its frontmatter."""
        uri = f"skill://team/{name}/SKILL.md"
        data = text.encode()
        self.texts[uri] = data
        file = RemoteFile(uri, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        entry = RemoteSkill(server, uri, json.dumps(said), (file,))
        self.entries.append(entry)
        return entry

    def replace(self, entry: RemoteSkill, **changed: str | bool | tuple[RemoteFile, ...]) -> RemoteSkill:
        """Let an entry say something else."""
        new = replace(entry, **changed)  # pyright: ignore[reportArgumentType]
        self.entries[self.entries.index(entry)] = new
        return new
