"""A tool in the library: its branches, versions, use and quality; and one call of it."""

from dataclasses import dataclass

from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import BundledFile, InputSpec, OptionSpec, OutputSpec, Word

# The version of manifest.json; written by the library stage, read by the store.
MANIFEST_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Fixture:
    """A synthesised input kept with a version, and the digest of the output it must give."""

    name: str
    media_type: str
    input_digest: str
    output_digest: str


@dataclass(frozen=True, slots=True)
class Version:
    """One body of a branch and how it is started. Immutable once written.

    `main`, `lock` and `bundled` are texts; `path` is the version's folder, relative to the tool's folder.
    """

    number: int
    path: str
    main: str
    lock: str
    words: tuple[Word, ...]
    inputs: tuple[InputSpec, ...]
    output: OutputSpec
    stdin_param: str = ""
    requirements: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()
    body_digest: str = ""
    candidate_id: str = ""
    signature: Signature | None = None
    fixtures: tuple[Fixture, ...] = ()
    language: str = "python"
    options: tuple[OptionSpec, ...] = ()
    bundled: tuple[BundledFile, ...] = ()

    @property
    def input(self) -> InputSpec:
        """Give the first input."""
        return self.inputs[0]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to do the tool's job. `active` is the number of the version that runs; older ones stay as fallbacks."""

    name: str
    active: int
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        """Give the active version."""
        return next(v for v in self.versions if v.number == self.active)


@dataclass(frozen=True, slots=True)
class Tool:
    """A purpose and the ways to do it; the folder `skills/<name>` on disk."""

    name: str
    kind: str
    contract: Contract
    branches: tuple[Branch, ...]
    visibility: str = "invokable"
    created_at_s: float = 0.0
    created_because: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """What reuse shows: calls, successes, distinct projects, and successes over calls (0.0 to 1.0; 0.0 unused)."""

    runs: int = 0
    successes: int = 0
    projects: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """One call of a tool and its outcome. `project` is a digest of the caller's folder, never its path."""

    tool: str
    branch: str
    version: int
    at_s: float
    ok: bool
    ms: float
    surface: str
    project: str = ""
    session: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class LineageEntry:
    """One line of `lineage.jsonl`: what happened to the tool, when, and from which candidate."""

    at_s: float
    what: str
    branch: str
    version: int
    candidate_id: str = ""
    agent: str = ""
    session: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SkillFile:
    """One file of a skill folder: its path relative to the folder, with forward slashes, and its bytes."""

    path: str
    data: bytes
