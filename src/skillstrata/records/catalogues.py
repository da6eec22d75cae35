"""The listing of skills that a model is shown, within a budget, and the report of who lost what for it.

Shapes  amounts are in `unit`: characters, or tokens as some measure counts them; losses are always in characters
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError

PROFILE_NAMES = ("default", "claude-code", "codex")


class ListingProfileUnknown(StrataError):
    """A listing was asked for with a profile that does not exist."""

    code: ClassVar[str] = "listing.profile_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ListingMode(StrEnum):
    """How much of a skill is listed. AUTO leaves it to the budget; MANUAL skills are for users only."""

    AUTO = "auto"
    PINNED = "pinned"
    FULL = "full"
    COMPACT = "compact"
    NAME_ONLY = "name-only"
    MANUAL = "manual"
    OMITTED = "omitted"


class Overflow(StrEnum):
    """What a profile does where not everything fits.

    LAYERS lists names first, then short descriptions, then whole ones, the most used skills first. WHOLE_OR_NAME takes
    whole descriptions from the least used. ROUND_ROBIN cuts all descriptions to one length.
    """

    LAYERS = "layers"
    WHOLE_OR_NAME = "whole-or-name"
    ROUND_ROBIN = "round-robin"


class ListingForm(StrEnum):
    """How a listing is written: XML, "[name] text (use: a, b)", or "- name: text"."""

    XML = "xml"
    BRACKETS = "brackets"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Budget:
    """How a context is shared out. The parts add up to the total."""

    total: int
    metadata: int
    active: int = 0
    system: int = 0
    buffer: int = 0
    unit: str = "chars"


@dataclass(frozen=True, slots=True)
class BudgetProfile:
    """What a host allows: its budget, the longest description it takes, and what it does with more than fits."""

    name: str
    budget: Budget
    entry_chars: int
    overflow: Overflow
    form: ListingForm


@dataclass(frozen=True, slots=True)
class ListingWish:
    """How a user wants one skill listed; `skill` is its id or its name, `why` what the report says of a hidden one."""

    skill: str
    mode: ListingMode
    why: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What became of one skill: how it is listed, what that costs, how much of its description is lost, and why.

    `cost` is in the budget's unit, `chars` the length of its line in characters.
    """

    skill_id: str
    name: str
    mode: ListingMode
    cost: int
    lost: int
    why: str = ""
    chars: int = 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A listing and its report: every skill of the registry is in `entries` exactly once, in the registry's order."""

    text: str
    used: int
    chars: int
    budget: Budget
    entries: tuple[CatalogueEntry, ...]
    generation: int = 0

    @property
    def listed(self) -> tuple[CatalogueEntry, ...]:
        """Give the entries that the text holds."""
        hidden = (ListingMode.OMITTED, ListingMode.MANUAL)
        return tuple(entry for entry in self.entries if entry.mode not in hidden)


@dataclass(frozen=True, slots=True)
class Relief:
    """What was done against a context that ran over, in order, and how full it is afterwards.

    `needs_human` says that it is still too full although everything was shortened.
    """

    catalogue: Catalogue
    before: float
    after: float
    steps: tuple[str, ...] = ()
    needs_human: bool = False
