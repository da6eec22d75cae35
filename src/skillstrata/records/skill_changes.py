"""What a swap changed, what was set aside, and what a client's session holds on to."""

from dataclasses import dataclass

from skillstrata.records.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that must not be used now, while an earlier version of its skill goes on; `digest` "" if not read."""

    skill_id: str
    path: str
    digest: str
    kept_digest: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class SkillChange:
    """One swap, told to every subscriber: ids that came, changed, went, were set aside or taken back.

    `generation` is that of the registry after it; `at_s` is in epoch seconds.
    """

    generation: int
    at_s: float
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    rolled_back: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nobody needs to hear of it."""
        return not (self.added or self.changed or self.removed or self.quarantined or self.rolled_back)
