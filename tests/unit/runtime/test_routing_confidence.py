"""Do the two chances move the way their numbers say?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.routing_confidence import FITTING, SURE, Evidence, confidence, fit

PARTS = st.floats(0, 1)
EVIDENCE = st.builds(Evidence, PARTS, PARTS, PARTS, st.integers(0, 160))


@given(EVIDENCE)
def test_chances_are_chances(evidence: Evidence) -> None:
    """They are compared with thresholds that people set."""
    assert 0 <= confidence(evidence) <= 1
    assert 0 <= fit(evidence) <= 1


@given(EVIDENCE, PARTS)
def test_more_in_common_never_lowers_them(evidence: Evidence, more: float) -> None:
    """Weights that were fitted too closely would punish a request for matching better."""
    for better in (
        replace(evidence, words=max(evidence.words, more)),
        replace(evidence, letters=max(evidence.letters, more)),
        replace(evidence, lead=max(evidence.lead, more)),
    ):
        assert confidence(better) >= confidence(evidence)
        assert fit(better) >= fit(evidence)


def test_a_full_match_is_sure_and_a_stray_word_does_not_fit() -> None:
    """The two ends of the scale."""
    whole, stray = Evidence(0.9, 0.5, 0.6, 4), Evidence(0.05, 0.02, 0.1, 12)

    assert (confidence(whole) > SURE, fit(whole) > FITTING) == (True, True)
    assert (confidence(stray) < SURE, fit(stray) < FITTING) == (True, True)
