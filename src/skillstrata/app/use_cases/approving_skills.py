"""Approve one skill of one server for exactly the files that it has now, and take that back.

In     a skill's name
Out    ApprovalReport: what the approval is bound to, file by file
Never  approves what it cannot see: the server must offer it now, and every rule for entries must hold
"""

from dataclasses import dataclass
from typing import ClassVar

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.server_skills import server_entry
from skillstrata.app.wiring import App
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteApproval, RemoteFile
from skillstrata.records.skills import folded_name
from skillstrata.runtime.activation import is_foreign
from skillstrata.runtime.remote_addresses import folder_name
from skillstrata.runtime.remote_skills import approval_digest, remote_source


class ApprovalNotNeeded(StrataError):
    """The skill does not come from a server."""

    code: ClassVar[str] = "runtime.approval_not_needed"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ApprovalUnknown(StrataError):
    """No skill of this name was approved."""

    code: ClassVar[str] = "runtime.approval_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class ApprovalReport:
    """An approval that was given or taken back; `files` are what it is bound to, none where it was taken back."""

    name: str
    server: str
    uri: str
    digest: str
    approved: bool
    files: tuple[RemoteFile, ...] = ()


def approve(app: App, query: SkillQuery, name: str) -> ApprovalReport:
    """Approve a skill of a server as it is now.

    Raises:
        SkillNotFound: No skill has this name.
        ApprovalNotNeeded: It does not come from a server.
        FileUnreadable: The server no longer offers it.
        StoreFull: It cannot be kept.
        StoreNewer: A newer version of the program wrote the approvals.
    """
    session = open_skills(app, query)
    skill = session.finder.find(name)
    if not is_foreign(skill):
        raise ApprovalNotNeeded(
            f"{skill.name} is not a server's skill: it lies at {skill.path}",
            hint="skills of your own need no approval; name one such as LABEL:NAME",
        )
    entry = server_entry(session.remote, skill)
    if entry is None or approval_digest(entry) != skill.files_digest:
        raise FileUnreadable(f"{skill.name} changed a moment ago", hint="run the command again", reason="unstable")
    app.prepare()
    app.skill_host.approvals().allow(
        RemoteApproval(entry.server, entry.uri, skill.files_digest, round(app.clock.now_s(), 3))
    )
    return ApprovalReport(skill.name, entry.server, entry.uri, skill.files_digest, True, entry.files)


def revoke(app: App, name: str) -> ApprovalReport:
    """Take an approval back; its server is not asked, and may be gone.

    Raises:
        ApprovalUnknown: No skill of this name was approved.
        StoreFull: It cannot be kept.
        StoreNewer: A newer version of the program wrote the approvals.
    """
    store = app.skill_host.approvals()
    held = {folded_name(called): one for one in store.held() for called in _names(one)}
    found = held.get(folded_name(name))
    if found is None:
        raise ApprovalUnknown(f"no skill {name!r} was approved", hint="`skillstrata skills list` names them all")
    store.revoke(found.server, found.uri)
    return ApprovalReport(_names(found)[0], found.server, found.uri, found.digest, False)


def _names(one: RemoteApproval) -> tuple[str, str]:
    source, slug = remote_source(one.server), folder_name(one.uri)
    return f"{source.prefix}:{slug}", f"{source.label}/{slug}"
