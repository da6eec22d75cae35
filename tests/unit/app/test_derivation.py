"""Which tools come from a session alone."""

from dataclasses import replace

import pytest

from skillstrata.app.derivation import Share, Sources
from skillstrata.distill import merged, tool_name_of
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.tools import Branch, LineageEntry, Tool, Version
from tests.fakes.sample_tools import a_contract, a_tool, a_version


def _version(number: int, candidate: str, branch: str = "html") -> Version:
    return replace(a_version(), number=number, path=f"branches/{branch}/v{number}", candidate_id=candidate)


def _tool(*branches: Branch) -> Tool:
    return replace(a_tool("t"), branches=branches)


def _seen(id_: str, session: str, state: State = State.PLACED, branch: str = "html") -> Candidate:
    return Candidate(id_, state, Source("claude-code", session, "u"), tool="t", branch=branch)


def _share(tool: Tool, *candidates: Candidate, lineage: tuple[LineageEntry, ...] = ()) -> Share | None:
    return Sources(candidates).share(tool, lineage, "s1")


ONE = _tool(Branch("html", 1, (_version(1, "c1"),)))


def test_a_tool_of_one_session_goes() -> None:
    """Nothing else ever showed it."""
    share = _share(ONE, _seen("c1", "s1"))

    assert share == Share(ONE, None, (("html", 1),), ())


def test_a_tool_of_another_session_is_none_of_its_business() -> None:
    """Even where this session showed the same program later."""
    assert _share(ONE, _seen("c1", "s2")) is None
    assert _share(ONE, _seen("c1", "s2"), _seen("c9", "s1", State.DUPLICATE)) is None


@pytest.mark.parametrize("state", list(State))
def test_it_stays_when_another_session_showed_the_same(state: State) -> None:
    """A duplicate is a source as good as the first; what came to nothing is none."""
    share = _share(ONE, _seen("c1", "s1"), _seen("c2", "s2", state))
    assert share is not None
    assert (share.left is not None) is (state in {State.PLACED, State.DUPLICATE})
    assert bool(share.kept) is (share.left is not None)
    assert all("s2" in why for why in share.kept)


def test_a_duplicate_of_another_branch_is_no_source() -> None:
    """Each branch is a program of its own."""
    share = _share(ONE, _seen("c1", "s1"), _seen("c2", "s2", branch="other"))

    assert share is not None
    assert share.left is None


def test_the_lineage_says_it_where_the_catalog_was_lost() -> None:
    """A catalog can be made anew; the tool's folder still names its session."""
    entry = LineageEntry(1.0, "new_tool", "html", 1, "c1", "claude-code", "s1")
    share = _share(ONE, lineage=(entry,))

    assert share is not None
    assert share.left is None
    assert _share(ONE, lineage=(replace(entry, session="s2"),)) is None
    assert _share(ONE) is None


@pytest.mark.parametrize(("active", "expected"), [(1, 3), (2, 2), (3, 3)])
def test_a_version_goes_and_the_newest_that_is_left_is_active(active: int, expected: int) -> None:
    """Only where another one can take its place; one that was active and stays, stays active."""
    tool = _tool(Branch("html", active, tuple(_version(n, f"c{n}") for n in (1, 2, 3))))
    share = _share(tool, _seen("c1", "s1"))

    assert share is not None
    assert share.left is not None
    assert share.gone == (("html", 1),)
    assert [v.number for v in share.left.branches[0].versions] == [2, 3]
    assert share.left.branches[0].active == expected


def test_a_branch_without_versions_goes_and_the_others_stay() -> None:
    """A tool is removed only when nothing of it is left."""
    tool = _tool(Branch("html", 1, (_version(1, "c1"),)), Branch("more", 1, (_version(1, "c2", "more"),)))
    share = _share(tool, _seen("c1", "s1"), _seen("c2", "s2", branch="more"))

    assert share is not None
    assert share.left is not None
    assert [branch.name for branch in share.left.branches] == ["more"]
    assert share.gone == (("html", 1),)


def test_what_a_branch_alone_promised_goes_with_it() -> None:
    """A tool that still spoke of the type would be offered for it."""
    html, docx = a_contract(), a_contract("application/x-docx")
    branches = (
        Branch("html", 1, (_version(1, "c1"),), html),
        Branch("docx", 1, (_version(1, "c2", "docx"),), docx),
    )
    both = replace(_tool(*branches), contract=merged(html, docx), aliases=(tool_name_of(docx),))
    share = _share(both, _seen("c1", "s2"), _seen("c2", "s1", branch="docx"))

    assert share is not None
    assert share.left is not None
    assert (share.left.contract, share.left.aliases) == (html, ())
    kept = _share(both, _seen("c1", "s1"), _seen("c2", "s2", branch="docx"))
    assert kept is not None
    assert kept.left is not None
    assert (kept.left.contract, kept.left.aliases) == (docx, both.aliases)
