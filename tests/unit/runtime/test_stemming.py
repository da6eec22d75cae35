"""Do the forms of one English word meet in one stem?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.stemming import stem


@pytest.mark.parametrize(
    ("words", "root"),
    [
        (("deploy", "deploys", "deployed", "deploying"), "deploi"),
        (("query", "queries"), "queri"),
        (("hop", "hopping", "hopped"), "hop"),
        (("hope", "hoping", "hoped"), "hope"),
        (("relational", "relate", "relation"), "relat"),
        (("caresses", "caress"), "caress"),
        (("organize", "organization", "organise", "organisation"), "organ"),
    ],
)
def test_forms_of_a_word_share_a_stem(words: tuple[str, ...], root: str) -> None:
    """A user who writes "deploying" must find the skill that says "deploys"."""
    assert {stem(word) for word in words} == {root}


@pytest.mark.parametrize(("one", "other"), [("universe", "unit"), ("helm", "help"), ("sing", "s"), ("sky", "skis")])
def test_other_words_keep_other_stems(one: str, other: str) -> None:
    """Twin: a stemmer that cuts everything would make all words alike."""
    assert stem(one) != stem(other)


@given(st.text(max_size=40))
def test_any_text_has_a_stem_no_longer_than_itself_by_more_than_a_letter(word: str) -> None:
    """Words come from files and from users: nothing may stop the index."""
    assert len(stem(word)) <= len(word) + 1
    assert stem(word) or not word
