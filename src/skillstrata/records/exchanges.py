"""What is told to an agent at its start, and what goes from one library to another.

In     nothing
Out    the records of warm starts, packages of skills, findings about them, signatures, locks and synced folders
Never  holds content of a document: names, purposes, types and digests only, but for the files of a package itself
"""

import hashlib
from dataclasses import dataclass

from skillstrata.records.tools import SkillFile

PACKAGE_FILE = "skillstrata-package.json"
SIGNATURE_FILE = "skillstrata-package.sig"
LOCK_FILE = "skillstrata.lock"


# ---- warm start -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionTrace:
    """What one session says about its project.

    `project` stands for the project, `folder` is where the session began. `tools` are library tools that it called,
    `endings` of files that its calls named, `terms` the words of its prompts, the most frequent first.
    """

    session: str
    project: str
    folder: str
    at_s: float
    tools: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool or skill that a warm start names: its line, its score, and why it is there.

    `kind` is "tool" or "skill"; `reasons` are made of our words.
    """

    name: str
    kind: str
    line: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WarmStart:
    """What an agent is told at its start. `text` is "" where nothing fits; `chars` is its length.

    `project` is the folder it is for, "" for the one that any other project gets. `left_out` counts what fitted and
    had no room. `key` is a digest of the text, "" for none; the record of what was shown names it. `cached` says that
    the text came from what was prepared.
    """

    project: str
    text: str
    tools: tuple[Offered, ...] = ()
    skills: tuple[Offered, ...] = ()
    left_out: int = 0
    key: str = ""
    cached: bool = False

    @property
    def chars(self) -> int:
        """Give the length of the text."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Shown:
    """A session was shown these tools and skills at its start; `key` is the WarmStart's."""

    session: str
    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HookTrial:
    """One start of the hook that prints a WarmStart: what it told, in how many milliseconds.

    `ok` is False where it could not be started or did not end well; `why` says it in a few words.
    """

    ok: bool = False
    told: str = ""
    ms: float = 0.0
    why: str = ""


# ---- packages -------------------------------------------------------------------------------------------------


def content_digest(files: tuple[SkillFile, ...]) -> str:
    """Give the digest over files with their paths, as `sha256:…`; their order does not matter."""
    lines = sorted(f"{hashlib.sha256(file.data).hexdigest()}  {file.path}\n" for file in files)
    return f"sha256:{hashlib.sha256(''.join(lines).encode('utf-8', 'surrogatepass')).hexdigest()}"


@dataclass(frozen=True, slots=True)
class RawPackage:
    """A skill's folder as somebody handed it over: the name of its folder, its files, and its place in the source."""

    folder: str
    files: tuple[SkillFile, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a package came from. `kind` is folder, archive or git; `revision` the commit, "" where there is none.

    `source` is what the person named; passwords in it are taken out.
    """

    kind: str
    source: str
    at_s: float
    revision: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """Something to know about a package before it is accepted.

    `level` is "refused" (such a package is not taken in at all), "danger" (accepted only by who says so) or "note".
    `line` is 0 where a finding has none.
    """

    code: str
    level: str
    path: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What a package's signature says: "none", "trusted", "unknown_key" or "bad"; whose it is, where it is good."""

    state: str
    key_id: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SkillPackage:
    """A package in quarantine or accepted. `digest` is the SHA-256 over the skill's files, in the form `sha256:…`.

    `content` is the same over all files, manifest and signature of the package included. `kind` is "tool" where it
    holds a program with its proof, else "instructions".
    """

    name: str
    version: str
    kind: str
    digest: str
    files: int
    bytes: int
    provenance: Provenance
    signature: SignatureCheck
    findings: tuple[ScanFinding, ...] = ()
    content: str = ""

    @property
    def has_danger(self) -> bool:
        """Say whether accepting it asks for more than a plain yes."""
        return any(finding.level == "danger" for finding in self.findings) or self.signature.state == "bad"


@dataclass(frozen=True, slots=True)
class Exported:
    """A skill that was written as a folder for others."""

    name: str
    path: str
    digest: str
    files: int
    left_out: tuple[str, ...]
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key: its short id, the key as text, and who it is of. `is_own` for the one we sign with."""

    key_id: str
    public: str
    owner: str
    is_own: bool = False


# ---- locks and synced folders ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LockedSkill:
    """One line of a project's lock: what is used, in which version, with which digest (`sha256:…`)."""

    name: str
    kind: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class LockDrift:
    """A difference between a lock and what is there: "changed", "missing" or "retired"; `next` is what can be done."""

    name: str
    what: str
    locked: str = ""
    found: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What a sync does with one folder: "create", "update", "remove", "keep", or "leave" with the reason."""

    name: str
    what: str
    folder: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did or, as a dry run, would do. `undo` names what takes it back, "" where nothing was changed."""

    steps: tuple[SyncStep, ...]
    dry_run: bool = False
    undo: str = ""
