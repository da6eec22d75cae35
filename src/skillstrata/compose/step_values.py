"""What is known, before a run, of every value that a template can name.

In     the declaration, and the node of the tree that each step calls
Out    the schema of an expression's value; the step it depends on; what is wrong with it
Never  runs anything
"""

from dataclasses import dataclass, replace

from skillstrata.compose.filters import Missing
from skillstrata.compose.findings import Findings, Parts
from skillstrata.compose.projections import UNTYPED, Projection, project, standing_alone
from skillstrata.compose.template_cursor import Call, Expression
from skillstrata.compose.tool_schema import ROOTS, DeclaredStep
from skillstrata.records.json_values import Json, JsonObject

ATTRIBUTES = ("output", "status", "content", "error", "items")
_TEXT: Json = {"type": "string"}
_LIST: Json = {"type": "array"}
_MADE: dict[str, Json] = {
    **dict.fromkeys(
        ("string", "json", "join", "lower", "upper", "trim", "replace", "basename", "urlencode", "sha256"), _TEXT
    ),
    "int": {"type": "integer"},
    "length": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "keys": {"type": "array", "items": {"type": "string"}},
    "split": {"type": "array", "items": {"type": "string"}},
    "values": _LIST,
    "map": _LIST,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands: in which step (as many as there are for the result), in which field of it."""

    step: int
    field: str
    at: Parts
    loops: bool = False


class StepValues:
    """The values of one declared tool; `outputs` are the output schemas of the steps' tools, None where untyped."""

    def __init__(
        self, given: JsonObject, outputs: tuple[Json, ...], steps: tuple[DeclaredStep, ...], findings: Findings
    ) -> None:
        """Name the input's schema, the output schema of each step's tool, and the steps."""
        self._input = given
        self._steps = steps
        self._outputs = outputs
        self._findings = findings
        self._items: dict[int, Projection] = {}
        self.ids = {step.id: step.number for step in steps}
        self.ids |= {str(step.number): step.number for step in steps}
        self.names = {step.output_as: step.number for step in steps if step.output_as}

    def loop_over(self, number: int, source: Projection) -> None:
        """Note what a step's for_each gives, so that `item` is known in it."""
        if source.schema is not None:
            self._items[number] = project(source.schema, (0,))

    def known(self, expression: Expression, place: Place, needs: set[int]) -> Projection:
        """Give what is known of an expression's value; note the step it needs, and whatever is wrong.

        What cannot be found is told once and untyped from there.
        """
        found = self._found(expression, place, needs)
        if found.fault or found.undeclared:
            found = self._told(expression, place, found)
        elif found.optional and not expression.defaulted and not any(c.name == "required" for c in expression.filters):
            if expression.root in ("input", "item") and found.schema is not None:
                hint = f"{{{{{expression.text} | default(…)}}}}, a `default` in the schema, or `required`"
                self._findings.warning("optional", f"{expression.text} may be missing", place.at, hint)
        for call in expression.filters:
            found = _through(found, call)
        return found

    def _told(self, expression: Expression, place: Place, found: Projection) -> Projection:
        path = f"{expression.text}: {found.fault or 'the schema does not name it'}"
        if expression.defaulted:
            return UNTYPED
        if found.fault or expression.root == "input":
            hint = "mend the path, or declare the field in the schema"
            self._findings.error("reference", f"{path} ({place.field})", place.at, hint)
        else:
            self._findings.warning("undeclared", path, place.at, "checked when the tool runs")
        return UNTYPED

    def _found(self, expression: Expression, place: Place, needs: set[int]) -> Projection:
        root, parts = expression.root, expression.parts
        if root == "input":
            return self._lone(self._input, parts)
        if root == "steps":
            return self._step(expression, place, needs)
        if root in ("item", "index"):
            return self._turn(expression, place)
        if root in ("run", "secret"):
            return self._outside(expression, place)
        name, rest = (str(parts[0]), parts[1:]) if root == "vars" and parts else (root, parts)
        if name not in self.names:
            return self._unknown(expression, place, name)
        return self._output(self.names[name], ("output", *rest), expression, place, needs)

    def _outside(self, expression: Expression, place: Place) -> Projection:
        if expression.root == "secret" and place.field != "input":
            return self._misplaced(expression, place)
        texts = expression.root == "secret" or expression.parts == ("id",)
        return Projection(_TEXT) if texts else UNTYPED

    def _lone(self, schema: Json, parts: Parts) -> Projection:
        found = project(schema, parts)
        return found if found.schema is None else replace(found, schema=standing_alone(found.schema, schema))

    def _misplaced(self, expression: Expression, place: Place) -> Projection:
        message = f"{expression.text} cannot stand in {place.field}"
        self._findings.error("secret", message, place.at, "secrets go into a step's input, as a whole value")
        return UNTYPED

    def _unknown(self, expression: Expression, place: Place, name: str) -> Projection:
        hint = f"the roots are: {', '.join((*ROOTS, *self.names))}"
        given = self._input.get("properties")
        if isinstance(given, dict) and name in given:
            hint = f"write input.{'.'.join((name, *map(str, expression.parts)))}"
        elif name in self.ids:
            hint = f"write steps.{name}.output"
        self._findings.error("reference", f"{expression.text}: nothing is called {name!r}", place.at, hint)
        return UNTYPED

    def _turn(self, expression: Expression, place: Place) -> Projection:
        if not place.loops or place.field not in ("input", "when"):
            message = f"{expression.text} is known only in a step with for_each"
            self._findings.error("reference", message, place.at, "add for_each to the step")
            return UNTYPED
        if expression.root == "index":
            return Projection({"type": "integer", "minimum": 0})
        item = self._items.get(place.step, UNTYPED)
        if item.schema is None:
            return UNTYPED
        return self._lone(item.schema, expression.parts)

    def _step(self, expression: Expression, place: Place, needs: set[int]) -> Projection:
        if not expression.parts:
            self._findings.error("reference", "steps is not a value", place.at, "write steps.0.output")
            return UNTYPED
        name = str(expression.parts[0])
        number = self.ids.get(name)
        if number is None:
            last = len(self._steps) - 1
            if name.isdigit():
                message = f"{expression.text}: there is no step {name}; they are numbered from 0 to {last}"
            else:
                message = f"{expression.text}: no step has the id {name!r}"
            self._findings.error("reference", message, place.at, f"the steps are: {', '.join(self.ids)}")
            return UNTYPED
        return self._output(number, expression.parts[1:], expression, place, needs)

    def _output(self, number: int, parts: Parts, expression: Expression, place: Place, needs: set[int]) -> Projection:
        if number >= place.step:
            whose = "itself" if number == place.step else f"step {number}, which runs later"
            message = f"step {place.step} refers to {whose}: steps[{place.step}] -> {expression.text}"
            self._findings.error("order", message, place.at, "a step can use what earlier steps gave")
            return UNTYPED
        needs.add(number)
        if not parts or parts[0] not in ATTRIBUTES:
            given = f"{expression.text}: a step has {', '.join(ATTRIBUTES)}"
            self._findings.error("reference", given, place.at, f"write steps.{number}.output.FIELD")
            return UNTYPED
        if parts[0] != "output":
            return UNTYPED if parts[0] == "items" else Projection(_TEXT)
        step = self._steps[number]
        self._check_skipped(step, expression, place)
        schema = self.output_of(step)
        return self._lone(schema, parts[1:]) if schema is not None else UNTYPED

    def _check_skipped(self, step: DeclaredStep, expression: Expression, place: Place) -> None:
        if not isinstance(step.default_output, Missing) or expression.defaulted:
            return
        why = "has a `when`" if step.when else "may be skipped (on_error: skip)" if step.on_error == "skip" else ""
        if why:
            message = f"{expression.text}: step {step.number} {why} and declares no default_output"
            hint = f"add default_output to step {step.number}, or {{{{{expression.text} | default(…)}}}}"
            self._findings.error("default_output", message, place.at, hint)

    def output_of(self, step: DeclaredStep) -> Json:
        """Give the schema of a step's output as templates see it; None where it is untyped."""
        schema = self._outputs[step.number]
        if schema is None:
            return _LIST if step.for_each else None
        if not step.for_each and isinstance(step.default_output, Missing):
            return schema
        output = standing_alone(schema, schema)
        if not isinstance(step.default_output, Missing):
            output = _either(output, step.default_output)
        return {"type": "array", "items": output} if step.for_each else output


def _either(schema: Json, default: Json) -> Json:
    return {"anyOf": [schema, {"const": default}]}


def _through(found: Projection, call: Call) -> Projection:
    if call.name == "default":
        if found.schema is None or not found.optional:
            return replace(found, optional=False)
        return Projection(_either(found.schema, call.arguments[0]))
    if call.name in ("first", "last"):
        return project(found.schema, (0,)) if found.schema is not None else UNTYPED
    if call.name in _MADE:
        return Projection(_MADE[call.name])
    return found if call.name in ("required", "unique", "slice", "where") else UNTYPED
