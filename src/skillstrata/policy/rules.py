"""One rule made ready: which tools it means, which arguments, which commands; and whether its own examples hold.

In     PolicyRule as somebody wrote it
Out    ReadyRule, or PolicyInvalid with the file and the line
Never  fetches a schema; takes a rule whose examples fail
"""

import json
from dataclasses import dataclass, field
from typing import cast

import jsonschema_rs

from skillstrata.policy.commands import SeenCommand, ShellView, is_interpreter, turns
from skillstrata.policy.globs import means, names_of, own_names
from skillstrata.policy.operations import Match, Operation, does, is_plain_program, operation_of, starts
from skillstrata.policy.questions import CallQuestion, question_of
from skillstrata.policy.words import SHELL, meaning_of
from skillstrata.ports.command_parser import CommandParser
from skillstrata.records.capabilities import Capability
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.json_values import JsonObject
from skillstrata.records.policies import PolicyLayer, PolicyRule, RuleExample, Verdict
from skillstrata.records.tool_calls import Caller, ToolCall


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule as calls are held against it.

    `operation` is the command that DENY and ASK look for anywhere; `words` are what ALLOW demands at the beginning of
    each; `programs` restrict a rule to commands of these programs. With none of them it is about the tool as a whole.
    """

    id: str
    verdict: Verdict
    why: str
    tools: tuple[str, ...]
    schema: jsonschema_rs.Validator | None = None
    operation: Operation | None = None
    words: tuple[str, ...] = ()
    programs: frozenset[str] = field(default=frozenset())

    @property
    def is_of_commands(self) -> bool:
        """Say whether it looks at commands."""
        return bool(self.words or self.programs)

    def is_about(self, node: Capability) -> bool:
        """Say whether it is about this tool."""
        names = own_names(node) if self.verdict is Verdict.ALLOW else names_of(node)
        return any(means(glob, names) for glob in self.tools)

    def matches(self, question: CallQuestion) -> Match:
        """Say whether it matches a call of a tool that it is about; MAYBE where only running it would tell."""
        if self.schema is not None and not self.schema.is_valid(question.arguments):
            return Match.NO
        if not self.is_of_commands:
            return Match.YES
        return Match.NO if question.shell is None else self._finds(question.shell)

    def _finds(self, view: ShellView) -> Match:
        if self.verdict is Verdict.ALLOW:
            whole = bool(view.commands) and not view.opaque and all(self.covers(one) for one in view.commands)
            return Match.YES if whole else Match.NO
        if self.operation is not None:
            return does(self.operation, view)
        if any(one.program in self.programs for one in view.commands):
            return Match.YES
        return Match.MAYBE if view.opaque else Match.NO

    def covers(self, command: SeenCommand) -> bool:
        """Say whether it allows one command for certain."""
        if self.words:
            return starts(self.words, command)
        return any(starts((name,), command) for name in self.programs)


def word_rule(word: str, verdict: Verdict) -> ReadyRule:
    """Make the rule of a word in `default_allow` or `require_approval`."""
    meaning = meaning_of(word)
    name = "default_allow" if verdict is Verdict.ALLOW else "require_approval"
    why = f"{word} is in {name}"
    programs = frozenset(meaning.programs)
    return ReadyRule(f"{name}:{word}", verdict, why, meaning.tools or (SHELL,), programs=programs)


def ready_rule(rule: PolicyRule, layer: PolicyLayer) -> ReadyRule:
    """Make a rule ready.

    Raises:
        PolicyInvalid: Its schema is none, or its command names no command or one that cannot be allowed by name.
    """
    operation = operation_of(rule.command) if rule.command else None
    if rule.command and operation is None:
        raise _invalid(rule, layer, f"{' '.join(rule.command)!r} is not one command", "name a program and its words")
    if rule.verdict is Verdict.ALLOW and operation is not None and is_interpreter(operation.program):
        raise _invalid(
            rule,
            layer,
            f"{operation.program} does whatever its arguments say and cannot be allowed by name",
            "allow it by a schema of the arguments, word for word",
        )
    asks = operation if rule.verdict is not Verdict.ALLOW else None
    why = rule.why or f"{rule.verdict.word} {rule.tool}{' ' if rule.command else ''}{' '.join(rule.command)}"
    return ReadyRule(rule.id, rule.verdict, why, (rule.tool,), _schema(rule, layer), asks, rule.command)


def check_examples(rule: PolicyRule, layer: PolicyLayer, parser: CommandParser) -> None:
    """Hold a rule against the calls that its author says it matches, and does not.

    Raises:
        PolicyInvalid: One does not hold, or the rule cannot be made ready.
    """
    ready = ready_rule(rule, layer)
    for example, wanted in (*((one, True) for one in rule.match), *((one, False) for one in rule.no_match)):
        if _holds(ready, example, rule, layer, parser) is not wanted:
            said = "does not match its example" if wanted else "matches its counter-example"
            told = f"{said} {example.tool} {example.arguments}"
            raise _invalid(rule, layer, told, "mend the rule or the example")


def _schema(rule: PolicyRule, layer: PolicyLayer) -> jsonschema_rs.Validator | None:
    if not rule.arguments:
        return None
    try:
        # The engine without back-tracking: a pattern of a project's file must not stop every call.
        return jsonschema_rs.validator_for(
            json.loads(rule.arguments), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        said = str(error).splitlines()[0]
        raise _invalid(rule, layer, f"its schema of arguments is none: {said}", "mend the schema") from error


def _holds(ready: ReadyRule, example: RuleExample, rule: PolicyRule, layer: PolicyLayer, parser: CommandParser) -> bool:
    node = example_node(example.tool)
    try:
        arguments: object = json.loads(example.arguments)
    except ValueError as error:
        raise _invalid(rule, layer, f"an example's arguments are no JSON: {example.arguments!r}", "mend it") from error
    if not isinstance(arguments, dict):
        raise _invalid(rule, layer, f"an example's arguments are no object: {example.arguments!r}", "mend it")
    call = ToolCall(node.path, cast("JsonObject", arguments), Caller("cli", "/"))
    return ready.is_about(node) and ready.matches(question_of(node, call, parser)) is Match.YES


def example_node(name: str) -> Capability:
    """Give a node of this name or path as far as a name tells, for examples of tools that may not be there."""
    if name.startswith("mcp:"):
        path = f"mcp/{name.removeprefix('mcp:')}"
    elif "/" in name:
        path, name = name, name.partition("/")[2]
    else:
        path = f"{'composed' if name.startswith('skill_') else 'native'}/{name}"
    if path.startswith("mcp/") and not name.startswith("mcp:"):
        name = f"mcp:{path.removeprefix('mcp/')}"
    kind = path.partition("/")[0]
    return Capability(path, name, name, "", kind, "", "{}")


def covers_program(programs: frozenset[str], command: SeenCommand) -> bool:
    """Say whether a command stays within programs that a skill may run; its other words may be anything."""
    return not turns(command.sets) and any(is_plain_program(command, name) for name in programs)


def _invalid(rule: PolicyRule, layer: PolicyLayer, said: str, hint: str) -> PolicyInvalid:
    where = f"{layer.path or layer.name}{f':{rule.line}' if rule.line else ''}"
    return PolicyInvalid(f"{where}: the rule {rule.id!r}: {said}", hint=hint)
