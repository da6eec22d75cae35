"""Files beside the skills that clients called: whether they changed since.

In     skills as they are called
Out    the ids of those beside which files came, changed or went
Never  looks at skills that nobody called: of their files nobody knows anything that could be wrong
Why    a look at every file of thousands of folders would cost more than all the rest of a look
"""

import threading
from pathlib import Path

from skillstrata.ports.skill_resources import SkillResources
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import Skill

_MOST_FILES = 512
_MOST_SKILLS = 64
_NO_FOLDER = frozenset({"command", "agents"})
_Stamps = tuple[tuple[str, int, int], ...]


class CalledFiles:
    """The files of the skills that were called last. Every method may be called from any thread."""

    def __init__(self, resources: SkillResources) -> None:
        """Start with none."""
        self._resources = resources
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, _Stamps]] = {}

    def note(self, skill: Skill) -> None:
        """Remember the files of a skill as they are now, unless they are remembered already."""
        if skill.source.kind == "mcp" or skill.source.kind in _NO_FOLDER:
            return
        with self._lock:
            if skill.id in self._known:
                self._known[skill.id] = self._known.pop(skill.id)
                return
        stamps = self._stamps(skill.path)
        with self._lock:
            self._known[skill.id] = (skill.path, stamps)
            while len(self._known) > _MOST_SKILLS:
                del self._known[next(iter(self._known))]

    def changed(self) -> tuple[str, ...]:
        """Give the ids of skills whose files changed since the last question."""
        with self._lock:
            known = dict(self._known)
        fresh = {one: (path, self._stamps(path)) for one, (path, _) in known.items()}
        changed = tuple(sorted(one for one, stamps in fresh.items() if stamps != known[one]))
        with self._lock:
            self._known.update((one, fresh[one]) for one in changed if one in self._known)
        return changed

    def _stamps(self, page: str) -> _Stamps:
        try:
            listed = self._resources.listing(str(Path(page).parent), most=_MOST_FILES)
        except FileUnreadable:
            return ()
        # The SKILL.md itself is looked at with all others.
        name = Path(page).name
        return tuple((one.path, one.size, one.changed_ns) for one in listed if one.path != name)
