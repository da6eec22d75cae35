"""What the verbs on skill files give."""

from dataclasses import dataclass

from skillstrata.records.activations import Activation
from skillstrata.records.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class ValidatedSkill:
    """One skill file: whether it loads (or is strict), and everything odd about it.

    `is_skill` is False for a link that leads nowhere: it is told, and counts for no skill.
    """

    path: str
    ok: bool
    diagnostics: tuple[Diagnostic, ...]
    is_skill: bool = True


@dataclass(frozen=True, slots=True)
class PublishedSkill:
    """One copy; of a refused one `path` is "" and an error among the diagnostics says why."""

    source: str
    name: str
    path: str
    digest: str
    source_digest: str
    files: int
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was copied and what was not."""

    published: tuple[PublishedSkill, ...]
    refused: tuple[PublishedSkill, ...]


@dataclass(frozen=True, slots=True)
class LoadedSkill:
    """A skill that was called: its activation, where its file lies, what is odd about it."""

    activation: Activation
    path: str
    source: str
    diagnostics: tuple[Diagnostic, ...]
