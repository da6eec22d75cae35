"""May this call be made? Every layer is asked; the strictest answer holds.

In     CallQuestion, Policy
Out    Decision: deny before ask before allow; an allow needs a trusted layer, or a tool that needs no consent
Never  lets a rule allow what is beyond the skill, the caller's set or a limit, or what nobody can know beforehand
Why    docs/adr/0011
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from skillstrata.policy.commands import SeenCommand, turns
from skillstrata.policy.grant_keys import grant_key
from skillstrata.policy.layers import NodeRules, ReadyPolicy, ReadySkill, ready
from skillstrata.policy.operations import Match, does
from skillstrata.policy.questions import CallQuestion
from skillstrata.policy.rules import ReadyRule, covers_program
from skillstrata.policy.taint import carried_out, is_host, shown_values, tainted_sink
from skillstrata.policy.words import SHELL
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Capability
from skillstrata.records.policies import Decision, Policy, Verdict

# Commands of the shell itself that neither run nor write anything.
_HARMLESS = frozenset({"cd", "pwd", "echo", "printf", "true", "false", "test", "[", ":", "exit", ""})
_NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})


@dataclass(frozen=True, slots=True)
class _Answer:
    verdict: Verdict
    rule: str
    layer: str
    why: str
    escalation: bool = False


def decide(question: CallQuestion, policy: Policy) -> Decision:
    """Decide one call.

    Raises:
        PolicyInvalid: The policy cannot be made ready; nothing may be called.
    """
    node = question.node
    if node is None:
        why = f"no tool is called {question.path!r}"
        return Decision(Verdict.DENY, Approval.EXEC_ESCALATION, "unknown_tool", "", why)
    prepared = ready(policy)
    approval = max(node.approval, question.least)
    if _unknowable(question, node):
        approval = Approval.EXEC_ESCALATION
    tainted = tainted_sink(question, approval)
    carried = carried_out(question, (layer.hosts for layer in prepared.layers if layer.hosts))
    if carried and not tainted:
        tainted = f"{node.name} would go to an address made of what a step gave"
    if tainted:
        approval = max(approval, Approval.DATA_EXPORT)
    shown = tuple(dict.fromkeys((*question.tainted, *carried)))
    answers = [
        *_beyond(question, node, prepared),
        *_by_layers(question, node, prepared),
        *_by_call(question, node, tainted, shown),
    ]
    best = _strictest(answers) if answers else _default(node, approval)
    if best.verdict is Verdict.ALLOW and question.least > node.approval:
        # A step that was raised by hand is not lowered by a rule about its tool.
        best = _Answer(Verdict.ASK, "raised", "skill", f"the step asks for {question.least.word}")
    key = "" if best.verdict is not Verdict.ASK else _key(question, node, policy)
    return Decision(best.verdict, approval, best.rule, best.layer, best.why, key, best.escalation)


def _strictest(answers: list[_Answer]) -> _Answer:
    best = max(answers, key=lambda one: (one.verdict, one.escalation))
    told = [one.why for one in answers if one.verdict is best.verdict and one.rule == "taint" and one is not best]
    # Whatever else asks, a person has to see what came from outside.
    return replace(best, why="\n".join([best.why, *told])) if told and best.verdict is Verdict.ASK else best


def _unknowable(question: CallQuestion, node: Capability) -> bool:
    """Say whether what a shell tool would do is only known when it does it."""
    runs = node.path == SHELL or "exec" in node.needs
    return runs and question.shell is not None and bool(question.shell.opaque)


def _key(question: CallQuestion, node: Capability, policy: Policy) -> str:
    return grant_key(f"{node.path}\0{node.definition}", question.arguments, question.cwd, policy.version)


def _default(node: Capability, approval: Approval) -> _Answer:
    if approval is Approval.NONE:
        return _Answer(Verdict.ALLOW, "default", "", f"{node.name} needs no consent")
    return _Answer(Verdict.ASK, "default", "", f"{node.name} needs {approval.word}")


def _by_call(question: CallQuestion, node: Capability, tainted: str, pointers: tuple[str, ...]) -> Iterator[_Answer]:
    """What the call itself demands, whatever rules allow."""
    if tainted:
        values = shown_values(question.arguments, pointers)
        yield _Answer(Verdict.ASK, "taint", "", f"{tainted}:\n{values}")
    if question.shell is not None and _unknowable(question, node):
        yield _Answer(Verdict.ASK, "unparsed", "", question.shell.opaque)


def _beyond(question: CallQuestion, node: Capability, policy: ReadyPolicy) -> Iterator[_Answer]:
    """What lies beyond the caller, its skills, or a layer's hosts and folders."""
    if question.allowed is not None and node.path not in question.allowed:
        yield _Answer(Verdict.DENY, "caller:allowed", "", f"the caller may not use {node.name}", escalation=True)
    if question.skills:
        for layer in policy.layers:
            for one in layer.skills:
                for skill in question.skills:
                    if one.is_of(skill):
                        yield from _by_skill(question, node, one, layer.name)
    if "" in question.files:
        yield _Answer(Verdict.DENY, "unreadable_path", "", "its path is none that a file can have")
    if question.hosts or question.files:
        for layer in policy.layers:
            yield from _by_places(question, layer.hosts, layer.roots, layer.name)


def _by_skill(question: CallQuestion, node: Capability, one: ReadySkill, layer: str) -> Iterator[_Answer]:
    if one.words is not None and not _within(question, node, one):
        said = ", ".join(word for word, _ in one.words)
        why = f"the skill {one.name} may use {said}, and this call goes beyond that"
        yield _Answer(Verdict.DENY, f"skill:{one.name}:allowed_tools", layer, why, escalation=True)
    if question.shell is None:
        return
    for text, operation in one.forbidden:
        hit = does(operation, question.shell)
        if hit is not Match.NO:
            verdict = Verdict.DENY if hit is Match.YES else Verdict.ASK
            why = f"{text!r} is forbidden for {one.name}" + ("" if hit is Match.YES else ", and this may do it")
            rule = f"skill:{one.name}:forbidden_operations:{text}"
            yield _Answer(verdict, rule, layer, why, escalation=hit is Match.YES)


def _within(question: CallQuestion, node: Capability, one: ReadySkill) -> bool:
    words = one.words or ()
    if any(meaning.has(node) for _, meaning in words):
        return True
    view = question.shell
    programs = frozenset(name for _, meaning in words for name in meaning.programs)
    if node.path != SHELL or view is None or view.opaque or not programs:
        return False
    writes = any("native/write_file" in meaning.tools for _, meaning in words)
    return any(c.program in programs for c in view.commands) and all(
        _stays(command, programs, writes=writes) for command in view.commands
    )


def _stays(command: SeenCommand, programs: frozenset[str], *, writes: bool) -> bool:
    if not writes and not _NOWHERE.issuperset(command.writes):
        return False
    if command.program in _HARMLESS:
        return not turns(command.sets) and not _sets_by_name(command)
    return not command.inner and covers_program(programs, command)


def _sets_by_name(command: SeenCommand) -> bool:
    """Say whether it is `printf -v NAME`, or may be."""
    return command.program == "printf" and any(word is None or word.startswith("-v") for word in command.words[1:2])


def _by_places(question: CallQuestion, hosts: tuple[str, ...], roots: tuple[str, ...], layer: str) -> Iterator[_Answer]:
    for host in question.hosts if hosts else ():
        if not any(is_host(host, one) for one in hosts):
            yield _Answer(Verdict.DENY, "allowed_hosts", layer, f"{host} is not among the allowed hosts")
    for file in question.files if roots else ():
        if not any(PurePosixPath(file).is_relative_to(root) for root in roots):
            yield _Answer(Verdict.DENY, "roots", layer, f"{file} lies outside {', '.join(roots)}")


def _by_layers(question: CallQuestion, node: Capability, policy: ReadyPolicy) -> Iterator[_Answer]:
    for one in policy.about(node):
        if one.rules:
            answer = _of_layer(question, one)
            if answer is not None:
                yield answer


def _of_layer(question: CallQuestion, about: NodeRules) -> _Answer | None:
    """Give the strictest answer of a layer's rules; None where none matches."""
    best: _Answer | None = None
    for rule in about.rules:
        hit = rule.matches(question)
        if hit is Match.NO:
            continue
        verdict = rule.verdict if hit is Match.YES else min(rule.verdict, Verdict.ASK)
        if best is None or verdict > best.verdict:
            best = _Answer(verdict, rule.id, about.layer.name, rule.why)
    if best is None and question.shell is not None and question.shell.commands and not question.shell.opaque:
        return _shared(question.shell.commands, about, question)
    return best


def _shared(commands: tuple[SeenCommand, ...], about: NodeRules, question: CallQuestion) -> _Answer | None:
    """Allow a text each of whose commands some rule of the layer allows."""
    used: list[ReadyRule] = []
    allowing = [rule for rule in about.rules if rule.verdict is Verdict.ALLOW and rule.is_of_commands]
    allowing = [rule for rule in allowing if rule.schema is None or rule.schema.is_valid(question.arguments)]
    for command in commands:
        rule = next((rule for rule in allowing if rule.covers(command)), None)
        if rule is None:
            return None
        used.append(rule)
    ids = ",".join(dict.fromkeys(rule.id for rule in used))
    return _Answer(Verdict.ALLOW, ids, about.layer.name, "every command of it is allowed")
