"""The JSON of the verbs `skills validate`, `publish` and `load`, and of the tool `Skill`.

In     reports
Out    plain objects for a JSON writer
Never  drops a documented field; may add fields
"""

import orjson

from skillstrata.app.json_skills import diagnostic_json
from skillstrata.app.skill_reports import LoadedSkill, PublishedSkill, PublishReport, ValidatedSkill
from skillstrata.app.use_cases.approving_skills import ApprovalReport
from skillstrata.records.activations import Activation
from skillstrata.records.json_values import Json, JsonObject


def validation_json(skills: tuple[ValidatedSkill, ...]) -> JsonObject:
    """Give what `skills validate` prints."""
    rows: list[Json] = [
        {"path": s.path, "ok": s.ok, "diagnostics": [diagnostic_json(d) for d in s.diagnostics]}
        for s in skills
        if s.is_skill
    ]
    links: list[Json] = [
        {"path": s.path, "diagnostics": [diagnostic_json(d) for d in s.diagnostics]} for s in skills if not s.is_skill
    ]
    return {"skills": rows, **({"links": links} if links else {})}


def approval_json(report: ApprovalReport) -> JsonObject:
    """Give what `skills approve` prints."""
    return {
        "name": report.name,
        "server": report.server,
        "uri": report.uri,
        "digest": report.digest,
        "approved": report.approved,
        "files": [{"uri": one.uri, "digest": one.digest, "size": one.size} for one in report.files],
    }


def publish_json(report: PublishReport) -> JsonObject:
    """Give what `skills publish` prints."""
    return {
        "published": [_published(skill) for skill in report.published],
        "refused": [_published(skill) for skill in report.refused],
    }


def _published(skill: PublishedSkill) -> JsonObject:
    return {
        "source": skill.source,
        "name": skill.name,
        "path": skill.path,
        "digest": skill.digest,
        "source_digest": skill.source_digest,
        "files": skill.files,
        "diagnostics": [diagnostic_json(d) for d in skill.diagnostics],
    }


def activation_json(activation: Activation) -> JsonObject:
    """Give one activation: the text, and what the host may do about it."""
    host = activation.host
    wishes: JsonObject = {
        "model": host.model,
        "effort": host.effort,
        "context": host.context,
        "agent": host.agent,
        "background": host.background,
        "shell": host.shell,
        "hooks": orjson.loads(host.hooks) if host.hooks else None,
        "allowed_tools": list(host.allowed_tools),
        "disallowed_tools": list(host.disallowed_tools),
        "inline_shell": activation.inline_shell,
        "ignored": list(host.ignored),
        "paths": list(host.paths),
        "permitted_tools": list(host.permitted_tools),
    }
    return {
        "name": activation.name,
        "qualified": activation.skill_id,
        "body": activation.body,
        "text": activation.text,
        "digest": activation.digest,
        "resources": list(activation.resources),
        "resources_left_out": activation.resources_left_out,
        "host": wishes,
    }


def load_json(loaded: LoadedSkill) -> JsonObject:
    """Give what `skills load` prints."""
    return {
        **activation_json(loaded.activation),
        "path": loaded.path,
        "source": loaded.source,
        "diagnostics": [diagnostic_json(d) for d in loaded.diagnostics],
    }
