"""How long is a text for a model that nobody has at hand?"""

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.tokens import estimated_tokens, within_tokens


def test_a_character_of_a_script_without_blanks_is_a_token() -> None:
    """Four of them as one would let a listing be three times as long as its budget."""
    assert estimated_tokens("abcdefgh") == 2
    assert estimated_tokens("\u6574\u7406\u7167\u7247") == 4
    assert estimated_tokens("\ud55c\uad6d\uc5b4") == 3
    assert estimated_tokens("ab\u6574cd") == 2
    assert estimated_tokens("\u00e9t\u00e9s") == 1
    assert estimated_tokens("") == 0


@given(st.text(st.sampled_from("ab \u6574\u7406\u00e9\U0001f468"), max_size=60), st.integers(-1, 40))
def test_the_first_part_of_a_text_is_as_long_as_may_be_and_no_longer(text: str, most: int) -> None:
    """What is put back after a compaction must fit, in every script."""
    part = within_tokens(text, most)

    assert text.startswith(part)
    assert estimated_tokens(part) <= max(most, 0)
    assert part == text or estimated_tokens(text[: len(part) + 1]) > most
