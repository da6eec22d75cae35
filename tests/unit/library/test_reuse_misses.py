"""Why a program was written again, and what searches learn from it."""

from dataclasses import replace

import pytest

from skillstrata.library.reuse_misses import (
    Seen,
    by_cause,
    cause_of,
    failing_slices,
    missed_words,
    search_words,
    suggested_words,
)
from skillstrata.library.search import ToolSearch
from skillstrata.records.qualities import MissCause, ReuseMiss
from tests.fakes.sample_tools import a_contract, a_tool


def _miss(id_: str, cause: MissCause = MissCause.NOT_FOUND, *words: str, version: int = 1) -> ReuseMiss:
    return ReuseMiss(id_, "html-to-markdown", "html", "text/html", version, "env", cause, 1.0, words=words)


@pytest.mark.parametrize(
    ("seen", "cause"),
    [
        (Seen(), MissCause.NOT_SHOWN),
        (Seen(searched=True), MissCause.NOT_FOUND),
        (Seen(searched=True, found=True), MissCause.WRONG_CONTRACT),
        (Seen(shown=True), MissCause.WRONG_CONTRACT),
        (Seen(called=True), MissCause.WRONG_CONTRACT),
        (Seen(searched=True, found=True, called=True, failed=True), MissCause.FAILED),
    ],
)
def test_the_cause_is_the_step_at_which_reuse_ended(seen: Seen, cause: MissCause) -> None:
    """Each asks for another remedy: ranking, listing, the description, the program."""
    assert cause_of(seen) is cause


def test_a_search_leaves_few_plain_words() -> None:
    """A query may hold a name, a path or a number; those are nobody's vocabulary."""
    words = search_words("turn the 2024 invoices of /home/ann/x1 into markdown " + "q" * 40 + " " + "word" * 3)

    assert "markdown" in words
    assert not any(c.isdigit() for word in words for c in word)
    assert all(len(word) <= 24 for word in words)
    assert len(search_words(" ".join(f"w{chr(97 + n)}x" for n in range(26)))) == 12


def test_words_of_searches_that_missed_make_the_tool_found() -> None:
    """Ranking learns: what was asked in vain finds the tool the next time, and nothing else is pushed aside."""
    tools = (a_tool(), a_tool("csv-to-json", a_contract("text/csv", "application/json")))
    missed = missed_words((_miss("a", MissCause.NOT_FOUND, "prose"), _miss("b", MissCause.NOT_FOUND, "prose")))

    assert ToolSearch(tools).search("prose", limit=5) == ()
    [(found, score)] = ToolSearch(tools, missed).search("prose", limit=5)
    assert (found.name, score > 0.34) == ("html-to-markdown", True)
    assert ToolSearch(tools, missed).search("csv to json", limit=1)[0][0].name == "csv-to-json"


def test_one_miss_is_not_enough_to_suggest_a_word() -> None:
    """A description is for everybody; it takes what several searches asked for."""
    once, twice = (
        (_miss("a", MissCause.NOT_FOUND, "prose", "html"),),
        (
            _miss("a", MissCause.NOT_FOUND, "prose", "html"),
            _miss("b", MissCause.NOT_FOUND, "prose", "html"),
        ),
    )

    assert suggested_words((a_tool(),), once) == ()
    assert suggested_words((a_tool(),), twice) == (("html-to-markdown", "prose"),)


def test_only_searches_that_found_nothing_teach_words() -> None:
    """The words of a failed call say nothing about the index."""
    assert missed_words((_miss("a", MissCause.FAILED, "prose"),)) == {}


def test_the_slice_a_version_fails_in_has_five_parts() -> None:
    """Another version, or environment, is not blamed."""
    three = tuple(_miss(str(n), MissCause.FAILED) for n in range(3))
    other = tuple(replace(_miss(f"o{n}", MissCause.FAILED), environment="new") for n in range(2))

    assert failing_slices((*three, *other)) == ((("html-to-markdown", "html", "text/html", 1, "env"), 3),)
    assert failing_slices(three[:2]) == ()


def test_every_cause_is_counted_also_with_nothing() -> None:
    """A figure that is missing would read as one that is not measured."""
    assert dict(by_cause((_miss("a", MissCause.FAILED),))) == {
        "not_found": 0,
        "not_shown": 0,
        "wrong_contract": 0,
        "failed": 1,
    }
