"""Earlier versions of skills, how calls with the present one end, and how often each was taken back.

In     versions that were replaced, outcomes
Out    the version to go back to; whether a version fails too often
Never  holds a version to account for what another one did
"""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skills import Skill

_MOST_COUNTED = 8


class NothingToRollBack(StrataError):
    """A skill of which no earlier version is known."""

    code: ClassVar[str] = "runtime.nothing_to_roll_back"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class RollbacksSpent(StrataError):
    """A skill that was taken back as often as is allowed: a person has to look."""

    code: ClassVar[str] = "runtime.rollbacks_spent"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class VersionHistory:
    """The versions before; not safe for threads by itself."""

    def __init__(self, max_rollbacks: int, failure_rate: float, least_calls: int) -> None:
        """Remember as many versions as one may go back."""
        self._most = max_rollbacks
        self._rate = failure_rate
        self._least = least_calls
        self._earlier: dict[str, list[Skill]] = {}
        self._refused: dict[str, set[str]] = {}
        self._spent: dict[str, int] = {}
        self._calls: dict[str, dict[str, tuple[int, int]]] = {}

    @property
    def spent(self) -> tuple[tuple[str, int], ...]:
        """Give how often each skill was taken back."""
        return tuple(sorted(self._spent.items()))

    def remember(self, skill_id: str, earlier: Skill) -> None:
        """Keep a version that was replaced."""
        versions = self._earlier.setdefault(skill_id, [])
        versions.append(earlier)
        del versions[: -max(1, self._most)]
        # The file changed again, so what was refused before is history.
        self._refused.pop(skill_id, None)

    def forget(self, skill_id: str) -> None:
        """Let a removed skill's versions go."""
        for table in (self._earlier, self._refused, self._spent, self._calls):
            table.pop(skill_id, None)

    def is_refused(self, skill_id: str, digest: str) -> bool:
        """Say whether this version was taken back."""
        return digest in self._refused.get(skill_id, ())

    def step_back(self, skill: Skill) -> Skill:
        """Give the version before, and refuse the present one from now on.

        Raises:
            NothingToRollBack: No earlier version is known.
            RollbacksSpent: It was taken back as often as is allowed.
        """
        if self._spent.get(skill.id, 0) >= self._most:
            raise RollbacksSpent(
                f"{skill.id} was taken back {self._most} times already",
                hint=f"look at {skill.path}; skills.max_rollbacks is how often this may be",
            )
        versions = self._earlier.get(skill.id)
        if not versions:
            raise NothingToRollBack(
                f"no earlier version of {skill.id} is known since the start", hint=f"put one into {skill.path}"
            )
        earlier = versions.pop()
        self._refused.setdefault(skill.id, set()).add(skill.digest)
        self._spent[skill.id] = self._spent.get(skill.id, 0) + 1
        self._calls.get(skill.id, {}).pop(skill.digest, None)
        return earlier

    def count(self, skill: Skill, digest: str, *, ok: bool) -> bool:
        """Count one call of a version; True where that is `skill`, fails too often, and there is one to go back to.

        What a client does with a version that was replaced says nothing of the one that replaced it.
        """
        versions = self._calls.setdefault(skill.id, {})
        # The one counted last at the end: of versions that nobody calls any more, the oldest count goes.
        calls, failures = versions.pop(digest, (0, 0))
        calls, failures = calls + 1, failures + (not ok)
        versions[digest] = (calls, failures)
        while len(versions) > _MOST_COUNTED:
            del versions[next(iter(versions))]
        if digest != skill.digest or calls < self._least:
            return False
        if failures <= calls * self._rate:
            self._spent.pop(skill.id, None)
            return False
        return bool(self._earlier.get(skill.id)) and self._spent.get(skill.id, 0) < self._most

    def skills(self) -> tuple[Skill, ...]:
        """Give every earlier version that one may go back to."""
        return tuple(skill for versions in self._earlier.values() for skill in versions)
