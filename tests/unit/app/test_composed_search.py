from dataclasses import replace

from skillstrata.app.composed_search import ComposedSearch
from skillstrata.records.approvals import Approval
from skillstrata.records.composed_tools import ComposedStep, ComposedTool

SCHEMA = (
    '{"type":"object","properties":{"url":{"type":"string"},"deep":{"type":"boolean"},"any":{}},"required":["url"]}'
)


def a_tool(name: str, about: str, **more: object) -> ComposedTool:
    """Make a compiled tool of one step."""
    step = ComposedStep("s0", "web_fetch", "native/web_fetch")
    plain = ComposedTool(
        f"skill_{name}", name, f"user/{name}", "/x", about, SCHEMA, "", (step,), approval=Approval.PLAN_CONFIRM
    )
    return replace(plain, **more)  # type: ignore[arg-type]


TIDES = a_tool("tides", "Looks up when high water comes to a harbour.")
NAMED = a_tool("watch_9f3a", "Compares prices of rivals.", aliases=("skill_竞品监控",))
BROKEN = a_tool("odd", "Counts gulls.", input_schema="true")


def test_the_tool_that_fits_comes_first_with_all_that_a_hit_has() -> None:
    """The same fields as every other search: name, kind, what it takes, what it needs."""
    found = ComposedSearch().search((NAMED, TIDES), "when is high water in the harbour", limit=5)
    hit = found.hits[0]

    assert (hit.tool.name, hit.tool.kind, found.abstained) == ("skill_tides", "composed", False)
    assert [(one.name, one.kind, one.required) for one in hit.tool.contract.inputs] == [
        ("url", "string", True),
        ("deep", "boolean", False),
        ("any", "json", False),
    ]
    assert hit.note == "tides: web_fetch; needs plan_confirm"


def test_where_nothing_fits_it_abstains() -> None:
    """A tool that is proposed for everything is proposed for nothing."""
    search = ComposedSearch()

    assert search.search((TIDES,), "transpose a matrix of spectra", limit=5).abstained
    assert search.search((), "high water", limit=5).hits == ()
    assert not search.search((TIDES,), "high water", limit=5).abstained


def test_at_most_as_many_as_were_asked_for() -> None:
    """The list of a client is short."""
    many = tuple(a_tool(f"tides{number}", "High water in a harbour.") for number in range(9))

    assert len(ComposedSearch().search(many, "high water", limit=3).hits) == 3


def test_a_library_that_changed_is_searched_as_it_is_now() -> None:
    """The index is kept between searches, but not beyond a change."""
    search = ComposedSearch()
    first = search.search((TIDES,), "gulls", limit=5)
    second = search.search((TIDES, BROKEN), "count gulls", limit=5)
    third = search.search((TIDES,), "count gulls", limit=5)

    assert (first.hits, third.hits) == ((), ())
    assert [hit.tool.name for hit in second.hits] == ["skill_odd"]
    assert second.hits[0].tool.contract.inputs == ()


def test_a_tool_is_found_by_the_name_its_author_gave_it() -> None:
    """Its wire name is ASCII; people write the other one."""
    assert ComposedSearch().search((TIDES, NAMED), "竞品监控", limit=5).hits[0].tool.name == NAMED.name
