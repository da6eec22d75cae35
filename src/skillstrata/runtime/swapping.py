"""The registry that is in use, replaced as a whole; what is bad is set aside and what was good goes on.

In     scans, rollbacks, outcomes of calls
Out    registries by client, SkillChange to every subscriber
Never  shows a half-made registry, an emptied file or one that does not parse while a good version is known
Why    a client keeps the versions that it saw until it asks for new ones, or until the overlap is over
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import ClassVar

from skillstrata.ports.kept_texts import KeptTexts
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skill_changes import Quarantined, SkillChange
from skillstrata.records.skills import Registry, Skill
from skillstrata.runtime.registry import Built, Finder, RegistryBuilder, SkillNotFound
from skillstrata.runtime.sources import FoundFile, Scan
from skillstrata.runtime.version_history import VersionHistory
from skillstrata.runtime.version_pins import VersionPins

Subscriber = Callable[[SkillChange], None]
_TIDY_EVERY = 16


class SwapRefused(StrataError):
    """A whole new set of skills that cannot be used; the set before it stays."""

    code: ClassVar[str] = "runtime.swap_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


@dataclass(frozen=True, slots=True)
class SwapRules:
    """How swaps go. `linger_s` is how long a file must be away before its skill goes: editors take it away to save.

    A version is taken back by itself after `least_calls` calls, where more than `failure_rate` of them failed.
    """

    version_overlap_s: float = 300.0
    max_rollbacks: int = 3
    failure_rate: float = 0.5
    least_calls: int = 5
    linger_s: float = 0.1


@dataclass(slots=True)
class _Next:
    """The set of skills that is being made."""

    live: dict[str, Skill] = field(default_factory=dict[str, Skill])
    quarantined: dict[str, Quarantined] = field(default_factory=dict[str, Quarantined])
    missing: dict[str, float] = field(default_factory=dict[str, float])


class LiveSkills:
    """The skills in use. Every method may be called from any thread."""

    def __init__(
        self, builder: RegistryBuilder, *, rules: SwapRules, now_s: Callable[[], float], keep: KeptTexts | None = None
    ) -> None:
        """Start with no skill."""
        self._builder = builder
        self._now_s = now_s
        self._keep = keep
        self._lock = threading.RLock()
        self._live: dict[str, Skill] = {}
        self._missing: dict[str, float] = {}
        self._quarantined: dict[str, Quarantined] = {}
        self._odd: tuple[Diagnostic, ...] = ()
        self._built = Built(Registry(), builder.resolver.resolve((), ()))
        self._finder = Finder(self._built.registry)
        self._subscribers: dict[int, Subscriber] = {}
        self._swaps = 0
        self.history = VersionHistory(rules.max_rollbacks, rules.failure_rate, rules.least_calls)
        self.pins = VersionPins(rules.version_overlap_s, now_s)
        self._rules = rules

    @property
    def registry(self) -> Registry:
        """Give the registry in use."""
        return self._built.registry

    @property
    def built(self) -> Built:
        """Give the registry in use with its needs."""
        return self._built

    @property
    def finder(self) -> Finder:
        """Look skills up in the registry in use."""
        return self._finder

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """Give the files that are set aside while their skills go on with an earlier version."""
        return tuple(self._quarantined[one] for one in sorted(self._quarantined))

    @property
    def is_waiting(self) -> bool:
        """Say whether a file went away a moment ago, so that one more look is due."""
        return bool(self._missing)

    def apply(self, scan: Scan) -> SkillChange:
        """Take over what a scan found: as a whole, or not at all.

        Raises:
            SwapRefused: The new set cannot be used; the set before it stays.
        """
        with self._lock:
            made = self._taken(scan)
            before = self._live
            change = SkillChange(
                generation=self.registry.generation + 1,
                at_s=self._now_s(),
                added=tuple(sorted(made.live.keys() - before.keys())),
                changed=tuple(
                    sorted(one for one in made.live.keys() & before.keys() if _differ(made.live[one], before[one]))
                ),
                removed=tuple(sorted(before.keys() - made.live.keys())),
                quarantined=tuple(sorted(made.quarantined.keys() - self._quarantined.keys())),
            )
            self._missing, self._quarantined = made.missing, made.quarantined
            odd = scan.diagnostics
            if change.is_empty and odd == self._odd:
                return replace(change, generation=self.registry.generation)
            self._swap(made.live, odd, change)
            for one in change.changed:
                if _is_other_version(made.live[one], before[one]):
                    self.history.remember(one, before[one])
            for one in change.removed:
                self.history.forget(one)
        self._tell(change)
        return change

    def rollback(self, name: str) -> SkillChange:
        """Take a skill back to the version before; the newer one stays refused until its file changes again.

        Raises:
            SkillNotFound: No skill is called so.
            NothingToRollBack: No earlier version is known.
            RollbacksSpent: It was taken back as often as is allowed.
        """
        with self._lock:
            skill = self.finder.find(name)
            earlier = self.history.step_back(skill)
            change = SkillChange(self.registry.generation + 1, self._now_s(), rolled_back=(skill.id,))
            self._swap({**self._live, skill.id: earlier}, self._odd, change)
            self.pins.release(skill.id, skill.digest)
        self._tell(change)
        return change

    def outcome(self, skill_id: str, digest: str, *, ok: bool) -> SkillChange | None:
        """Count how a call with a version of a skill ended; where that is live and fails too often, it is taken back.

        Clients that hold on to the version are given the one before, like all others.
        """
        with self._lock:
            skill = self._live.get(skill_id)
            if skill is None or not self.history.count(skill, digest, ok=ok):
                return None
            return self.rollback(skill_id)

    def view(self, client: str) -> Finder:
        """Give a client the skills that it saw first, until the overlap is over or it asks for new ones."""
        with self._lock:
            return self.pins.view(client, self._finder)

    def refresh(self, client: str) -> Finder:
        """Give a client the skills in use now, and let it keep those."""
        with self._lock:
            self.pins.leave(client)
            return self.pins.view(client, self._finder)

    def since_s(self, client: str) -> float:
        """Say when a client was given the skills that it holds on to; 0 where it holds none."""
        with self._lock:
            return self.pins.since_s(client)

    def announce(self, ids: tuple[str, ...]) -> SkillChange:
        """Tell that files beside skills changed; the skills themselves are as they were."""
        change = SkillChange(self.registry.generation, self._now_s(), changed=ids)
        self._tell(change)
        return change

    def leave(self, client: str) -> None:
        """End a client's session."""
        with self._lock:
            self.pins.leave(client)

    def subscribe(self, tell: Subscriber) -> Callable[[], None]:
        """Tell every change from now on; gives what ends that."""
        with self._lock:
            number = max(self._subscribers, default=0) + 1
            self._subscribers[number] = tell
        return lambda: self._subscribers.pop(number, None) and None

    def _swap(self, live: dict[str, Skill], odd: tuple[Diagnostic, ...], change: SkillChange) -> None:
        try:
            built = self._builder.build(live.values(), generation=change.generation, odd=odd)
        except SkillNotFound:
            raise
        except StrataError as error:
            if change.generation == 1:
                raise
            raise SwapRefused(f"the skills before stay in use: {error.message}", hint=error.hint) from error
        finder = Finder(built.registry)
        self.pins.superseded(self._finder)
        self._live, self._odd, self._built, self._finder = live, odd, built, finder
        self._swaps += 1
        if self._keep is not None and self._swaps % _TIDY_EVERY == 0:
            held = (*live.values(), *self.history.skills(), *self.pins.skills())
            self._keep.keep_only({skill.digest for skill in held})

    def _taken(self, scan: Scan) -> _Next:
        made, now = _Next(), self._now_s()
        for found in scan.files:
            self._take(found, made)
        for gone in self._live.keys() - made.live.keys() - {found.skill_id for found in scan.files}:
            since = self._missing.get(gone, now)
            if self._rules.linger_s and now - since < self._rules.linger_s:
                made.live[gone] = self._live[gone]
                made.missing[gone] = since
        return made

    def _take(self, found: FoundFile, made: _Next) -> None:
        one, old = found.skill_id, self._live.get(found.skill_id)
        new = found.skill
        if new is None:
            if old is not None:
                made.live[one] = old
                if not found.unsettled:
                    made.quarantined[one] = _set_aside(found, old, found.diagnostics)
                elif one in self._quarantined:
                    made.quarantined[one] = self._quarantined[one]
        elif old is not None and new.digest != old.digest and self.history.is_refused(one, new.digest):
            made.live[one] = old
        elif old is not None and _is_hollow(new) and not _is_hollow(old):
            made.live[one] = old
            said = Diagnostic("half_written", "error", "the body is gone; the version before goes on", path=new.path)
            made.quarantined[one] = _set_aside(found, old, (said,))
        else:
            made.live[one] = new

    def _tell(self, change: SkillChange) -> None:
        if change.is_empty:
            return
        for tell in list(self._subscribers.values()):
            # A client that cannot be told must not keep the others from hearing of it.
            with suppress(Exception):
                tell(change)


def _differ(one: Skill, other: Skill) -> bool:
    return (one.approved, one.folder) != (other.approved, other.folder) or _is_other_version(one, other)


def _is_other_version(one: Skill, other: Skill) -> bool:
    mine, others = (one.digest, one.path, one.files_digest), (other.digest, other.path, other.files_digest)
    return mine != others or one.source != other.source


def _is_hollow(skill: Skill) -> bool:
    return not skill.body_chars or any(odd.code == "body_empty" for odd in skill.diagnostics)


def _set_aside(found: FoundFile, kept: Skill, why: tuple[Diagnostic, ...]) -> Quarantined:
    return Quarantined(found.skill_id, found.stamp.path, found.digest, kept.digest, why)
