"""Read the files of skills that servers offer, at the moment they are needed.

In     a skill of a server, the server's entries
Out    bytes that are what the entry promises
Never  reads an address that the entry does not name
"""

from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteSkill
from skillstrata.records.skills import Skill
from skillstrata.runtime.remote_addresses import path_below
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
    entry = server_entry(remote, skill)
    files = () if entry is None else entry.files
    folder = skill.path.rpartition("/")[0]
    found = next((file.uri for file in files if path_below(file.uri, folder) == path), "")
    if entry is None or not found:
        hint = "read the skill's text for the files that it has"
        raise FileUnreadable(f"{skill.source.prefix} does not offer {uri} now", hint=hint, reason="missing")
    return read_verified(entry, found, remote)


def server_files(remote: RemoteSkillSource | None, skill: Skill) -> tuple[str, ...]:
    """Name the files beside a server's skill."""
    entry = server_entry(remote, skill)
    folder = skill.path.rpartition("/")[0]
    files = () if entry is None else entry.files
    return tuple(path_below(file.uri, folder) for file in files if file.uri != skill.path)


def server_entry(remote: RemoteSkillSource | None, skill: Skill) -> RemoteSkill | None:
    """Give what a server offers now as this skill; None where it offers it no longer."""
    entries = remote.skills() if remote is not None else ()
    return next((one for one in entries if (one.server, one.uri) == (skill.source.prefix, skill.path)), None)
