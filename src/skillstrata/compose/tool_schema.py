"""What a skill declares: `tool_schema` read field by field, in today's spelling and in the older one.

In     the text of a skill and of its sidecar
Out    Declared, and a finding for whatever is not as it must be
Never  guesses what a misspelt word meant; ignores one
"""

import difflib
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from skillstrata.compose.filters import MISSING, Found, Missing
from skillstrata.compose.findings import Findings, Parts
from skillstrata.compose.yaml_source import SourceFault, YamlText, frontmatter, tool_block
from skillstrata.records.approvals import WORDS, Approval, approval_named
from skillstrata.records.composed_tools import ComposedSource, RetryRule
from skillstrata.records.json_values import Json, JsonObject

SIDECAR = "tool_schema.yaml"
MOST_STEPS = 100
MOST_RETRIES = 2
_MOST_SECONDS = 300.0
_MOST_DELAY = 60.0
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
ROOTS: Final = ("input", "steps", "item", "index", "run", "vars", "secret")
_ALIASES = {"input_schema": "input", "output_schema": "output"}
_STEP_ALIASES = {"input_map": "input", "loop_over": "for_each", "parse_json": "parse"}
_FIELDS = frozenset({"input", "output", "steps", "result", "approval", "name", "description", *_ALIASES})
_STEP_FIELDS = frozenset(
    "id tool input when for_each on_error retry timeout default_output depends_on parallel approval parse output_as "
    "allow_options description".split()
) | frozenset(_STEP_ALIASES)
_RETRY_FIELDS = frozenset({"max", "delay", "backoff", "jitter", "on", "safe"})
_RETRY_FAULTS = ("timeout", "transport", "tool_error")


@dataclass(frozen=True, slots=True)
class DeclaredStep:
    """A step as it was written. `default_output` is MISSING where none was; `at` is its place."""

    number: int
    id: str
    tool: str
    input: JsonObject
    at: Parts
    input_at: Parts
    when: str = ""
    for_each: str = ""
    on_error: str = "abort"
    retry: RetryRule = field(default_factory=RetryRule)
    timeout_s: float = 60.0
    default_output: Found = MISSING
    depends_on: tuple[str, ...] = ()
    parallel: bool = False
    approval: Approval | None = None
    parse_json: bool = False
    output_as: str = ""
    allow_options: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool as it was written. `title` is the skill's name; `output` and `result` are MISSING where none was."""

    title: str
    description: str
    input: JsonObject
    output: Found
    result: Found
    approval: Approval | None
    steps: tuple[DeclaredStep, ...]


def declares_tool(source: ComposedSource) -> bool:
    """Say whether a source may declare a tool, without reading it as YAML."""
    if source.sidecar.strip():
        return True
    found = frontmatter(source.text) if "tool_schema" in source.text else None
    return found is not None and re.search(r"^[\"']?tool_schema[\"']?\s*:", found[0], re.MULTILINE) is not None


def read_source(source: ComposedSource) -> tuple[Declared | None, Findings]:
    """Read what a source declares; None beside the findings where it cannot be read at all."""
    head, name, description, first = _head(source)
    sidecar = str(PurePosixPath(source.path).with_name(SIDECAR))
    if source.sidecar.strip():
        beside = YamlText(source.sidecar)
        whole = beside.value
        inner = isinstance(whole, dict) and "tool_schema" in whole
        prefix: Parts = ("tool_schema",) if inner else ()
        findings = Findings(sidecar, lambda parts: beside.line((*prefix, *parts)))
        _tell(findings, beside.faults, len(prefix))
        if first:
            findings.error("twice", f"{source.path} and {sidecar} both declare a tool", (), "keep one of them")
        schema = whole["tool_schema"] if inner and isinstance(whole, dict) else whole
    else:
        findings = Findings(source.path, lambda parts: head.line(("tool_schema", *parts)))
        _tell(findings, head.faults, 1)
        schema = head.value.get("tool_schema") if isinstance(head.value, dict) else None
    if findings.failed:
        return None, findings
    if not isinstance(schema, dict):
        findings.error("shape", "tool_schema must be a mapping with `steps`", (), "see docs/composition.md")
        return None, findings
    return _Reading(findings).tool(schema, name or PurePosixPath(source.path).parent.name, description), findings


def _head(source: ComposedSource) -> tuple[YamlText, str, str, bool]:
    """Read the frontmatter; where it is broken outside of tool_schema, that block alone."""
    found = frontmatter(source.text) or ("", 1)
    head = YamlText(*found)
    if head.faults and head.value is None:
        block, before = tool_block(found[0])
        alone = YamlText(block, found[1] + before)
        if block and not (alone.faults and alone.value is None):
            names = dict(re.findall(r"^(name|description):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", found[0], re.MULTILINE))
            return alone, names.get("name", ""), names.get("description", ""), True
    top = head.value if isinstance(head.value, dict) else {}
    texts = [value if isinstance(value := top.get(key), str) else "" for key in ("name", "description")]
    return head, texts[0], texts[1], "tool_schema" in top


def _tell(findings: Findings, faults: list[SourceFault], prefix: int) -> None:
    for fault in faults:
        if prefix and fault.parts and fault.parts[0] != "tool_schema":
            continue
        findings.error("yaml", fault.message, fault.parts[prefix:], fault.hint)
        if fault.line:
            findings.at_line(fault.line)


class _Reading:
    """Reads one declaration."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def tool(self, schema: JsonObject, title: str, description: str) -> Declared:
        schema = self._named(schema, _FIELDS, _ALIASES, ())
        given = schema.get("input")
        if given is not None and not isinstance(given, dict):
            self._findings.error("shape", "input must be a JSON Schema", ("input",), "begin with `type: object`")
        output = schema.get("output", MISSING)
        if not isinstance(output, dict | Missing):
            self._findings.error("shape", "output must be a JSON Schema", ("output",), "begin with `type: object`")
        said = schema.get("description")
        return Declared(
            title.strip(),
            said if isinstance(said, str) else description,
            given if isinstance(given, dict) else {"type": "object", "properties": {}},
            output if isinstance(output, dict) else MISSING,
            schema.get("result", MISSING),
            self._approval(schema.get("approval", MISSING), ("approval",)),
            self._steps(schema.get("steps")),
        )

    def _steps(self, given: Json) -> tuple[DeclaredStep, ...]:
        if not isinstance(given, list) or not given:
            self._findings.error("shape", "steps must be a list of at least one step", ("steps",), "- tool: NAME")
            return ()
        if len(given) > MOST_STEPS:
            self._findings.error(
                "shape", f"{len(given)} steps are more than {MOST_STEPS}", ("steps",), "split the skill"
            )
            return ()
        steps: list[DeclaredStep] = []
        for number, item in enumerate(given):
            at: Parts = ("steps", number)
            if isinstance(item, dict):
                steps.append(self._step(number, self._named(item, _STEP_FIELDS, _STEP_ALIASES, at), item, at))
            else:
                self._findings.error("shape", f"step {number} is not a mapping", at, "- tool: NAME")
        self._check_names(steps)
        return tuple(steps)

    def _step(self, number: int, step: JsonObject, written: JsonObject, at: Parts) -> DeclaredStep:
        tool = step.get("tool")
        if not isinstance(tool, str) or not tool.strip():
            self._findings.error("shape", f"step {number} names no tool", (*at, "tool"), "tool: NAME")
        given = step.get("input")
        input_at: Parts = (*at, "input" if "input" in written else "input_map")
        if given is not None and not isinstance(given, dict):
            self._findings.error("shape", f"the input of step {number} is not a mapping", input_at, "FIELD: VALUE")
        retry, on_error = self._retry(step, at)
        return DeclaredStep(
            number,
            self._id(step.get("id"), number, at),
            tool.strip() if isinstance(tool, str) else "",
            given if isinstance(given, dict) else {},
            at,
            input_at,
            self._when(step.get("when"), at),
            self._loop(step.get("for_each"), at),
            on_error,
            retry,
            self._seconds(step.get("timeout"), (*at, "timeout"), 60.0, _MOST_SECONDS),
            step.get("default_output", MISSING),
            self._depends(step.get("depends_on"), at),
            self._flag(step, "parallel", at),
            self._approval(step.get("approval", MISSING), (*at, "approval")),
            self._parse(step.get("parse"), at),
            self._output_as(step.get("output_as"), at),
            self._flag(step, "allow_options", at),
        )

    def _named(self, given: JsonObject, known: frozenset[str], aliases: dict[str, str], at: Parts) -> JsonObject:
        found: JsonObject = {}
        for key, value in given.items():
            name = aliases.get(key, key)
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(sorted(known - set(aliases)))}"
                self._findings.error("unknown_field", f"no field is called {key!r}", (*at, key), hint)
            elif name in found:
                self._findings.error("twice", f"{key!r} and {name!r} mean the same", (*at, key), "keep one of them")
            else:
                found[name] = value
        return found

    def _wrong(self, parts: Parts, value: Json, wanted: str) -> None:
        self._findings.error("shape", f"{parts[-1]} is {value!r}", parts, f"write {wanted}")

    def _approval(self, given: Found, parts: Parts) -> Approval | None:
        if isinstance(given, Missing):
            return None
        level = approval_named(given) if isinstance(given, str) else None
        if level is None:
            hint = f"the levels are: {', '.join(WORDS)}"
            self._findings.error("approval_unknown", f"{given!r} is no approval level", parts, hint)
            return Approval.EXEC_ESCALATION
        return level

    def _id(self, given: Json, number: int, at: Parts) -> str:
        if given is None:
            return str(number)
        if not isinstance(given, str) or not _ID.fullmatch(given) or given in ROOTS:
            self._wrong((*at, "id"), given, f"a word of a-z, 0-9 and _ that is none of {', '.join(ROOTS)}")
            return str(number)
        return given

    def _output_as(self, given: Json, at: Parts) -> str:
        if given is None:
            return ""
        if not isinstance(given, str) or not re.fullmatch(r"[^\W\d]\w{0,63}", given) or given in ROOTS:
            self._wrong((*at, "output_as"), given, f"a word that is none of {', '.join(ROOTS)}")
            return ""
        return given

    def _check_names(self, steps: list[DeclaredStep]) -> None:
        seen: dict[str, int] = {}
        for step in steps:
            for key, name in (("id", step.id), ("output_as", step.output_as)):
                if name and seen.setdefault(name, step.number) != step.number:
                    message = f"{name!r} names step {seen[name]} and step {step.number}"
                    self._findings.error("twice", message, (*step.at, key), "names of steps and outputs are unique")

    def _when(self, given: Json, at: Parts) -> str:
        if given is None:
            return ""
        if isinstance(given, bool):
            return "true" if given else "false"
        if not isinstance(given, str) or not given.strip():
            self._wrong((*at, "when"), given, "a condition such as \"input.depth == 'deep'\"")
            return ""
        return given.strip()

    def _loop(self, given: Json, at: Parts) -> str:
        if given is None:
            return ""
        if not isinstance(given, str) or not given.strip():
            self._wrong((*at, "for_each"), given, 'a template that gives a list, such as "{{input.urls}}"')
            return ""
        text = given.strip()
        return text if "{{" in text else "{{" + text + "}}"

    def _flag(self, step: JsonObject, key: str, at: Parts) -> bool:
        given = step.get(key, False)
        if not isinstance(given, bool):
            self._wrong((*at, key), given, "true or false")
            return False
        return given

    def _parse(self, given: Json, at: Parts) -> bool:
        if given not in (None, False, True, "json", "text"):
            self._wrong((*at, "parse"), given, "json or text")
        return given is True or given == "json"

    def _depends(self, given: Json, at: Parts) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [] if given is None else [given]
        for item in listed:
            if isinstance(item, bool) or not isinstance(item, str | int):
                self._wrong((*at, "depends_on"), given, "ids or numbers of steps")
                return ()
        return tuple(str(item) for item in listed)

    def _seconds(self, given: Json, parts: Parts, usual: float, most: float) -> float:
        if given is None:
            return usual
        found = _SECONDS.fullmatch(given.strip()) if isinstance(given, str) else None
        if found:
            seconds = float(found[1]) * _UNITS[found[2]]
        elif isinstance(given, int | float) and not isinstance(given, bool):
            seconds = float(given)
        else:
            seconds = -1.0
        if not 0 < seconds <= most and not (seconds == 0 and parts[-1] == "delay"):
            self._wrong(parts, given, f"seconds from 0 to {most:g}, such as 30, 500ms or 2m")
            return usual
        return seconds

    def _retry(self, step: JsonObject, at: Parts) -> tuple[RetryRule, str]:
        on_error, given = step.get("on_error", "abort"), step.get("retry")
        if on_error not in ("abort", "skip", "retry"):
            self._wrong((*at, "on_error"), on_error, "abort, skip or retry")
            on_error = "abort"
        rule = RetryRule(most=MOST_RETRIES) if on_error == "retry" else RetryRule()
        if given is not None:
            rule = self._rule({"max": given} if isinstance(given, int) else given, (*at, "retry"))
        return rule, "skip" if on_error == "skip" else "abort"

    def _rule(self, given: Json, at: Parts) -> RetryRule:
        if given == "safe":
            return RetryRule(most=MOST_RETRIES, safe=True)
        if not isinstance(given, dict):
            self._wrong(at, given, f"a number up to {MOST_RETRIES}, safe, or a mapping with max, delay, on")
            return RetryRule()
        rule = self._named(given, _RETRY_FIELDS, {}, at)
        most = rule.get("max", MOST_RETRIES)
        if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MOST_RETRIES:
            self._wrong((*at, "max"), most, f"0 to {MOST_RETRIES}")
            most = 0
        backoff = rule.get("backoff", "exp")
        if backoff not in ("const", "exp"):
            self._wrong((*at, "backoff"), backoff, "const or exp")
        return RetryRule(
            most,
            self._seconds(rule.get("delay"), (*at, "delay"), 0.2, _MOST_DELAY),
            "const" if backoff == "const" else "exp",
            self._flag({"jitter": True} | rule, "jitter", at),
            self._retried(rule.get("on"), (*at, "on")),
            self._flag(rule, "safe", at),
        )

    def _retried(self, given: Json, parts: Parts) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [given]
        if given is None:
            return _RETRY_FAULTS
        if any(item not in _RETRY_FAULTS for item in listed):
            self._wrong(parts, given, f"some of {', '.join(_RETRY_FAULTS)}")
        return tuple(word for word in _RETRY_FAULTS if word in listed)
