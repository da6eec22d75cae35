"""Propose skills for requests, and report on what the log says of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.skill_routing import body_of, followed, shadowed
from skillstrata.app.wiring import App
from skillstrata.records.routes import Route, RoutingReport, Shadow
from skillstrata.records.trials import TrialResult
from skillstrata.runtime.description_trials import compared_in_pairs, verdict
from skillstrata.runtime.routing_index import RoutingIndex
from skillstrata.runtime.routing_report import routing_report


@dataclass(frozen=True, slots=True)
class LabelledRequest:
    """A request and the names of the skills that are right for it; none where nothing fits."""

    text: str
    right: tuple[str, ...] = ()


def route(app: App, query: SkillQuery, requests: Iterable[str]) -> Iterator[Route]:
    """Find every skill, then propose some for each request, one after the other; nothing is noted.

    Raises:
        DependencyCycle: Skills need each other in a circle, and the settings let that fail.
    """
    index = followed(open_skills(app, query))
    for request in requests:
        yield index.route(request)


def report(app: App, query: SkillQuery) -> RoutingReport:
    """Report unused skills and those that attract what is not theirs, from the routing log."""
    return routing_report(open_skills(app, query).registry, app.skill_host.routing_log().records())


def shadow(app: App, query: SkillQuery, folder: Path) -> tuple[Shadow, ...]:
    """Say which skills would lose requests to those of a folder, were they installed."""
    session, fresh = open_skills(app, query), open_skills(app, SkillQuery((folder,), usual=False))
    body = body_of(fresh)
    return tuple(one for skill in fresh.registry.skills for one in shadowed(session, skill, body(skill)))


def trial(app: App, query: SkillQuery, name: str, description: str, requests: Sequence[LabelledRequest]) -> TrialResult:
    """Try another description of a skill on labelled requests, each with both descriptions.

    Raises:
        SkillNotFound: There is no such skill.
    """
    session = open_skills(app, query)
    skill = session.finder.find(name)
    body = body_of(session)
    current, proposed = followed(session), followed(session)
    front = replace(skill.frontmatter, description=description, when_to_use="")
    proposed.add(replace(skill, frontmatter=front), body(skill))
    return compared_in_pairs(
        [(verdict(one.right, _taken(current, one)), verdict(one.right, _taken(proposed, one))) for one in requests]
    )


def _taken(index: RoutingIndex, request: LabelledRequest) -> str:
    found = index.route(request.text, limit=1)
    return "" if found.abstained else found.candidates[0].name
