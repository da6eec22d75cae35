"""What happens when the context runs over?"""

import pytest

from skillstrata.records.catalogues import ListingMode
from skillstrata.runtime.budgets import profile_of
from skillstrata.runtime.catalogue import ListingChoices
from skillstrata.runtime.context_relief import context_relief
from tests.routed_skills import a_registry, a_skill

REGISTRY = a_registry(
    *(a_skill(f"s{n:02}", f"Does thing number {n} for a reason that takes long to tell. " * 3) for n in range(40))
)
PROFILE = profile_of(total=15_000)


def test_with_room_nothing_is_done() -> None:
    """Up to 95 % is what the budget is for."""
    relief = context_relief(REGISTRY, PROFILE, 8_000)

    assert relief.steps == ()
    assert relief.before == relief.after <= 0.95
    assert not relief.needs_human


def test_over_the_limit_it_compresses_then_drops_the_least_used() -> None:
    """The third row of the matrix, in its order."""
    relief = context_relief(REGISTRY, PROFILE, 13_300, ListingChoices(uses={"user/s33": 4}))
    modes = {entry.name: entry.mode for entry in relief.catalogue.entries}

    assert relief.before > 0.95
    assert relief.steps[0] == "compressed"
    assert relief.steps[1].startswith("dropped ")
    assert relief.after <= 0.9
    assert not relief.needs_human
    assert modes["s33"] is not ListingMode.OMITTED
    assert ListingMode.OMITTED in modes.values()
    # Every name takes 6 characters of 200; the line that says how many are missing takes the rest.
    assert len(relief.catalogue.listed) > 20


def test_where_compressing_is_enough_nothing_is_dropped() -> None:
    """Twin: a skill is only dropped for need."""
    few = a_registry(*(a_skill(f"s{n}", "A long tale of what it does, and why, and for whom. " * 16) for n in range(7)))
    relief = context_relief(few, PROFILE, 9_000)

    assert relief.before > 0.95
    assert relief.steps == ("compressed",)
    assert len(relief.catalogue.listed) == 7


@pytest.mark.parametrize("elsewhere", [11_000, 12_000, 12_600, 13_200])
def test_no_skill_is_dropped_while_a_shorter_listing_of_all_would_fit(elsewhere: int) -> None:
    """A model cannot call what it is not shown: descriptions go first, however little is left."""
    relief = context_relief(REGISTRY, PROFILE, elsewhere)

    assert relief.before > 0.95
    assert len(relief.catalogue.listed) == 40
    assert relief.after <= 0.95
    assert not relief.needs_human


def test_a_human_is_asked_where_nothing_helps() -> None:
    """Still over 90 % after everything: what fills the context is not ours to drop."""
    relief = context_relief(REGISTRY, PROFILE, 14_500)

    assert relief.needs_human
    assert relief.catalogue.text == ""
