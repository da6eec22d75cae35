"""Whether a new skill would take requests from those that are there.

In     the new skill with its body, and the index of the others
Out    the skills that would lose requests, the hardest hit first
Never  leaves the new skill in the index; asks a model
Why    two skills that say the same cost each other requests, and nobody sees it: better a warning at install. What
       users ask is not known yet, so each skill is asked for in the words of its own description
"""

import re

from skillstrata.records.routes import Shadow
from skillstrata.records.skills import Registry, Skill
from skillstrata.runtime.compaction import compact, one_line
from skillstrata.runtime.routing_index import BodyOf, RoutingIndex

_NEIGHBOURS = 20
_MOST_PROBES = 8
_SHORTEST_PROBE = 12
_EXAMPLES = 3
_PIECES = re.compile(r"(?<=[.!?;])\s+|\s[—\u2013]\s|[。;]|,\s+(?=or\s)")


def shadows(new: Skill, registry: Registry, body_of: BodyOf, index: RoutingIndex | None = None) -> tuple[Shadow, ...]:
    """Say which skills a new one would take requests from.

    Args:
        new: The skill that is to be installed; where its id is in the registry, it is the next version of that one.
        registry: The skills that are there.
        body_of: Gives the body of any of them and of the new one.
        index: An index that follows the registry; None makes one.

    Returns:
        Skills that lose at least one of the requests that their own descriptions make.
    """
    if index is None:
        index = RoutingIndex()
        index.sync(registry, body_of)
    known = {skill.id: skill for skill in registry.skills}
    near = index.route(f"{new.name} {_described(new)}", limit=_NEIGHBOURS)
    others = [known[c.skill_id] for c in near.candidates if c.skill_id in known and c.skill_id != new.id]
    asked = {skill.id: _found_now(skill, index, new.id) for skill in others}
    # The others are asked first: they and the new one are then compared in an index that differs in one skill only.
    before = known.get(new.id)
    index.add(new, body_of(new))
    try:
        found = [_shadow(skill_id, probes, index, new.id) for skill_id, probes in asked.items()]
    finally:
        if before is None:
            index.remove(new.id)
        else:
            index.add(before, body_of(before))
    return tuple(sorted((s for s in found if s.stolen), key=lambda s: (-s.share, -s.stolen, s.skill_id)))


def _shadow(skill_id: str, probes: list[str], index: RoutingIndex, new_id: str) -> Shadow:
    stolen = [probe for probe in probes if _first(index, probe) == new_id]
    return Shadow(skill_id, len(probes), len(stolen), tuple(stolen[:_EXAMPLES]))


def _found_now(skill: Skill, index: RoutingIndex, new_id: str) -> list[str]:
    """Give the requests in a skill's own words that lead to it as things are."""
    return [probe for probe in _probes(skill) if _first(index, probe) in (skill.id, new_id)]


def _probes(skill: Skill) -> list[str]:
    whole = one_line(_described(skill))
    pieces = [piece.strip() for piece in _PIECES.split(whole)]
    told = [piece for piece in (compact(whole), *pieces) if len(piece) >= _SHORTEST_PROBE]
    return list(dict.fromkeys(told))[:_MOST_PROBES]


def _first(index: RoutingIndex, query: str) -> str:
    candidates = index.route(query, limit=1).candidates
    return candidates[0].skill_id if candidates else ""


def _described(skill: Skill) -> str:
    return f"{skill.frontmatter.description} {skill.frontmatter.when_to_use}"
