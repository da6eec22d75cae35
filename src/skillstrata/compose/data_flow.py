"""Whether what flows into each step fits the tool it flows into, as far as schemas tell before a run.

In     a step's input, the input schema of its tool, what is known of every value
Out    findings: an error where no value could ever fit, a warning where it is seen only at run time
Never  calls a fault what the schemas leave open
"""

import difflib
from collections.abc import Callable

from skillstrata.compose.findings import Findings, Parts
from skillstrata.compose.projections import Projection, followed, project, standing_alone
from skillstrata.compose.schemas import Fit, fit, schema_text, validator_for
from skillstrata.compose.template_cursor import Expression
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.compose.templates import Template, parse_template, texts_in
from skillstrata.records.json_values import Json, JsonObject

_TEXT: Json = {"type": "string"}
_PLAIN = frozenset({"type", "description", "title", "default", "examples"})
_LENGTHS = _PLAIN | {"minLength", "maxLength"}
_BOUNDS = frozenset({"enum", "const", "minItems", "maxItems", "prefixItems", "not", "allOf", "anyOf", "oneOf"})
_LARGE = ("array", "object")
_SHOWN = 120
_DEPTH = 64

Known = Callable[[Expression, Parts], Projection]


class DataFlow:
    """Checks the values of one place: a step's input, or the result."""

    def __init__(self, sink: Json, known: Known, findings: Findings, whose: str, *, ours: bool = False) -> None:
        """Name the schema they must fit, None for any, whose schema it is, and whether that is one of our own tools."""
        self._root = sink
        self._known = known
        self._findings = findings
        self._whose = whose
        self._ours = ours

    def check(self, value: Json, at: Parts) -> None:
        """Check a value and all that is in it."""
        self._value(value, self._root, at, 0)

    def _value(self, value: Json, sink: Json, at: Parts, depth: int, *, literal: bool = False) -> None:
        if depth > _DEPTH:
            self._findings.error("template", f"nested deeper than {_DEPTH}", at)
        elif isinstance(value, str) and "{{" in value:
            self._template(value, sink, at)
        elif isinstance(value, dict | list):
            whole = not literal and _is_literal(value)
            before = self._findings.errors
            if isinstance(value, dict):
                self._object(value, sink, at, depth, literal=literal or whole)
            else:
                self._list(value, sink, at, depth, literal=literal or whole)
            if whole and self._findings.errors == before:
                self._exact(value, sink, at)
        elif not _obvious(value, sink):
            self._exact(value, sink, at)

    def _list(self, value: list[Json], sink: Json, at: Parts, depth: int, *, literal: bool) -> None:
        length: Json = {"type": "array", "minItems": len(value), "maxItems": len(value)}
        if literal or _takes(sink, "array") or self._fits(sink, length, at, f"a list of {len(value)}", made=True):
            for number, item in enumerate(value):
                self._value(item, self._below(sink, number), (*at, number), depth + 1, literal=literal)

    def _exact(self, value: Json, sink: Json, at: Parts) -> None:
        """Hold a literal to the schema as the tool itself will."""
        if sink is None or sink is True:
            return
        place, shown = standing_alone(sink, self._root), repr(value)[:_SHOWN]
        try:
            errors = validator_for(schema_text(place)).iter_errors(value)
            message = next((error.message for error in errors), "")
        except ValueError:
            self._fits(sink, {"const": value}, at, shown)
            return
        if message:
            said = f"{shown} never fits {self._whose}, which takes {_kind(place)}: {message[:_SHOWN]}"
            self._findings.error("type", said, at, "use another value")

    def _below(self, sink: Json, part: str | int) -> Json:
        if sink is None:
            return None
        return project(sink, (part,), self._root).schema

    def _object(self, value: JsonObject, sink: Json, at: Parts, depth: int, *, literal: bool) -> None:
        if not _takes(sink, "object") and not self._fits(sink, {"type": "object"}, at, "a mapping", made=True):
            return
        plain = followed(sink, self._root)
        if isinstance(plain, dict):
            self._required(value, plain, at)
            if "properties" in plain:
                self._fields(value, plain, at)
        for key, inner in value.items():
            self._value(inner, self._below(sink, key), (*at, key), depth + 1, literal=literal)

    def _required(self, value: JsonObject, sink: JsonObject, at: Parts) -> None:
        merged = sink.get("allOf")
        parts = [followed(part, self._root) for part in merged] if isinstance(merged, list) else []
        wanted = [part.get("required") for part in (sink, *parts) if isinstance(part, dict)]
        names = [name for names in wanted if isinstance(names, list) for name in names]
        for name in dict.fromkeys(name for name in names if isinstance(name, str)):
            if name not in value:
                self._findings.error("required", f"{self._whose} requires {name!r}", at, f"add {name} to the input")

    def _fields(self, value: JsonObject, sink: JsonObject, at: Parts) -> None:
        properties = sink["properties"]
        named = list(properties) if isinstance(properties, dict) else []
        others = sink.get("additionalProperties")
        if others not in (None, False) or "patternProperties" in sink:
            return
        for key in value:
            if key in named:
                continue
            near = difflib.get_close_matches(key, named, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it takes: {', '.join(named[:20]) or 'nothing'}"
            severity = "error" if others is False else "warning"
            self._findings.add(severity, "unknown_input", f"{self._whose} does not take {key!r}", (*at, key), hint)

    def _template(self, text: str, sink: Json, at: Parts) -> None:
        try:
            template = parse_template(text)
        except TemplateInvalid as fault:
            self._findings.error("template", fault.message, at, fault.hint)
            return
        sources = [self._known(expression, at) for expression in template.expressions]
        if template.lone:
            self._lone(text, sources[0], sink, at)
        elif template.expressions:
            self._embedded(template, sources, at)
            self._fits(sink, _TEXT, at, f"the text {text[:_SHOWN]!r}")
        else:
            self._fits(sink, _TEXT, at, f"the text {text[:_SHOWN]!r}")

    def _lone(self, text: str, source: Projection, sink: Json, at: Parts) -> None:
        if source.schema is None:
            if sink is not None:
                message = f"nothing is known of {text[:_SHOWN]} before the run"
                self._findings.info("untyped", message, at, "it is checked when the step runs")
            return
        self._fits(sink, source.schema, at, text[:_SHOWN])

    def _embedded(self, template: Template, sources: list[Projection], at: Parts) -> None:
        for expression, source in zip(template.expressions, sources, strict=True):
            kinds = _kinds_of(source.schema)
            if any(kind in kinds for kind in _LARGE):
                message = f"{expression.text} is {' or '.join(kinds)} and becomes JSON inside a text"
                self._findings.warning("embedded", message, at, 'add `| json` or `| join(", ")`')

    def _fits(self, sink: Json, source: Json, at: Parts, what: str, *, made: bool = False) -> bool:
        """Tell whether it can fit, and of it where it does not always; what is `made` here is checked part by part."""
        if sink is None or sink is True or _narrower(source, sink):
            return True
        place = standing_alone(sink, self._root)
        verdict = fit(place, source)
        if verdict == Fit.NEVER:
            message = f"{what} is {_kind(source)} and never fits {self._whose}, which takes {_kind(place)}"
            self._findings.error("type", message, at, "convert it with a filter, or use another value")
        elif verdict == Fit.PERHAPS and not made:
            message = f"{what} ({_kind(source)}) may not fit {self._whose}, which takes {_kind(place)}"
            severity = "info" if self._ours and _only_lengths(source, place) else "warning"
            self._findings.add(severity, "type_unsure", message, at, "it is checked when the step runs")
        return verdict != Fit.NEVER


def _obvious(value: Json, sink: Json) -> bool:
    """See without a solver that text fits text, and the like."""
    if not isinstance(sink, dict) or not _PLAIN.issuperset(sink):
        return sink is None or sink is True
    kind = sink.get("type")
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in ("integer", "number")
    return (kind == "string" and isinstance(value, str)) or (kind == "null" and value is None)


def _narrower(source: Json, sink: Json) -> bool:
    """See without a solver that one type fits itself."""
    if not isinstance(sink, dict) or not isinstance(source, dict):
        return False
    kind = sink.get("type")
    return isinstance(kind, str) and _PLAIN.issuperset(sink) and source.get("type") == kind


def _takes(sink: Json, kind: str) -> bool:
    """See without a solver that a list or mapping written out may stand here, whatever is in it."""
    return isinstance(sink, dict) and sink.get("type") == kind and _BOUNDS.isdisjoint(sink)


def _is_literal(value: Json) -> bool:
    try:
        return not any(True for _ in texts_in(value))
    except TemplateInvalid:
        return False


def _only_lengths(source: Json, sink: Json) -> bool:
    """See that all that is unsure is how long a text is."""
    plain = isinstance(source, dict) and _PLAIN.issuperset(source) and source.get("type") == "string"
    return plain and isinstance(sink, dict) and sink.get("type") == "string" and _LENGTHS.issuperset(sink)


def _kinds_of(schema: Json) -> list[str]:
    if not isinstance(schema, dict):
        return []
    kind = schema.get("type")
    found = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    for branches in (schema.get("anyOf"), schema.get("oneOf")):
        for branch in branches if isinstance(branches, list) else []:
            found = [*found, *_kinds_of(branch)]
    return list(dict.fromkeys(word for word in found if isinstance(word, str)))


def _kind(schema: Json) -> str:
    if not isinstance(schema, dict):
        return "anything"
    if "const" in schema:
        return repr(schema["const"])[:_SHOWN]
    values = schema.get("enum")
    if isinstance(values, list):
        return "one of " + ", ".join(map(repr, values))[:_SHOWN]
    bounds = [word for word in ("pattern", "minLength", "maxLength", "minimum", "maximum", "items") if word in schema]
    kinds = " or ".join(_kinds_of(schema)) or "something"
    return f"{kinds} with {', '.join(bounds)}" if bounds else kinds
