"""What words and letter groups does a text give?"""

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.routing_words import QUERY_WORDS, grams_of, query_words, stems_of, telling_words


def test_words_that_say_nothing_are_left_out() -> None:
    """Else "can you please help me" would decide which skill fits."""
    assert set(query_words("Can you please help me with the Helm chart?")) == {"helm", "chart"}


def test_joined_words_are_parted_and_signs_kept_where_they_name_a_language() -> None:
    """Identifiers hold words; "C++" is not "C"."""
    assert set(telling_words("parseJsonFile in C++ or c#", most=100)) == {"parse", "json", "file", "c++", "c#"}


def test_chinese_gives_pairs_of_characters() -> None:
    """There are no spaces to cut at: pairs let a part of a phrase be found."""
    assert set(telling_words("整理照片", most=100)) == {"整理", "理照", "照片"}


def test_full_width_letters_are_the_same_letters() -> None:
    """They come from input methods."""
    assert telling_words("ＰＤＦ", most=10) == telling_words("pdf", most=10)


def test_a_word_gives_its_groups_with_its_edges() -> None:
    """The beginning of a word says more than its middle."""
    assert set(grams_of(query_words("pdf"))) == {"^pd", "pdf", "df$", "^pdf", "pdf$", "^pdf$"}


def test_stems_add_up() -> None:
    """Two forms of a word are one term that occurs twice."""
    assert stems_of(telling_words("query queries", most=100)) == {"queri": 2}


@given(st.text(max_size=200))
def test_any_text_gives_bounded_words(text: str) -> None:
    """Queries are text that anybody wrote."""
    words = query_words(text * 50)
    assert len(words) <= QUERY_WORDS
    assert all(0 < len(word) <= 40 for word in words)
