"""Join routing to open skills: an index that follows them, the log of what was proposed, the check before an install.

In     a RuntimeSession; requests; what became of them
Out    RoutingIndex, RouteRecord, Shadow
Never  keeps a request's text unless somebody asks for it, and then without secrets
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.wiring import App
from skillstrata.records.catalogues import Catalogue, ListingMode
from skillstrata.records.errors import StrataError
from skillstrata.records.routes import Route, RouteOutcome, RouteRecord, RouteState, Shadow
from skillstrata.records.skills import Skill
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.routing_index import RoutingIndex
from skillstrata.runtime.shadowing import shadows

_KEPT_CHARS = 500


@dataclass(frozen=True, slots=True)
class LogWish:
    """What to note of a request: its session, and whether its text is kept, without secrets, beside its digest."""

    session: str = ""
    keeps_text: bool = False
    variant: str = ""


def body_of(session: RuntimeSession) -> Callable[[Skill], str]:
    """Give the way to the bodies of a session's skills."""

    def body(skill: Skill) -> str:
        if not skill.approved:
            return ""
        try:
            return parse_skill(session.text(skill), folder_name=skill.name, path=skill.path).body
        except StrataError:
            # Its file or server went away a moment ago: it is found by its description until the next look.
            return ""

    return body


def followed(session: RuntimeSession, index: RoutingIndex | None = None) -> RoutingIndex:
    """Give an index that follows a session's registry as it is now; only what changed is read."""
    # Without "or": an index that is empty yet counts as nothing.
    index = RoutingIndex(session.vectors()) if index is None else index
    index.sync(session.registry, body_of(session))
    return index


def noted(app: App, request: str, found: Route, wish: LogWish, listing: Catalogue | None = None) -> RouteRecord:
    """Note what was proposed for a request; the model's choice is told later, by the record's id.

    Raises:
        StoreFull: The log cannot be written.
    """
    kept = app.redactor.redact(request[:_KEPT_CHARS]).text if wish.keeps_text else ""
    digest = hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()
    record = RouteRecord(
        id=uuid.uuid4().hex,
        at_s=app.clock.now_s(),
        session=wish.session,
        query_digest=digest,
        query=kept,
        route=found,
        state=RouteState() if listing is None else state_of(listing),
        variant=wish.variant,
    )
    app.skill_host.routing_log().add(record)
    return record


def told(app: App, record_id: str, *, chosen: str, outcome: RouteOutcome = RouteOutcome.UNKNOWN) -> None:
    """Note what the model chose, "" for nothing, and how that ended.

    Raises:
        StoreFull: The log cannot be written.
    """
    app.skill_host.routing_log().tell(record_id, chosen=chosen, outcome=outcome)


def called(app: App, skill_id: str, wish: LogWish) -> RouteRecord:
    """Note that a model called a skill without asking for a proposal: the listing was enough.

    Raises:
        StoreFull: The log cannot be written.
    """
    number, now_s = uuid.uuid4().hex, app.clock.now_s()
    record = RouteRecord(number, now_s, wish.session, "", "", Route(), chosen=skill_id, told=True, variant=wish.variant)
    app.skill_host.routing_log().add(record)
    return record


def shadowed(session: RuntimeSession, new: Skill, body: str) -> tuple[Shadow, ...]:
    """Say which skills of a session a new one would take requests from."""
    known = body_of(session)
    return shadows(new, session.registry, lambda skill: body if skill is new else known(skill))


def state_of(listing: Catalogue) -> RouteState:
    """Sum up in what state of the listing a choice is made."""
    modes = [entry.mode for entry in listing.entries]
    return RouteState(
        generation=listing.generation,
        listed=len(listing.listed),
        shortened=sum(entry.lost > 0 for entry in listing.listed),
        omitted=modes.count(ListingMode.OMITTED),
        used=listing.used,
        allowed=listing.budget.metadata,
    )
