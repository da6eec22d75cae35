"""What was found in the work, and how sure that is.

    confidence = S / (S + 2 C + 1) * (1 - 2^-n), at most 0.95

S is the sum of the weights of what speaks for it, C of what speaks against it, n the number of sessions it comes from.
A weight is 0.5^(age / half-life), times 1 for a success, 0.5 where nobody saw the outcome, and 2 for a person's word.

In     occurrences with time and outcome
Out    Finding, with its evidence and its reason
Never  counts one event twice
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from skillstrata.records.learned import ArtifactKind, Evidence

MOST_CONFIDENCE = 0.95
_MOST_EVIDENCE = 50


@dataclass(frozen=True, slots=True)
class Sight:
    """One occurrence: its evidence, when, and what it weighs while fresh."""

    evidence: Evidence
    at_s: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What sessions did, as it follows "4 sessions in 2 projects"."""

    text: str
    sights: tuple[Sight, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was learnt. `shape` is sequence, fix, rule or convention.

    `key` is the same wherever the same was found. `substance` are its own words, without ours around them: what
    near-duplicates are told by. `lines` are what its draft says; `topic` names it in a few clean words.
    `choice` is what a user wants, and what not, of a rule that chooses. `only_against` says that it
    becomes no draft: it is a plain "don't" of the user, and speaks against a rule.
    """

    shape: str
    key: str
    topic: tuple[str, ...]
    substance: str
    lines: tuple[str, ...]
    projects: tuple[str, ...]
    sights: tuple[Sight, ...]
    against: float = 0.0
    kind: ArtifactKind = ArtifactKind.SKILL
    claims: tuple[Claim, ...] = ()
    choice: tuple[str, str] = ("", "")
    only_against: bool = False

    @property
    def why(self) -> str:
        """Give the reason in words: each claim with the sessions and projects that did so."""
        return "; ".join(f"{where(c.sights)} {c.text} ({counted(len(c.sights), 'time')})" for c in self.claims)

    @property
    def sessions(self) -> int:
        """Count the sessions it was seen in."""
        return len({(s.evidence.project, s.evidence.session) for s in self.sights})

    @property
    def scope(self) -> str:
        """Say whether it is one project's or the user's: what two projects show is the user's."""
        return "user" if len(self.projects) > 1 else "project"


def weight_at(at_s: float, *, now_s: float, half_life_s: float) -> float:
    """Give what an occurrence still counts."""
    return 0.5 ** (max(0.0, now_s - at_s) / half_life_s)


def confidence_of(finding: Finding, *, now_s: float, half_life_s: float) -> float:
    """Give the confidence of a finding, by the formula above."""
    speaking = sum(s.weight * weight_at(s.at_s, now_s=now_s, half_life_s=half_life_s) for s in finding.sights)
    share = speaking / (speaking + 2 * finding.against + 1)
    return round(min(MOST_CONFIDENCE, share * (1 - 0.5**finding.sessions)), 2)


def merged(findings: Iterable[Finding]) -> Finding:
    """Join findings of the same into the one with the most evidence."""
    ordered = sorted(findings, key=lambda f: (-len(f.sights), f.key))
    first = ordered[0]
    sights = {(s.evidence.event_id, s.evidence.what): s for f in ordered for s in f.sights}
    return replace(
        first,
        projects=tuple(sorted({project for f in ordered for project in f.projects})),
        sights=tuple(sorted(sights.values(), key=lambda s: (s.at_s, s.evidence.event_id))),
        against=sum(f.against for f in ordered),
        lines=tuple(dict.fromkeys(line for f in ordered for line in f.lines)),
        claims=joined(claim for f in ordered for claim in f.claims),
    )


def joined(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Join claims of the same words."""
    by_text: dict[str, dict[tuple[str, str], Sight]] = {}
    for claim in claims:
        sights = by_text.setdefault(claim.text, {})
        sights.update({(s.evidence.event_id, s.evidence.what): s for s in claim.sights})
    return tuple(Claim(text, tuple(sights.values())) for text, sights in by_text.items())


def evidence_of(finding: Finding) -> tuple[Evidence, ...]:
    """Give the newest of its evidence, in order of time."""
    return tuple(s.evidence for s in finding.sights[-_MOST_EVIDENCE:])


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def where(sights: Iterable[Sight]) -> str:
    """Say in how many sessions and projects something was seen."""
    all_of = list(sights)
    sessions = {(s.evidence.project, s.evidence.session) for s in all_of}
    projects = {s.evidence.project for s in all_of}
    return f"{counted(len(sessions), 'session')} in {counted(len(projects), 'project')}"
