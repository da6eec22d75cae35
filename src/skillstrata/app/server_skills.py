"""Read the files of skills that servers offer, at the moment they are needed.

In     a skill of a server, the server's entries
Out    bytes that are what the entry promises
Never  reads an address that the entry does not name
"""

from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Skill
from skillstrata.runtime.remote_skills import read_verified

PAGE = "SKILL.md"


def server_file(remote: RemoteSkillSource | None, skill: Skill, path: str = PAGE) -> bytes:
    """Give a file that comes with a server's skill.

    Raises:
        FileUnreadable: The server is gone, or no longer offers the skill or the file.
        RemoteSkillMismatch: The bytes are not those that were promised.
    """
    uri = f"{skill.path.rpartition('/')[0]}/{path}"
    if remote is None:
        raise FileUnreadable(f"no server gives {uri} now", hint="see skills.servers", reason="missing")
    entry = next((one for one in remote.skills() if (one.server, one.uri) == (skill.source.prefix, skill.path)), None)
    if entry is None or all(file.uri != uri for file in entry.files):
        hint = "read the skill's text for the files that it has"
        raise FileUnreadable(f"{skill.source.prefix} does not offer {uri} now", hint=hint, reason="missing")
    return read_verified(entry, uri, remote)


def server_files(remote: RemoteSkillSource | None, skill: Skill) -> tuple[str, ...]:
    """Name the files beside a server's skill."""
    entries = remote.skills() if remote is not None else ()
    folder = f"{skill.path.rpartition('/')[0]}/"
    return tuple(
        file.uri.removeprefix(folder)
        for entry in entries
        if (entry.server, entry.uri) == (skill.source.prefix, skill.path)
        for file in entry.files
        if file.uri != entry.uri
    )
