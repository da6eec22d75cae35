"""A program that stops reading gives the right output for everything short."""

import pytest

from skillstrata.distill.long_inputs import cuts_the_end
from skillstrata.distill.synthesise import edges
from skillstrata.distill.trial import text_of
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, MARKDOWN, TEXT
from skillstrata.records.proofs import TypedBytes


def _large(media_type: str) -> TypedBytes:
    return next(edge.content for edge in edges(media_type, seed=1) if edge.name == "large")


@pytest.mark.parametrize("media_type", [CSV, HTML, MARKDOWN, TEXT])
def test_the_first_part_of_a_long_text_is_told_from_the_whole(media_type: str) -> None:
    """`rows[:1000]` and `.read(1500)` are the usual ways."""
    given = _large(media_type)

    assert cuts_the_end(given, text_of(TypedBytes(media_type, given.data[: len(given.data) // 3])))
    assert not cuts_the_end(given, text_of(given))


def test_the_end_of_a_packed_document_counts_too() -> None:
    """Its bytes say nothing; a reader of its own gives the words."""
    given = _large(DOCX)

    assert cuts_the_end(given, "nothing of it")
    assert not cuts_the_end(given, text_of(given).casefold())


def test_a_short_input_says_nothing() -> None:
    """It is judged whole by its oracle."""
    assert not cuts_the_end(TypedBytes(TEXT, b"alpha beta gamma\n" * 20), "")
