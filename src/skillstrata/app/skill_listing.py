"""Join the listing of skills to open skills: settings, use, and the request at hand.

In     a RuntimeSession, a question
Out    Catalogue; Relief where the context runs over
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.skill_routing import followed
from skillstrata.app.skill_trials import registry_for
from skillstrata.app.wiring import App
from skillstrata.records.catalogues import BudgetProfile, Catalogue, ListingForm, ListingMode, ListingWish, Relief
from skillstrata.runtime.budgets import profile_of
from skillstrata.runtime.catalogue import ListingChoices, catalogue

_FITTING = 8


@dataclass(frozen=True, slots=True)
class ListingQuestion:
    """How to list: "" and None leave it to the settings. `request` moves skills that fit it to the front.

    `session` is who is shown it: descriptions on trial are given to whole sessions. `touched` are files that are worked
    on, as paths below the project: skills with `paths` are listed for those alone.
    """

    profile: str = ""
    total: int | None = None
    form: ListingForm | None = None
    request: str = ""
    wishes: tuple[ListingWish, ...] = ()
    session: str = ""
    touched: tuple[str, ...] = ()


PLAIN = ListingQuestion()


def listing_of(app: App, session: RuntimeSession, question: ListingQuestion = PLAIN) -> Catalogue:
    """List the skills of an open session."""
    return catalogue(
        registry_for(session, question.session), _profile(session, question), _choices(app, session, question)
    )


def relieved(
    app: App, session: RuntimeSession, used_elsewhere: int, question: ListingQuestion = PLAIN, *, active: int = 0
) -> Relief:
    """List the skills of an open session beside so much of other text; over 95 % of the budget, shorter ones.

    That is answered as a fault, and counted; `active` is how many skills have their text in the context.
    """
    choices = _choices(app, session, question)
    shown = registry_for(session, question.session)
    return session.relieve(_profile(session, question), used_elsewhere, active=active, choices=choices, registry=shown)


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
    return ListingChoices(
        wishes=(*said, *question.wishes),
        uses=uses(app),
        fitting=fitting,
        form=question.form,
        touched=question.touched,
    )


def below(project: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Give files by their path below the project; relative ones are taken for that, ones outside are left out."""
    found: list[str] = []
    for file in files:
        path = os.path.relpath(file, project) if os.path.isabs(file) else os.path.normpath(file)
        if path.split(os.sep, 1)[0] not in {os.pardir, os.curdir}:
            found.append(path.replace(os.sep, "/"))
    return tuple(found)


def uses(app: App) -> Mapping[str, int]:
    """Count how often each skill was chosen, as far as the routing log knows."""
    return Counter(record.chosen for record in app.skill_host.routing_log().records() if record.chosen)
