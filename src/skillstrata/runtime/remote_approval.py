"""Skills of servers are used only where somebody approved exactly these files.

In     scans of servers, approvals that are held
Out    the same scans, each skill marked
Never  approves anything: what is not held for the digest of all files is not approved
Why    an approval of a name would hold for whatever the server offers under it tomorrow
"""

from collections.abc import Iterable
from dataclasses import replace

from skillstrata.records.remote_skills import RemoteApproval
from skillstrata.records.skills import Skill
from skillstrata.runtime.sources import SourceScan


def is_held(skill: Skill, held: Iterable[RemoteApproval]) -> bool:
    """Say whether a skill of a server is approved as it is; one without a digest of its files never is."""
    return bool(skill.files_digest) and any(
        (one.server, one.uri, one.digest) == (skill.source.prefix, skill.path, skill.files_digest) for one in held
    )


def with_approvals(scans: tuple[SourceScan, ...], held: tuple[RemoteApproval, ...]) -> tuple[SourceScan, ...]:
    """Mark every skill of these scans; a scan in which nothing changes is given back as it is."""
    return tuple(_marked(scan, held) for scan in scans)


def _marked(scan: SourceScan, held: tuple[RemoteApproval, ...]) -> SourceScan:
    if all(file.skill is None or file.skill.approved == is_held(file.skill, held) for file in scan.files):
        return scan
    files = tuple(
        file if file.skill is None else replace(file, skill=replace(file.skill, approved=is_held(file.skill, held)))
        for file in scan.files
    )
    return replace(scan, files=files)
