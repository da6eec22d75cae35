"""Arguments of a composed tool: defaults filled in, then held to its schema; and outputs held to theirs.

In     a schema's text, a value
Out    the value with defaults; the first fault as one line, "" for none
Never  changes what it was given
"""

import copy
from functools import lru_cache
from typing import cast

import jsonschema_rs
import orjson

from skillstrata.compose.projections import standing_alone
from skillstrata.compose.schema_parts import Parts, subschemas
from skillstrata.compose.schemas import schema_text, validator_for
from skillstrata.records.json_values import Json, JsonObject

_SHOWN = 300


def with_defaults(schema: str, arguments: JsonObject) -> JsonObject:
    """Fill in the defaults that a schema declares for properties that are not there, also in objects inside."""
    declared = _declared(schema)
    return _filled(declared, arguments) if declared else dict(arguments)


def fault_of(schema: str, value: Json, whose: str) -> str:
    """Say why a value does not fit a schema, and where; "" where it does or where there is no schema."""
    if not schema:
        return ""
    try:
        validator = validator_for(schema)
        if validator.is_valid(value):
            return ""
        error = next(iter(validator.iter_errors(value)))
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        return f"{whose}: its schema cannot be used: {error}"
    place = "".join(f"/{part}" for part in error.instance_path)
    return f"{whose}{place and f' at {place}'}: {error.message[:_SHOWN]}"


def default_faults(schema: JsonObject) -> tuple[tuple[Parts, str], ...]:
    """Give the place of each default that its own schema refuses, and why: every call that relies on it would fail."""
    found: list[tuple[Parts, str]] = []
    for parts, part in subschemas(schema):
        if "default" not in part:
            continue
        default, text = part["default"], schema_text(standing_alone(part, schema))
        if isinstance(default, dict):
            default = with_defaults(schema_text(part), default)
        if fault := fault_of(text, default, f"the default {part['default']!r:.80}"):
            found.append(((*parts, "default"), fault))
    return tuple(found)


@lru_cache(maxsize=1024)
def _declared(schema: str) -> JsonObject:
    return _with_defaults_inside(cast("Json", orjson.loads(schema))) if '"default"' in schema else {}


def _with_defaults_inside(schema: Json) -> JsonObject:
    """Give, for each property that has a default or an object with one, what is declared of it."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return {}
    found: JsonObject = {}
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            continue
        below = _with_defaults_inside(inner)
        if "default" in inner or below:
            found[name] = {**({"default": inner["default"]} if "default" in inner else {}), "below": below}
    return found


def _filled(declared: JsonObject, value: JsonObject) -> JsonObject:
    found = dict(value)
    for name, inner in declared.items():
        if not isinstance(inner, dict):
            continue
        if name not in found and "default" in inner:
            found[name] = copy.deepcopy(inner["default"])
        below, there = inner["below"], found.get(name)
        if below and isinstance(below, dict) and isinstance(there, dict):
            found[name] = _filled(below, there)
    return found
