"""What is left of a description that is too long?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.compaction import compact, one_line, scenes

LONG = (
    "This skill provides comprehensive guidance for managing Helm releases: install, upgrade, roll back and inspect. "
    "Use when the user mentions deploying charts, a stuck rollout, or Kubernetes values."
)


def test_what_a_skill_can_do_comes_first() -> None:
    """A listing is cut from the end: the first words must be the ones that tell skills apart."""
    told = compact(LONG, 90)

    assert told.startswith("Managing Helm releases")
    assert "provides" not in told


def test_words_of_use_fill_what_is_left() -> None:
    """What users say stands at the end of descriptions; without it a short line finds nothing."""
    assert "Kubernetes" in compact("Manage releases. " + LONG.partition(". ")[2], 90)


def test_what_fits_stays_as_it_is() -> None:
    """Twin: shortening without need loses sense."""
    assert compact("Fill in PDF forms.", 90) == "Fill in PDF forms."


@given(st.text(max_size=400), st.integers(1, 200))
def test_no_text_is_wider_than_it_may_be(text: str, width: int) -> None:
    """The budget counts on it."""
    told = compact(text, width)
    assert len(told) <= width
    assert told == one_line(told)


@given(st.lists(st.sampled_from("Use when the user a, b; (c) — 整 x. ".split(" ")), max_size=80).map(" ".join))
def test_every_word_is_the_descriptions_own(text: str) -> None:
    """A word that nobody wrote would draw requests to the wrong skill."""
    for word in compact(text, 20).split():
        assert word.strip(",.;()").casefold() in text.casefold()


def test_scenes_say_when_a_skill_is_used() -> None:
    """For the form that has a place for them."""
    assert scenes(LONG) == ("deploying charts", "a stuck rollout")
    assert scenes("Fills in forms.") == ()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\ufeff", "\U000e0041"])
def test_invisible_characters_are_not_shown(hidden: str) -> None:
    """They could make a listing read otherwise than it is."""
    assert hidden not in one_line(f"a{hidden}b")
    assert one_line(f"a{hidden}b") == "ab"
