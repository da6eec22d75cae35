"""Drafts as they were found and as they are kept until somebody decides about them."""

import hashlib
from dataclasses import dataclass

from skillstrata.records.learned import ArtifactKind, LearnedDraft

_SESSION_CHARS = 12


def session_digest(session: str) -> str:
    """Give what stands for a session where its name may not stay."""
    return hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()[:_SESSION_CHARS]


@dataclass(frozen=True, slots=True)
class FoundDraft:
    """A draft with what it goes back to.

    `key` is the same whenever the same is found again. `shape` is sequence, fix, rule or convention. `seen` counts the
    occurrences, `sessions` the sessions they come from; `projects` are labels;
    `sources` are digests of all those sessions.
    """

    key: str
    shape: str
    draft: LearnedDraft
    projects: tuple[str, ...]
    seen: int
    sessions: int
    sources: tuple[str, ...] = ()


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

    `digest` is of its content: while that is the same, its description may stay. `because` is its reason, `sources`
    are digests of the sessions it comes from, `at_s` is when the file was written.
    """

    key: str
    name: str
    kind: ArtifactKind
    projects: tuple[str, ...]
    path: str = ""
    description: str = ""
    digest: str = ""
    because: str = ""
    sources: tuple[str, ...] = ()
    at_s: float = 0.0
