"""How much of a context skills may take: the shares of the default, and what two hosts allow.

In     a profile's name, the size of the context where it is known, a total where the user sets one
Out    BudgetProfile
Why    Claude Code gives names and descriptions 1 % of the context, 8,000 characters where its size is unknown, 1,536
       an entry; Codex 2 % in tokens, else 8,000 characters, 1,024 an entry. Both lose text without a word; here the
       report says what is lost
"""

from dataclasses import replace

from skillstrata.records.catalogues import (
    PROFILE_NAMES,
    Budget,
    BudgetProfile,
    ListingForm,
    ListingProfileUnknown,
    Overflow,
)
from skillstrata.records.loader_settings import ContextShares
from skillstrata.runtime.tokens import CHARS_PER_TOKEN

_UNKNOWN_CONTEXT_CHARS = 8_000
_DEFAULT_ENTRY_CHARS = 1_024


def shared_out(shares: ContextShares, unit: str = "chars") -> Budget:
    """Share a total out; what rounding leaves over goes to the buffer."""
    total = max(shares.total_chars, 0)
    metadata, active = int(total * shares.metadata), int(total * shares.active)
    system = int(total * shares.system)
    return Budget(total, metadata, active, system, total - metadata - active - system, unit)


def profile_of(
    name: str = "default",
    *,
    shares: ContextShares | None = None,
    context_tokens: int | None = None,
    total: int | None = None,
) -> BudgetProfile:
    """Give a profile.

    Args:
        name: One of PROFILE_NAMES.
        shares: How the default shares its total out.
        context_tokens: The size of the model's context; None where nobody knows.
        total: The whole budget, in the profile's unit, in place of the profile's own.

    Raises:
        ListingProfileUnknown: There is no such profile.
    """
    if name == "claude-code":
        chars = _UNKNOWN_CONTEXT_CHARS if context_tokens is None else context_tokens * CHARS_PER_TOKEN // 100
        budget = _all_of(chars if total is None else total, "chars")
        return BudgetProfile(name, budget, 1_536, Overflow.WHOLE_OR_NAME, ListingForm.LINES)
    if name == "codex":
        known = context_tokens is not None and total is None
        amount = context_tokens // 50 if context_tokens is not None and known else total
        budget = _all_of(_UNKNOWN_CONTEXT_CHARS if amount is None else amount, "tokens" if known else "chars")
        return BudgetProfile(name, budget, 1_024, Overflow.ROUND_ROBIN, ListingForm.LINES)
    if name != "default":
        raise ListingProfileUnknown(f"there is no listing profile {name!r}", hint=f"one of {', '.join(PROFILE_NAMES)}")
    wanted = shares or ContextShares()
    wanted = wanted if total is None else replace(wanted, total_chars=total)
    return BudgetProfile(name, shared_out(wanted), _DEFAULT_ENTRY_CHARS, Overflow.LAYERS, ListingForm.BRACKETS)


def _all_of(amount: int, unit: str) -> Budget:
    return Budget(max(amount, 0), max(amount, 0), unit=unit)
