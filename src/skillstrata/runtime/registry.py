"""Make one immutable registry of every skill that was found, and look skills up in it.

In     skills of every source, precedence, a resolver of needs
Out    Built: the registry, and how its needs were resolved
Never  reads a file; changes a registry
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skills import Registry, Skill, SkillConflict
from skillstrata.runtime.conflicts import Alike, folded, settle_names
from skillstrata.runtime.dependency_graph import Missing, Resolution, Resolver
from skillstrata.runtime.hidden_conflicts import hidden_conflicts
from skillstrata.runtime.precedence import Precedence, likeness

_NEAR = 3


class SkillNotFound(StrataError):
    """No skill has this name or id."""

    code: ClassVar[str] = "runtime.skill_not_found"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Built:
    """A registry, and the needs among its skills."""

    registry: Registry
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class RegistryBuilder:
    """Builds registries by one precedence and one resolver; `alike` compares two skills' texts where that decides."""

    precedence: Precedence
    resolver: Resolver
    alike: Alike | None = None

    def build(self, skills: Iterable[Skill], *, generation: int = 1, odd: tuple[Diagnostic, ...] = ()) -> Built:
        """Make a registry.

        Args:
            skills: Every skill that may be used; no id twice.
            generation: Its number.
            odd: What was odd about folders and files that are not in it.

        Raises:
            DependencyCycle: There is a circle of needs, and circles are to fail.
        """
        settled = settle_names(skills, self.precedence, self.alike or alike_by_words)
        found = self.resolver.resolve(settled.skills, settled.names)
        registry = Registry(
            generation=generation,
            skills=settled.skills,
            names=settled.names,
            conflicts=settled.conflicts,
            unavailable=found.unavailable,
            order=found.order,
            cycles=found.cycles,
            diagnostics=(
                *odd,
                *(_conflict_told(conflict) for conflict in settled.conflicts),
                *_resolution_told(found),
                *hidden_conflicts(_winners(settled.skills, settled.names)),
            ),
            aliases=settled.aliases,
        )
        return Built(registry, found)


def _winners(skills: tuple[Skill, ...], names: tuple[tuple[str, str], ...]) -> tuple[Skill, ...]:
    means = {skill_id for _, skill_id in names}
    return tuple(skill for skill in skills if skill.id in means)


def alike_by_words(one: Skill, other: Skill) -> float:
    """Compare two skills by what they say of themselves, where their bodies are not at hand."""
    if one.body_digest == other.body_digest:
        return 1.0
    return likeness(
        f"{one.frontmatter.description} {one.frontmatter.when_to_use}",
        f"{other.frontmatter.description} {other.frontmatter.when_to_use}",
    )


class Finder:
    """Looks skills up in one registry, by name, by qualified name, or by id."""

    def __init__(self, registry: Registry) -> None:
        """Make the tables of one registry."""
        self.registry = registry
        self._by_id = {skill.id: skill for skill in registry.skills}
        self._names = dict(registry.names)
        self._aliases = dict(registry.aliases)
        self._reasons = {one.skill_id: one.reason for one in registry.unavailable}

    def find(self, name: str) -> Skill:
        """Give the skill that a name means.

        Raises:
            SkillNotFound: None does.
        """
        found = self.get(name)
        if found is not None:
            return found
        near = difflib.get_close_matches(folded(name), list(self._names), n=_NEAR)
        raise SkillNotFound(
            f"no skill is called {name!r}",
            hint=f"did you mean {', '.join(near)}?" if near else "`skillstrata skills list` names them all",
        )

    def get(self, name: str) -> Skill | None:
        """Give the skill that a name means, or None."""
        by_id = self._by_id.get(name)
        if by_id is not None:
            return by_id
        means = folded(name)
        # A copy has the same text, and files beside it that need not be the same.
        return self._by_id.get(self._aliases.get(means) or self._names.get(means, ""))

    def reason(self, skill_id: str) -> str:
        """Say why a skill cannot be used now; "" where it can."""
        return self._reasons.get(skill_id, "")


def _conflict_told(conflict: SkillConflict) -> Diagnostic:
    losers = ", ".join(conflict.losers)
    if conflict.identical:
        return Diagnostic("duplicate_identical", "info", f"{conflict.winner} stands for the same file at {losers}")
    return Diagnostic("shadowed", "warning", f"{conflict.name}: {conflict.winner} before {losers} ({conflict.rule})")


def _resolution_told(found: Resolution) -> list[Diagnostic]:
    told = [_missing_told(lack) for lack in found.missing]
    told += [
        Diagnostic("dep_cycle", "warning", f"skills need each other in a circle: {' -> '.join(cycle)}")
        for cycle in found.cycles
    ]
    if found.timed_out:
        said = f"needs were not resolved within {found.elapsed_s * 1000:,.0f} ms; skills are offered without them"
        told.append(Diagnostic("resolution_timeout", "error", said))
    return told


def _missing_told(lack: Missing) -> Diagnostic:
    code = "dep_missing" if lack.reason.startswith("needs the skill") else "env_missing"
    return Diagnostic(code, "warning" if lack.hard else "info", f"{lack.skill_id} {lack.reason}")
