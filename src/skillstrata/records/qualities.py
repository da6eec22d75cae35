"""What reuse shows of tools: how far each is offered, how it did, what was missed, and the health of the library.

In     nothing
Out    records of visibility, quality, misses of reuse, changes with their reasons, verifications, health
Never  holds a number without the counts behind it
Why    the gate, the reports, the searches and the background process meet in these
"""

from dataclasses import dataclass
from enum import Enum, IntEnum


class Visibility(IntEnum):
    """How far a tool is offered; each level includes those below it.

    RETIRED is out of every listing and runs for nobody; HIDDEN runs for a person who names it; SEARCHABLE is found;
    INVOKABLE may be called by an agent; LISTED is an MCP tool of its own; PUBLISHED is given to others.
    """

    RETIRED = 0
    HIDDEN = 1
    SEARCHABLE = 2
    INVOKABLE = 3
    LISTED = 4
    PUBLISHED = 5

    @property
    def word(self) -> str:
        """Give the word that manifests and people use."""
        return self.name.lower()


def visibility_of(word: str) -> Visibility:
    """Read a level; a word that nobody here knows is HIDDEN, for it may be stricter than all we know."""
    try:
        return Visibility[word.upper()]
    except KeyError:
        return Visibility.HIDDEN


class FailureClass(Enum):
    """Whose doing a failed call was, by its error code: the tool's own, its limits', its environment's, or others'."""

    PROGRAM = "program"
    OUTPUT = "output"
    LIMIT = "limit"
    ENVIRONMENT = "environment"
    NETWORK = "network"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ToolQuality:
    """What the calls of a tool come to.

    `low` and `high` are the 95 % interval (Wilson) of the share of successes; 0 and 1 where there was no call.
    `saved_s` and `saved_tokens` are estimates: docs/library.md says how they are made. `last_at_s` is 0 where it was
    never called. `failures` are counts by class, the most frequent first. Unknown sessions, projects and people are not
    counted.
    """

    runs: int = 0
    successes: int = 0
    sessions: int = 0
    projects: int = 0
    people: int = 0
    low: float = 0.0
    high: float = 1.0
    saved_s: float = 0.0
    saved_tokens: int = 0
    last_at_s: float = 0.0
    failures: tuple[tuple[FailureClass, int], ...] = ()


class MissCause(Enum):
    """Why an agent wrote again what the library had.

    NOT_FOUND: it searched, and the tool was not among the results. NOT_SHOWN: it never looked, and nothing showed it
    the tool. WRONG_CONTRACT: it was shown the tool and did not take it. FAILED: it called the tool before, which
    failed.
    """

    NOT_FOUND = "not_found"
    NOT_SHOWN = "not_shown"
    WRONG_CONTRACT = "wrong_contract"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReuseMiss:
    """A program that an agent wrote although a tool did the same: R_miss.

    Its key has five parts: tool, branch, slice (media types of the inputs, joined by "+"), version, environment.
    `words` are what was searched for in vain; `project` is a digest.
    """

    execution_id: str
    tool: str
    branch: str
    slice: str
    version: int
    environment: str
    cause: MissCause
    at_s: float
    project: str = ""
    session: str = ""
    words: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        """Give the five parts."""
        return self.tool, self.branch, self.slice, self.version, self.environment


@dataclass(frozen=True, slots=True)
class SearchMade:
    """A search for tools: by whom, with which words, and what it gave."""

    at_s: float
    session: str
    project: str
    words: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Showing:
    """A tool that a session was shown without asking; `how` is "listed" or "warm-start"."""

    session: str
    tool: str
    how: str
    at_s: float


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """A change of how a tool is offered, and its reason.

    `kind` is "visibility" (`before` and `after` are words of Visibility), "active" (numbers of versions of `branch`),
    "scope" (`before` names types of input, version and environment, `after` says "out of scope" or "tried last"),
    "branch" ("holds" or "broken": one of several branches, of which no version passes its proof here) or
    "words" (what a miss of reuse taught the search; the words themselves stand in the ReuseMiss).
    `by` is "gate", "person" or "regression".
    """

    id: str
    tool: str
    kind: str
    before: str
    after: str
    by: str
    because: str
    at_s: float
    branch: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """That the proof of a version was run again in an environment, and how it went; `environment` is a key."""

    tool: str
    branch: str
    version: int
    environment: str
    at_s: float
    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class ListedTool:
    """What a client needs to list a tool as one of its own; `schema` is JSON Schema text of its arguments."""

    name: str
    description: str
    schema: str


@dataclass(frozen=True, slots=True)
class LibraryHealth:
    """The library at one moment.

    `levels` counts tools by the word of their visibility; `redundant` are pairs that say the same, with why; `stale`
    were not used for long; `broken` fail their proof here. `tokens_exposed` is what the listed tools cost every session
    at its start, estimated. `misses` counts by cause. `suggested` are words to add to a tool's description, as
    (tool, words).
    """

    at_s: float
    tools: int
    levels: tuple[tuple[str, int], ...] = ()
    runs: int = 0
    successes: int = 0
    unused: int = 0
    stale: tuple[str, ...] = ()
    redundant: tuple[tuple[str, str, str], ...] = ()
    broken: tuple[str, ...] = ()
    tokens_exposed: int = 0
    misses: tuple[tuple[str, int], ...] = ()
    pending: int = 0
    saved_s: float = 0.0
    saved_tokens: int = 0
    suggested: tuple[tuple[str, str], ...] = ()
