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


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 albums",
            "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 albums",
        ),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("pay\u200dpal \u200chere\u200d", "paypal here"),
        ("\u6574\u200d\u200d\u200c\u7406", "\u6574\u200c\u7406"),
        ("\u6574\u200d \u7406\u200d", "\u6574 \u7406"),
    ],
)
def test_joiners_stay_between_letters_and_pictures_and_go_everywhere_else(text: str, kept: str) -> None:
    """A family is one picture and Persian needs them; beside ASCII, and in a row, they hide what nobody sees."""
    assert one_line(text) == kept


def test_no_blank_is_put_after_a_comma_of_a_script_without_blanks() -> None:
    """The text stays as its author wrote it; where there was a blank, there is one."""
    told = compact(
        "\u6574\u7406\u7167\u7247\u3001\u53bb\u6389\u91cd\u590d\u3001\u5907\u4efd\u5230\u5916\u7f6e\u786c\u76d8\u3001\u5206\u7c7b\u3001\u5bfc\u51fa\u3001\u6253\u5370\u3002"
        * 3,
        40,
    )

    assert "\u3001" in told
    assert "\u3001 " not in told
    assert compact("Draws charts, writes reports, and sends them to every one of the many readers.", 35).startswith(
        "Draws charts, writes reports"
    )


def test_a_list_of_verbs_is_not_cut_off_from_what_they_do() -> None:
    """`Generates, formats, validates` alone tells nobody of what."""
    told = compact("Generates, formats, and validates technical documentation of programs and of services", 60)

    assert told.startswith("Generates, formats, and validates technical documentation")
