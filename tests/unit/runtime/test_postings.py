"""Does the inverted index score the same whatever happened to it before?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.postings import Bm25, Cosine, Postings

MEASURES = [Bm25(4.8, 0.5), Cosine()]
TEXTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 400), max_size=6)


def _made(measure: Bm25 | Cosine, texts: dict[int, dict[str, int]]) -> Postings:
    postings = Postings(measure)
    for slot, text in texts.items():
        postings.add(slot, text)
    return postings


@pytest.mark.parametrize("measure", MEASURES)
@given(st.dictionaries(st.integers(0, 9), TEXTS, max_size=8), TEXTS, st.sets(st.integers(0, 9)))
def test_what_was_removed_leaves_no_trace(
    measure: Bm25 | Cosine, texts: dict[int, dict[str, int]], asked: dict[str, int], gone: set[int]
) -> None:
    """A skill that is swapped a hundred times must score as if it had been read once."""
    changed = _made(measure, texts)
    for slot in gone:
        changed.remove(slot)
    left = {slot: text for slot, text in texts.items() if slot not in gone}
    fresh = _made(measure, dict(reversed(left.items())))

    one, other = changed.score(asked, most=10_000), fresh.score(asked, most=10_000)

    assert one.possible == other.possible
    assert [s for s in one.by_slot if s] == [s for s in other.by_slot if s]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_text_that_holds_more_of_a_query_scores_higher(measure: Bm25 | Cosine) -> None:
    """The point of it; and nothing scores over the possible."""
    scores = _made(measure, {0: {"a": 8, "b": 8}, 1: {"a": 8, "x": 8}, 2: {"x": 8}}).score({"a": 1, "b": 1}, most=100)

    assert scores.by_slot[0] > scores.by_slot[1] > scores.by_slot[2] == 0
    assert scores.by_slot[0] <= scores.possible


@pytest.mark.parametrize("measure", MEASURES)
def test_rare_terms_are_read_first_where_not_all_may_be(measure: Bm25 | Cosine) -> None:
    """A query of a thousand common words must not cost more than a question, nor lose its one telling word."""
    texts = {slot: {"common": 8} | ({"rare": 8} if slot == 7 else {}) for slot in range(50)}
    scores = _made(measure, texts).score({"common": 1, "rare": 1}, most=10)

    assert [slot for slot, score in enumerate(scores.by_slot) if score] == [7]
