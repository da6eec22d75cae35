import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.overlap import idf, plain_score, terms, weighted_score

# By hand from the definition: lower case, split at everything but a-z and 0-9, three characters or more; the common
# terms over the smaller set.
BY_HAND = [
    ("", "anything at all", 0.0),
    ("a an of to", "a an of to", 0.0),
    ("read the file", "read the file", 1.0),
    ("Read THE file!", "file; the... read", 1.0),
    ("read csv file", "read json file", 2 / 3),
    ("read csv", "read csv and sum every column", 1.0),
    ("snake_case names", "snake case", 1.0),
    ("v2.10-beta release", "release beta", 1.0),
    ("sum sum sum column", "sum rows", 1 / 2),
    ("abc123 def", "abc 123 def", 1 / 2),
    ("don't stop", "don stop", 1.0),
    ("one two three four five", "six seven eight", 0.0),
    ("alpha beta gamma delta", "gamma delta epsilon zeta eta theta", 2 / 4),
]


@pytest.mark.parametrize(("one", "other", "expected"), BY_HAND)
def test_the_plain_score_is_the_known_one_for_ascii(one: str, other: str, expected: float) -> None:
    """The thresholds 0.18, 0.35 and 0.72 mean something only for the score they were chosen for."""
    assert plain_score(terms(one), terms(other)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Read 42 of THE files_now", {"read", "the", "files", "now"}),
        ("日本語", {"日本", "本語"}),
        ("犬", {"犬"}),
        ("PDFを読む", {"pdf", "を読", "読む"}),
        ("csv表计算 totals", {"csv", "表计", "计算", "totals"}),
        ("ＰＤＦ ﬁle", {"pdf", "file"}),
        ("Größe café ÉCOLE", {"grösse", "café", "école"}),
        ("сумма по столбцам", {"сумма", "столбцам"}),
        ("ภาษา", {"ภา", "าษ", "ษา"}),
        ("한국어 문서", {"한국", "국어", "문서"}),
        ("파일 변환 도구", {"파일", "변환", "도구"}),
        ("हिन्दी पाठ", {"हिन्दी", "पाठ"}),
    ],
)
def test_every_script_has_terms(text: str, expected: set[str]) -> None:
    """Split at a-z and 0-9 alone, texts in other scripts had none, and each was made anew for ever."""
    assert terms(text) == expected


def test_two_texts_in_chinese_are_compared_by_what_they_say() -> None:
    """The same sentence with one word changed overlaps; another sentence does not."""
    first, alike, other = "读取表格文件并计算每列总和", "读取表格文件并计算每行总和", "把网页转换成文档"

    assert plain_score(terms(first), terms(alike)) > 0.72
    assert plain_score(terms(first), terms(other)) < 0.18


def test_words_of_every_text_weigh_little() -> None:
    """Boilerplate alone makes the plain score high; the weighted one tells."""
    boilerplate, tides, ledgers = {"use", "when", "the"}, {"harbour", "tides"}, {"ledger", "sums"}
    counts = dict.fromkeys(boilerplate, 1000)

    def weight(term: str) -> float:
        return idf(counts.get(term, 1), 1000)

    assert plain_score(boilerplate | tides, boilerplate | ledgers) == 0.6
    assert weighted_score(boilerplate | tides, boilerplate | ledgers, weight) < 0.18
    assert weighted_score(boilerplate | tides, boilerplate | tides, weight) == pytest.approx(1.0)


TEXTS = st.text(max_size=80)


@given(TEXTS, TEXTS)
def test_scores_are_symmetric_and_bounded(one: str, other: str) -> None:
    """Whatever the texts."""
    a, b = terms(one), terms(other)

    assert 0.0 <= plain_score(a, b) <= 1.0
    assert plain_score(a, b) == plain_score(b, a)
    assert plain_score(a, a) == (1.0 if a else 0.0)
    assert weighted_score(a, b, lambda _: 1.0) == pytest.approx(plain_score(a, b))


@given(TEXTS)
def test_terms_do_not_depend_on_case_or_on_what_stands_between(text: str) -> None:
    """Words are what counts, not how they are written or separated."""
    assert terms(f"  {text}  ") == terms(text)
    assert terms(text.lower()) == terms(text) or not text.isascii()


def test_rarer_terms_weigh_more() -> None:
    """And one that no artefact has weighs most; none weighs nothing."""
    weights = [idf(count, 100) for count in (0, 1, 10, 100)]

    assert weights == sorted(weights, reverse=True)
    assert math.isclose(weights[-1], math.log(2))
