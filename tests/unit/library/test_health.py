"""The health of the library: what says the same twice, what is unused or broken, what a list costs."""

from dataclasses import replace

import pytest

from skillstrata.library.health import Known, exposed_tokens, library_health, redundant_tools, stale_tools, trend
from skillstrata.records.qualities import MissCause, ReuseMiss, Verification
from skillstrata.records.tools import Branch, Tool, Usage
from tests.fakes.sample_tools import a_contract, a_tool, a_version

DAY_S = 86_400.0


def _other(name: str, given: str = "text/csv", body: str = "c") -> Tool:
    tool = a_tool(name, a_contract(given, "application/json"))
    return replace(tool, branches=(Branch("csv", 1, (replace(a_version(), body_digest=body * 64),)),))


def test_two_tools_of_one_contract_and_purpose_are_redundant_whatever_their_names() -> None:
    """Names are labels; of two programs that are the same text one is enough."""
    alike, twin = _other("a"), _other("b", body="d")
    clone = replace(_other("c", "text/tab-separated-values"), name="z")

    assert redundant_tools((alike, twin)) == (("a", "b", "the same contract and purpose"),)
    assert redundant_tools((alike, clone)) == (("a", "z", "the same program"),)
    assert redundant_tools((alike, a_tool())) == ()


def test_what_nobody_used_for_long_is_stale_but_not_what_is_new() -> None:
    """A tool of yesterday had no chance yet."""
    old, new = replace(_other("a"), created_at_s=0.0), replace(_other("b", body="d"), created_at_s=99 * DAY_S)
    used = replace(_other("c", body="e"), created_at_s=0.0)
    uses = {"c": (Usage("c", "csv", 1, 95 * DAY_S, True, 1.0, "mcp"),)}

    assert stale_tools((old, new, used), uses, now_s=100 * DAY_S, days=30) == ("a",)
    assert stale_tools((old, new, used), uses, now_s=100 * DAY_S, days=0) == ()


def test_the_picture_counts_everything_once() -> None:
    """Retired tools are counted as such and nothing else; a broken one is broken by its newest verification."""
    listed = replace(a_tool(), visibility="listed")
    retired = replace(_other("gone"), visibility="retired")
    odd = replace(_other("odd", body="d"), visibility="of a later program")
    uses = (Usage("html-to-markdown", "html", 1, 5.0, True, 1.0, "mcp"),)
    known = Known(
        tools=(listed, retired, odd),
        uses={"html-to-markdown": uses, "gone": uses},
        misses=(ReuseMiss("x", "odd", "csv", "text/csv", 1, "e", MissCause.NOT_SHOWN, 1.0),),
        verifications=(
            Verification("html-to-markdown", "html", 1, "e", 1.0, False),
            Verification("html-to-markdown", "html", 1, "f", 2.0, True),
            Verification("odd", "csv", 1, "e", 3.0, True),
            Verification("odd", "csv", 1, "f", 4.0, False),
            Verification("gone", "csv", 1, "f", 4.0, False),
        ),
        pending=2,
    )
    found = library_health(known, now_s=9.0, stale_days=0)

    assert (found.tools, found.runs, found.unused, found.pending) == (3, 1, 1, 2)
    assert dict(found.levels) == {
        "retired": 1,
        "hidden": 1,
        "searchable": 0,
        "invokable": 0,
        "listed": 1,
        "published": 0,
    }
    assert found.broken == ("odd",)
    assert found.tokens_exposed == exposed_tokens(listed) > 20
    assert dict(found.misses)["not_shown"] == 1


@pytest.mark.parametrize(("values", "drawn"), [((), ""), ((0.0, 0.0), "▁▁"), ((0.0, 3.5, 7.0), "▁▅█"), ((2.0,), "█")])
def test_a_trend_is_one_character_a_look(values: tuple[float, ...], drawn: str) -> None:
    """Text alone: it shows in a pipe, in a log and in a message."""
    assert trend(values) == drawn
