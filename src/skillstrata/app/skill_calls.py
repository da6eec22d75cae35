"""Call a skill of an open session, and read the files that come with it.

In     the App, a session; a skill's name, what was typed after it
Out    LoadedSkill; bytes of a file
Never  finds a skill by a path: names lead through the registry alone; runs anything
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.server_skills import server_entry, server_file, server_files
from skillstrata.app.skill_companions import read_companion
from skillstrata.app.skill_reports import LoadedSkill
from skillstrata.app.skill_settings import permissions_of
from skillstrata.app.wiring import App
from skillstrata.records.activations import ActivationPlaces
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Skill
from skillstrata.runtime.activation import MOST_RESOURCES, activate, is_foreign
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.registry import Finder
from skillstrata.runtime.remote_approval import is_held
from skillstrata.runtime.remote_skills import approval_digest
from skillstrata.runtime.resource_paths import safe_path

MOST_RESOURCE_BYTES = 1024 * 1024
_MOST_LISTED = 512
_PAGE = "skill.md"
_PLUGIN = ".claude-plugin/plugin.json"
_BODY_ONLY = frozenset({"command", "agents"})


class SkillUnavailable(StrataError):
    """The skill is there, and something that it needs is not."""

    code: ClassVar[str] = "runtime.skill_unavailable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class SkillNotForModel(StrataError):
    """The skill may be called by a person only."""

    code: ClassVar[str] = "runtime.skill_not_for_model"
    exit_code: ClassVar[int] = 4


class SkillNotApproved(StrataError):
    """The skill comes from a server, and nobody approved it as it is now."""

    code: ClassVar[str] = "runtime.skill_not_approved"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class SkillCall:
    """What was asked: a skill's name, qualified name or id, what was typed after it, and by whom."""

    name: str
    args: str = ""
    session_id: str = ""
    by_model: bool = False


def call(
    app: App, session: RuntimeSession, asked: SkillCall, *, project: Path, finder: Finder | None = None
) -> LoadedSkill:
    """Call a skill of an open session; `finder` is the registry of one client, if not the one in use.

    Raises:
        SkillNotFound: No skill has this name.
        SkillNotApproved: It comes from a server, and nobody approved it as it is now.
        SkillUnavailable: Something that it needs is missing.
        SkillNotForModel: A model calls what only people may.
        FileUnreadable: Its file cannot be read.
    """
    finder = finder or session.finder
    skill = finder.find(asked.name)
    _refuse_unapproved(app, session, skill)
    # One that was approved after a client was given its list has no other reason there.
    reason = (finder if skill.approved else session.finder).reason(skill.id)
    if reason:
        raise SkillUnavailable(
            f"{skill.name} cannot be used now: {reason}", hint="`skillstrata skills deps` tells more"
        )
    if asked.by_model and not skill.frontmatter.model_may_invoke:
        raise SkillNotForModel(f"{skill.name} is called by people only", hint="ask the user to call it")
    text = parse_skill(session.text(skill), folder_name=Path(skill.path).parent.name, path=skill.path, infer=True)
    folder = str(Path(skill.path).parent)
    root = _plugin_root(app, skill)
    places = ActivationPlaces(
        skill_dir="" if is_foreign(skill) else folder,
        project_dir=str(project),
        session_id=asked.session_id,
        effort=skill.frontmatter.effort,
        plugin_root=root,
        plugin_data=f"{root}/data" if root else "",
    )
    resources = server_files(session.remote, skill) if is_foreign(skill) else _resources(app, skill, folder)
    activation = activate(skill, text.body, asked.args, places, resources=resources)
    permitted = tuple(tool for one in permissions_of(session.settings, skill.id) for tool in one.allowed_tools)
    activation = replace(activation, host=replace(activation.host, permitted_tools=permitted))
    return LoadedSkill(activation, skill.path, skill.source.label, skill.diagnostics)


def read_resource(app: App, session: RuntimeSession, name: str, path: str, *, finder: Finder | None = None) -> bytes:
    """Give the bytes of one file that comes with a skill; `finder` is the registry of one client.

    Raises:
        SkillNotFound: No skill has this name.
        SkillNotApproved: It comes from a server, and nobody approved it as it is now.
        ResourceRefused: The path leads out of the skill's folder.
        FileUnreadable: It is missing, behind a link, no plain file, or over the cap.
        RemoteSkillMismatch: A server gives other bytes than it promised.
    """
    skill = (finder or session.finder).find(name)
    wanted = safe_path(path)
    _refuse_unapproved(app, session, skill)
    if wanted.lower() == _PAGE:
        return session.text(skill)
    if is_foreign(skill):
        return server_file(session.remote, skill, wanted)
    if skill.source.kind in _BODY_ONLY:
        raise FileUnreadable(f"{skill.name} has no files beside its text", hint="read its text", reason="missing")
    return read_companion(app, session, skill, wanted, max_bytes=MOST_RESOURCE_BYTES)


def _refuse_unapproved(app: App, session: RuntimeSession, skill: Skill) -> None:
    """Hold a server's skill against the approvals of this moment, whatever a client was listed earlier."""
    if not is_foreign(skill):
        return
    entry = server_entry(session.remote, skill)
    is_same = entry is None or approval_digest(entry) == skill.files_digest
    if not is_same or not is_held(skill, app.skill_host.approvals().held()):
        raise SkillNotApproved(
            f"{skill.name} comes from the server {skill.source.prefix}, and nobody approved it as it is now",
            hint=f"ask the user to look at it and to run `skillstrata skills approve {skill.name}`",
        )


def _resources(app: App, skill: Skill, folder: str) -> tuple[str, ...]:
    if skill.source.kind in _BODY_ONLY:
        return ()
    try:
        listed = app.skill_resources.listing(folder, most=_MOST_LISTED + MOST_RESOURCES)
    except FileUnreadable:
        return ()
    page = os.path.basename(skill.path)
    return tuple(found.path for found in listed if found.kind == "file" and found.path != page)


def _plugin_root(app: App, skill: Skill) -> str:
    """Give the folder of the plugin that a skill belongs to, "" where it belongs to none."""
    if not skill.source.label.startswith("plugin:"):
        return ""
    above = (Path(skill.source.root), *Path(skill.source.root).parents)
    return next((str(place) for place in above if app.disk.exists(str(place / _PLUGIN))), "")
