"""What to do when the context runs over: shorten the listing, then drop the least used skills from it.

In     the registry and its profile, what else fills the context
Out    Relief: the shorter listing, what was done, and whether a human must decide
Why    the rollback matrix of docs/runtime.md: over 95 % used, compress, then drop the least used; still over 90 %
       after that, a human
"""

from dataclasses import replace

from skillstrata.records.catalogues import BudgetProfile, Catalogue, ListingMode, ListingWish, Relief
from skillstrata.records.skills import Registry
from skillstrata.runtime.catalogue import PLAIN, ListingChoices, catalogue

OVERFULL = 0.95
STILL_FULL = 0.9
_DROPPED = "the context was over 95 % full, and it is among the least used"


def context_relief(
    registry: Registry, profile: BudgetProfile, used_elsewhere: int, choices: ListingChoices = PLAIN
) -> Relief:
    """Make room where the context is more than 95 % full.

    Args:
        registry: The snapshot.
        profile: The budget; its total is what "full" is measured by.
        used_elsewhere: What bodies and system texts take of the total, in the budget's unit.
        choices: What the listing depends on.

    Returns:
        The listing as it was where there is room; else the shortened one and the steps that were taken.
    """
    total = profile.budget.total
    listing = catalogue(registry, profile, choices)
    before = _full(listing, used_elsewhere, total)
    if before <= OVERFULL:
        return Relief(listing, before, before)
    short = replace(choices, most_mode=ListingMode.COMPACT)
    listing = catalogue(registry, profile, short)
    steps = ["compressed"]
    if _full(listing, used_elsewhere, total) > STILL_FULL:
        allowed = min(max(int(total * STILL_FULL) - used_elsewhere, 0), profile.budget.metadata)
        least = _least_used(listing, listing.used - allowed, choices)
        wishes = tuple(ListingWish(one, ListingMode.OMITTED, _DROPPED) for one in least)
        smaller = replace(profile, budget=replace(profile.budget, metadata=allowed))
        listing = catalogue(registry, smaller, replace(short, wishes=(*short.wishes, *wishes)))
        listing = replace(listing, budget=profile.budget)
        steps.append(f"dropped {len(least)} least used")
    after = _full(listing, used_elsewhere, total)
    return Relief(listing, before, after, tuple(steps), needs_human=after > STILL_FULL)


def _least_used(listing: Catalogue, too_much: int, choices: ListingChoices) -> list[str]:
    """Give the skills that must go, the least used first and pinned ones last."""
    pinned = {wish.skill for wish in choices.wishes if wish.mode is ListingMode.PINNED}
    fitting = frozenset(choices.fitting)
    order = sorted(
        listing.listed,
        key=lambda entry: (
            bool(pinned & {entry.skill_id, entry.name}),
            entry.skill_id in fitting,
            choices.uses.get(entry.skill_id, 0),
        ),
    )
    gone: list[str] = []
    for entry in order:
        if too_much <= 0:
            break
        too_much -= entry.cost
        gone.append(entry.skill_id)
    return gone


def _full(listing: Catalogue, elsewhere: int, total: int) -> float:
    return (listing.used + elsewhere) / total if total else float(listing.used + elsewhere > 0)
