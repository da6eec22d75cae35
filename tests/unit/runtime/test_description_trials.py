"""Who gets which description, and is a difference more than luck?"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.trials import DescriptionTrial, Verdict
from skillstrata.runtime.description_trials import (
    assigned,
    binomial,
    compared,
    compared_in_pairs,
    fisher,
    verdict,
    with_trial,
)
from tests.routed_skills import a_registry, a_skill

TRIAL = DescriptionTrial("shorter", "user/pdf-forms", "Fill in PDF forms", "Complete PDF documents")
RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG


def test_a_session_keeps_its_description() -> None:
    """One that changed within a session would measure nothing."""
    assert {assigned(TRIAL, "s1") for _ in range(20)} == {assigned(TRIAL, "s1")}


def test_sessions_are_parted_as_the_trial_says() -> None:
    """By their names alone, and otherwise in another trial."""
    sessions = [f"session-{n}" for n in range(2_000)]
    proposed = sum(assigned(TRIAL, one) == "proposed" for one in sessions)
    other = DescriptionTrial("other", "user/pdf-forms", "a", "b", share=0.1)

    assert 900 < proposed < 1_100
    assert 140 < sum(assigned(other, one) == "proposed" for one in sessions) < 260


def test_only_the_sessions_of_the_proposed_one_see_it() -> None:
    """And only that skill changes."""
    registry = a_registry(a_skill("pdf-forms", "Fill in PDF forms"), a_skill("other", "x"))
    seen = {assigned(TRIAL, one): with_trial(registry, TRIAL, one) for one in map(str, range(50))}

    assert seen["current"] is registry
    said = {skill.name: skill.frontmatter.description for skill in seen["proposed"].skills}
    assert said == {"pdf-forms": "Complete PDF documents", "other": "x"}


@pytest.mark.parametrize(
    ("right", "chosen", "judged"),
    [
        (("a", "b"), "b", Verdict.CORRECT),
        (("a",), "", Verdict.MISSED),
        (("a",), "c", Verdict.WRONG),
        ((), "c", Verdict.FALSE),
        ((), "", Verdict.TRUE_NEGATIVE),
    ],
)
def test_every_choice_has_one_verdict(right: tuple[str, ...], chosen: str, judged: Verdict) -> None:
    """Silence where nothing fits is right; the same silence elsewhere is not."""
    assert verdict(right, chosen) is judged


def test_fishers_test_gives_the_textbooks_numbers() -> None:
    """The lady who tasted tea: three of four right by luck; and a table that is uneven beyond it."""
    assert fisher(3, 1, 1, 3) == pytest.approx(34 / 70)
    assert fisher(4, 0, 0, 4) == pytest.approx(2 / 70)
    assert fisher(0, 0, 0, 0) == 1


def test_the_binomial_test_gives_the_textbooks_numbers() -> None:
    """Ten of ten heads, five of ten, and nothing tried at all."""
    assert binomial(10, 10) == pytest.approx(2 / 1024)
    assert binomial(5, 10) == pytest.approx(1)
    assert binomial(0, 0) == 1


@given(*[st.integers(0, 30)] * 4)
def test_chances_do_not_depend_on_which_one_is_called_first(a: int, b: int, c: int, d: int) -> None:
    """The test is two-sided."""
    assert fisher(a, b, c, d) == pytest.approx(fisher(c, d, a, b))
    assert 0 <= fisher(a, b, c, d) <= 1
    assert math.isclose(binomial(a, a + b), binomial(b, a + b), rel_tol=1e-9)


def test_a_clear_difference_is_called_better_and_a_small_one_is_not() -> None:
    """With few requests a difference is mostly luck."""
    clear = compared([RIGHT] * 10 + [WRONG] * 30, [RIGHT] * 30 + [WRONG] * 10)
    small = compared([RIGHT] * 5 + [WRONG] * 5, [RIGHT] * 7 + [WRONG] * 3)

    assert (clear.better, clear.test) == ("proposed", "fisher")
    assert clear.chance < 0.001
    assert small.better == ""
    assert (small.current.correct, small.current.wrong) == (5, 5)


def test_pairs_are_judged_by_where_they_differ() -> None:
    """The same requests twice: what both get right says nothing about which is better."""
    pairs = [(RIGHT, RIGHT)] * 50 + [(RIGHT, WRONG)] * 9 + [(WRONG, RIGHT)]
    worse = compared_in_pairs(pairs)

    assert worse.better == "current"
    assert worse.chance == pytest.approx(binomial(1, 10))
    assert compared_in_pairs([(RIGHT, RIGHT)] * 50).better == ""
