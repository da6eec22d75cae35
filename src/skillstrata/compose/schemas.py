"""JSON Schema, 2020-12, offline: whether a schema is one, and whether one covers another.

In     schemas as JSON values
Out    faults with their place in the schema; verdicts
Never  asks a server for a `$ref`; takes a schema whose references multiply beyond a cap
Why    the one place that knows jsonschema-rs, whose `covers` is experimental: only YES proves, UNKNOWN is not NO
"""

import json
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import cast

import jsonschema_rs
import orjson
from jsonschema_rs import canonical

from skillstrata.compose.schema_parts import cleared, dangling_references, patterns_in, pointed, pointer_parts
from skillstrata.records.json_values import Json, JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_WEIGHT = 50_000
MOST_CHARACTERS = 200_000
_BACKTRACKS = 100_000
_SHOWN = 200
_KEPT_CHARACTERS = 2_000
_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS)
_LIBRARY_FAULTS = (
    ValueError,
    jsonschema_rs.ReferencingError,
    canonical.CanonicalizationError,
)

Parts = tuple[str | int, ...]


class Fit(Enum):
    """How a value's schema stands to that of its place: it always fits, may fit, or never does."""

    ALWAYS = "always"
    PERHAPS = "perhaps"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What is wrong with a schema, and where in it."""

    message: str
    parts: Parts = ()
    hint: str = ""
    severity: str = "error"
    code: str = "compose.schema_invalid"


def schema_text(schema: Json) -> str:
    """Write a schema canonically: sorted keys, no spaces."""
    try:
        return orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # Integers of more than 64 bits.
        return json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@lru_cache(maxsize=1024)
def validator_for(text: str) -> jsonschema_rs.Draft202012Validator:
    """Give the validator of a schema's text: offline, with patterns and references that cannot run for ever.

    Raises:
        ValueError: The text is not a schema that can be built, or its references multiply.
    """
    schema = cast("JsonObject", orjson.loads(text))
    if "$ref" in text and weight(schema) > MOST_WEIGHT:
        raise ValueError(_TOO_HEAVY)
    return _built(schema)


_TOO_HEAVY = f"its references multiply to more than {MOST_WEIGHT:,} parts"


def _built(schema: JsonObject) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            schema, offline=True, validate_formats=False, pattern_options=_PATTERNS
        )
    except (jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError) as error:
        raise ValueError(_said(error)) from error


def faults_of(schema: JsonObject) -> tuple[SchemaFault, ...]:
    """Give everything that is wrong with a schema: its form, references, branches that nothing can satisfy."""
    try:
        text = schema_text(schema)
    except (TypeError, ValueError, RecursionError) as error:
        return (SchemaFault(f"the schema cannot be written as JSON: {error}"),)
    if len(text) > MOST_CHARACTERS:
        return (SchemaFault(f"the schema has {len(text):,} characters, more than {MOST_CHARACTERS:,}"),)
    dialect = schema.get("$schema", DIALECT)
    told: list[SchemaFault] = []
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        told.append(SchemaFault(f"$schema is {dialect!r}", ("$schema",), f"leave it out, or write {DIALECT}"))
    refers = "$ref" in text or "$dynamicRef" in text
    if refers:
        told.extend(_remote(schema, ()))
        if not told and weight(schema) > MOST_WEIGHT:
            return (SchemaFault(_TOO_HEAVY, hint="refer to fewer things, fewer times"),)
    found = () if told else _form_faults(schema) or _build_faults(schema)
    return _every_fault(schema, told, found) if told or found else ()


def _every_fault(
    schema: JsonObject, told: list[SchemaFault], first: tuple[SchemaFault, ...]
) -> tuple[SchemaFault, ...]:
    """Take each fault out of the schema once it is told, so that it hides no other."""
    rest = cleared(schema, [fault.parts for fault in told])
    dangling = [
        SchemaFault(f"$ref to {pointer!r}, where nothing is", (*parts, "$ref"), "put the schema there, below `$defs`")
        for parts, pointer in dangling_references(rest)
    ]
    rest = cleared(rest, [fault.parts for fault in dangling])
    if weight(rest) > MOST_WEIGHT:
        return (*told, *dangling, SchemaFault(_TOO_HEAVY, hint="refer to fewer things, fewer times"))
    form = _form_faults(rest)
    rest = cleared(rest, [fault.parts for fault in form])
    patterns = [
        SchemaFault(f"{pattern!r} is no pattern: {fault}", parts, "write a regular expression of ECMA-262")
        for parts, pattern in patterns_in(rest)
        if (fault := _pattern_fault(pattern))
    ]
    rest = cleared(rest, [fault.parts for fault in patterns])
    whole = () if _form_faults(rest) else _build_faults(rest)
    return (*told, *dangling, *form, *patterns, *whole) or first


def _pattern_fault(pattern: str) -> str:
    try:
        _built({"pattern": pattern})
    except ValueError as error:
        return str(error)
    return ""


def _form_faults(schema: JsonObject) -> tuple[SchemaFault, ...]:
    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError:
        found = jsonschema_rs.Draft202012Validator({"$ref": DIALECT}, offline=True).iter_errors(schema)
        unique = {tuple(error.instance_path): error for error in found}
        return tuple(
            SchemaFault(_said(error), parts, _TYPE_HINT if parts and parts[-1] == "type" else "")
            for parts, error in unique.items()
        )
    except ValueError as error:
        return (SchemaFault(f"not a schema: {error}"),)
    return ()


_TYPE_HINT = "a type is one of: string, number, integer, boolean, array, object, null"


def _build_faults(schema: JsonObject) -> tuple[SchemaFault, ...]:
    try:
        _built(schema)
        dead = canonical.find_unsatisfiable(schema)
    except _LIBRARY_FAULTS as error:
        return (SchemaFault(f"the schema cannot be built: {error}"),)
    return tuple(
        SchemaFault(
            f"no value can satisfy {pointer or 'this schema'}",
            pointer_parts(pointer),
            "its bounds contradict each other",
            code="compose.schema_unsatisfiable",
        )
        for pointer in dead
        # `additionalProperties: false` and the like say in so many words that nothing is allowed.
        if pointed(schema, f"#{pointer}") is not False
    )


def host_faults(schema: JsonObject, whose: str) -> tuple[SchemaFault, ...]:
    """Give what hosts of tools would refuse or misread in an input or output schema."""
    found: list[SchemaFault] = []
    kind = schema.get("type")
    if kind != "object":
        message = f"the {whose} schema must have `type: object` at the top, not {kind!r}"
        found.append(SchemaFault(message, ("type",) if "type" in schema else (), "hosts refuse any other"))
    found.extend(
        SchemaFault(f"some hosts refuse `{word}` at the top", (word,), "", "warning", "compose.schema_host")
        for word in ("anyOf", "oneOf", "allOf")
        if word in schema
    )
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if isinstance(inner, dict) and isinstance(inner.get("type"), list):
            parts = ("properties", name, "type")
            found.append(SchemaFault("some hosts misread a list of types", parts, "", "warning", "compose.schema_host"))
    return tuple(found)


def weight(schema: Json) -> int:
    """Count the parts a schema has once each reference is followed; a reference to itself counts once."""
    return _Weighing(schema).of(schema, 0)


class _Weighing:
    def __init__(self, root: Json) -> None:
        self._root = root
        self._known: dict[str, int] = {}

    def of(self, part: Json, depth: int) -> int:
        if depth > MOST_WEIGHT or not isinstance(part, dict | list):
            return 1
        total = 1
        for inner in part if isinstance(part, list) else _followed(part):
            total += self.of(inner, depth + 1)
        reference = part.get("$ref") if isinstance(part, dict) else None
        if isinstance(reference, str):
            if reference not in self._known:
                self._known[reference] = 1
                self._known[reference] = self.of(pointed(self._root, reference), depth + 1)
            total += self._known[reference]
        return min(total, MOST_WEIGHT + 1)


def _followed(part: JsonObject) -> tuple[Json, ...]:
    return tuple(inner for key, inner in part.items() if key not in ("$defs", "definitions"))


def fit(sink: Json, source: Json) -> Fit:
    """Say how values of one schema stand to another; two short texts are asked once."""
    place, value = schema_text(sink), schema_text(source)
    return _fit_once(place, value) if len(place) + len(value) <= _KEPT_CHARACTERS else _fit(place, value)


@lru_cache(maxsize=8192)
def _fit_once(sink: str, source: str) -> Fit:
    return _fit(sink, source)


def _fit(sink: str, source: str) -> Fit:
    place = _canonical_once(sink) if len(sink) <= _KEPT_CHARACTERS else _canonical(sink)
    value = _canonical(source)
    if place is None or value is None:
        return Fit.PERHAPS
    try:
        if place.covers(value) == canonical.Containment.YES:
            return Fit.ALWAYS
        if value.covers(place) == canonical.Containment.YES:
            return Fit.PERHAPS
        both = place.intersect(value).satisfiability()
    except _LIBRARY_FAULTS:
        return Fit.PERHAPS
    return Fit.NEVER if both == canonical.Satisfiability.NO else Fit.PERHAPS


@lru_cache(maxsize=1024)
def _canonical_once(text: str) -> jsonschema_rs.CanonicalSchema | None:
    return _canonical(text)


def _canonical(text: str) -> jsonschema_rs.CanonicalSchema | None:
    try:
        return jsonschema_rs.canonicalize(orjson.loads(text), offline=True, draft=jsonschema_rs.Draft202012)
    except (*_LIBRARY_FAULTS, jsonschema_rs.ValidationError):
        return None


def _remote(part: Json, parts: Parts) -> list[SchemaFault]:
    found: list[SchemaFault] = []
    if isinstance(part, dict):
        for word in ("$ref", "$dynamicRef"):
            reference = part.get(word)
            if isinstance(reference, str) and not reference.startswith("#"):
                found.append(
                    SchemaFault(
                        f"{word} to {reference!r}: nothing is fetched from elsewhere",
                        (*parts, word),
                        "copy the schema below `$defs` and refer to it as `#/$defs/NAME`",
                    )
                )
    for key, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        found.extend(_remote(inner, (*parts, key)))
    return found


def _said(error: Exception) -> str:
    message = getattr(error, "message", "") or str(error)
    return message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…"
