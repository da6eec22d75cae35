"""New inputs for a program of several fit each other as the demonstrated ones do."""

import json

from skillstrata.distill.cases import Case, shared_words, unseen_cases
from skillstrata.distill.views import document_view
from skillstrata.records.proofs import TypedBytes

PEOPLE = TypedBytes("text/csv", b"name,city\nAnn Lee,Oslo\nBo Ray,Rome\nCy Doe,Paris\n")
CITIES = TypedBytes(
    "application/json",
    json.dumps([{"city": c, "land": n} for c, n in (("Oslo", "Norway"), ("Rome", "Italy"))]).encode(),
)


def test_words_that_join_two_inputs_stay() -> None:
    """A join finds nothing in files that share no key."""
    both = Case((PEOPLE, CITIES))

    assert {"oslo", "rome"} <= shared_words(both)
    assert "paris" not in shared_words(both)
    made = unseen_cases(both, count=3, seed=1, keep=frozenset[str]())
    assert len(made) == 3
    assert any(shared_words(case) >= {"oslo", "rome"} for case in made)
    for content in (content for case in made for content in case.contents if content is not None):
        view = document_view(content)
        assert view is not None
        assert not {"norway", "italy", "paris", "ann"} & set(view.tokens)


def test_an_input_of_which_no_other_can_be_made_stays() -> None:
    """As long as one changes there is something to prove; with none there is nothing."""
    unknown = TypedBytes("application/x-unheard-of", b"\x00\x01")

    assert all(
        c.contents[1] == unknown for c in unseen_cases(Case((PEOPLE, unknown)), count=2, seed=1, keep=frozenset())
    )
    assert unseen_cases(Case((unknown,)), count=2, seed=1, keep=frozenset()) == ()


def test_the_digest_of_a_case_is_of_all_its_inputs() -> None:
    """Two cases are the same only if every input is; an only input keeps its own digest."""
    assert Case((PEOPLE, CITIES)).digest != Case((CITIES, PEOPLE)).digest
    assert Case((PEOPLE, None)).digest != Case((PEOPLE, CITIES)).digest
    assert Case((None,)).digest == ""
    assert Case((None, CITIES)).data is None
