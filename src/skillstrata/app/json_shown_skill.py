"""The JSON of `skills show`.

In     a ShownSkill
Out    a plain object for a JSON writer
Never  drops a documented field; may add fields
"""

import orjson

from skillstrata.app.json_skills import row_json
from skillstrata.app.json_views import Json, JsonObject
from skillstrata.app.use_cases.showing_skills import ShownSkill


def shown_json(shown: ShownSkill) -> JsonObject:
    """Give what `skills show` prints: the row of `skills list`, and what the skill says of itself."""
    front = shown.frontmatter
    needs: list[Json] = [
        {"kind": one.kind, "any_of": list(one.any_of), "versions": one.versions, "hard": one.hard}
        for one in shown.requirements
    ]
    return {
        **row_json(shown.row),
        "declared_name": front.declared_name,
        "when_to_use": front.when_to_use,
        "version": front.version,
        "license": front.license,
        "compatibility": front.compatibility,
        "argument_hint": front.argument_hint,
        "arguments": list(front.arguments),
        "model_may_invoke": front.model_may_invoke,
        "user_may_invoke": front.user_may_invoke,
        "allowed_tools": list(front.allowed_tools),
        "disallowed_tools": list(front.disallowed_tools),
        "model": front.model,
        "effort": front.effort,
        "context": front.context,
        "agent": front.agent,
        "hooks": orjson.loads(front.hooks) if front.hooks else None,
        "paths": list(front.paths),
        "metadata": {key: orjson.loads(value) for key, value in front.metadata},
        "unknown": {key: orjson.loads(value) for key, value in front.unknown},
        "requirements": needs,
        "related": list(shown.related),
        "others": list(shown.others),
        "files": list(shown.files),
        "body_chars": shown.body_chars,
    }
