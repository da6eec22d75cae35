"""Which of the projects that show the same are projects of their own, and which may be one that was moved.

In     SessionWork of all projects
Out    the projects that count
Never  counts a project whose folder is gone beside one that is there: it may be that one, under its former name
Why    what two projects show becomes the user's; a project that was renamed, or a removed worktree, is no second
"""

from dataclasses import dataclass, field
from itertools import combinations

from skillstrata.records.session_work import SessionWork


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of projects: those whose folder is gone, and from when to when each was worked in."""

    gone: frozenset[str] = frozenset()
    spans: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def counted(self, projects: tuple[str, ...]) -> tuple[str, ...]:
        """Give those that count as projects of their own, at least one.

        Where all are gone, as in a history of another machine, they do if they were worked in by turns.
        """
        here = tuple(project for project in projects if project not in self.gone)
        if here or len(projects) == 1:
            return here or projects
        if any(self._by_turns(one, other) for one, other in combinations(projects, 2)):
            return projects
        return (max(projects, key=lambda project: (self.spans.get(project, (0.0, 0.0))[1], project)),)

    def _by_turns(self, one: str, other: str) -> bool:
        nothing = (0.0, 0.0)
        (begins, ends), (other_begins, other_ends) = self.spans.get(one, nothing), self.spans.get(other, nothing)
        return begins < other_ends and other_begins < ends


def places_of(works: tuple[SessionWork, ...]) -> Places:
    """Read what is known of the projects of these sessions; sessions without events say nothing."""
    spans: dict[str, tuple[float, float]] = {}
    for work in works:
        for event in work.events:
            begins, ends = spans.get(work.project, (event.at_s, event.at_s))
            spans[work.project] = (min(begins, event.at_s), max(ends, event.at_s))
    return Places(frozenset(work.project for work in works if work.is_gone), spans)
