"""How a project's own steps are run: the one form of each goal that held, and the order of goals.

In     Episodes
Out    Findings of the shape "convention", of one project each
Never  makes a convention of what was done two ways about as often, or of a single session
Why    an agent that must find out again how tests are run here has learnt nothing
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.library.learning_episodes import Act, Episode
from skillstrata.library.learning_findings import Claim, Finding, Sight
from skillstrata.library.learning_forms import usual_form
from skillstrata.library.learning_words import manager_of
from skillstrata.records.events import Outcome
from skillstrata.records.learned import Evidence
from skillstrata.records.session_work import LearningLimits

_LEAST_SHARE = 0.8
_LEAST_ORDER = 0.9
# Tests and checks fail for good reasons; a form that hardly ever worked is still none.
_LEAST_SUCCESS = 0.3
_GOALS = {
    "test": ("Tests", "ran the tests"),
    "lint": ("Lint", "ran the linter"),
    "format": ("Formatting", "formatted files"),
    "types": ("Types", "checked types"),
    "build": ("Build", "ran the build"),
}
_SAY_THE_GOAL = frozenset("run test tests lint format fmt build check -m exec".split())
_ORDERED = ("build", "format", "lint", "types", "test", "commit")
_NOUNS = {"commit": "committing", "format": "formatting", "lint": "linting", "types": "checking types"}


@dataclass(frozen=True, slots=True)
class _Run:
    episode: Episode
    act: Act


def conventions(episodes: tuple[Episode, ...], limits: LearningLimits) -> tuple[Finding, ...]:
    """Find what held in each project.

    Args:
        episodes: Of any number of projects.
        limits: How many runs of how many sessions make a convention.
    """
    by_project: defaultdict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        by_project[episode.project].append(episode)
    found: list[Finding] = []
    for project, group in sorted(by_project.items()):
        found += _forms(project, group, limits)
        found += _managers(project, group, limits)
        found += _orders(project, group, limits)
    return tuple(found)


def _forms(project: str, episodes: list[Episode], limits: LearningLimits) -> Iterable[Finding]:
    """The command of each goal."""
    runs: defaultdict[str, list[_Run]] = defaultdict(list)
    for episode in episodes:
        for act in episode.acts:
            if act.step.goal in _GOALS:
                runs[act.step.goal].append(_Run(episode, act))
    for goal, every in sorted(runs.items()):
        all_of = _once(every)
        # A form that never works is a mistake that is made again and again, not a second way.
        counts = Counter(r.act.step.core for r in all_of if r.act.outcome is not Outcome.FAILED)
        if not counts:
            continue
        core = min(counts, key=lambda c: (-counts[c], c))
        own = [r for r in all_of if r.act.step.core == core]
        if counts[core] < _LEAST_SHARE * counts.total() or not _is_enough(own, limits) or not _works(own):
            continue
        form = usual_form([r.act.step for r in own], _LEAST_SHARE)
        # What is told is counted: a few runs had another form.
        exact = [r for r in own if r.act.step.text == form]
        told = exact if len(exact) >= _LEAST_SHARE * len(own) else own
        if not form or not _is_enough(told, limits):
            continue
        sights = _sights(project, told, f"{_GOALS[goal][1]} this way")
        claim = f"{_GOALS[goal][1]} by `{form}`"
        line = f"- {_GOALS[goal][0]}: `{form}`"
        against = float(counts.total() - counts[core])
        about = (f"convention {goal}: {form}", f"{goal} {_tool_of(core)}", core)
        yield _finding(about, line, claim, sights, against=against)


def _tool_of(core: str) -> str:
    """Give the word that tells whose command it is."""
    return next((word for word in reversed(core.split()) if word not in _SAY_THE_GOAL), core.split(maxsplit=1)[0])


def _works(runs: list[_Run]) -> bool:
    known = [r for r in runs if r.act.outcome is not Outcome.UNKNOWN and not r.act.passing]
    good = [r for r in known if r.act.outcome is not Outcome.FAILED]
    return not known or len(good) >= _LEAST_SUCCESS * len(known)


def _managers(project: str, episodes: list[Episode], limits: LearningLimits) -> Iterable[Finding]:
    """The package manager of each language."""
    used: defaultdict[str, dict[str, list[_Run]]] = defaultdict(lambda: defaultdict(list))
    for episode in episodes:
        for act in episode.acts:
            family, name = manager_of(act.step.core)
            if family and act.outcome is not Outcome.FAILED:
                used[family][name].append(_Run(episode, act))
    for family, every in sorted(used.items()):
        by_name = {name: list({r.act.event_id: r for r in runs}.values()) for name, runs in every.items()}
        total = sum(map(len, by_name.values()))
        name = min(by_name, key=lambda n: (-len(by_name[n]), n))
        own = by_name[name]
        if len(own) < _LEAST_SHARE * total or not _is_enough(own, limits):
            continue
        sights = _sights(project, own, "used this package manager")
        claim = f"went through `{name}` for {family} packages and scripts"
        line = f"- Packages ({family}): `{name}`"
        against = float(total - len(own))
        yield _finding((f"convention manager {family}: {name}", name, name), line, claim, sights, against=against)


def _orders(project: str, episodes: list[Episode], limits: LearningLimits) -> Iterable[Finding]:
    """Which goal comes before which, in episodes that have both."""
    before: defaultdict[tuple[str, str], list[_Run]] = defaultdict(list)
    for episode in episodes:
        at = _firsts(episode)
        for one, first in at.items():
            for other, second in at.items():
                if first < second:
                    before[one, other].append(_Run(episode, episode.acts[first]))
    for (one, other), own in sorted(before.items()):
        against = len(before.get((other, one), []))
        is_plain = _ORDERED.index(one) < _ORDERED.index(other) and other == "commit"
        if not is_plain or not _is_enough(own, limits) or len(own) < _LEAST_ORDER * (len(own) + against):
            continue
        if len(own) < _LEAST_SHARE * sum("commit" in _firsts(e) for e in episodes):
            continue
        sights = _sights(project, own, f"ran {one} before {other}")
        noun = _NOUNS.get(one, f"the {one}")
        claim = f"had {noun} before {_NOUNS[other]}"
        line = f"- Order: {noun} comes before {_NOUNS[other]}"
        # The command is no part of its name, but of what it says: a rule may say the same.
        cores = Counter(run.act.step.core for run in own)
        about = (f"convention order: {one} > {other}", one, min(cores, key=lambda c: (-cores[c], c)))
        yield _finding(about, line, claim, sights, against=against)


def _firsts(episode: Episode) -> dict[str, int]:
    """Give where each goal is first reached, a commit where it is last."""
    found: dict[str, int] = {}
    for at, act in enumerate(episode.acts):
        goal = act.step.goal
        if goal in _ORDERED and (goal == "commit" or goal not in found):
            found[goal] = at
    return found


def _once(runs: list[_Run]) -> list[_Run]:
    """Count a call once, however often its line runs the same."""
    return list({(run.act.event_id, run.act.step.core): run for run in runs}.values())


def _is_enough(runs: list[_Run], limits: LearningLimits) -> bool:
    return len(runs) >= limits.min_count and len({r.episode.session for r in runs}) >= limits.min_sessions


def _sights(project: str, runs: list[_Run], what: str) -> tuple[Sight, ...]:
    ordered = sorted(runs, key=lambda r: (r.act.at_s, r.act.event_id))
    weights = {Outcome.OK: 1.0, Outcome.BENIGN: 1.0, Outcome.UNKNOWN: 0.5, Outcome.FAILED: 0.25}
    return tuple(
        Sight(Evidence(r.act.event_id, r.episode.session, project, what), r.act.at_s, weights[r.act.outcome])
        for r in ordered
    )


def _finding(
    about: tuple[str, str, str], line: str, claim: str, sights: tuple[Sight, ...], *, against: float
) -> Finding:
    key, topic, substance = about
    return Finding(
        "convention",
        key,
        tuple(dict.fromkeys(topic.split())),
        substance,
        (line,),
        (sights[0].evidence.project,),
        sights,
        against,
        claims=(Claim(claim, sights),),
    )
