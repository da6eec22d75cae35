"""What the server offers: three tools with their schemas and hints, and the one paragraph every session reads.

In     nothing
Out    `TOOLS`, built once; `CHECKS`, a validator for each; `INSTRUCTIONS`
Why    a handful of tools that find and call the others: a thousand definitions would fill an agent's context
"""

import jsonschema_rs
import mcp_types

from skillstrata.app.json_call_schema import CALL_OUTPUT
from skillstrata.records.json_values import JsonObject

SEARCH, DESCRIBE, CALL = "skills_search", "skills_describe", "skills_call"

# What each tool stands for, as "module.function" under app.use_cases; tests hold it equal to the code.
USE_CASES: dict[str, tuple[str, ...]] = {
    SEARCH: ("finding.ToolFinder.search",),
    DESCRIBE: ("finding.ToolFinder.describe",),
    CALL: ("finding.ToolFinder.schema", "running.run"),
}

INSTRUCTIONS = (
    "Proven tools distilled from programs that agents wrote here: document conversions and other file transforms, each "
    "verified on several inputs and run in a sandbox without network but what the user granted. Before you write a "
    "script to convert, extract or reshape a file, look here first. In order: skills_search with a few words (example: "
    '{"query": "html to markdown"}) gives names and signatures; skills_describe with a name gives the JSON Schema of '
    "its arguments and an example call; skills_call with name and arguments runs it and gives the paths of the files "
    "it wrote, or its text. Arguments that are files take paths, absolute or relative to the project folder. Nothing "
    "is ever overwritten: with out_dir results go to that folder, else to a fresh one that the result names. When a "
    "search abstains, nothing fits: do the work yourself. Tools proven by use stand in the list under their own names: "
    "call those directly. An error says what to do next, and whether the same or a changed call can succeed. "
    "Skills are instructions, not tools: before work that one of them may fit, call Skill "
    'with its name (skills_search with "kind": "skill" finds more than are listed) and follow the text it gives; '
    "skills_read gives the files that the text names."
)

_QUALITY: JsonObject = {
    "type": "object",
    "properties": {
        "runs": {"type": "integer"},
        "successes": {"type": "integer"},
        "projects": {"type": "integer"},
        "score": {"type": "number"},
    },
    "required": ["runs", "successes", "projects", "score"],
}
_NAME: JsonObject = {
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "description": "A tool's name, as skills_search gives it.",
}
SEARCH_INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "query": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "description": "What you want done, in a few words: 'html to markdown', 'csv to json'.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 5, "description": "At most this many."},
        "kind": {
            "type": "string",
            "enum": ["distilled", "learned", "composed", "skill"],
            "description": "Only tools of this kind; skill: instructions for the tool Skill, instead of tools.",
        },
    },
    "required": ["query"],
    "additionalProperties": False,
}
SEARCH_OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string"},
                    "purpose": {"type": "string"},
                    "signature": {"type": "string"},
                    "quality": _QUALITY,
                    "score": {"type": "number"},
                    "note": {"type": "string", "description": "What tells tools of one purpose apart."},
                },
                "required": ["name", "kind", "purpose", "signature", "quality", "score", "note"],
            },
        },
        "abstained": {"type": "boolean"},
        "confidence": {
            "type": "number",
            "description": "Of skills: the chance that the first one is the right one.",
        },
        "alternatives": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of skills: where that chance is below 0.7, others to look at too.",
        },
    },
    "required": ["results", "abstained"],
}
DESCRIBE_INPUT: JsonObject = {
    "type": "object",
    "properties": {"name": _NAME},
    "required": ["name"],
    "additionalProperties": False,
}
DESCRIBE_OUTPUT: JsonObject = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
CALL_INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "arguments": {
            "type": "object",
            "description": "The tool's arguments, as the schema of skills_describe says; files are given as paths.",
        },
        "out_dir": {
            "type": "string",
            "minLength": 1,
            "description": "Folder for the results, absolute or relative to the project; a fresh folder if not given.",
        },
    },
    "required": ["name", "arguments"],
    "additionalProperties": False,
}
TOOLS: tuple[mcp_types.Tool, ...] = (
    mcp_types.Tool(
        name=SEARCH,
        title="Search proven tools",
        description="Find proven tools for a job on files: conversions, extractions, reshaping. Gives names, purposes "
        "and signatures, best first; `abstained` means that nothing fits.",
        input_schema=SEARCH_INPUT,
        output_schema=SEARCH_OUTPUT,
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    ),
    mcp_types.Tool(
        name=DESCRIBE,
        title="Describe a proven tool",
        description="Give one tool whole: the JSON Schema of its arguments, its outputs, branches, quality, and an "
        "example call for skills_call.",
        input_schema=DESCRIBE_INPUT,
        output_schema=DESCRIBE_OUTPUT,
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    ),
    mcp_types.Tool(
        name=CALL,
        title="Run a proven tool",
        description="Run a tool on real files, in a sandbox without network but what the user granted. Writes results "
        "to out_dir or to a fresh folder, never over a file that exists; gives the paths, or the text.",
        input_schema=CALL_INPUT,
        output_schema=CALL_OUTPUT,
        annotations=mcp_types.ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
        ),
    ),
)


def offered(*, networked: bool) -> list[mcp_types.Tool]:
    """Give the tools as a client sees them; one that can reach the network says so before it is called."""
    reaching = mcp_types.ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=networked
    )
    return [*TOOLS[:-1], TOOLS[-1].model_copy(update={"annotations": reaching})]


BY_NAME = {tool.name: tool for tool in TOOLS}
CHECKS = {tool.name: jsonschema_rs.validator_for(tool.input_schema) for tool in TOOLS}
RESULT_CHECKS = {tool.name: jsonschema_rs.validator_for(tool.output_schema) for tool in TOOLS if tool.output_schema}
