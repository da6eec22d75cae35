"""What to do when the context runs over: shorten the listing; drop only those of which not even the name fits.

In     the registry and its profile, what else fills the context
Out    Relief: the shorter listing, what was done, and whether a human must decide
Never  drops a skill while a shorter listing of all would fit
Why    the rollback matrix of docs/runtime.md: over 95 % used, compress, then drop the least used; still over 90 %
       after that, a human
"""

from dataclasses import replace

from skillstrata.records.catalogues import BudgetProfile, Catalogue, ListingMode, Relief
from skillstrata.records.skills import Registry
from skillstrata.runtime.catalogue import PLAIN, ListingChoices, catalogue

OVERFULL = 0.95
STILL_FULL = 0.9


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
    allowed = min(max(int(total * STILL_FULL) - used_elsewhere, 0), profile.budget.metadata)
    smaller = replace(profile, budget=replace(profile.budget, metadata=allowed))
    had = len(listing.listed)
    listing = catalogue(registry, smaller, replace(choices, most_mode=ListingMode.COMPACT))
    gone = had - len(listing.listed)
    if gone > 0:
        # Names alone: what would describe some skills holds the names of more of them.
        listing = catalogue(registry, smaller, replace(choices, most_mode=ListingMode.NAME_ONLY))
        gone = had - len(listing.listed)
    listing = replace(listing, budget=profile.budget)
    steps = ["compressed", *([f"dropped {gone} least used"] if gone > 0 else [])]
    after = _full(listing, used_elsewhere, total)
    return Relief(listing, before, after, tuple(steps), needs_human=after > STILL_FULL)


def _full(listing: Catalogue, elsewhere: int, total: int) -> float:
    return (listing.used + elsewhere) / total if total else float(listing.used + elsewhere > 0)
