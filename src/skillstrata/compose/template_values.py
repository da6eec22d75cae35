"""Templates filled with values: once, so that text which came from data stays text.

In     a JSON value with templates, and the values at hand
Out    the JSON value; where outside data went into it, and which secrets
Never  fills what it has filled; shares a list or an object with a step's record; turns null into text
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from skillstrata.compose.filters import (
    EXPANSION_BYTES,
    FILTERS,
    MISSING,
    Found,
    Missing,
    as_text,
    kind_of,
)
from skillstrata.compose.template_cursor import Expression
from skillstrata.compose.template_faults import FilterFault, TemplateFailed
from skillstrata.compose.templates import MOST_DEPTH, Template, escaped, parse_template
from skillstrata.records.composed_tools import ComposedStep
from skillstrata.records.json_values import Json, JsonObject

_TO_HOST = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+[/?#]")
_KEYS_SHOWN = 20
_TEXT_SHOWN = 120
_DATA_DEPTH = 256


@dataclass(frozen=True, slots=True)
class StepValue:
    """What a finished step left. `items` are the turns of a loop; `tainted` says that it came from outside."""

    output: Json
    tainted: bool = False
    status: str = "done"
    content: str = ""
    error: str = ""
    items: Json = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The values a template can name.

    `steps` is keyed by a step's id; `names` gives the id for each other name a step has: its number and the name of
    its output (`names_of` makes it). `vars` and `run` are objects, `secrets` texts by name.
    """

    input: JsonObject
    steps: Mapping[str, StepValue] = field(default_factory=dict[str, StepValue])
    item: Found = MISSING
    index: int | None = None
    run: JsonObject = field(default_factory=dict[str, Json])
    vars: JsonObject = field(default_factory=dict[str, Json])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    item_tainted: bool = False
    input_tainted: bool = False
    item_derived: bool = False
    input_derived: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled value; JSON pointers of the texts that outside data went into; the values of the secrets in it.

    `derived` are pointers of texts that any step's output went into, `tails` of those that begin with a literal address
    up to its host.
    """

    value: Json
    tainted: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()


def names_of(steps: tuple[ComposedStep, ...]) -> dict[str, str]:
    """Give the id of each step by its number, and by the name of its output where it has one."""
    names = {str(number): step.id for number, step in enumerate(steps)}
    return names | {step.output_as: step.id for step in steps if step.output_as}


def rendered(value: Json, scope: Scope) -> Rendered:
    """Fill every template of a value.

    Raises:
        TemplateFailed: A value is missing or of the wrong type, or it would grow beyond 10 MB.
        TemplateInvalid: A text is not in the grammar.
    """
    filling = _Filling(scope)
    found = filling.walked(value, "", 0)
    return Rendered(found, tuple(filling.tainted), tuple(filling.secrets), tuple(filling.derived), tuple(filling.tails))


def evaluated(expression: Expression, scope: Scope, text: str = "") -> Found:
    """Give the value of one expression, its own and not a copy; MISSING where there is none and nobody said default.

    Raises:
        TemplateFailed: A filter cannot take its value.
    """
    return _filtered(expression, scope, text or expression.text)


def taints(expression: Expression, scope: Scope) -> bool:
    """Say whether an expression's value came from outside."""
    if expression.root == "item":
        return scope.item_tainted
    if expression.root == "input":
        return scope.input_tainted
    step = _step_named(expression, scope)
    return step is not None and step.tainted


def derives(expression: Expression, scope: Scope) -> bool:
    """Say whether an expression's value was made by a step."""
    if expression.root == "item":
        return scope.item_derived
    if expression.root == "input":
        return scope.input_derived
    return expression.root == "steps" or _step_named(expression, scope) is not None


def missing(expression: Expression, scope: Scope, text: str) -> TemplateFailed:
    """Make the error for a value that is not there: the template, the path, and the keys that are."""
    value: Found = _root(expression, scope)
    where = expression.root
    parts = _parts_below_root(expression, scope)
    for part in parts:
        inner = MISSING if isinstance(value, Missing) else _part_of(value, part)
        if isinstance(inner, Missing):
            break
        value, where = inner, f"{where}.{part}"
    return TemplateFailed(
        "missing",
        f"template {_shown(text)!r}: {expression.text!r} has no value; {where} {_there(value)}",
        hint="mend the path, or give a default: {{path | default(…)}}",
    )


class _Filling:
    """One pass over one value."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._left = EXPANSION_BYTES
        self.tainted: list[str] = []
        self.derived: list[str] = []
        self.tails: list[str] = []
        self.secrets: list[str] = []

    def walked(self, value: Json, pointer: str, depth: int) -> Json:
        if isinstance(value, str):
            return self._text(value, pointer) if "{{" in value else value
        if not isinstance(value, dict | list):
            return value
        if depth >= MOST_DEPTH:
            raise TemplateFailed("limit", f"{pointer}: nested deeper than {MOST_DEPTH}")
        if isinstance(value, dict):
            return {key: self.walked(inner, f"{pointer}/{escaped(key)}", depth + 1) for key, inner in value.items()}
        return [self.walked(inner, f"{pointer}/{number}", depth + 1) for number, inner in enumerate(value)]

    def _text(self, text: str, pointer: str) -> Json:
        template = parse_template(text)
        if any(taints(expression, self._scope) for expression in template.expressions):
            self.tainted.append(pointer)
        if any(derives(expression, self._scope) for expression in template.expressions):
            self.derived.append(pointer)
            if template.pieces and isinstance(template.pieces[0], str) and _TO_HOST.match(template.pieces[0]):
                self.tails.append(pointer)
        if not template.lone:
            return "".join(self._piece(piece, template) for piece in template.pieces)
        expression = template.expressions[0]
        if expression.root == "secret":
            return self._secret(expression)
        found = _filtered(expression, self._scope, text)
        if isinstance(found, Missing):
            raise missing(expression, self._scope, text)
        return self._copied(found, text, 0)

    def _secret(self, expression: Expression) -> str:
        name = str(expression.parts[0])
        found = self._scope.secrets.get(name)
        if found is None:
            raise TemplateFailed("secret", f"no secret is called {name!r}", hint=f"set the secret {name} and run again")
        self.secrets.append(found)
        return found

    def _piece(self, piece: str | Expression, template: Template) -> str:
        if isinstance(piece, str):
            self._spend(len(piece), template.text)
            return piece
        found = _filtered(piece, self._scope, template.text)
        if isinstance(found, Missing):
            raise missing(piece, self._scope, template.text)
        if found is None:
            found = self._instead_of_null(piece, template.text)
        try:
            text = as_text(found)
        except FilterFault as fault:
            raise _failed(fault, template.text) from fault
        self._spend(len(text), template.text)
        return text

    def _instead_of_null(self, piece: Expression, text: str) -> Json:
        found = next((call.arguments[0] for call in piece.filters if call.name == "default"), None)
        if found is None:
            raise TemplateFailed(
                "wrong_type",
                f"template {_shown(text)!r}: {piece.text!r} is null, which has no text",
                hint="say what to write for null: {{path | default(…)}}, or {{path | string}}",
            )
        return found

    def _copied(self, value: Json, text: str, depth: int) -> Json:
        if isinstance(value, str):
            self._spend(len(value), text)
            return value
        if not isinstance(value, dict | list):
            return value
        if depth >= _DATA_DEPTH:
            raise TemplateFailed("limit", f"template {_shown(text)!r}: its value is nested deeper than {_DATA_DEPTH}")
        self._spend(2 * len(value), text)
        if isinstance(value, list):
            return [self._copied(inner, text, depth + 1) for inner in value]
        self._spend(sum(map(len, value)), text)
        return {key: self._copied(inner, text, depth + 1) for key, inner in value.items()}

    def _spend(self, characters: int, text: str) -> None:
        self._left -= characters
        if self._left < 0:
            raise TemplateFailed(
                "limit", f"template {_shown(text)!r}: the values would grow beyond {EXPANSION_BYTES:,} bytes"
            )


def _filtered(expression: Expression, scope: Scope, text: str) -> Found:
    value = _looked_up(expression, scope)
    for call in expression.filters:
        if call.name == "default":
            value = call.arguments[0] if isinstance(value, Missing) else value
        elif isinstance(value, Missing):
            if call.name == "required":
                said = as_text(call.arguments[0]) if call.arguments else f"{expression.text} is required"
                raise TemplateFailed("missing", f"template {_shown(text)!r}: {said}")
        else:
            try:
                value = FILTERS[call.name].apply(value, call.arguments)
            except FilterFault as fault:
                raise _failed(fault, text) from fault
    return value


def _failed(fault: FilterFault, text: str) -> TemplateFailed:
    return TemplateFailed(fault.type, f"template {_shown(text)!r}: {fault.message}")


def _looked_up(expression: Expression, scope: Scope) -> Found:
    value = _root(expression, scope)
    for part in _parts_below_root(expression, scope):
        if isinstance(value, Missing):
            return value
        value = _part_of(value, part)
    return value


def _part_of(value: Json, part: str | int) -> Found:
    if isinstance(value, dict):
        return value.get(str(part), MISSING)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return MISSING


def _root(expression: Expression, scope: Scope) -> Found:
    root = expression.root
    if root == "input":
        return scope.input
    if root == "steps":
        return _attributes(_step_named(expression, scope))
    if root == "item":
        return scope.item
    if root == "index":
        return MISSING if scope.index is None else scope.index
    if root == "run" or (root == "vars" and not _names_step(expression, scope)):
        return scope.run if root == "run" else scope.vars
    step = _step_named(expression, scope)
    return MISSING if step is None else step.output


def _names_step(expression: Expression, scope: Scope) -> bool:
    return bool(expression.parts) and str(expression.parts[0]) in scope.names


def _step_named(expression: Expression, scope: Scope) -> StepValue | None:
    if expression.root in ("steps", "vars"):
        name = str(expression.parts[0]) if expression.parts else ""
    else:
        name = expression.root
        if name not in scope.names:
            return None
    return scope.steps.get(scope.names.get(name, name))


def _attributes(step: StepValue | None) -> Found:
    if step is None:
        return MISSING
    return {
        "output": step.output,
        "status": step.status,
        "content": step.content,
        "error": step.error,
        "items": step.items,
    }


def _parts_below_root(expression: Expression, scope: Scope) -> tuple[str | int, ...]:
    named = expression.root == "steps" or (expression.root == "vars" and _names_step(expression, scope))
    return expression.parts[1:] if named else expression.parts


def _there(value: Found) -> str:
    if isinstance(value, Missing):
        return "has none yet"
    if isinstance(value, dict):
        keys = sorted(value)
        more = ", …" if len(keys) > _KEYS_SHOWN else ""
        return f"has the keys {', '.join(keys[:_KEYS_SHOWN])}{more}" if keys else "is an empty object"
    if isinstance(value, list):
        return f"is a list of {len(value)}"
    return f"is {kind_of(value)}"


def _shown(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…"
