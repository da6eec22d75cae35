"""Skills of one name, and copies of one file.

In     skills of every source, an order of precedence
Out    which id each name means, which are copies of others, conflicts with their rule
Never  lets a skill of a server have or hide a name of any other source
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skillstrata.records.skills import Skill, SkillConflict, folded_name
from skillstrata.runtime.precedence import Precedence

Alike = Callable[[Skill, Skill], float]


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean. `aliases` lead from qualified names of copies to the copies, which are not listed."""

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
        every id that came in is in `skills`: a copy of a SKILL.md may have other files beside it.
    """
    whole = list(skills)
    kept, copies = _without_copies(whole, precedence)
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
    aliases: dict[str, str] = {}
    for winner, others in copies:
        aliases.update((folded(other.name), other.id) for other in others if folded(other.name) not in names)
        names.update((folded(other.name), winner.id) for other in others if folded(other.name) not in names)
        conflicts.append(_conflict(winner, others, "the same file, byte by byte", identical=True))
    return Names(
        tuple(sorted(whole, key=_id)),
        tuple(sorted(names.items())),
        tuple(sorted(conflicts, key=lambda one: (one.name, one.winner, one.identical))),
        tuple(sorted(aliases.items())),
    )


def _without_copies(skills: list[Skill], precedence: Precedence) -> tuple[list[Skill], list[tuple[Skill, list[Skill]]]]:
    """Give one of each set of files that are the same byte by byte and called the same, and the others of each set.

    Servers' skills stand for themselves alone.
    """
    same: defaultdict[tuple[str, str], list[Skill]] = defaultdict(list)
    kept: list[Skill] = []
    for skill in skills:
        if skill.source.kind == "mcp":
            kept.append(skill)
        else:
            same[skill.digest, folded(skill.id.rpartition("/")[2])].append(skill)
    copies: list[tuple[Skill, list[Skill]]] = []
    for group in same.values():
        if len(group) == 1:
            kept.append(group[0])
            continue
        group.sort(key=precedence.rank)
        kept.append(group[0])
        copies.append((group[0], group[1:]))
    return kept, copies


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
