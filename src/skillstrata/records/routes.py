"""What an index of skills proposes for a request, what became of it, and what the log of that says.

Shapes  a model chooses, always; `proposed` is only what the index would have chosen. Scores and chances lie in 0..1
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RouteCandidate:
    """One skill that may fit, by its id and by the name a model calls it by. The best of a route scores highest."""

    skill_id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Route:
    """What is proposed for one request, best first.

    `confidence` is the chance that the first candidate is the right one; `fit` is the chance that any skill fits at
    all. `abstained` says that none seems to: then `proposed` is "", and the candidates are only the nearest ones.
    `alternatives` are other candidates worth showing, given where the confidence is low.
    """

    candidates: tuple[RouteCandidate, ...] = ()
    proposed: str = ""
    confidence: float = 0.0
    fit: float = 0.0
    abstained: bool = True
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteState:
    """In what state of the listing a choice was made: which snapshot of skills, and how full the budget was."""

    generation: int = 0
    listed: int = 0
    shortened: int = 0
    omitted: int = 0
    used: int = 0
    allowed: int = 0


class RouteOutcome(StrEnum):
    """How a choice ended, where somebody tells; it is unknown until then."""

    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """One line of the routing log.

    `query_digest` is the sha256 of the request, "" for a call that nobody asked a proposal for. `query` is its text
    without secrets, "" where texts are not kept.
    `chosen` is the skill id that the model took, "" where it took none; `told` says whether that is known. `variant`
    names the description on trial, where one is.
    """

    id: str
    at_s: float
    session: str
    query_digest: str
    query: str
    route: Route
    state: RouteState = RouteState()
    chosen: str = ""
    told: bool = False
    outcome: RouteOutcome = RouteOutcome.UNKNOWN
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A skill that would lose requests to a new one: how many of the tried ones, and some of them."""

    skill_id: str
    tried: int
    stolen: int
    examples: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Give the part of the tried requests that would be lost."""
        return self.stolen / self.tried if self.tried else 0.0


@dataclass(frozen=True, slots=True)
class SkillTraffic:
    """How often a skill was proposed first, how often it was chosen, and how often another was chosen instead of it."""

    skill_id: str
    proposed: int = 0
    chosen: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class RoutingReport:
    """What the log shows about the skills of a registry.

    `unused` were never chosen. `black_holes` are proposed far more often than others and mostly passed over.
    """

    routes: int
    abstained: int
    told: int
    agreed: int
    traffic: tuple[SkillTraffic, ...] = ()
    unused: tuple[str, ...] = ()
    black_holes: tuple[SkillTraffic, ...] = ()
