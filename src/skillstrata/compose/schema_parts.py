"""The places of a schema: those that are schemas themselves, what points where, and a copy without some of them.

In     schemas as JSON values, not yet known to be schemas
Out    places as parts of a path
Never  takes data for a schema: `const`, `enum`, `default` and `examples` are not looked into
"""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from skillstrata.records.json_values import Json, JsonObject

_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_ALONE = (
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "contentSchema",
)  # fmt: skip

Parts = tuple[str | int, ...]


def subschemas(schema: Json) -> Iterator[tuple[Parts, JsonObject]]:
    """Give every schema in a schema that is an object, itself first, with its place."""
    waiting: list[tuple[Parts, Json]] = [((), schema)]
    while waiting:
        parts, part = waiting.pop()
        if isinstance(part, dict):
            yield parts, part
            waiting.extend(reversed(list(_below(parts, part))))


def _below(parts: Parts, schema: JsonObject) -> Iterator[tuple[Parts, Json]]:
    for key, inner in schema.items():
        if key in _NAMED and isinstance(inner, dict):
            yield from (((*parts, key, name), one) for name, one in inner.items())
        elif key in _LISTED and isinstance(inner, list):
            yield from (((*parts, key, number), one) for number, one in enumerate(inner))
        elif key in _ALONE:
            yield (*parts, key), inner


def dangling_references(schema: Json) -> Iterator[tuple[Parts, str]]:
    """Give every pointer into the schema that leads nowhere, with the place of the schema it stands in."""
    found = list(subschemas(schema))
    if any("$id" in part for _, part in found):
        # Pointers in it are then relative to another place.
        return
    for parts, part in found:
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            if pointed(schema, reference) is None and pointed(schema, unquote(reference)) is None:
                yield parts, reference


def patterns_in(schema: Json) -> Iterator[tuple[Parts, str]]:
    """Give every regular expression with its place."""
    for parts, part in subschemas(schema):
        pattern, named = part.get("pattern"), part.get("patternProperties")
        if isinstance(pattern, str):
            yield (*parts, "pattern"), pattern
        for key in named if isinstance(named, dict) else ():
            yield (*parts, "patternProperties", key), key


def cleared(schema: JsonObject, places: Iterable[Parts]) -> JsonObject:
    """Give a copy without what stands at these places; a schema in a list becomes true, which allows everything."""
    found: Json = schema
    for parts in places:
        found = _cleared(found, _whole_keyword(parts))
    return found if isinstance(found, dict) else {}


def _whole_keyword(parts: Parts) -> Parts:
    """Give the keyword itself where a place is an item of its list that is no schema."""
    while parts and isinstance(parts[-1], int) and not (len(parts) > 1 and parts[-2] in _LISTED):
        parts = parts[:-1]
    return parts


def _cleared(value: Json, parts: Parts) -> Json:
    if not parts:
        return {}
    first, rest = parts[0], parts[1:]
    if isinstance(value, dict) and str(first) in value:
        if not rest:
            return {key: inner for key, inner in value.items() if key != str(first)}
        return {key: _cleared(inner, rest) if key == str(first) else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleared(inner, rest) if n == first and rest else n == first or inner for n, inner in enumerate(value)]
    return value


def pointed(root: Json, reference: str) -> Json:
    """Give what a local `$ref` points to; None where that is nothing."""
    if reference == "#":
        return root
    found = root
    for part in pointer_parts(reference.removeprefix("#")):
        if isinstance(found, dict) and str(part) in found:
            found = found[str(part)]
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return None
    return found


def pointer_parts(pointer: str) -> Parts:
    """Split a JSON pointer."""
    names = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(name) if name.isdigit() else name for name in names)
