"""A command that keeps failing, and the changed one that then works.

In     Episodes
Out    Findings of the shape "fix", of one project each
Never  learns from a failure that passes (network, limits, a full disk, a person's no), from one after which anything
       else was done that may have mended it, or about a command that works at other times
Why    a test that fails says something about the code; only what fails each time says something about the command
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.library.learning_episodes import Act, Episode
from skillstrata.library.learning_findings import Claim, Finding, Sight
from skillstrata.library.learning_words import INTERPRETERS, RUNNERS, TWO_WORDS
from skillstrata.records.events import Outcome
from skillstrata.records.learned import Evidence
from skillstrata.records.session_work import LearningLimits

_NEAR = 3
_MOST_SUCCESS = 0.1
_LEAST_SUCCESS = 0.6
_LEAST_LIKE = 0.5
_STARTERS = TWO_WORDS | INTERPRETERS | frozenset(RUNNERS) | {"run", "exec", "-m"}
_DONE = (Outcome.OK, Outcome.BENIGN)


@dataclass(frozen=True, slots=True)
class _Pair:
    failed: Act
    worked: Act
    episode: Episode


def fixes(episodes: tuple[Episode, ...], limits: LearningLimits) -> tuple[Finding, ...]:
    """Find the pairs of each project that hold.

    Args:
        episodes: Of any number of projects.
        limits: How many pairs of how many sessions make a rule.
    """
    by_project: defaultdict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        by_project[episode.project].append(episode)
    return tuple(f for project, group in sorted(by_project.items()) for f in _of_project(project, group, limits))


def _of_project(project: str, episodes: list[Episode], limits: LearningLimits) -> list[Finding]:
    rates = _rates(episodes)
    pairs: defaultdict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for episode in episodes:
        for pair in _pairs(episode):
            pairs[pair.failed.step.key, pair.worked.step.key].append(pair)
    found: list[Finding] = []
    for (failed, worked), group in sorted(pairs.items()):
        sessions = {pair.episode.session for pair in group}
        enough = len(group) >= limits.min_count and len(sessions) >= limits.min_sessions
        if enough and rates.share(failed) <= _MOST_SUCCESS and rates.share(worked) >= _LEAST_SUCCESS:
            found.append(_finding(project, group, against=float(rates.ok[failed])))
    return found


class _Rates:
    """How often each command worked and failed, passing failures apart."""

    def __init__(self) -> None:
        self.ok: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def share(self, key: str) -> float:
        total = self.ok[key] + self.failed[key]
        return self.ok[key] / total if total else 0.0


def _rates(episodes: list[Episode]) -> _Rates:
    rates = _Rates()
    for act in (act for episode in episodes for act in episode.acts):
        if act.outcome in _DONE:
            rates.ok[act.step.key] += 1
        elif act.outcome is Outcome.FAILED and not act.passing:
            rates.failed[act.step.key] += 1
    return rates


def _pairs(episode: Episode) -> Iterable[_Pair]:
    for at, act in enumerate(episode.acts):
        if act.outcome is not Outcome.FAILED or act.passing or act.is_edit:
            continue
        # Whether a tool in between changed anything, the act after it says.
        tries = [later for later in episode.acts[at + 1 : at + 1 + _NEAR] if not later.step.core.startswith("tool ")]
        for later in tries:
            # What was done in between, not the command, may be why it works now.
            if later.after_change or not _are_alike(act, later) or later.step.key == act.step.key:
                break
            if later.outcome in _DONE:
                yield _Pair(act, later, episode)
                break


def _are_alike(one: Act, other: Act) -> bool:
    """Say whether both are for the same: of one goal, one command with other options, or with words in common."""
    if one.step.core == other.step.core or (one.step.goal and one.step.goal == other.step.goal):
        return True
    a, b = _own_words(one.step.core), _own_words(other.step.core)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= _LEAST_LIKE


def _own_words(core: str) -> set[str]:
    """Give the words that are not a program's that starts others: `make docs` and `make check` have none in common."""
    return {word for word in re.split(r"[ /]", core) if len(word) > 1 and word not in _STARTERS}


def _finding(project: str, group: list[_Pair], *, against: float) -> Finding:
    failed = _usual(pair.failed.step.text for pair in group)
    worked = _usual(pair.worked.step.text for pair in group)
    first = group[0]
    what = "a command failed and a changed one worked"
    sights = tuple(
        Sight(Evidence(p.failed.event_id, p.episode.session, project, what), p.failed.at_s)
        for p in sorted(group, key=lambda p: (p.failed.at_s, p.failed.event_id))
    )
    key = f"fix {first.failed.step.key} > {first.worked.step.key}"
    topic = _topic(first.failed, first.worked)
    claim = Claim(f"had `{failed}` fail and `{worked}` work right after", sights)
    lines = (f"- `{failed}` fails; `{worked}` works.",)
    return Finding("fix", key, topic, f"{failed} {worked}", lines, (project,), sights, against, claims=(claim,))


def _topic(failed: Act, worked: Act) -> tuple[str, ...]:
    """Name a fix by both commands, or, of one with other options, by those."""
    core = worked.step.core.split()
    if worked.step.core != failed.step.core:
        return (*core[:3], "not", *failed.step.core.split()[:3])
    mine, its = (set(act.step.key.split()) - set(core) for act in (worked, failed))
    return (*core[:3], *(("with", *sorted(mine - its)) if mine - its else ("without", *sorted(its - mine))))


def _usual(texts: Iterable[str]) -> str:
    counts = Counter(texts)
    return min(counts, key=lambda text: (-counts[text], text))
