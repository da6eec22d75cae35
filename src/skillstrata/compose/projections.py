"""The part of a JSON Schema that a path leads to.

In     a schema and the parts of a path
Out    Projection: the schema there, or that nobody knows, or why there is nothing
Never  follows a reference that leads back to itself
"""

from dataclasses import dataclass, replace

from skillstrata.compose.schema_parts import pointed
from skillstrata.records.json_values import Json, JsonObject

_HOPS = 16
_INLINED_DEPTH = 12
_KEYS_SHOWN = 20
_ANNOTATIONS = frozenset({"description", "title", "default", "examples", "$schema", "$id", "$comment", "deprecated"})

Parts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """What is known of a value at a place.

    `schema` is None where nothing is known. `optional` says that it may be missing, `undeclared` that the schema does
    not name it but does not forbid it either; `fault` says why there can be nothing.
    """

    schema: Json = None
    optional: bool = False
    undeclared: bool = False
    fault: str = ""


UNTYPED = Projection()


def project(schema: Json, parts: Parts, whole: Json = None) -> Projection:
    """Follow a path into a schema; `whole` is what its references point into, itself where nothing is given."""
    found, root = Projection(schema), schema if whole is None else whole
    for part in parts:
        if found.schema is None or found.fault:
            return found
        inner = _inner(found.schema, part, root, 0)
        found = replace(inner, optional=True) if found.optional and not inner.optional else inner
    return found


def standing_alone(schema: Json, root: Json) -> Json:
    """Give a part of a schema without references into the whole, and without descriptions at its top."""
    plain = _inlined(schema, root, (), 0) if _refers(root) else schema
    if isinstance(plain, dict) and not _ANNOTATIONS.isdisjoint(plain):
        return {key: value for key, value in plain.items() if key not in _ANNOTATIONS}
    return plain


def followed(schema: Json, root: Json) -> Json:
    """Give what a schema refers to, itself where it refers to nothing; True where that has no end."""
    for _ in range(_HOPS):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str):
            return schema
        schema = pointed(root, reference)
    return True


def with_definitions(schema: JsonObject, text: str) -> JsonObject:
    """Give a schema that says by its `$defs`, be they empty, that there are references in it."""
    return {"$defs": {}, **schema} if '"$ref"' in text and not _refers(schema) else schema


def _refers(root: Json) -> bool:
    return isinstance(root, dict) and ("$defs" in root or "definitions" in root)


def _inlined(schema: Json, root: Json, seen: tuple[str, ...], depth: int) -> Json:
    if depth > _INLINED_DEPTH:
        return True
    if isinstance(schema, list):
        return [_inlined(item, root, seen, depth + 1) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in seen:
            return True
        return _inlined(pointed(root, reference), root, (*seen, reference), depth + 1)
    return {
        key: _inlined(value, root, seen, depth + 1)
        for key, value in schema.items()
        if key not in ("$defs", "definitions")
    }


def _inner(schema: Json, part: str | int, root: Json, depth: int) -> Projection:
    schema = followed(schema, root)
    if not isinstance(schema, dict) or depth > _HOPS:
        return UNTYPED
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word)
        if isinstance(branches, list) and "properties" not in schema:
            return _any([_inner(branch, part, root, depth + 1) for branch in branches])
    kinds = _kinds(schema)
    if isinstance(part, int) and (not kinds or "array" in kinds):
        return _item(schema, part)
    if kinds and "object" not in kinds:
        return Projection(fault=f"is {' or '.join(kinds)}, which has no {_named(part)}")
    found = _field(schema, str(part))
    merged = schema.get("allOf")
    if found.schema is None and isinstance(merged, list):
        return next((p for p in (_inner(one, part, root, depth + 1) for one in merged) if p.schema is not None), found)
    return found


def _named(part: str | int) -> str:
    return f"item {part}" if isinstance(part, int) else f"field {part!r}"


def _any(branches: list[Projection]) -> Projection:
    """Join what branches say: nothing known in one is nothing known; a fault in all is a fault."""
    there = [branch for branch in branches if not branch.fault and not branch.undeclared]
    if not there:
        return branches[0] if branches else UNTYPED
    if any(branch.schema is None for branch in there):
        return Projection(optional=True)
    optional = len(there) < len(branches) or any(branch.optional for branch in there)
    schemas = [branch.schema for branch in there]
    return Projection(schemas[0] if len(schemas) == 1 else {"anyOf": schemas}, optional)


def _kinds(schema: JsonObject) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return [kind]
    return [word for word in kind if isinstance(word, str)] if isinstance(kind, list) else []


def _item(schema: JsonObject, number: int) -> Projection:
    first, rest, least = schema.get("prefixItems"), schema.get("items"), schema.get("minItems")
    optional = not (isinstance(least, int) and least > number)
    if isinstance(first, list) and number < len(first):
        return Projection(first[number], optional)
    return Projection(None if rest is True else rest, optional)


def _field(schema: JsonObject, name: str) -> Projection:
    properties, required = schema.get("properties"), schema.get("required")
    named = properties if isinstance(properties, dict) else {}
    if name in named:
        inner = named[name]
        sure = (isinstance(required, list) and name in required) or (isinstance(inner, dict) and "default" in inner)
        return Projection(inner, not sure)
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        return Projection(others, optional=True)
    if others is True or "patternProperties" in schema or not named:
        return Projection(optional=True)
    there = ", ".join(sorted(named)[:_KEYS_SHOWN])
    message = f"has no field {name!r}; it has {there}"
    return Projection(optional=True, undeclared=others is None, fault=message if others is False else "")
