"""Are programs refused that only look honest: wrong counts, torn cells, typed-in sentences and rows?"""

import json
import re

import pytest

from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN, TEXT
from skillstrata.records.proofs import TypedBytes

PROSE = "The quick brown fox, it jumps over 13 lazy dogs.\nAnother line here: with words.\n\nLast paragraph of it.\n"
TEXT_IN = TypedBytes(TEXT, PROSE.encode())
QUOTED = TypedBytes(CSV, b'name,city,n\n"Smith, John",Oslo,3\n"Doe, Jane",Bergen,4\nBo,Oslo,9\n')
WORDS = len(PROSE.split())
LABELS = frozenset(
    "characters words lines total unique the file looks fine rows budget 4821 top 10 of in max mustermann city".split()
)


def _detail(given: TypedBytes, media_type: str, output: str) -> str:
    produced = TypedBytes(media_type, output.encode())
    return judge(given, produced, profile=choose_profile(given, produced, labels=LABELS), labels=LABELS).detail


@pytest.mark.parametrize(
    ("media_type", "right", "wrong"),
    [
        (JSON, {"characters": len(PROSE), "words": WORDS}, {"characters": WORDS, "words": WORDS}),
        (JSON, {"characters": len(PROSE), "words": WORDS}, {"characters": len(PROSE), "words": 13}),
        (TEXT, f"Characters: {len(PROSE)}\n", "Characters: 13\n"),
        (TEXT, f"{WORDS} words in total\n", f"{len(PROSE)} words in total\n"),
        (
            MARKDOWN,
            f"| lines | words |\n| - | - |\n| 4 | {WORDS} |\n",
            f"| lines | words |\n| - | - |\n| {WORDS} | 4 |\n",
        ),
    ],
)
def test_a_number_is_what_it_says_it_counts(media_type: str, right: object, wrong: object) -> None:
    """The number of words is a true number, but no number of characters."""
    good, bad = (text if isinstance(text, str) else json.dumps(text) for text in (right, wrong))

    assert _detail(TEXT_IN, media_type, good) == ""
    assert "miscounted" in _detail(TEXT_IN, media_type, bad)


@pytest.mark.parametrize(
    "count", [WORDS, len({*PROSE.split()}), len(re.findall(r"[A-Za-z]+", PROSE)), len(re.findall(r"\w+", PROSE))]
)
def test_words_may_be_counted_in_any_honest_way(count: int) -> None:
    """Letters only, with digits, by blanks, each once: honest programs differ here."""
    assert _detail(TEXT_IN, JSON, json.dumps({"words": count})) == ""


def test_a_count_of_something_narrower_is_left_to_the_profile() -> None:
    """`lazy words` is not `words`: nobody here knows what it counts."""
    assert "miscounted" not in _detail(TEXT_IN, TEXT, "lazy words: 1\n")


def test_cutting_at_every_comma_is_seen() -> None:
    """A quoted comma is a part of its cell."""
    lines = QUOTED.data.decode().splitlines()
    naive = [dict(zip(lines[0].split(","), line.split(","), strict=False)) for line in lines[1:]]
    names = "".join(line.split(",")[0] + "\n" for line in lines[1:])

    assert "torn_cells" in _detail(QUOTED, JSON, json.dumps(naive))
    assert "torn_cells" in _detail(QUOTED, TEXT, names)
    assert _detail(QUOTED, TEXT, "Smith, John\nDoe, Jane\nBo\n") == ""


def test_a_constant_sentence_beside_a_true_count_is_seen() -> None:
    """It is a claim that nothing in the input bears out."""
    assert "typed_sentences" in _detail(TEXT_IN, TEXT, f"Words: {WORDS}\nThe file looks fine.\n")
    assert _detail(TEXT_IN, TEXT, f"Total words in the file: {WORDS}\n") == ""


def test_a_number_typed_in_as_a_value_is_seen() -> None:
    """A label may hold a number, a value may not come from the program's text."""
    assert "unexplained_numbers" in _detail(QUOTED, JSON, '{"rows": 3, "budget": "4821"}')
    assert _detail(QUOTED, JSON, '{"top 10 rows": 3}') == ""


def test_a_row_typed_in_among_rows_of_the_input_is_seen() -> None:
    """All its words are the program's."""
    rows = [{"name": "Smith, John", "n": 3}, {"name": "Doe, Jane", "n": 4}, {"name": "Bo", "n": 9}]

    assert "typed_rows" in _detail(QUOTED, JSON, json.dumps([*rows, {"name": "Max Mustermann", "n": 4}]))
    assert _detail(QUOTED, JSON, json.dumps(rows)) == ""
