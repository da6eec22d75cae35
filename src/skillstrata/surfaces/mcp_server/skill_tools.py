"""The tools for skills: `Skill` gives a skill's text, `skills_read` a file that comes with it.

In     the listing of skills
Out    definitions of the two tools; checks for their arguments; rows of a search
Why    hosts without the extension for skills have tools, and a tool's description is where they show what there is
"""

import jsonschema_rs
import mcp_types

from skillstrata.app.json_skill_files import activation_json
from skillstrata.app.skill_reports import LoadedSkill
from skillstrata.app.use_cases.serving_skills import FoundSkill, SkillSearch
from skillstrata.records.json_values import JsonObject
from skillstrata.records.skills import Skill

SKILL, READ = "Skill", "skills_read"
HOST_META = "io.skillstrata/activation"
_MOST_RESULT_CHARS = 500_000
_SIGNATURE_ARGS = 80

# What each tool stands for, as "module.function" under app.use_cases; tests hold it equal to the code.
USE_CASES: dict[str, tuple[str, ...]] = {
    SKILL: ("serving_skills.ServedSkills.call", "serving_skills.ServedSkills.listing"),
    READ: ("serving_skills.ServedSkills.read",),
}

_HINTS = mcp_types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_SKILL_NAME: JsonObject = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "description": "A skill's name as it is listed, or its id.",
}
SKILL_INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "skill": _SKILL_NAME,
        "args": {"type": "string", "maxLength": 20_000, "description": "What the skill is to work on, if anything."},
    },
    "required": ["skill"],
    "additionalProperties": False,
}
READ_INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "name": _SKILL_NAME,
        "path": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "A path from the skill's list of files, such as references/api.md.",
        },
    },
    "required": ["name", "path"],
    "additionalProperties": False,
}
INPUTS = {SKILL: SKILL_INPUT, READ: READ_INPUT}
CHECKS = {name: jsonschema_rs.validator_for(schema) for name, schema in INPUTS.items()}

_ABOUT = (
    "Give the instructions of a skill, to be followed for the task at hand. Before work that a listed skill fits, call "
    "this with its name; `args` is what the user said about it. A skill that is not listed is found by skills_search "
    'with "kind": "skill". Files that the instructions name are read with skills_read.'
)
_NONE = "There are no skills now."


def skill_tools(listing: str, *, problem: str = "") -> list[mcp_types.Tool]:
    """Give the two tools; the first one's description ends with the listing, or with why there is none."""
    about = "\n\n".join(part for part in (_ABOUT, listing or problem or _NONE) if part)
    return [
        mcp_types.Tool(
            name=SKILL,
            title="Use a skill",
            description=about,
            input_schema=SKILL_INPUT,
            annotations=_HINTS,
            _meta={"anthropic/maxResultSizeChars": _MOST_RESULT_CHARS},
        ),
        mcp_types.Tool(
            name=READ,
            title="Read a skill's file",
            description="Give one file that comes with a skill: a reference, a template, a script. Nothing is run.",
            input_schema=READ_INPUT,
            annotations=_HINTS,
            _meta={"anthropic/maxResultSizeChars": _MOST_RESULT_CHARS},
        ),
    ]


def called_result(loaded: LoadedSkill) -> mcp_types.CallToolResult:
    """Give a skill's text to the model, and to the host what the skill asks of it.

    There is no structured content: hosts that have some show the model nothing else.
    """
    told = activation_json(loaded.activation)
    wishes = {key: told[key] for key in ("qualified", "digest", "host", "resources", "resources_left_out")}
    content: list[mcp_types.ContentBlock] = [mcp_types.TextContent(type="text", text=loaded.activation.text)]
    return mcp_types.CallToolResult(content=content, _meta={HOST_META: {**wishes, "source": loaded.source}})


def search_rows(found: SkillSearch) -> JsonObject:
    """Give proposals in the form of every search."""
    rows = [_row(one) for one in found.found]
    names = {one.skill_id: one.name for one in found.route.candidates}
    shown = {one.skill.id for one in found.found}
    return {
        "results": [*rows],
        "abstained": not rows,
        "confidence": found.route.confidence if rows else 0.0,
        "alternatives": [names[one] for one in found.route.alternatives if one in shown],
    }


def _row(found: FoundSkill) -> JsonObject:
    skill, front = found.skill, found.skill.frontmatter
    return {
        "name": skill.name,
        "kind": "skill",
        "purpose": f"{front.description} {front.when_to_use}".strip(),
        "signature": f"Skill(skill={skill.name!r}{_args(skill)})",
        "quality": {"runs": 0, "successes": 0, "projects": 0, "score": 0.0},
        "score": round(found.score, 4),
        "note": f"from {skill.source.label}",
    }


def _args(skill: Skill) -> str:
    hint = skill.frontmatter.argument_hint or " ".join(skill.frontmatter.arguments)
    return f", args={hint[:_SIGNATURE_ARGS]!r}" if hint else ""
