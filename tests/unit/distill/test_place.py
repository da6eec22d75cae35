"""A proven draft goes to one place, whatever the order of the library."""

import re
from dataclasses import replace
from random import Random

import pytest

from skillstrata.distill.place import place
from skillstrata.distill.signature import signature_of
from skillstrata.records.contracts import Placement, PlacementKind, Signature
from skillstrata.records.tools import Branch, Tool
from tests.fakes.sample_tools import a_contract, a_tool, a_version

CONTRACT = a_contract()
HERE, OTHER = signature_of((("in", "out"),)), signature_of((("in", "else"),))


def _tool(name: str, signature: Signature = HERE, body: str = "b1", *, given: str = "text/html") -> Tool:
    version = replace(a_version(), signature=signature, body_digest=body)
    return replace(a_tool(name, a_contract(given)), branches=(Branch("html", 1, (version,)),))


def _placed(*tools: Tool, body: str = "new", taken: frozenset[str] = frozenset()) -> Placement:
    return place(CONTRACT, HERE, body, tools, taken=taken)


def test_the_first_of_its_kind_is_a_new_tool_under_its_natural_name() -> None:
    """The branch is named for what it takes."""
    found = _placed(_tool("markdown-to-html", given="text/markdown"))

    assert (found.kind, found.tool, found.branch) == (PlacementKind.NEW_TOOL, "html-to-markdown", "html")


@pytest.mark.parametrize(("signature", "body"), [(HERE, "other"), (OTHER, "new")])
def test_the_same_behaviour_or_the_same_text_is_a_duplicate(signature: Signature, body: str) -> None:
    """A second copy of a tool helps nobody, under whatever name it would come."""
    found = _placed(_tool("html-to-markdown-7", signature, body))

    assert (found.kind, found.tool, found.branch) == (PlacementKind.DUPLICATE, "html-to-markdown-7", "html")
    assert found.why


def test_the_same_behaviour_under_another_contract_is_no_duplicate() -> None:
    """What it promises is part of what a tool is."""
    assert _placed(_tool("x", given="text/csv")).kind is PlacementKind.NEW_TOOL


def test_another_behaviour_is_a_tool_of_its_own_and_says_of_whom_it_differs() -> None:
    """The older tool stays as it is: nobody showed yet which is better."""
    found = _placed(_tool("html-to-markdown", OTHER), _tool("html-to-markdown-2", OTHER))

    assert (found.kind, found.tool) == (PlacementKind.NEW_TOOL, "html-to-markdown-3")
    assert "html-to-markdown, html-to-markdown-2" in found.why


def test_a_name_that_is_taken_is_not_taken_away() -> None:
    """A tool of another contract, or a folder that cannot be read, keeps its name."""
    other = _tool("html-to-markdown", given="text/csv")
    found = _placed(other, taken=frozenset({"html-to-markdown-2"}))

    assert (found.kind, found.tool) == (PlacementKind.NEW_TOOL, "html-to-markdown-3")
    assert "html-to-markdown belongs to something else" in found.why


def test_the_place_does_not_depend_on_the_order_of_the_library() -> None:
    """A library read in another order must not grow other tools."""
    tools = [_tool("a"), _tool("b"), _tool("c", OTHER, "new"), _tool("html-to-markdown", given="text/csv")]
    random = Random(7)  # noqa: S311
    found = {_placed(*random.sample(tools, len(tools))) for _ in range(20)}

    assert len(found) == 1


def test_older_versions_count_too() -> None:
    """A duplicate of a fallback is a duplicate."""
    first = replace(a_version(), signature=HERE)
    second = replace(a_version(), number=2, signature=OTHER)
    tool = replace(a_tool(), branches=(Branch("html", 2, (first, second)),))

    assert _placed(tool).kind is PlacementKind.DUPLICATE


def test_a_long_name_with_a_number_is_still_a_name() -> None:
    """64 characters is the limit of the skill format."""
    long = a_contract(f"x/{'a' * 40}", f"x/{'b' * 40}")
    natural = place(long, HERE, "b", ()).tool
    found = place(long, HERE, "b", (), taken=frozenset({natural}))

    assert len(natural) == 64
    assert found.tool != natural
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-2", found.tool)
    assert len(found.tool) <= 64
