"""One declaration compiled against the tree: every fault at once, or a composed tool.

In     Declared, the nodes its words mean
Out    ComposedTool without key and time; findings
Never  lowers an approval; takes a tool whose approval nobody knows
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache

import orjson

from skillstrata.compose.composed_nodes import COMPOSED_KIND
from skillstrata.compose.conditions import parse_condition
from skillstrata.compose.data_flow import DataFlow
from skillstrata.compose.filters import Missing
from skillstrata.compose.findings import Findings, Parts
from skillstrata.compose.injection import check_injection
from skillstrata.compose.input_values import default_faults
from skillstrata.compose.projections import Projection, with_definitions
from skillstrata.compose.schemas import Fit, SchemaFault, faults_of, fit, host_faults, schema_text
from skillstrata.compose.step_graph import order_of
from skillstrata.compose.step_values import Place, StepValues
from skillstrata.compose.template_cursor import Expression
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.compose.templates import Template, parse_template
from skillstrata.compose.tool_schema import Declared, DeclaredStep
from skillstrata.compose.tree_words import ToolWords
from skillstrata.compose.wire_names import further_names, wire_name
from skillstrata.records.approvals import Approval, strictest
from skillstrata.records.capabilities import Capability, Effects
from skillstrata.records.composed_tools import ComposedSource, ComposedStep, ComposedTool
from skillstrata.records.json_values import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Bound:
    """A step and the node it calls."""

    step: DeclaredStep
    node: Capability
    approval: Approval


def compiled(declared: Declared, source: ComposedSource, words: ToolWords, findings: Findings) -> ComposedTool | None:
    """Compile one tool; None where there is an error among the findings."""
    return _Compiling(declared, source, words, findings).tool()


class _Compiling:
    def __init__(self, declared: Declared, source: ComposedSource, words: ToolWords, findings: Findings) -> None:
        self._source = source
        self._words = words
        self._findings = findings
        self._declared = replace(declared, input=self._object(declared.input))
        self._input_text = schema_text(self._declared.input)
        self._unverified = False

    def tool(self) -> ComposedTool | None:
        declared, findings = self._declared, self._findings
        self._schema(declared.input, "input")
        if not isinstance(declared.output, Missing):
            self._schema(declared.output, "output")
        if findings.failed and not declared.steps:
            return None
        bound: list[Bound | None] = [self._bound(step) for step in declared.steps]
        outputs = tuple(_schema_of(one.node.output_schema) if one else None for one in bound)
        values = StepValues(with_definitions(declared.input, self._input_text), outputs, declared.steps, findings)
        needs = [self._checked(step, one, values) for step, one in zip(declared.steps, bound, strict=True)]
        after = order_of(declared.steps, tuple(needs), findings)
        self._result(values, bound)
        there = [one for one in bound if one is not None]
        if findings.failed or len(there) != len(bound):
            return None
        return self._assembled(there, after)

    def _object(self, schema: JsonObject) -> JsonObject:
        if "type" in schema or (schema and "properties" not in schema):
            return schema
        return {"type": "object", **schema}

    def _schema(self, schema: Json, whose: str) -> None:
        faults: tuple[SchemaFault, ...] = ()
        if isinstance(schema, dict):
            faults = (*faults_of(schema), *host_faults(schema, whose))
        for fault in dict.fromkeys(faults):
            code = fault.code.removeprefix("compose.")
            self._findings.add(fault.severity, code, fault.message, (whose, *fault.parts), fault.hint)
        if isinstance(schema, dict) and whose == "input" and not any(fault.severity == "error" for fault in faults):
            for parts, message in default_faults(schema):
                self._findings.error("schema_default", message, (whose, *parts), "mend the default or its schema")

    def _bound(self, step: DeclaredStep) -> Bound | None:
        if not step.tool:
            return None
        found: tuple[Capability, ...] = self._words.find(step.tool)
        at: Parts = (*step.at, "tool")
        if not found and step.tool in self._words.circle:
            return None
        if not found:
            message, hint = self._words.missing(step.tool)
            self._findings.error("tool_unknown", f"step {step.number}: {message}", at, hint)
            return None
        node, *others = found
        if others:
            names = ", ".join(node.name if node.name != step.tool else node.path for node in found)
            message = f"step {step.number}: {step.tool!r} could be any of {names}"
            self._findings.error("tool_ambiguous", message, at, "write one of these names")
            return None
        if node.kind == "native" and (rivals := self._words.rivals(step.tool)):
            message = f"step {step.number}: {step.tool} is our own tool, not {' or '.join(rivals)}"
            hint = f"write {rivals[0]} for that one, or add {step.tool!r} to the setting compose.without"
            self._findings.info("tool_chosen", message, at, hint)
        if not node.available and not self._unavailable(step, node, at):
            return None
        return Bound(step, node, self._approval(step, node))

    def _unavailable(self, step: DeclaredStep, node: Capability, at: Parts) -> bool:
        reason = node.reason or "it is not available now"
        if node.state != "down" or not node.definition or not node.input_schema:
            message = f"step {step.number}: {step.tool!r} cannot be used: {reason}"
            self._findings.error("tool_unavailable", message, at, "make it available, then compile again")
            return False
        self._unverified = True
        message = f"step {step.number}: {step.tool!r} is not there now ({reason}); its known definition was used"
        hint = f"start the server {node.server!r}" if node.server else "start the server that it waits for"
        self._findings.warning("unverified", message, at, hint)
        return True

    def _approval(self, step: DeclaredStep, node: Capability) -> Approval:
        floor = strictest(node.approval, Approval.PLAN_CONFIRM) if node.kind == "mcp" else node.approval
        return self._raised(step.approval, floor, (*step.at, "approval"), f"{step.tool} needs")

    def _raised(self, asked: Approval | None, floor: Approval, at: Parts, why: str) -> Approval:
        if asked is not None and asked < floor:
            message = f"approval {asked.word} is ignored: {why} {floor.word}, and a skill can only raise it"
            self._findings.warning("approval_lower", message, at, "leave it out")
        return floor if asked is None else strictest(asked, floor)

    def _checked(self, step: DeclaredStep, bound: Bound | None, values: StepValues) -> set[int]:
        """Check what flows into a step; give the numbers of the steps it needs."""
        needs: set[int] = set()
        if step.for_each:
            self._loop(step, values, needs)
        if step.when:
            self._condition(step, values, needs)
        known = _Knowing(values, Place(step.number, "input", step.input_at, bool(step.for_each)), needs)
        sink = _schema_of(bound.node.input_schema) if bound else None
        ours = bound is not None and bound.node.kind == "native"
        DataFlow(sink, known, self._findings, step.tool, ours=ours).check(step.input, step.input_at)
        if bound:
            if bound.node.kind == COMPOSED_KIND:
                nested = self._words.composed(step.tool)
                self._unverified = self._unverified or (nested is not None and nested.status == "unverified")
            check_injection(step, bound.node, self._findings)
        return needs

    def _loop(self, step: DeclaredStep, values: StepValues, needs: set[int]) -> None:
        at: Parts = (*step.at, "for_each")
        template = self._parsed(step.for_each, at)
        if template is None:
            return
        if not template.lone:
            message = f"for_each is text: {step.for_each!r}"
            self._findings.error("loop", message, at, 'write one template that gives a list: "{{input.urls}}"')
            return
        source = values.known(template.expressions[0], Place(step.number, "for_each", at), needs)
        if source.schema is not None and fit({"type": "array"}, source.schema) == Fit.NEVER:
            self._findings.error("loop", f"{step.for_each} is not a list", at, "use a list, or `| split` or `| values`")
        values.loop_over(step.number, source)

    def _condition(self, step: DeclaredStep, values: StepValues, needs: set[int]) -> None:
        at: Parts = (*step.at, "when")
        try:
            condition = parse_condition(step.when)
        except TemplateInvalid as fault:
            self._findings.error("condition", fault.message, at, "write a comparison such as \"input.depth == 'deep'\"")
            return
        for reference in condition.references:
            path = ".".join(map(str, (reference.root, *reference.parts)))
            expression = Expression(reference.root, reference.parts, _DEFAULT if reference.defaulted else (), path)
            values.known(expression, Place(step.number, "when", at, bool(step.for_each)), needs)

    def _parsed(self, text: str, at: Parts) -> Template | None:
        try:
            return parse_template(text)
        except TemplateInvalid as fault:
            self._findings.error("template", fault.message, at, fault.hint)
            return None

    def _result(self, values: StepValues, bound: list[Bound | None]) -> None:
        declared = self._declared
        output = None if isinstance(declared.output, Missing) else declared.output
        if not isinstance(declared.result, Missing):
            known = _Knowing(values, Place(len(declared.steps), "result", ("result",)), set())
            DataFlow(output, known, self._findings, "the output").check(declared.result, ("result",))
            return
        if output is None or not bound or bound[-1] is None:
            return
        last = values.output_of(declared.steps[-1])
        if last is None or fit(output, last) != Fit.ALWAYS:
            self._findings.warning(
                "result",
                "the result is the last step's output, which the output schema may not fit",
                ("output",),
                "add `result:` with a template for each field of the output",
            )

    def _assembled(self, bound: list[Bound], after: tuple[tuple[int, ...], ...]) -> ComposedTool:
        declared = self._declared
        floor = strictest(*(one.approval for one in bound))
        approval = self._raised(declared.approval, floor, ("approval",), "the steps need")
        name = wire_name(declared.title, self._source.path)
        nodes = {one.node.path: one.node for one in bound}
        tool = ComposedTool(
            name,
            declared.title,
            self._source.skill,
            self._source.path,
            declared.description,
            self._input_text,
            "" if isinstance(declared.output, Missing) else schema_text(declared.output),
            tuple(_step(one, waits_for) for one, waits_for in zip(bound, after, strict=True)),
            "" if isinstance(declared.result, Missing) else _text(declared.result),
            approval,
            _effects(tuple(nodes.values())),
            tuple(sorted({need for node in nodes.values() for need in node.needs})),
            tuple((path, nodes[path].definition) for path in sorted(nodes)),
            aliases=further_names(declared.title, name),
        )
        digest = hashlib.sha256(orjson.dumps(tool, option=orjson.OPT_SORT_KEYS)).hexdigest()
        status = "unverified" if self._unverified else "ok"
        return replace(tool, digest=digest, status=status, findings=tuple(self._findings.found))


_DEFAULT = parse_template("{{input.x | default(null)}}").expressions[0].filters


class _Knowing:
    """Looks up the expressions of one place."""

    def __init__(self, values: StepValues, place: Place, needs: set[int]) -> None:
        self._values = values
        self._place = place
        self._needs = needs

    def __call__(self, expression: Expression, at: Parts) -> Projection:
        place = self._place
        return self._values.known(expression, Place(place.step, place.field, at, place.loops), self._needs)


def _step(bound: Bound, waits_for: tuple[int, ...]) -> ComposedStep:
    step = bound.step
    return ComposedStep(
        step.id,
        step.tool,
        bound.node.path,
        _text(step.input),
        step.when,
        step.for_each,
        step.on_error,
        step.retry,
        step.timeout_s,
        None if isinstance(step.default_output, Missing) else _text(step.default_output),
        waits_for,
        step.parallel,
        bound.approval,
        step.parse_json,
        step.output_as,
    )


def _effects(nodes: tuple[Capability, ...]) -> Effects:
    return Effects(
        all(node.effects.read_only for node in nodes),
        any(node.effects.destructive and not node.effects.read_only for node in nodes),
        all(node.effects.idempotent or node.effects.read_only for node in nodes),
        any(node.effects.open_world for node in nodes),
    )


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@lru_cache(maxsize=2048)
def _schema_of(text: str) -> Json:
    """Read the schema of a tool; None where it has none or one that cannot be used."""
    if not text:
        return None
    try:
        schema: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(schema, dict) or any(fault.code == "compose.schema_invalid" for fault in faults_of(schema)):
        return None
    return with_definitions(schema, text)
