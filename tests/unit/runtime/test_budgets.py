"""How much may a listing take?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.catalogues import ListingProfileUnknown
from skillstrata.records.loader_settings import ContextShares
from skillstrata.runtime.budgets import profile_of, shared_out
from skillstrata.runtime.tokens import characters, estimated_tokens, measure_of


def test_the_default_is_shared_out_forty_thirty_twenty_ten() -> None:
    """The design of the loader: names and descriptions, active skills, system, reserve."""
    budget = profile_of().budget

    assert (budget.total, budget.metadata, budget.active, budget.system, budget.buffer) == (
        15_000,
        6_000,
        4_500,
        3_000,
        1_500,
    )


@given(st.integers(-5, 100_000), st.floats(0, 0.5), st.floats(0, 0.5))
def test_no_character_is_lost_or_made(total: int, metadata: float, active: float) -> None:
    """Whatever a configuration says."""
    budget = shared_out(ContextShares(total, metadata, active, 0.0))

    assert budget.metadata + budget.active + budget.system + budget.buffer == budget.total == max(total, 0)


@pytest.mark.parametrize(
    ("name", "context", "amount", "unit", "entry"),
    [
        ("claude-code", 200_000, 8_000, "chars", 1_536),
        ("claude-code", None, 8_000, "chars", 1_536),
        ("claude-code", 1_000_000, 40_000, "chars", 1_536),
        ("codex", 272_000, 5_440, "tokens", 1_024),
        ("codex", None, 8_000, "chars", 1_024),
    ],
)
def test_hosts_have_their_own_budgets(name: str, context: int | None, amount: int, unit: str, entry: int) -> None:
    """1 % in characters, 2 % in tokens, 8,000 where nobody knows."""
    profile = profile_of(name, context_tokens=context)

    assert (profile.budget.metadata, profile.budget.unit, profile.entry_chars) == (amount, unit, entry)


def test_an_unknown_profile_is_refused_by_name() -> None:
    """Else a misspelled one would be another budget."""
    with pytest.raises(ListingProfileUnknown, match="cloud-code"):
        profile_of("cloud-code")
    assert profile_of("claude-code", total=123).budget.total == 123


def test_tokens_are_a_quarter_of_the_characters_unless_somebody_counts() -> None:
    """The estimate is documented; a real tokenizer goes in its place."""
    assert [estimated_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]
    assert measure_of("chars")("abcde") == characters("abcde") == 5
    assert measure_of("tokens", len)("abcde") == 5
