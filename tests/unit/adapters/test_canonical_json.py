"""The one form of a JSON value, against the examples of RFC 8785."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.canonical_json import canonical, digest_of
from skillstrata.records.json_values import Json

# RFC 8785, section 3.2.2.3 and appendix B.
NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (-5e-324, "-5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"),
    (295147905179352830000.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e23, "1e+23"),
    (999999999999999700000.0, "999999999999999700000"),
    (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"),
    (333333333.3333332, "333333333.3333332"),
    (4.5, "4.5"),
    (2e-3, "0.002"),
    (1.0, "1"),
    (2**53 + 1, "9007199254740993"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-(2.0**53), 2.0**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_numbers_are_written_as_javascript_does(number: float, text: str) -> None:
    """Another program has to come to the same digest."""
    assert canonical(number).decode() == text


def test_keys_are_sorted_by_their_utf16_units() -> None:
    """RFC 8785, section 3.2.3: a letter beyond the first plane comes before one of its end."""
    value: Json = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}

    assert list(json.loads(canonical(value)).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_text_is_escaped_only_where_it_has_to_be() -> None:
    """RFC 8785, section 3.2.2.2."""
    assert canonical('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


@given(VALUES)
def test_the_form_reads_back_as_the_value_and_is_its_own_form(value: Json) -> None:
    """The header's promise."""
    once = canonical(value)

    assert json.loads(once) == value
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_order_does_not_matter(value: dict[str, Json]) -> None:
    """A server may list the same schema with its keys in another order."""
    assert digest_of(dict(reversed(value.items()))) == digest_of(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_is_refused(value: float) -> None:
    """Two of them would have no order."""
    with pytest.raises(ValueError, match="not a number of JSON"):
        canonical([value])
