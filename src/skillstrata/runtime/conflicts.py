"""Skills of one name, copies of one file, and skills that quietly work on the same things.

In     skills of every source, an order of precedence
Out    which id each name means, what was left out as a copy, conflicts with their rule, warnings
Never  lets a skill of a server have or hide a name of any other source
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import Skill, SkillConflict, folded_name
from skillstrata.runtime.precedence import Precedence

_WRITES = ("Write(", "Edit(", "MultiEdit(", "NotebookEdit(")
_OUTPUT_KEYS = frozenset({"outputs", "output", "produces", "writes"})
_MOST_NAMED = 5

Alike = Callable[[Skill, Skill], float]


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean. `skills` are those that stay; `aliases` lead from copies to them."""

    skills: tuple[Skill, ...]
    names: tuple[tuple[str, str], ...]
    conflicts: tuple[SkillConflict, ...]
    aliases: tuple[tuple[str, str], ...]


def folded(name: str) -> str:
    """Give the form under which names are the same; the short way for plain ASCII."""
    return name.strip().lower() if name.isascii() else folded_name(name)


def settle_names(skills: Iterable[Skill], precedence: Precedence, alike: Alike) -> Names:
    """Say which skill each name means.

    Shapes:
        every id that came in is in `skills` or leads there by `aliases`.
    """
    kept, aliases, copies = _without_copies(list(skills), precedence)
    groups: defaultdict[str, list[Skill]] = defaultdict(list)
    short: defaultdict[str, list[Skill]] = defaultdict(list)
    for skill in kept:
        groups[folded(skill.name)].append(skill)
        if skill.source.prefix and skill.source.kind != "mcp":
            short[folded(skill.id.rpartition("/")[2])].append(skill)
    names: dict[str, str] = {}
    conflicts: list[SkillConflict] = []
    for name, group in groups.items():
        if len(group) == 1:
            names[name] = group[0].id
            continue
        winner, rule = _winner(group, precedence, alike)
        names[name] = winner.id
        conflicts.append(_conflict(winner, [s for s in group if s is not winner], rule, identical=False))
    for name, group in short.items():
        # A plugin's skill is reached by its last part where nothing else is called so.
        if name not in names and len(group) == 1:
            names[name] = group[0].id
    for winner, others in copies:
        names.update((folded(other.name), winner.id) for other in others if folded(other.name) not in names)
        conflicts.append(_conflict(winner, others, "the same file, byte by byte", identical=True))
    return Names(
        tuple(sorted(kept, key=_id)),
        tuple(sorted(names.items())),
        tuple(sorted(conflicts, key=lambda one: (one.name, one.winner, one.identical))),
        tuple(sorted(aliases.items())),
    )


def hidden_conflicts(skills: Iterable[Skill]) -> tuple[Diagnostic, ...]:
    """Warn of skills that may write the same files or say that they make the same outputs."""
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for skill in skills:
        front = skill.frontmatter
        for tool in front.allowed_tools:
            if tool.startswith(_WRITES):
                holders[tool].append(skill.id)
        for key, value in (*front.metadata, *front.unknown):
            if key.lower() in _OUTPUT_KEYS and value not in {"", "null", '""', "[]", "{}"}:
                holders[f"the output {value.strip(chr(34))}"].append(skill.id)
    found: list[Diagnostic] = []
    for scope, ids in sorted(holders.items()):
        if len(ids) > 1:
            named = ", ".join(sorted(ids)[:_MOST_NAMED]) + (" …" if len(ids) > _MOST_NAMED else "")
            found.append(Diagnostic("scope_shared", "warning", f"{len(ids)} skills share {scope}: {named}"))
    return tuple(found)


def _without_copies(
    skills: list[Skill], precedence: Precedence
) -> tuple[list[Skill], dict[str, str], list[tuple[Skill, list[Skill]]]]:
    """Leave one of each set of files that are the same byte by byte and called the same; servers' skills all stay."""
    same: defaultdict[tuple[str, str], list[Skill]] = defaultdict(list)
    kept: list[Skill] = []
    for skill in skills:
        if skill.source.kind == "mcp":
            kept.append(skill)
        else:
            same[skill.digest, folded(skill.id.rpartition("/")[2])].append(skill)
    aliases: dict[str, str] = {}
    copies: list[tuple[Skill, list[Skill]]] = []
    for group in same.values():
        if len(group) == 1:
            kept.append(group[0])
            continue
        group.sort(key=precedence.rank)
        kept.append(group[0])
        aliases.update((other.id, group[0].id) for other in group[1:])
        copies.append((group[0], group[1:]))
    return kept, aliases, copies


def _winner(group: list[Skill], precedence: Precedence, alike: Alike) -> tuple[Skill, str]:
    local = [skill for skill in group if skill.source.kind != "mcp"]
    if local and len(local) < len(group):
        winner, _ = precedence.winner(local, alike)
        return winner, "a server's skill never takes another's name"
    return precedence.winner(group, alike)


def _conflict(winner: Skill, losers: list[Skill], rule: str, *, identical: bool) -> SkillConflict:
    return SkillConflict(
        name=winner.name,
        winner=winner.id,
        losers=tuple(skill.id for skill in losers),
        rule=rule,
        identical=identical,
        digests=tuple((skill.id, skill.digest) for skill in (winner, *losers)),
    )


def _id(skill: Skill) -> str:
    return skill.id
