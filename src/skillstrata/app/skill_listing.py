"""Join the listing of skills to open skills: settings, use, and the request at hand.

In     a RuntimeSession, a question
Out    Catalogue; Relief where the context runs over
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.skill_routing import followed
from skillstrata.app.wiring import App
from skillstrata.records.catalogues import BudgetProfile, Catalogue, ListingForm, ListingMode, ListingWish, Relief
from skillstrata.runtime.budgets import profile_of
from skillstrata.runtime.catalogue import ListingChoices, catalogue

_FITTING = 8


@dataclass(frozen=True, slots=True)
class ListingQuestion:
    """How to list: "" and None leave it to the settings. `request` moves skills that fit it to the front."""

    profile: str = ""
    total: int | None = None
    form: ListingForm | None = None
    request: str = ""
    wishes: tuple[ListingWish, ...] = ()


PLAIN = ListingQuestion()


def listing_of(app: App, session: RuntimeSession, question: ListingQuestion = PLAIN) -> Catalogue:
    """List the skills of an open session."""
    return catalogue(session.registry, _profile(session, question), _choices(app, session, question))


def relieved(
    app: App, session: RuntimeSession, used_elsewhere: int, question: ListingQuestion = PLAIN, *, active: int = 0
) -> Relief:
    """List the skills of an open session beside so much of other text; over 95 % of the budget, shorter ones.

    That is answered as a fault, and counted; `active` is how many skills have their text in the context.
    """
    choices = _choices(app, session, question)
    return session.relieve(_profile(session, question), used_elsewhere, active=active, choices=choices)


def _profile(session: RuntimeSession, question: ListingQuestion) -> BudgetProfile:
    settings = session.settings
    return profile_of(
        question.profile or settings.listing_profile,
        shares=session.loader.context,
        context_tokens=settings.context_tokens or None,
        total=question.total,
    )


def _choices(app: App, session: RuntimeSession, question: ListingQuestion) -> ListingChoices:
    said = tuple(ListingWish(skill, ListingMode(mode)) for skill, mode in session.settings.listing)
    fitting: tuple[str, ...] = ()
    if question.request:
        route = followed(session).route(question.request, limit=_FITTING)
        fitting = () if route.abstained else tuple(candidate.skill_id for candidate in route.candidates)
    return ListingChoices(wishes=(*said, *question.wishes), uses=uses(app), fitting=fitting, form=question.form)


def uses(app: App) -> Mapping[str, int]:
    """Count how often each skill was chosen, as far as the routing log knows."""
    return Counter(record.chosen for record in app.skill_host.routing_log().records() if record.chosen)
