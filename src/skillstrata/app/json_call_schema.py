"""The JSON Schema of the object that `run --json` prints and that a tool's call gives over MCP.

In     nothing
Out    `CALL_OUTPUT`, which every surface and the capability tree show
"""

from skillstrata.records.json_values import JsonObject

_ERROR: JsonObject = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("code", "message", "hint", "retry")},
    "required": ["code", "message", "hint", "retry"],
}
CALL_OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ok", "failed"]},
        "branch": {"type": "string"},
        "version": {"type": "integer"},
        "fallback_from": {"anyOf": [{"type": "null"}, {"type": "string"}, {"type": "integer"}, {"type": "object"}]},
        "outputs": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "path": {"type": "string"},
                    "sha256": {"type": "string"},
                    "bytes": {"type": "integer"},
                },
                "required": ["name", "path", "sha256", "bytes"],
            },
        },
        "text": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "ms": {"type": "number"},
        "tier": {"type": "string"},
        "network": {
            "type": "array",
            "description": "What the tool tried to reach; `refused` is empty where it was let through.",
            "items": {
                "type": "object",
                "properties": {"target": {"type": "string"}, "refused": {"type": "string"}},
                "required": ["target", "refused"],
            },
        },
        "error": {"anyOf": [{"type": "null"}, _ERROR]},
    },
    "required": ["status", "branch", "version", "fallback_from", "outputs", "text", "ms", "tier", "network", "error"],
}
