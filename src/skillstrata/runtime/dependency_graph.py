"""What skills need of each other and of the machine: an order, circles with their path, and who must wait.

In     skills, what their names mean, what the machine has
Out    Resolution: ids so that what is needed comes first; edges; cycles; missing; unavailable with the reason
Never  takes a "see also" for a need: such edges may run in circles and order nothing
Why    over the deadline it gives up on needs as a whole, which is plain to see, rather than on some of them
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from skillstrata.ports.host_facts import HostFacts
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skills import Requirement, Skill, Unavailable
from skillstrata.runtime.conflicts import folded
from skillstrata.runtime.requirements import said, satisfies, unclear, unmet

WARN_AND_SORT, FAIL_FAST = "warn_and_sort", "fail_fast"
_LOOK_EVERY = 256
# A reason names what it goes back to; along a chain of thousands it does not.
_LONG_REASON = 400
_NOT_APPROVED = "nobody approved what the server {} offers here, as it is now: `skills approve`"


class DependencyCycle(StrataError):
    """Skills that need each other in a circle, where the setting skills.on_cycle is fail_fast."""

    code: ClassVar[str] = "runtime.dependency_cycle"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


@dataclass(frozen=True, slots=True)
class Edge:
    """One skill needs another (`hard`), or only points to it."""

    needs: str
    needed: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that a skill asks for and that is not there; `hard` ones make it unavailable."""

    skill_id: str
    names: tuple[str, ...]
    reason: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result. `timed_out`: the order is by id, and nothing that needs another skill was checked."""

    order: tuple[str, ...]
    edges: tuple[Edge, ...] = ()
    cycles: tuple[tuple[str, ...], ...] = ()
    missing: tuple[Missing, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    elapsed_s: float = 0.0
    timed_out: bool = False


class _TimeOver(Exception):
    """The deadline passed."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """How needs are resolved. `clock` counts seconds for the deadline."""

    facts: HostFacts
    timeout_s: float = 5.0
    on_cycle: str = WARN_AND_SORT
    clock: Callable[[], float] = time.perf_counter

    def resolve(self, skills: Iterable[Skill], names: Iterable[tuple[str, str]]) -> Resolution:
        """Order skills by their needs.

        Raises:
            DependencyCycle: There is a circle, and circles are to fail.
        """
        began = self.clock()
        by_id = {skill.id: skill for skill in skills}
        run = _Run(by_id, dict(names), self.facts, began + self.timeout_s, self.clock)
        try:
            run.link()
            run.choose()
            groups = _components(by_id, run.needs, run.check_time)
        except _TimeOver:
            took = self.clock() - began
            barred = tuple(Unavailable(one, reason) for one, reason in sorted(_unapproved(by_id).items()))
            return Resolution(tuple(sorted(by_id)), unavailable=barred, elapsed_s=took, timed_out=True)
        cycles = tuple(sorted(_circle(group, run.needs) for group in groups if _is_circle(group, run.needs)))
        if cycles and self.on_cycle == FAIL_FAST:
            raise DependencyCycle(
                f"skills need each other in a circle: {' -> '.join(cycles[0])}",
                hint="take one of these requirements out, or set skills.on_cycle to warn_and_sort",
            )
        order = tuple(one for group in groups for one in group)
        return Resolution(
            order=order,
            edges=(*run.hard_edges(order), *run.soft),
            cycles=cycles,
            missing=tuple(run.missing),
            unavailable=run.unavailable,
            elapsed_s=self.clock() - began,
        )


class _Run:
    """One resolution."""

    def __init__(
        self,
        skills: dict[str, Skill],
        names: dict[str, str],
        facts: HostFacts,
        until: float,
        clock: Callable[[], float],
    ) -> None:
        self._skills = skills
        self._names = names
        self._facts = facts
        self._until = until
        self._clock = clock
        self._steps = 0
        self.needs: dict[str, list[str]] = {}
        self.soft: list[Edge] = []
        self.missing: list[Missing] = []
        self._choices: dict[str, list[tuple[str, ...]]] = {}
        self._reasons: dict[str, str] = {}

    @property
    def unavailable(self) -> tuple[Unavailable, ...]:
        """Say who cannot be used: what lacks something, and what needs such a one."""
        return tuple(Unavailable(one, self._reasons[one]) for one in sorted(self._reasons))

    def check_time(self) -> None:
        """Give up where the deadline passed; the clock is asked now and then."""
        self._steps += 1
        if self._steps % _LOOK_EVERY == 1 and self._clock() > self._until:
            raise _TimeOver

    def link(self) -> None:
        """Find what would meet every need of every skill."""
        for skill_id in sorted(self._skills):
            self.check_time()
            skill = self._skills[skill_id]
            self._choices[skill_id] = [found for want in skill.requirements if (found := self._met(skill, want))]
            for name in skill.related:
                found = self._find(skill, name)
                if found and found != skill_id:
                    self.soft.append(Edge(skill_id, found, hard=False))

    def choose(self) -> None:
        """Find who cannot be used, then take for each need the first skill that can, or the first one."""
        self._spread()
        for skill_id, choices in self._choices.items():
            self.needs[skill_id] = sorted({self._first(found) for found in choices})

    def _first(self, found: tuple[str, ...]) -> str:
        if len(found) == 1 or not self._reasons:
            return found[0]
        return next((one for one in found if one not in self._reasons), found[0])

    def _spread(self) -> None:
        """Let what lacks something make all unavailable that has no other choice; each skill is looked at once."""
        self._reasons = {lack.skill_id: lack.reason for lack in reversed(self.missing) if lack.hard}
        self._reasons |= _unapproved(self._skills)
        if not self._reasons:
            return
        users: dict[str, list[str]] = {}
        for skill_id, choices in self._choices.items():
            for one in {one for found in choices for one in found}:
                users.setdefault(one, []).append(skill_id)
        waiting = deque(sorted(self._reasons))
        while waiting:
            self.check_time()
            for user in users.get(waiting.popleft(), ()):
                lost = next((found for found in self._choices[user] if self._is_lost(found)), None)
                if lost is not None and user not in self._reasons:
                    self._reasons[user] = self._why(lost)
                    waiting.append(user)

    def _is_lost(self, choice: tuple[str, ...]) -> bool:
        return all(one in self._reasons for one in choice)

    def _why(self, lost: tuple[str, ...]) -> str:
        are = "which is unavailable" if len(lost) == 1 else "which are all unavailable"
        why = self._reasons[lost[0]]
        return f"needs {' or '.join(lost)}, {are}" + (f": {why}" if len(why) <= _LONG_REASON else "")

    def _met(self, skill: Skill, want: Requirement) -> tuple[str, ...]:
        """Give the ids of which each meets a need for a skill; () for other needs and where nothing does."""
        reason = unclear(want) or (unmet(want, self._facts) if want.kind != "skill" else "")
        if reason or want.kind != "skill":
            self._lacks(skill, want, reason)
            return ()
        there = [(found, versions) for name, versions in want.choices if (found := self._find(skill, name))]
        fitting = [one for one, versions in there if satisfies(self._skills[one].frontmatter.version, versions)]
        if fitting:
            if want.hard:
                return tuple(dict.fromkeys(fitting))
            self.soft.append(Edge(skill.id, fitting[0], hard=False))
            return ()
        have = ", ".join(f"{one} {self._skills[one].frontmatter.version or 'without a version'}" for one, _ in there)
        self._lacks(
            skill,
            want,
            f"needs the skill {said(want)}, " + (f"and there is only {have}" if there else "which is not there"),
        )
        return ()

    def _lacks(self, skill: Skill, want: Requirement, reason: str) -> None:
        if reason:
            self.missing.append(Missing(skill.id, want.any_of, reason, want.hard))

    def _find(self, skill: Skill, name: str) -> str:
        """Find a skill by name: beside the one that asks first, then anywhere, then by its id."""
        beside = f"{skill.source.label}/{name}"
        if beside in self._skills:
            return beside
        found = self._names.get(folded(name), "")
        if found.startswith("mcp:") and not skill.id.startswith(found.partition("/")[0] + "/"):
            # A local skill must not come to need a server's because of a name.
            return ""
        return found if found in self._skills else (name if name in self._skills else "")

    def hard_edges(self, order: tuple[str, ...]) -> list[Edge]:
        """Give every need, in the order of the skills."""
        return [Edge(one, needed) for one in order for needed in self.needs[one]]


def _unapproved(skills: dict[str, Skill]) -> dict[str, str]:
    return {one: _NOT_APPROVED.format(skill.source.prefix) for one, skill in skills.items() if not skill.approved}


def _components(
    skills: dict[str, Skill], needs: dict[str, list[str]], check_time: Callable[[], None]
) -> list[list[str]]:
    """Group skills that need each other, each group after all that it needs (Tarjan's algorithm, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    waiting: set[str] = set()
    groups: list[list[str]] = []
    for start in sorted(skills):
        if start in index:
            continue
        work = [(start, iter(needs[start]))]
        index[start] = low[start] = len(index)
        path.append(start)
        waiting.add(start)
        while work:
            node, rest = work[-1]
            check_time()
            following = next((one for one in rest if one not in index or one in waiting), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    groups.append(_popped(node, path, waiting))
            elif following in index:
                low[node] = min(low[node], index[following])
            else:
                index[following] = low[following] = len(index)
                path.append(following)
                waiting.add(following)
                work.append((following, iter(needs[following])))
    return groups


def _popped(node: str, path: list[str], waiting: set[str]) -> list[str]:
    at = path.index(node) if path[-1] != node else len(path) - 1
    group = path[at:]
    del path[at:]
    waiting.difference_update(group)
    # In a circle there is no right order: by name, as anybody would look for it.
    return sorted(group)


def _is_circle(group: list[str], needs: dict[str, list[str]]) -> bool:
    return len(group) > 1 or group[0] in needs[group[0]]


def _circle(group: list[str], needs: dict[str, list[str]]) -> tuple[str, ...]:
    """Give a shortest way round from the group's first skill back to it."""
    inside, start = set(group), group[0]
    came: dict[str, str] = {}
    ring = [start]
    while ring and start not in came:
        following: list[str] = []
        for one in ring:
            for needed in needs[one]:
                if needed in inside and needed not in came:
                    came[needed] = one
                    following.append(needed)
        ring = following
    way = [start]
    at = came[start]
    while at != start:
        way.append(at)
        at = came[at]
    return (start, *reversed(way[1:]), start)
