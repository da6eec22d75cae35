"""Seam: where skills may lie, on this machine and for this project."""

from typing import Protocol

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import SkillSource


class SkillPlaces(Protocol):
    """Names the sources.

    Promises, checked by tests/contracts/test_skill_places.py:
      - a place that is named need not exist: it may come later;
      - no label occurs twice;
      - nothing is written, and no skill file is opened.
    """

    def sources(self) -> tuple[tuple[SkillSource, ...], tuple[Diagnostic, ...]]:
        """Give every source but those below the project, with what could not be read about them."""
        ...

    def nested(self) -> tuple[SkillSource, ...]:
        """Look for folders of skills below the project; a walk, so not for every look."""
        ...
