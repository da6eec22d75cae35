"""Who uses what was learned: calls of skills and agents, commands that were typed, and what nobody used for long.

    Skill {"skill": "csv-totals"}, /csv-totals   -> the skill or command of that name
    Task {"subagent_type": "reviewer"}           -> the agent of that name

In     events of sessions; learned artefacts; what is remembered of them
Out    when each name was used; the rows as they are now; whether one was not used for so many days
Never  takes a name in a text for a use: a call by name, or a prompt that begins with a slash and the name; calls
       unused what nobody could have used, for want of recorded work where it lies
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from skillstrata.records.events import Event, EventKind, Outcome
from skillstrata.records.learned import ArtifactKind, ExistingArtifact
from skillstrata.records.learned_use import LearnedUse

_DAY_S = 86_400.0
_TYPED = re.compile(r"\s*/(\w[\w:.-]{0,99})(?:\s|\Z)")
_INSTRUCTIONS, _AGENT = "instructions", "agent"

_ENOUGH_SESSIONS = 3
_MARK_CHARS = 32

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Worked:
    """A recorded session: the folders it worked in, and when it ended."""

    folders: frozenset[str]
    at_s: float


@dataclass(frozen=True, slots=True)
class Idle:
    """What an artefact must have come to, to count as unused: so many days, and sessions that could have used it."""

    days: int
    home: str
    sessions: tuple[Worked, ...] = ()


@dataclass(frozen=True, slots=True)
class NameUsed:
    """How often a name was used, and when last; `times` are all moments, so that a row counts none twice."""

    times: tuple[float, ...]

    def since(self, at_s: float) -> tuple[float, ...]:
        """Give the moments after one."""
        return tuple(one for one in self.times if one > at_s)


def name_used(event: Event) -> Name | None:
    """Give what an event uses: ("instructions" or "agent", its name); None where it uses nothing of the kind."""
    if event.kind is EventKind.PROMPT:
        typed = _TYPED.match(event.prompt)
        return (_INSTRUCTIONS, _last(typed[1])) if typed is not None else None
    kind, _, name = event.used.partition(":")
    # Tools of the library are not learned instructions, whatever their names.
    if not name or kind == "tool" or event.outcome is Outcome.FAILED:
        return None
    return (_AGENT if kind == ArtifactKind.AGENT.value else _INSTRUCTIONS), _last(name)


def names_used(events: Iterable[Event]) -> dict[Name, NameUsed]:
    """Give, by name, when it was used."""
    found: dict[Name, list[float]] = {}
    for event in events:
        name = name_used(event)
        if name is not None:
            found.setdefault(name, []).append(event.at_s)
    return {name: NameUsed(tuple(sorted(times))) for name, times in found.items()}


def rows_now(
    kept: Iterable[LearnedUse],
    artifacts: Iterable[ExistingArtifact],
    used: Mapping[Name, NameUsed],
    *,
    now_s: float,
    written: Mapping[str, int] | None = None,
) -> tuple[LearnedUse, ...]:
    """Give a row for each artefact that is there: one that is new, was written anew or came back, begins now.

    Args:
        kept: The rows of the last look.
        artifacts: What is there.
        used: When each name was used.
        now_s: The time.
        written: When each file was written, by its path, where that is known.
    """
    times = written or {}
    before = {(row.path, row.mark): row for row in kept}
    found: list[LearnedUse] = []
    for artifact in artifacts:
        mark = _mark(artifact, times.get(artifact.path, 0))
        fresh = LearnedUse(artifact.path, now_s, mark=mark)
        found.append(_renewed(before.get((artifact.path, mark), fresh), artifact, used))
    return tuple(found)


def unused_since(row: LearnedUse) -> float:
    """Give the moment from which on nobody used it."""
    return max(row.since_s, row.used_s)


def is_unused(row: LearnedUse, idle: Idle, *, now_s: float) -> bool:
    """Say whether nobody used it for so many days (0: never), although three sessions where it lies could have.

    What lies in the home folder can be used by any session, what lies in a project by those of the project.
    """
    since_s = unused_since(row)
    if not idle.days or now_s - since_s <= idle.days * _DAY_S:
        return False
    base = row.path.partition("/.claude/")[0]
    could = (one for one in idle.sessions if one.at_s > since_s and (base == idle.home or base in one.folders))
    return sum(1 for _ in could) >= _ENOUGH_SESSIONS


def _renewed(row: LearnedUse, artifact: ExistingArtifact, used: Mapping[Name, NameUsed]) -> LearnedUse:
    kind = _AGENT if artifact.kind is ArtifactKind.AGENT else _INSTRUCTIONS
    path = PurePath(artifact.path)
    slug = path.parent.name if artifact.kind is ArtifactKind.SKILL else path.stem
    uses = [used[kind, name] for name in {artifact.name, slug} if (kind, name) in used]
    times = sorted({at_s for one in uses for at_s in one.since(unused_since(row))})
    return replace(row, used_s=times[-1], uses=row.uses + len(times)) if times else row


def _mark(artifact: ExistingArtifact, written_ns: int) -> str:
    """Tell what was written anew, also with the same words: a copy from a backup keeps both."""
    digest = hashlib.sha256(artifact.content.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:_MARK_CHARS]}-{written_ns}"


def _last(name: str) -> str:
    """Give a name without the plugin or folder that it is called by."""
    return name.rpartition(":")[2] or name
