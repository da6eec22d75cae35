"""A few words find the tool that was meant, and nothing when there is none."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library import ToolSearch
from skillstrata.records.tools import Tool
from tests.fakes.sample_tools import a_contract, a_tool

TYPES = {
    "html": "text/html",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
    "text": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def _converter(given_word: str, made_word: str) -> Tool:
    contract = replace(a_contract(TYPES[given_word], TYPES[made_word]), purpose=f"Convert {given_word} to {made_word}")
    return a_tool(f"{given_word}-to-{made_word}", contract)


TOOLS = tuple(_converter(a, b) for a in TYPES for b in TYPES if a != b)
ALL = ToolSearch(TOOLS)
ONE = ToolSearch((_converter("html", "markdown"),))


def _names(search: ToolSearch, query: str, *, limit: int = 3, kind: str | None = None) -> list[str]:
    return [tool.name for tool, _ in search.search(query, limit=limit, kind=kind)]


@pytest.mark.parametrize("search", [ALL, ONE])
@pytest.mark.parametrize(
    "query",
    [
        "html to markdown",
        "turn this web page into md",
        "convert a html file to markdown format",
        "Markdown from HTML, please!",
        "html-to-markdown",
        "markdwon of a htm page",
    ],
)
def test_the_tool_that_was_meant_comes_first(search: ToolSearch, query: str) -> None:
    """In a library of one as in a library of many; with people's words and typing errors."""
    assert _names(search, query)[0] == "html-to-markdown"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("csv from json", "json-to-csv"),
        ("word document to text", "docx-to-text"),
        ("spreadsheet into json", "csv-to-json"),
        ("get me the markdown from a docx", "docx-to-markdown"),
        ("html 2 txt", "html-to-text"),
    ],
)
def test_the_direction_that_was_asked_is_the_one_that_is_found(query: str, name: str) -> None:
    """Both directions have the same words."""
    assert _names(ALL, query)[0] == name


@pytest.mark.parametrize("search", [ALL, ONE])
@pytest.mark.parametrize(
    "query", ["", "   ", "!!!", "the", "resize a png", "translate into French", "make me a sandwich", "pdf to images"]
)
def test_what_nobody_can_do_is_answered_with_nothing(search: ToolSearch, query: str) -> None:
    """A wrong tool costs an agent more than none."""
    assert _names(search, query) == []


def test_the_opposite_direction_is_not_an_answer() -> None:
    """All words fit, the tool does not."""
    assert _names(ONE, "markdown to html") == []
    assert _names(ONE, "docx to markdown") == []


def test_only_tools_of_the_kind_that_was_asked_for_are_given() -> None:
    """`kind` is a filter of the MCP tool."""
    learned = replace(_converter("html", "markdown"), name="page-notes", kind="learned")
    search = ToolSearch((*TOOLS, learned))

    assert "page-notes" in _names(search, "html to markdown", limit=9)
    assert _names(search, "html to markdown", limit=9, kind="learned") == ["page-notes"]
    assert _names(search, "html to markdown", kind="composed") == []


def test_the_limit_holds_and_takes_the_best() -> None:
    """An agent's context is small."""
    assert _names(ALL, "json", limit=2) == _names(ALL, "json", limit=9)[:2]
    assert _names(ALL, "json", limit=0) == []


def test_equal_scores_come_by_name_whatever_the_order_of_the_library() -> None:
    """Two runs of the same question must agree."""
    shuffled = list(TOOLS)
    Random(3).shuffle(shuffled)  # noqa: S311

    for query in ("json", "html to markdown", "convert"):
        assert ToolSearch((*shuffled,)).search(query, limit=30) == ALL.search(query, limit=30)
    assert _names(ALL, "json", limit=5) == [
        "csv-to-json",
        "docx-to-json",
        "html-to-json",
        "json-to-csv",
        "json-to-docx",
    ]


@given(st.text(max_size=300))
def test_any_words_give_scores_in_bounds_best_first(query: str) -> None:
    """Queries come from models: anything may be in them."""
    scores = [score for _, score in ALL.search(query, limit=50)]

    assert scores == sorted(scores, reverse=True)
    assert all(0.0 < score <= 1.0 for score in scores)


def test_an_empty_library_finds_nothing() -> None:
    """The first search of a new user."""
    assert _names(ToolSearch(()), "html to markdown") == []


def _twins(**standing: float) -> list[str]:
    """Give what finds a page's markdown, of two tools that say the same, with what their use has shown."""
    first = _converter("html", "markdown")
    twin = replace(first, name="html-to-markdown-2")
    return _names(ToolSearch((first, twin, *TOOLS[5:]), standing={"_": 0.0, **standing}), "page to md")


def test_of_tools_that_fit_alike_the_one_that_proved_itself_comes_first() -> None:
    """And one whose calls fail comes last; where nothing is known the name decides, as ever."""
    assert _twins()[:2] == ["html-to-markdown", "html-to-markdown-2"]
    assert _twins(**{"html-to-markdown-2": 0.5})[:2] == ["html-to-markdown-2", "html-to-markdown"]
    assert _twins(**{"html-to-markdown": -0.5})[:2] == ["html-to-markdown-2", "html-to-markdown"]


@given(st.sampled_from([tool.name for tool in TOOLS]), st.sampled_from([tool.name for tool in TOOLS]))
def test_what_is_used_most_is_never_put_before_what_fits(wanted: str, popular: str) -> None:
    """However well the one stands and however badly the other."""
    search = ToolSearch(TOOLS, standing={popular: 1.0} | ({wanted: -1.0} if wanted != popular else {}))

    assert _names(search, wanted.replace("-", " "))[0] == wanted
    assert _names(search, "resize a png") == []
