"""Which registry each client holds on to, and for how long after a newer one came.

In     clients, registries as they are replaced
Out    the registry a client sees
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.skills import Skill
from skillstrata.runtime.registry import Finder


class ResourceChanged(StrataError):
    """A file beside a skill that changed, while the client has an earlier version of the skill's text."""

    code: ClassVar[str] = "runtime.resource_changed"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 75


@dataclass(slots=True)
class _Pin:
    finder: Finder
    since_s: float


class VersionPins:
    """Clients and their registries; not safe for threads by itself."""

    def __init__(self, overlap_s: float, now_s: Callable[[], float]) -> None:
        """Let old registries live on for `overlap_s` after they were replaced."""
        self._overlap_s = overlap_s
        self._now_s = now_s
        self._held: dict[str, _Pin] = {}
        self._replaced_at: dict[int, float] = {}

    def view(self, client: str, current: Finder) -> Finder:
        """Give what a client sees; one that is new, or whose time is over, gets what is current."""
        pin = self._held.get(client)
        if pin is not None and not self._is_over(pin.finder):
            return pin.finder
        self._held[client] = _Pin(current, self._now_s())
        self._drain()
        return current

    def leave(self, client: str) -> None:
        """Let a client's registry go."""
        self._held.pop(client, None)
        self._drain()

    def release(self, skill_id: str, digest: str) -> None:
        """Let go every registry with a version that was refused: nobody is given it any more."""
        for client, pin in list(self._held.items()):
            held = pin.finder.get(skill_id)
            if held is not None and held.digest == digest:
                del self._held[client]
        self._drain()

    def since_s(self, client: str) -> float:
        """Say when a client was given the registry that it holds on to; 0 where it holds none."""
        pin = self._held.get(client)
        return pin.since_s if pin is not None else 0.0

    def superseded(self, old: Finder) -> None:
        """Note that a registry was replaced just now."""
        self._replaced_at[old.registry.generation] = self._now_s()
        self._drain()

    def generations(self) -> tuple[int, ...]:
        """Give the generations that clients hold on to."""
        return tuple(sorted({pin.finder.registry.generation for pin in self._held.values()}))

    def skills(self) -> tuple[Skill, ...]:
        """Give every skill of every registry that is held on to."""
        held = {pin.finder.registry.generation: pin.finder.registry for pin in self._held.values()}
        return tuple(skill for registry in held.values() for skill in registry.skills)

    def _is_over(self, finder: Finder) -> bool:
        replaced = self._replaced_at.get(finder.registry.generation)
        return replaced is not None and self._now_s() - replaced >= self._overlap_s

    def _drain(self) -> None:
        over = [client for client, pin in self._held.items() if self._is_over(pin.finder)]
        for client in over:
            del self._held[client]
        held = {pin.finder.registry.generation for pin in self._held.values()}
        self._replaced_at = {one: at for one, at in self._replaced_at.items() if one in held}
