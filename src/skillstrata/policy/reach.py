"""Rules that can never match anything: a wrong name in a rule is a door that its author thinks is shut.

In     the layers, the tree as it is
Out    warnings where a tool may still come (servers, library, skills); PolicyInvalid for a name that nothing will have
"""

import json

from jsonschema_rs import canonical, canonicalize

from skillstrata.policy.globs import is_pattern, means, names_of
from skillstrata.policy.words import SHELL, meaning_of
from skillstrata.records.capabilities import CapabilityTree
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.policies import PolicyLayer, PolicyRule

# Tools below these come and go with servers, the library and skills.
_COMING = ("mcp:", "mcp/", "skill_", "composed/", "distilled/")


def unreachable(layer: PolicyLayer, tree: CapabilityTree) -> tuple[str, ...]:
    """Give a warning for each rule and word of a layer that means no tool now and may mean one later.

    Raises:
        PolicyInvalid: One can never mean a tool.
    """
    warnings: list[str] = []
    for rule in layer.rules:
        warnings += _of_rule(rule, layer, tree)
    for name, words in (("default_allow", layer.default_allow), ("require_approval", layer.require_approval)):
        for word in words:
            warnings += _of_globs(meaning_of(word).tools, f"{layer.path or layer.name}: {name}: {word!r}", tree)
    for one in layer.permissions:
        for word in one.allowed_tools:
            if _missing(meaning_of(word).tools, tree):
                warnings.append(f"{layer.path or layer.name}: {one.skill}: no tool is called {word!r}")
    return tuple(warnings)


def _of_rule(rule: PolicyRule, layer: PolicyLayer, tree: CapabilityTree) -> list[str]:
    where = f"{layer.path or layer.name}{f':{rule.line}' if rule.line else ''}: the rule {rule.id!r}"
    warnings = _of_globs((rule.tool,), where, tree)
    meant = [node for node in tree.nodes if means(rule.tool, names_of(node))]
    if rule.command and meant and all(node.path != SHELL and node.kind != "mcp" for node in meant):
        raise PolicyInvalid(f"{where}: {rule.tool!r} runs no commands", hint="a rule with `command` is about bash")
    if rule.arguments and meant and all(_never(rule.arguments, node.input_schema) for node in meant):
        raise PolicyInvalid(
            f"{where}: no arguments that {rule.tool!r} takes fit its schema",
            hint="compare it with `skillstrata tools show`",
        )
    return warnings


def _of_globs(globs: tuple[str, ...], where: str, tree: CapabilityTree) -> list[str]:
    if not globs or not _missing(globs, tree):
        return []
    glob = globs[0]
    if glob.startswith(_COMING) and not _gone_from_server(glob, tree):
        return [f"{where} matches no tool now: {glob!r}"]
    raise PolicyInvalid(
        f"{where} can never match: no tool is called {glob!r}",
        hint="see `skillstrata tools list`; a tool that may still come is written mcp:…, distilled/… or skill_…",
    )


def _gone_from_server(glob: str, tree: CapabilityTree) -> bool:
    """Say whether a name is one of a server that is known, here and has no such tool."""
    server = glob.removeprefix("mcp:").removeprefix("mcp/").partition("/")[0]
    if not glob.startswith(("mcp:", "mcp/")) or is_pattern(server):
        return False
    theirs = [node for node in tree.nodes if node.server == server]
    return bool(theirs) and all(node.available for node in theirs)


def _missing(globs: tuple[str, ...], tree: CapabilityTree) -> bool:
    return bool(globs) and not any(means(glob, names_of(node)) for node in tree.nodes for glob in globs)


def _never(schema: str, input_schema: str) -> bool:
    """Say whether certainly no arguments fit both."""
    try:
        ours = canonicalize(json.loads(schema), offline=True)
        theirs = canonicalize(json.loads(input_schema or "{}"), offline=True)
        return ours.intersect(theirs).satisfiability() == canonical.Satisfiability.NO
    except ValueError:
        # A schema that the checker does not understand proves nothing.
        return False
