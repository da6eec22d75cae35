"""Who gets which description, and is a difference more than luck?"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.routes import Route, RouteCandidate, RouteOutcome, RouteRecord
from skillstrata.records.trials import DescriptionTrial, TrialExposure, Verdict
from skillstrata.runtime.description_trials import (
    assigned,
    binomial,
    compared,
    compared_in_pairs,
    fisher,
    judged,
    tried,
    variant,
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


# ---- by the log ---------------------------------------------------------------------------------------------------

MINE, OTHER = "user/pdf-forms", "user/other"
WELL, BADLY = RouteOutcome.SUCCEEDED, RouteOutcome.FAILED


def _record(
    proposed: str, chosen: str, outcome: RouteOutcome = RouteOutcome.UNKNOWN, *, session: str = "s", number: int = 0
) -> RouteRecord:
    """Give a line of the log about a request for which both skills were candidates."""
    candidates = (RouteCandidate(MINE, "pdf-forms", 0.5), RouteCandidate(OTHER, "other", 0.4))
    route = Route(candidates, proposed, abstained=not proposed)
    mark = variant((TRIAL,), session)
    return RouteRecord(
        f"r{number}", 1.0, session, "ab", "", route, chosen=chosen, told=True, outcome=outcome, variant=mark
    )


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (_record(MINE, MINE, WELL), Verdict.CORRECT),
        (_record("", MINE, WELL), Verdict.CORRECT),
        (_record(OTHER, MINE, BADLY), Verdict.WRONG),
        (_record("", MINE, RouteOutcome.REVISED), Verdict.FALSE),
        (_record(MINE, OTHER, BADLY), Verdict.MISSED),
        (_record(MINE, ""), Verdict.MISSED),
        (_record(MINE, OTHER, WELL), Verdict.TRUE_NEGATIVE),
        (_record("", ""), Verdict.TRUE_NEGATIVE),
        (_record(OTHER, OTHER, BADLY), None),
        (_record(MINE, MINE), None),
        (RouteRecord("r", 1.0, "s", "ab", "", Route(), chosen=OTHER, told=True, outcome=WELL), None),
        (RouteRecord("r", 1.0, "s", "", "", Route(), chosen=MINE, told=True, outcome=BADLY), Verdict.WRONG),
    ],
)
def test_a_line_of_the_log_has_the_verdict_of_how_it_ended(record: RouteRecord, found: Verdict | None) -> None:
    """Success tells that a choice was right whatever was proposed; without an outcome nothing is made up."""
    assert judged(record, MINE) is found


def test_the_log_tells_which_description_does_better() -> None:
    """By the mark of each line; lines of other trials, and of none, are left alone."""
    records = []
    for n in range(60):
        side = assigned(TRIAL, f"s{n}")
        records.append(_record(MINE, MINE, WELL if side == "proposed" else BADLY, session=f"s{n}", number=n))
    records.append(RouteRecord("x", 1.0, "zz", "ab", "", Route(), chosen=MINE, told=True, outcome=WELL))
    exposure, result = tried(TRIAL, records)

    assert exposure == TrialExposure(result.current.wrong, result.proposed.correct, 60)
    assert min(exposure.current_sessions, exposure.proposed_sessions) > 15
    assert (result.better, result.test) == ("proposed", "fisher")
    assert result.chance < 0.001


def test_a_session_in_two_trials_counts_in_both() -> None:
    """Its mark names both; the name of one is not found inside the other."""
    other = DescriptionTrial("short", MINE, "a", "b")
    mark = variant((TRIAL, other), "s1")

    assert mark == f"shorter={assigned(TRIAL, 's1')} short={assigned(other, 's1')}"
    assert variant((), "s1") == ""
    record = RouteRecord("r", 1.0, "s1", "ab", "", Route(), chosen=MINE, told=True, outcome=WELL, variant=mark)
    assert [
        sum((e.current_sessions, e.proposed_sessions)) for e, _ in (tried(t, [record]) for t in (TRIAL, other))
    ] == [1, 1]
