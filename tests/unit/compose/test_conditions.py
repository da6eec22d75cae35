import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.compose.conditions import CONDITION_CHARACTERS, holds, parse_condition
from skillstrata.compose.template_faults import TemplateFailed, TemplateInvalid
from skillstrata.compose.template_values import Scope, StepValue

_SCOPE = Scope(
    {"depth": "deep", "n": 3, "on": True, "tags": ["a", "b"], "nothing": None, "obj": {"k": 1}},
    {"0": StepValue({"count": 2})},
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("input.on", True),
        ("not input.on", False),
        ("not not input.on", True),
        ("input.depth == 'deep'", True),
        ("{{input.depth}} == 'deep'", True),
        ("{{ input.depth == 'deep' }}", True),
        ("input.depth != 'deep'", False),
        ("input.n > 2 and input.n <= 3", True),
        ("input.n < 2 or steps.0.output.count >= 2", True),
        ("not (input.n == 3 and input.on)", False),
        ("input.n == 1 or input.n == 3 and input.on", True),
        ("'a' in input.tags", True),
        ("'c' not in input.tags", True),
        ("'k' in input.obj", True),
        ("'ee' in input.depth", True),
        ("input.n == '3'", False),
        ("input.on == 1", False),
        ("input.nothing == null", True),
        ("input.missing | default(false)", False),
        ("input.tags | length > 1", True),
        ("input.n == 3.0", True),
        ("true", True),
    ],
)
def test_a_condition_holds_as_it_reads(text: str, wanted: bool) -> None:
    """`and` binds tighter than `or`; `not` takes a whole comparison."""
    assert holds(parse_condition(text), _SCOPE) is wanted


@pytest.mark.parametrize(
    "text", ["input.n", "input.depth", "input.n and input.on", "input.n < 'a'", "input.on < true", "1 in input.n"]
)
def test_types_are_never_bent(text: str) -> None:
    """A text "false" that counts as true has run steps nobody wanted."""
    with pytest.raises(TemplateFailed, match="condition"):
        holds(parse_condition(text), _SCOPE)


def test_a_missing_value_is_neither_true_nor_false() -> None:
    """Its twin is the `default(false)` above."""
    with pytest.raises(TemplateFailed, match="has no value"):
        holds(parse_condition("input.missing"), _SCOPE)


@pytest.mark.parametrize(
    "text",
    ["", "input.n ==", "== 1", "input.n = 1", "(input.on", "input.on)", "a b", "1 < 2 < 3", "secret.KEY == 'a'"],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    """A secret cannot be asked about."""
    with pytest.raises(TemplateInvalid):
        parse_condition(text)


@pytest.mark.parametrize(
    "text",
    ["not", "and", "input.n not 3", "(input.on and input.on) == true", "(" * 100 + "true" + ")" * 100],
)
def test_words_in_the_wrong_place_and_deep_nesting_are_refused(text: str) -> None:
    """Nesting is bounded."""
    with pytest.raises(TemplateInvalid):
        parse_condition(text)


def test_a_condition_at_the_cap_parses_and_one_beyond_it_does_not() -> None:
    """Bounded text, bounded work."""
    assert parse_condition("true".ljust(CONDITION_CHARACTERS))
    with pytest.raises(TemplateInvalid, match="more than"):
        parse_condition("true".ljust(CONDITION_CHARACTERS + 1))


def test_a_condition_names_its_references() -> None:
    """They are dependencies of the step."""
    roots = [r.root for r in parse_condition("input.a == 1 and steps.x.output.y | default(true)").references]

    assert roots == ["input", "steps"]


@given(st.text(alphabet="input. ands()=<>!'\"notr{}|0", max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Two outcomes, no third."""
    with contextlib.suppress(TemplateInvalid):
        assert parse_condition(text).text == text
