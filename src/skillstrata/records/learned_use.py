"""What is remembered of the use of learned skills, commands and agents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LearnedUse:
    """One learned artefact that is in use: `path` is its file.

    `since_s` is when it was first seen there; `used_s` when it was last used, 0 for never; `uses` counts the times
    that records of sessions show, as far as they reached back at each look. `mark` stands for the text that was seen
    and the time it was written; with another mark it is another artefact at the same path.
    """

    path: str
    since_s: float
    used_s: float = 0.0
    uses: int = 0
    mark: str = ""
