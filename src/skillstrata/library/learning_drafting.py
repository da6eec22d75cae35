"""From work to drafts: what was found, without duplicates, sure enough and not too much of it, in plain words.

    SessionWork --read--> Episodes, prompts --find--> Findings --merge--> --weigh, limit--> LearnedDraft

In     sessions of any number of projects; limits; what exists and what was settled
Out    drafts, each with its reason and its evidence; what was left out, counted
Never  exposes anything: a draft is a file that nobody lists; writes a word that is not the user's, a command's or ours
Why    a few drafts that hold are read; many are not
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

from skillstrata.library.hostile_text import orders, unseen
from skillstrata.library.learning_conventions import conventions
from skillstrata.library.learning_corrections import corrections
from skillstrata.library.learning_episodes import read_work
from skillstrata.library.learning_findings import Finding, confidence_of, counted, evidence_of
from skillstrata.library.learning_fixes import fixes
from skillstrata.library.learning_meaning import in_latin_letters
from skillstrata.library.learning_merging import bundled, without_duplicates
from skillstrata.library.learning_places import places_of
from skillstrata.library.learning_sequences import sequences
from skillstrata.records.learned import ArtifactKind, LearnedDraft
from skillstrata.records.learned_drafts import DraftsMade, FoundDraft, session_digest
from skillstrata.records.session_work import LearningLimits, SessionWork

MOST_DRAFT = 4000
_LEAST_NAME, _MOST_NAME = 3, 48
_MOST_BECAUSE = 600
_MOST_DESCRIPTION = 300
_MARKUP = re.compile(r"[<>\\\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|REDACTED")
_NAME_WORD = re.compile(r"[^\W_]+")
_PATHS = re.compile(r"(?:^|[\s`'\"(])(?:/(?!\s)|~/|[A-Za-z]:[/\\])")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is already: `keys` of kept drafts with their projects, and `settled` ones that were decided about."""

    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    settled: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()


def draft_from(
    works: tuple[SessionWork, ...],
    limits: LearningLimits,
    known: Known,
    *,
    now_s: float,
    is_clean: Callable[[str], bool] = lambda _text: True,
) -> DraftsMade:
    """Make drafts of sessions.

    Shapes:
        at most `max_per_run` new drafts, `max_per_project` for each project, `max_total` with those that are kept.

    Args:
        works: Whole sessions, events in order of time.
        limits: From which figures on, and how much.
        known: What is kept, and what was settled: it is not made again.
        now_s: The time, for decay.
        is_clean: A last word on every text: False leaves the draft out.
    """
    work = read_work(works, known.private, now_s=now_s)
    found = (
        *corrections(work.said, limits, known.private),
        *fixes(work.episodes, limits),
        *sequences(work.episodes, limits),
        *conventions(work.episodes, limits),
    )

    def sure(finding: Finding) -> float:
        return confidence_of(finding, now_s=now_s, half_life_s=limits.half_life_s)

    merged = without_duplicates(found, places_of(works))
    held = [f for f in merged if sure(f) >= limits.min_confidence]
    ready = [f for f in bundled(tuple(held)) if digest_of(f) not in known.settled]
    drafts = [_found(f, sure(f)) for f in sorted(ready, key=lambda f: (-sure(f), -len(f.sights), f.key))]
    clean = [d for d in drafts if is_sound(d.draft, known.private) and is_clean(_whole(d.draft))]
    kept = _within(clean, limits, known)
    return DraftsMade(
        _named(kept),
        sessions=work.sessions,
        automated=work.left_out,
        unsure=len(merged) - len(held),
        unclean=len(drafts) - len(clean),
        over_limit=len(clean) - len(kept),
    )


def digest_of(finding: Finding) -> str:
    """Give the short digest by which a draft is known again, whatever its name or its words become."""
    return hashlib.sha256(f"{finding.kind.value}\0{finding.key}".encode()).hexdigest()[:16]


def is_sound(draft: LearnedDraft, private: frozenset[str] = frozenset()) -> bool:
    """Look at a whole draft once more: size, markup, invisible characters, paths, people."""
    text = _whole(draft)
    if (
        orders(text)
        or unseen(text)
        or len(text) > MOST_DRAFT
        or _MARKUP.search(text)
        or _PATHS.search(text)
        or "://" in text
    ):
        return False
    return not private.intersection(re.findall(r"[a-z0-9]+", text.lower()))


def _whole(draft: LearnedDraft) -> str:
    return "\n".join((draft.name, draft.description, draft.content, draft.because))


def _found(finding: Finding, confidence: float) -> FoundDraft:
    draft = LearnedDraft(
        name=_name(finding),
        description=_description(finding)[:_MOST_DESCRIPTION],
        content="\n".join(finding.lines),
        confidence=confidence,
        kind=finding.kind,
        scope=finding.scope,
        evidence=evidence_of(finding),
        because=f"created because {finding.why}"[:_MOST_BECAUSE],
    )
    sources = tuple(sorted({session_digest(sight.evidence.session) for sight in finding.sights}))
    return FoundDraft(
        digest_of(finding), finding.shape, draft, finding.projects, len(finding.sights), finding.sessions, sources
    )


def _name(finding: Finding) -> str:
    words = [word for word, _ in groupby(_NAME_WORD.findall(in_latin_letters(" ".join(finding.topic))))]
    first = {"sequence": "run", "convention": "conventions"}.get(finding.shape, "")
    if finding.kind is ArtifactKind.AGENT:
        first = "task"
    words = [first, *words] if first else words
    name = ""
    for word in words:
        if len(name) + len(word) + 1 <= _MOST_NAME:
            name = f"{name}-{word}" if name else word
    return name if len(name) >= _LEAST_NAME else f"{finding.shape}-{digest_of(finding)[:6]}"


def _description(finding: Finding) -> str:
    commands = [f"`{text}`" for text in re.findall(r"`([^`]+)`", "\n".join(finding.lines))]
    match finding.shape:
        case "sequence":
            return f"{', then '.join(commands)}."
        case "convention":
            return "; ".join(line.removeprefix("- ") for line in finding.lines) + "."
        case _:
            # No words around it: words that every draft has would make all of them alike.
            return finding.lines[0].removeprefix("- ")


def _within(drafts: list[FoundDraft], limits: LearningLimits, known: Known) -> list[FoundDraft]:
    """Keep to the limits: what is kept already goes first, then the surest."""
    before = {key for key, _ in known.keys}
    kept: list[FoundDraft] = []
    per_project: Counter[str] = Counter()
    new = 0
    for draft in sorted(drafts, key=lambda d: d.key not in before):
        is_new = draft.key not in before
        full = any(per_project[project] >= limits.max_per_project for project in draft.projects)
        if full or len(kept) >= limits.max_total or (is_new and new >= limits.max_per_run):
            continue
        kept.append(draft)
        new += is_new
        per_project.update(draft.projects)
    return kept


def _named(drafts: list[FoundDraft]) -> tuple[FoundDraft, ...]:
    """Give each a name of its own."""
    taken: Counter[str] = Counter()
    out: list[FoundDraft] = []
    for one in sorted(drafts, key=lambda d: (d.draft.name, d.key)):
        taken[one.draft.name] += 1
        number = taken[one.draft.name]
        name = one.draft.name if number == 1 else f"{one.draft.name}-{number}"
        out.append(replace(one, draft=replace(one.draft, name=name)))
    return tuple(sorted(out, key=lambda d: (-d.draft.confidence, d.draft.name)))


def summary_of(made: DraftsMade) -> str:
    """Say in a line what became of what was found."""
    left = (
        f"{made.automated} without a person left out" if made.automated else "",
        f"{made.unsure} not sure enough" if made.unsure else "",
        f"{made.unclean} not clean" if made.unclean else "",
        f"{made.over_limit} over the limits" if made.over_limit else "",
    )
    rest = ", ".join(part for part in left if part)
    return f"{counted(len(made.drafts), 'draft')} from {counted(made.sessions, 'session')}" + (
        f" ({rest})" if rest else ""
    )
