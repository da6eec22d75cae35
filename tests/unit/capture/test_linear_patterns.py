"""Which of many patterns are in a text?"""

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.capture.linear_patterns import LinearSet, linear
from skillstrata.records.secret_rules import RULES

PATTERNS = ("ab+", "(?i)x{2}", "^c", "d$", "[0-9]{3}")


@given(st.text(alphabet="abXxcd0123\n", max_size=12))
def test_a_set_finds_what_each_pattern_finds_alone(text: str) -> None:
    """One pass in the place of many: none is missed and none is added."""
    alone = [n for n, pattern in enumerate(PATTERNS) if linear(pattern, as_bytes=True).search(text.encode())]

    assert sorted(LinearSet(PATTERNS).matching(text.encode())) == alone


def test_a_set_of_every_rule_finds_one_and_nothing_in_the_empty_text() -> None:
    """The table is large; the engine must have room for all of it."""
    gates = LinearSet(tuple(f"(?i){rule.gate}" for rule in RULES))
    numbers = gates.matching(b"curl -u bob:x")

    assert [RULES[number].gate for number in numbers if "curl" in RULES[number].needles]
    assert len(numbers) < len(RULES)
    assert list(gates.matching(b"")) == []
