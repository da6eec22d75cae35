"""Layers of policy made ready: managed, user, project and what they say of each skill; they only intersect.

In     PolicyLayer records in the order managed, user, project; the tree, to find rules that can never match
Out    Policy with its version and warnings; ReadyPolicy, kept for each version
Never  lets a layer that nobody vouched for allow anything; takes an invalid layer for an empty one
"""

import fnmatch
import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field

from skillstrata.policy.operations import Operation, operation_named
from skillstrata.policy.reach import unreachable
from skillstrata.policy.rules import ReadyRule, check_examples, ready_rule, word_rule
from skillstrata.policy.words import WordMeaning, meaning_of
from skillstrata.ports.command_parser import CommandParser
from skillstrata.records.capabilities import Capability, CapabilityTree
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import Policy, PolicyLayer, Verdict

_MOST_VERSIONS = 8
_MOST_NODES = 20_000
# Whoever changes how rules are judged changes this, so that consents under the old judgement are void.
_SEMANTICS = "1"


@dataclass(frozen=True, slots=True)
class ReadySkill:
    """What one layer says of a skill. `words` are what it may use, None where the layer does not say."""

    name: str
    words: tuple[tuple[str, WordMeaning], ...] | None
    forbidden: tuple[tuple[str, Operation], ...]

    def is_of(self, skill: str) -> bool:
        """Say whether it is about a skill of this id: by the whole id or by the name at its end, as a glob."""
        return any(fnmatch.fnmatchcase(one, self.name) for one in (skill, skill.rpartition("/")[2]))


@dataclass(frozen=True, slots=True)
class ReadyLayer:
    """One layer made ready."""

    name: str
    rules: tuple[ReadyRule, ...]
    skills: tuple[ReadySkill, ...]
    hosts: tuple[str, ...]
    roots: tuple[str, ...]

    def about(self, node: Capability) -> "NodeRules":
        """Give what concerns one tool."""
        return NodeRules(self, tuple(rule for rule in self.rules if rule.is_about(node)))


@dataclass(frozen=True, slots=True)
class NodeRules:
    """The rules of a layer that are about one tool."""

    layer: ReadyLayer
    rules: tuple[ReadyRule, ...]


@dataclass(slots=True)
class ReadyPolicy:
    """A policy as calls are held against it; `about` remembers which rules concern a tool."""

    policy: Policy
    layers: tuple[ReadyLayer, ...]
    _known: dict[tuple[str, str, tuple[str, ...]], tuple[NodeRules, ...]] = field(
        default_factory=dict[tuple[str, str, tuple[str, ...]], tuple[NodeRules, ...]]
    )

    def about(self, node: Capability) -> tuple[NodeRules, ...]:
        """Give each layer's rules about one tool."""
        key = (node.path, node.name, node.aliases)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_NODES:
                self._known.clear()
            found = self._known[key] = tuple(layer.about(node) for layer in self.layers)
        return found


class _Shelf:
    """Ready policies by version, so that a call does not make its policy ready again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: OrderedDict[str, ReadyPolicy] = OrderedDict()

    def ready(self, policy: Policy) -> ReadyPolicy:
        kept = self._ready.get(policy.version)
        if kept is not None and (kept.policy is policy or kept.policy.layers == policy.layers):
            return kept
        made = ReadyPolicy(policy, tuple(_ready_layer(layer) for layer in policy.layers))
        with self._lock:
            self._ready[policy.version] = made
            while len(self._ready) > _MOST_VERSIONS:
                self._ready.popitem(last=False)
        return made


_SHELF = _Shelf()


def ready(policy: Policy) -> ReadyPolicy:
    """Give a policy made ready, the same one for the same layers.

    Raises:
        PolicyInvalid: A rule cannot be made ready.
    """
    return _SHELF.ready(policy)


def policy_of(layers: tuple[PolicyLayer, ...], tree: CapabilityTree, parser: CommandParser) -> Policy:
    """Put layers together, having made each ready once and looked for rules that can never match.

    Raises:
        PolicyInvalid: A rule, an example or a word is wrong; nothing may be called until it is mended.
    """
    faults: list[str] = []
    for layer in layers:
        _ready_layer(layer)
        for rule in layer.rules:
            check_examples(rule, layer, parser)
        faults += unreachable(layer, tree)
        if not layer.trusted and (layer.default_allow or any(one.verdict is Verdict.ALLOW for one in layer.rules)):
            faults.append(f"{layer.path or layer.name}: nobody vouched for it, what it allows is left out")
    return Policy(layers, version_of(layers), tuple(faults))


def version_of(layers: tuple[PolicyLayer, ...]) -> str:
    """Give the digest of all that layers say; examples, lines and places do not count."""
    said = [asdict(layer) | {"path": "", "digest": ""} for layer in layers]
    text = json.dumps([_SEMANTICS, said], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _ready_layer(layer: PolicyLayer) -> ReadyLayer:
    rules = [ready_rule(rule, layer) for rule in layer.rules]
    rules += [word_rule(word, Verdict.ASK) for word in layer.require_approval]
    rules += [word_rule(word, Verdict.ALLOW) for word in layer.default_allow]
    if not layer.trusted:
        rules = [rule for rule in rules if rule.verdict is not Verdict.ALLOW]
    skills = tuple(_ready_skill(one, layer) for one in layer.permissions)
    hosts = tuple(host.casefold() for host in layer.allowed_hosts)
    return ReadyLayer(layer.name, tuple(rules), skills, hosts, layer.roots)


def _ready_skill(one: SkillPermissions, layer: PolicyLayer) -> ReadySkill:
    words = tuple((word, meaning_of(word)) for word in one.allowed_tools) or None
    forbidden: list[tuple[str, Operation]] = []
    for text in one.forbidden_operations:
        operation = operation_named(text)
        if operation is None:
            raise PolicyInvalid(
                f"{layer.path or layer.name}: {one.skill}: the forbidden operation {text!r} is not one command",
                hint='name a program with its flags and words, such as "rm -rf"',
            )
        forbidden.append((text, operation))
    return ReadySkill(one.skill, words, tuple(forbidden))
