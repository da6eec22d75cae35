"""What a run would do, before it does anything.

In     ComposedTool, arguments, the live tree
Out    Plan: each step's arguments as far as they are known, its approval, what it reaches; and the plan's digest
Never  calls a tool; shows a secret
Why    a consent is bound to the digest: definition, arguments, tools as they are now, folder, policy version
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

import orjson

from skillstrata.compose.input_values import with_defaults
from skillstrata.compose.prepared_tools import PreparedStep, PreparedTool, prepared
from skillstrata.compose.template_faults import TemplateFailed
from skillstrata.compose.template_values import Scope, rendered
from skillstrata.compose.templates import Reference, escaped, references_of, texts_in
from skillstrata.compose.templates import parse_template as parsed
from skillstrata.records.approvals import Approval, strictest
from skillstrata.records.capabilities import Capability
from skillstrata.records.composed_runs import Plan, PlannedStep
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import Json, JsonObject

Lookup = Callable[[str], Capability | None]
Tools = Callable[[str], "ComposedTool | None"]
_MOST_TURNS = 1_000
_DEPTH = 8
_MOST_INNER = 200
_COMPOSED = "composed"


@dataclass(frozen=True, slots=True)
class _Outline:
    """What is known of a step without arguments: its input with placeholders, and where they stand."""

    prepared: PreparedStep
    node: Capability | None
    input: Json
    unknown: tuple[str, ...]
    turns_known: bool
    approval: Approval


def plan_of(
    tool: ComposedTool,
    arguments: JsonObject,
    tree_lookup: Lookup,
    cwd: str,
    policy_version: str = "",
    *,
    inner: Tools | None = None,
) -> Plan:
    """Lay out what a run would do.

    Args:
        tool: Compiled.
        arguments: The caller's; the defaults of the input schema are filled in here.
        tree_lookup: Gives the node at a path as it is now.
        cwd: The folder that relative paths start from.
        policy_version: Of the policy it would run under.
        inner: Gives the compiled tool at a path: what composed tools among the steps would do is laid out too. The
            digest is the same with and without it, as a step's tool stands in it with its definition and arguments.

    Raises:
        TemplateInvalid: The tool holds a text that the compiler would have refused.
    """
    return _Planner(tree_lookup, inner or _no_tool, cwd, policy_version).plan(tool, arguments, ())


class _Planner:
    """Lays out one plan and those inside it, as deep and as many as a person can be shown."""

    def __init__(self, lookup: Lookup, tools: Tools, cwd: str, policy: str) -> None:
        self._lookup = lookup
        self._tools = tools
        self._cwd = cwd
        self._policy = policy
        self._left = _MOST_INNER

    def plan(self, tool: ComposedTool, arguments: JsonObject, above: tuple[str, ...]) -> Plan:
        whole = with_defaults(tool.input_schema, arguments)
        ready = prepared(tool)
        nodes = tuple(self._lookup(step.step.path) for step in ready.steps)
        steps = tuple(_planned(outline, whole, ready) for outline in _outlines(tool, nodes))
        approval = strictest(tool.approval, *(step.approval for step in steps))
        digest = _digest(tool, whole, steps, nodes, (self._cwd, self._policy))
        steps = tuple(
            replace(step, inner=self._inner(step, (*above, tool.name))) if node and node.kind == _COMPOSED else step
            for step, node in zip(steps, nodes, strict=True)
        )
        return Plan(tool.name, tool.digest, whole, steps, approval, digest, self._cwd, self._policy)

    def _inner(self, step: PlannedStep, above: tuple[str, ...]) -> tuple[Plan, ...]:
        tool = self._tools(step.path)
        if tool is None or tool.name in above or len(above) > _DEPTH:
            return ()
        found: list[Plan] = []
        for arguments in step.arguments if isinstance(step.arguments, list) else [step.arguments]:
            if not isinstance(arguments, dict) or self._left <= 0:
                break
            self._left -= 1
            plan = self.plan(tool, arguments, above)
            found.append(plan if step.known else _unsure(plan))
        return tuple(found)


def _unsure(plan: Plan) -> Plan:
    """Give a plan whose arguments are placeholders: nothing in it is known."""
    return replace(
        plan,
        steps=tuple(replace(step, known=False, inner=tuple(map(_unsure, step.inner))) for step in plan.steps),
    )


def _no_tool(_path: str) -> ComposedTool | None:
    return None


def _digest(
    tool: ComposedTool,
    arguments: JsonObject,
    steps: tuple[PlannedStep, ...],
    nodes: tuple[Capability | None, ...],
    where: tuple[str, str],
) -> str:
    bound = [
        tool.name,
        tool.digest,
        arguments,
        where,
        [
            (step.path, step.arguments, int(step.approval), node.definition if node else None)
            for step, node in zip(steps, nodes, strict=True)
        ],
    ]
    return hashlib.sha256(canonical(cast("Json", bound))).hexdigest()


def canonical(value: Json) -> bytes:
    """Write a value in one way only: keys sorted, no spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@lru_cache(maxsize=2048)
def _outlines(tool: ComposedTool, nodes: tuple[Capability | None, ...]) -> tuple[_Outline, ...]:
    ready = prepared(tool)
    by_id = {step.id: node for step, node in zip(ready.steps, nodes, strict=True)}
    return tuple(_outline(step, ready, by_id) for step in ready.steps)


def _outline(step: PreparedStep, ready: PreparedTool, nodes: Mapping[str, Capability | None]) -> _Outline:
    node = nodes[step.id]
    turns_known = not step.step.for_each or _is_known(step.step.for_each, turns_known=False)
    holes: dict[str, str] = {}
    for pointer, text in texts_in(step.input):
        if not _is_known(text, turns_known=bool(step.step.for_each) and turns_known):
            holes[pointer] = _placeholder(text, ready, nodes)
    approval = strictest(node.approval if node else Approval.EXEC_ESCALATION, step.step.approval)
    return _Outline(step, node, _with_holes(step.input, holes, ""), tuple(holes), turns_known, approval)


def _is_known(text: str, *, turns_known: bool) -> bool:
    known = {"input", "secret", *(("item", "index") if turns_known else ())}
    return all(reference.root in known for reference in references_of(parsed(text)))


def _with_holes(value: Json, holes: Mapping[str, str], pointer: str) -> Json:
    if isinstance(value, dict):
        return {key: _with_holes(inner, holes, f"{pointer}/{escaped(key)}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_holes(inner, holes, f"{pointer}/{number}") for number, inner in enumerate(value)]
    return holes.get(pointer, value)


def _placeholder(text: str, ready: PreparedTool, nodes: Mapping[str, Capability | None]) -> str:
    template = parsed(text)
    shown = text.replace("{{", "<").replace("}}", ">")
    if not template.lone or template.expressions[0].filters:
        return shown
    kind = _kind_of(references_of(template)[0], ready, nodes)
    return f"<{template.expressions[0].text}: {kind}>" if kind else shown


def _kind_of(reference: Reference, ready: PreparedTool, nodes: Mapping[str, Capability | None]) -> str:
    """Name the type that a tool's output schema gives the value that is referred to, "" where it says nothing."""
    parts = reference.parts if reference.root in ("steps", "vars") else (reference.root, *reference.parts)
    name = str(parts[0]) if parts else ""
    below = parts[2:] if reference.root == "steps" else parts[1:]
    node = nodes.get(ready.names.get(name, name))
    if node is None or not node.output_schema or (reference.root == "steps" and parts[1:2] != ("output",)):
        return ""
    schema = cast("Json", orjson.loads(node.output_schema))
    for part in below:
        inner = schema.get("items" if isinstance(part, int) else "properties") if isinstance(schema, dict) else None
        schema = inner.get(str(part)) if isinstance(inner, dict) and not isinstance(part, int) else inner
    kind = schema.get("type") if isinstance(schema, dict) else None
    return kind if isinstance(kind, str) else ""


def _planned(outline: _Outline, arguments: JsonObject, ready: PreparedTool) -> PlannedStep:
    step = outline.prepared.step
    scope = Scope(input=arguments, secrets=_Named(), names=ready.names)
    known = not outline.unknown and outline.turns_known
    try:
        filled = _turns(outline, scope) if step.for_each and outline.turns_known else _filled(outline.input, scope)
    except TemplateFailed as error:
        # It may stand behind a condition that does not hold; the run will tell.
        filled, known = f"<{error.message}>", False
    return PlannedStep(
        id=step.id,
        tool=step.tool,
        path=step.path,
        arguments=filled,
        known=known,
        approval=outline.approval,
        unknown=outline.unknown,
        hosts=_hosts(filled, outline.node),
        files=_files(filled, outline.node),
        when=step.when,
        for_each=step.for_each,
    )


def _filled(value: Json, scope: Scope) -> Json:
    return rendered(value, scope).value


def _turns(outline: _Outline, scope: Scope) -> list[Json]:
    """Give the arguments of each turn of a loop whose list is known."""
    items = rendered(outline.prepared.step.for_each, scope).value
    if not isinstance(items, list):
        raise TemplateFailed("wrong_type", f"for_each of step {outline.prepared.id!r} is not a list")
    if len(items) > _MOST_TURNS:
        raise TemplateFailed("limit", f"for_each of step {outline.prepared.id!r} has {len(items):,} turns")
    return [
        _filled(
            outline.input,
            Scope(input=scope.input, secrets=scope.secrets, names=scope.names, item=item, index=index),
        )
        for index, item in enumerate(items)
    ]


class _Named(Mapping[str, str]):
    """Gives for each secret a word that says which it is."""

    def __getitem__(self, name: str) -> str:
        return f"<secret {name}>"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _texts(value: Json) -> Iterator[tuple[str, str]]:
    """Give every text with the key it stands under, "" for none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                yield key, inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _hosts(arguments: Json, node: Capability | None) -> tuple[str, ...]:
    if node is None or not ({"net", "mcp"} & set(node.needs)):
        return ()
    found: dict[str, None] = {}
    for _, text in _texts(arguments):
        if text.startswith(("http://", "https://")):
            with suppress(ValueError):
                found[urlsplit(text).netloc.rpartition("@")[2]] = None
    return tuple(found)


def _files(arguments: Json, node: Capability | None) -> tuple[str, ...]:
    if node is None or not any(need.startswith("fs.") for need in node.needs):
        return ()
    return tuple(dict.fromkeys(text for key, text in _texts(arguments) if key == "path"))
