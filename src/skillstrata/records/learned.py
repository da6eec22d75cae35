"""What was learned from work and what became of it: drafts, what exists already, decisions and their results.

In     nothing
Out    the records of the lifecycle of learned skills, commands and agents
Never  holds a path that was not stated by the user or made from a checked name
Why    learning, comparing, deciding and changing files are done in different places, and meet in these
"""

from dataclasses import dataclass
from enum import Enum

from skillstrata.records.diagnostics import Diagnostic

LEARNED_ORIGIN = "skill-learning"
"""The value of `origin` in the frontmatter of what this product may change; nothing else is ever touched."""


class ArtifactKind(Enum):
    """What a file of instructions is: a skill is a folder with SKILL.md; a command and an agent are one .md file."""

    SKILL = "skill"
    COMMAND = "command"
    AGENT = "agent"


class DecisionType(Enum):
    """What is to be done about a draft, or about something that exists."""

    CREATE = "create"
    MERGE = "merge"
    REPLACE = "replace"
    ARCHIVE = "archive"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that happened and speaks for a draft; `what` is made of our words, never of a document's."""

    event_id: str
    session: str
    project: str
    what: str


@dataclass(frozen=True, slots=True)
class LearnedDraft:
    """Instructions that may become an artefact. `content` is Markdown without frontmatter.

    `confidence` is from 0 to 1. `scope` is "project" or "user". `because` says in one sentence why there is a draft.
    `path` is the draft's own file, "" while it has none: where the artefact is written is never the draft's choice.
    """

    name: str
    description: str
    content: str
    confidence: float
    kind: ArtifactKind = ArtifactKind.SKILL
    scope: str = "project"
    evidence: tuple[Evidence, ...] = ()
    because: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class ExistingArtifact:
    """An artefact as it lies on the disk. `path` is its file (SKILL.md, or the .md); `content` the whole text of it.

    `confidence` is None where it states none. `status` is active, superseded, archived or deleted; `quality` low,
    medium, high or "". `origin` is what the frontmatter says: only LEARNED_ORIGIN may be changed by us.
    """

    name: str
    path: str
    kind: ArtifactKind
    description: str
    content: str
    confidence: float | None = None
    status: str = "active"
    referenced_by: tuple[str, ...] = ()
    safe_to_delete: bool = False
    quality: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RelatedArtifact:
    """An artefact that says something like a draft. `score` is the plain overlap of terms from 0 to 1.

    `idf_score` is the same with each term weighted by how rare it is among what was compared.
    """

    artifact: ExistingArtifact
    score: float
    idf_score: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a draft was compared with: the nearest first; `more` counts related ones that are not listed.

    `compared` counts the artefacts read; `diagnostics` names those that could not be.
    """

    related: tuple[RelatedArtifact, ...] = ()
    more: int = 0
    compared: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class LifecycleDecision:
    """What to do and why. `target` is what it is done to, None for a create; `patch` is the text of a merge."""

    type: DecisionType
    reason: str
    target: ExistingArtifact | None = None
    score: float = 0.0
    idf_score: float = 0.0
    patch: str = ""
    hard_delete: bool = False


@dataclass(frozen=True, slots=True)
class LifecycleResult:
    """What was done, by the paths it left; "" where there is none."""

    active_path: str = ""
    archived_path: str = ""
    deleted_path: str = ""
    manifest_path: str = ""
    tombstone_path: str = ""
    patch_path: str = ""


@dataclass(frozen=True, slots=True)
class ReplacementManifest:
    """What stands beside everything that was put aside. `action` is archive or delete.

    `kept_path` is where the content lies now: the archived folder or file, or the tombstone. `replaced_at` is UTC.
    """

    old_skill: str
    old_path: str
    kind: ArtifactKind
    action: str
    reason: str
    replaced_at: str
    kept_path: str
    recoverable: bool = True
    new_skill: str = ""
    new_path: str = ""


@dataclass(frozen=True, slots=True)
class ArtifactStamp:
    """A file of an artefact as the disk shows it without being read; `slug` is the folder's or file's own name."""

    path: str
    slug: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class PutAside:
    """An order to take an artefact out of use. `path` is its file, `digest` the SHA-256 of what was judged.

    `is_deleted` keeps its content in a tombstone only; else it lies in the archive as it was. `archive_root` and
    `manifest_root` are "" for `.archive` (`.tombstones`) beside the artefact.
    """

    path: str
    name: str
    kind: ArtifactKind
    digest: str
    reason: str
    is_deleted: bool = False
    archive_root: str = ""
    manifest_root: str = ""


@dataclass(frozen=True, slots=True)
class NewArtifact:
    """An artefact to be written: its name (checked), kind, the folder it goes into, and the text of its file."""

    name: str
    kind: ArtifactKind
    root: str
    text: str


@dataclass(frozen=True, slots=True)
class AsideRow:
    """Something that was put aside and can be brought back.

    `old_path` is where its file will be again, below a folder that was named; `kept_path` where the content lies.
    """

    name: str
    kind: ArtifactKind
    action: str
    old_path: str
    kept_path: str
    manifest_path: str
    replaced_at: str
    reason: str
