"""Drafts as they were found and as they are kept until somebody decides about them."""

from dataclasses import dataclass

from skillstrata.records.learned import ArtifactKind, LearnedDraft


@dataclass(frozen=True, slots=True)
class FoundDraft:
    """A draft with what it goes back to.

    `key` is the same whenever the same is found again. `shape` is sequence, fix, rule or convention. `seen` counts the
    occurrences, `sessions` the sessions they come from; `projects` are labels.
    """

    key: str
    shape: str
    draft: LearnedDraft
    projects: tuple[str, ...]
    seen: int
    sessions: int


@dataclass(frozen=True, slots=True)
class DraftsMade:
    """What one run of learning came to. `unsure`, `unclean` and `over_limit` count what was found and left out."""

    drafts: tuple[FoundDraft, ...] = ()
    sessions: int = 0
    automated: int = 0
    unsure: int = 0
    unclean: int = 0
    over_limit: int = 0


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft that lies in a file: its key, its name and kind, its projects, and the file.

    `digest` is of its content: while that is the same, its description may stay.
    """

    key: str
    name: str
    kind: ArtifactKind
    projects: tuple[str, ...]
    path: str = ""
    description: str = ""
    digest: str = ""
