"""A tool in the library: its branches, versions, use and quality; and one call of it."""

from dataclasses import dataclass

from skillstrata.records.contracts import Contract, Signature
from skillstrata.records.drafts import BundledFile, InputSpec, OptionSpec, OutputSpec, Word

# The version of manifest.json; written by the library stage, read by the store.
MANIFEST_FORMAT = 2


@dataclass(frozen=True, slots=True)
class FixtureFile:
    """A further input of a fixture, of a version that takes several: its name, type and digest."""

    name: str
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Fixture:
    """A synthesised input kept with a version, and the digest of the output it must give.

    `others` are the files for the further inputs, in their order; `input_digest` is of the first file, `name`.
    """

    name: str
    media_type: str
    input_digest: str
    output_digest: str
    others: tuple[FixtureFile, ...] = ()

    @property
    def files(self) -> tuple[FixtureFile, ...]:
        """Give all of its files, in the order of the inputs."""
        return (FixtureFile(self.name, self.media_type, self.input_digest), *self.others)


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

    @property
    def given(self) -> tuple[str, ...]:
        """Give the media types of the inputs, sorted: the slice of the tool's contract that this version serves."""
        return tuple(sorted(spec.media_type for spec in self.inputs))


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to do the tool's job. `active` is the number of the version that runs; others stay as fallbacks.

    `contract` is what the branch alone promises, None where an older program wrote the manifest.
    """

    name: str
    active: int
    versions: tuple[Version, ...]
    contract: Contract | None = None

    @property
    def current(self) -> Version:
        """Give the active version."""
        return next(v for v in self.versions if v.number == self.active)

    @property
    def fallbacks(self) -> tuple[Version, ...]:
        """Give the other versions, newest first: what is tried when the active one fails."""
        others = (v for v in self.versions if v.number != self.active)
        return tuple(sorted(others, key=lambda v: v.number, reverse=True))


@dataclass(frozen=True, slots=True)
class Tool:
    """A purpose and the ways to do it; the folder `skills/<name>` on disk.

    `aliases` are further names it answers to: those that its later branches would have had as tools of their own.
    """

    name: str
    kind: str
    contract: Contract
    branches: tuple[Branch, ...]
    visibility: str = "invokable"
    created_at_s: float = 0.0
    created_because: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """What reuse shows: calls, successes, distinct projects, and successes over calls (0.0 to 1.0; 0.0 unused)."""

    runs: int = 0
    successes: int = 0
    projects: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """One call of a tool and its outcome.

    `project` is a digest of the folder of the caller's project, one for all worktrees of a repository; never its path.
    `person` is a digest of the caller's name, "" where it is not known.
    """

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
    person: str = ""


@dataclass(frozen=True, slots=True)
class Miss:
    """A version that failed on an input it should have handled.

    `given` are the media types of its branch, joined by "+"; `environment` is the key of the environment it ran in,
    "" where that could not be had;
    `failure` is the code of the error; `rescued_by` is the version that did the job instead, 0 where none could.
    `settled` says that the version has succeeded since in the same place.
    """

    tool: str
    branch: str
    version: int
    given: str
    environment: str
    failure: str
    at_s: float
    rescued_by: int = 0
    settled: bool = False


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
