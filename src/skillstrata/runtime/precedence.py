"""Which of several skills of one name is meant: a profile's order of sources.

In     a profile, the sources' kinds and priorities
Out    a rank for each skill, the smallest wins, and the sentence of the rule
Why    clients contradict each other (personal over project, project over personal): the order is a choice
"""

from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.records.skills import Skill, SkillSource

PROFILES = ("claude-code", "open", "seed")
# Kinds, the strongest first. What an organisation manages is above what its people choose, in every profile.
_ORDERS: dict[str, tuple[str, ...]] = {
    "claude-code": ("managed", "user", "project", "nested", "extra", "library", "plugin", "builtin", "agents"),
    "open": ("managed", "project", "nested", "extra", "user", "library", "plugin", "builtin", "agents"),
    "seed": ("managed", "user", "project", "nested", "extra", "plugin", "library", "builtin", "agents"),
}
SEED_PRIORITIES = {"user": 100, "project": 80, "nested": 80, "extra": 70, "plugin": 60, "library": 50, "builtin": 40}
_MANAGED = 1_000_000

Rank = tuple[int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Precedence:
    """An order of sources.

    `numbered` says that sources have the numbers of a loader's configuration, for the profile `seed`; elsewhere one has
    the number of its kind. `threshold` is how like the winner a project's skill must be to take its place.
    """

    profile: str = "claude-code"
    numbered: bool = False
    threshold: float = 0.8

    def rank(self, skill: Skill) -> Rank:
        """Place a skill: the smallest wins; no two are equal."""
        source = skill.source
        # A skill goes before a command of its name, wherever the two lie.
        command = 1 if source.kind == "command" else 0
        return (command, self._level(source), -source.priority, source.label, skill.path)

    def rule(self, winner: Skill, loser: Skill) -> str:
        """Say why one goes before the other."""
        one, other = winner.source, loser.source
        if (one.kind == "command") != (other.kind == "command"):
            return f"{self.profile}: a skill before a command"
        if self._level(one) != self._level(other):
            if self.profile == "seed":
                return f"seed: priority {self._number(one)} before {self._number(other)}"
            return f"{self.profile}: {one.kind} before {other.kind}"
        if one.priority != other.priority:
            return f"{self.profile}: the nearest definition"
        return f"{self.profile}: the first by path"

    def winner(self, skills: list[Skill], alike: Callable[[Skill, Skill], float]) -> tuple[Skill, str]:
        """Choose among skills of one name, and say by which rule.

        `alike` tells how much of two skills' text is the same, 0 to 1; it is only asked where that decides.
        """
        ordered = sorted(skills, key=self.rank)
        first = ordered[0]
        if self.profile == "seed" and first.source.kind not in {"project", "nested", "managed"}:
            for other in ordered[1:]:
                if other.source.kind in {"project", "nested"} and first.source.kind != "command":
                    share = alike(first, other)
                    if share >= self.threshold:
                        return other, f"seed: the project's own, {share:.0%} like the one it overrides"
        return first, self.rule(first, ordered[1]) if len(ordered) > 1 else ""

    def _level(self, source: SkillSource) -> int:
        if self.profile == "seed":
            return -self._number(source)
        order = _ORDERS[self.profile]
        kind = "project" if source.kind == "command" else source.kind
        return order.index(kind) if kind in order else len(order)

    def _number(self, source: SkillSource) -> int:
        if source.kind == "managed":
            return _MANAGED
        by_kind = SEED_PRIORITIES.get(source.kind, 0)
        return (source.priority or by_kind) if self.numbered else by_kind


def likeness(one: str, other: str) -> float:
    """Say how much of two texts is the same, 0 to 1: pairs of words that both have, in time linear in their length."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return 1.0 if first == second else 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(text: str) -> set[tuple[str, str]]:
    words = text.casefold().split()
    return set(zip(words, words[1:] or words, strict=False))
