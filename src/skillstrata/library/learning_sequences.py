"""Steps that follow each other again and again: the same in so many episodes, of so many sessions.

In     Episodes
Out    Findings of the shape "sequence", of one project each, the longest that hold
Never  takes a run with a failed step, or one that would not run as it is written down; what everybody does (add,
       commit, push) for practice of a project
Why    what is done the same way each time can be asked for by one name
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from skillstrata.library.learning_episodes import Act, Episode
from skillstrata.library.learning_findings import Claim, Finding, Sight
from skillstrata.records.events import Outcome
from skillstrata.records.learned import ArtifactKind, Evidence
from skillstrata.records.session_work import LearningLimits

_LEAST_COMMANDS = 3
_LEAST_OWN = 2
_LONGEST = 8
# A shorter run is left out where nearly all of its episodes hold the longer one too.
_SHARE_OF_LONGER = 0.7
_EVERYBODYS = ("git add", "git commit", "git push", "git pull", "gh pr create", "gh pr")

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run in one episode."""

    episode: Episode
    acts: tuple[Act, ...]


def sequences(episodes: tuple[Episode, ...], limits: LearningLimits) -> tuple[Finding, ...]:
    """Find the runs of each project that hold.

    Args:
        episodes: Of any number of projects.
        limits: How many episodes and sessions make a practice.
    """
    by_lane: defaultdict[tuple[str, bool], list[Episode]] = defaultdict(list)
    for episode in episodes:
        by_lane[episode.project, bool(episode.sub_agent)].append(episode)
    return tuple(
        finding
        for (project, by_sub_agent), group in sorted(by_lane.items())
        for finding in _of_project(project, group, limits, by_sub_agent=by_sub_agent)
    )


def _of_project(project: str, episodes: list[Episode], limits: LearningLimits, *, by_sub_agent: bool) -> list[Finding]:
    seen: defaultdict[Run, dict[str, _Seen]] = defaultdict(dict)
    for episode in episodes:
        for stretch in _stretches(episode.acts):
            for run, acts in _runs(stretch):
                seen[run].setdefault(episode.id, _Seen(episode, acts))
    held = {
        run: found
        for run, found in seen.items()
        if len(found) >= limits.min_count
        and len({one.episode.session for one in found.values()}) >= limits.min_sessions
    }
    kind = ArtifactKind.AGENT if by_sub_agent else ArtifactKind.COMMAND
    return [_finding(project, run, list(held[run].values()), kind) for run in _longest(held)]


def _stretches(acts: tuple[Act, ...]) -> Iterable[list[Act]]:
    """Cut where a step failed or lost its own word, and join the same step done several times in a row."""
    current: list[Act] = []
    for act in acts:
        if act.outcome is Outcome.FAILED or not act.step.is_whole:
            yield current
            current = []
        elif not current or current[-1].step.core != act.step.core:
            current.append(act)
    yield current


def _runs(stretch: list[Act]) -> Iterable[tuple[Run, tuple[Act, ...]]]:
    for start in range(len(stretch)):
        for end in range(start + _LEAST_COMMANDS, min(len(stretch), start + _LONGEST) + 1):
            acts = stretch[start:end]
            if not acts[0].is_edit and not acts[-1].is_edit and _is_worth(acts):
                yield tuple(act.step.core for act in acts), tuple(acts)


def _is_worth(acts: list[Act]) -> bool:
    commands = {act.step.core for act in acts if not act.is_edit}
    return (
        len(commands) >= _LEAST_COMMANDS and len([c for c in commands if not c.startswith(_EVERYBODYS)]) >= _LEAST_OWN
    )


def _longest(held: dict[Run, dict[str, _Seen]]) -> list[Run]:
    """Keep the runs that are no part of a longer one, and those of them that hold on their own."""
    kept: list[Run] = []
    for run in sorted(held, key=lambda r: (-len(r), -len(held[r]), r)):
        inside = [longer for longer in kept if _is_part(run, longer) or set(run) <= set(longer)]
        covered = {episode for longer in inside for episode in held[longer]}
        alone = len(held[run].keys() - covered)
        if not inside or alone > (1 - _SHARE_OF_LONGER) * len(held[run]) + 1:
            if not any(len(set(run) & set(one)) >= _SHARE_OF_LONGER * len(set(run)) for one in kept):
                kept.append(run)
    return kept


def _is_part(run: Run, longer: Run) -> bool:
    return any(longer[at : at + len(run)] == run for at in range(len(longer) - len(run) + 1))


def _finding(project: str, run: Run, seen: list[_Seen], kind: ArtifactKind) -> Finding:
    shown = [_usual(at, seen) for at in range(len(run))]
    sights = tuple(_sight(project, one) for one in sorted(seen, key=lambda s: (s.acts[0].at_s, s.episode.id)))
    commands = [text for text, core in zip(shown, run, strict=True) if not core.startswith("edit ")]
    topic = tuple(dict.fromkeys(word for core in run if not core.startswith("edit ") for word in core.split()[-1:]))
    claim = Claim(f"ran {', '.join(f'`{c}`' for c in commands)} in this order", sights)
    lines = tuple(_line(number, text) for number, text in enumerate(shown, start=1))
    return Finding(
        "sequence",
        "sequence " + " > ".join(run),
        topic,
        " ".join(commands),
        lines,
        (project,),
        sights,
        kind=kind,
        claims=(claim,),
    )


def _line(number: int, text: str) -> str:
    if text.startswith("edit "):
        return f"{number}. Edit {text.removeprefix('edit ')} files."
    if text.startswith("tool "):
        return f"{number}. `{text.removeprefix('tool ')}`"
    return f"{number}. `{text}`"


def _usual(at: int, seen: list[_Seen]) -> str:
    texts = Counter(one.acts[at].step.text for one in seen)
    return min(texts, key=lambda text: (-texts[text], text))


def _sight(project: str, one: _Seen) -> Sight:
    known = all(act.outcome in {Outcome.OK, Outcome.BENIGN} for act in one.acts)
    what = f"ran {len(one.acts)} steps in this order"
    first = one.acts[0]
    return Sight(Evidence(first.event_id, one.episode.session, project, what), first.at_s, 1.0 if known else 0.5)
