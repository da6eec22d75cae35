"""A proven draft goes to one place, whatever the order of the library and of the drafts."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.dominance import UNCOMPARED, Comparison, Order
from skillstrata.distill.place import ALONE, Measured, in_order, place
from skillstrata.distill.purpose import merged
from skillstrata.distill.signature import signature_of
from skillstrata.records.contracts import Contract, Param, Placement, PlacementKind, Signature
from skillstrata.records.drafts import InputSpec, OptionSpec
from skillstrata.records.purposes import PurposeOpinion, PurposeSketch
from skillstrata.records.tools import Branch, Tool
from tests.fakes.sample_tools import a_contract, a_tool, a_version

CONTRACT = a_contract()
HERE, OTHER = signature_of((("in", "out"),)), signature_of((("in", "else"),))
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _tool(
    name: str, signature: Signature = HERE, body: str = "b1", *, given: str = "text/html", verb: str = "convert"
) -> Tool:
    spec = InputSpec("input", given, "x")
    version = replace(a_version(), signature=signature, body_digest=body, inputs=(spec,))
    loss = "none" if verb in {"convert", "rewrite"} else "intended"
    contract = replace(a_contract(given, verb=verb), loss=loss)
    return replace(a_tool(name, contract), branches=(Branch("html", 1, (version,)),))


def _as(order: Order, likeness: float = 0.8) -> Measured:
    return Measured(compare=lambda _tool, _branch: Comparison(order, likeness, f"measured {order.value}"))


def _placed(
    *tools: Tool, body: str = "new", taken: frozenset[str] = frozenset(), measured: Measured = ALONE
) -> Placement:
    return place(CONTRACT, HERE, body, tools, taken=taken, measured=measured)


def test_the_first_of_its_kind_is_a_new_tool_under_its_natural_name() -> None:
    """The branch is named for what it takes."""
    back = replace(_tool("x", given="text/markdown"), contract=a_contract("text/markdown", "text/html"))
    found = _placed(back)

    assert (found.kind, found.tool, found.branch) == (PlacementKind.NEW_TOOL, "html-to-markdown", "html")


@pytest.mark.parametrize(("signature", "body"), [(HERE, "other"), (OTHER, "new")])
def test_the_same_behaviour_or_the_same_text_is_a_duplicate(signature: Signature, body: str) -> None:
    """A second copy of a tool helps nobody, under whatever name it would come."""
    found = _placed(_tool("html-to-markdown-7", signature, body))

    assert (found.kind, found.tool, found.branch) == (PlacementKind.DUPLICATE, "html-to-markdown-7", "html")
    assert found.reason == "same_behaviour"


def test_the_same_on_general_documents_and_better_on_others_is_no_duplicate() -> None:
    """A signature is of a few documents; the comparison is of all that either was proved on."""
    found = _placed(_tool("x", HERE, "other"), measured=_as(Order.BETTER))

    assert (found.kind, found.activates) == (PlacementKind.ITERATION, True)
    assert _placed(_tool("x", HERE, "other"), measured=_as(Order.IDENTICAL)).kind is PlacementKind.DUPLICATE


def test_another_input_type_for_the_same_purpose_is_a_branch() -> None:
    """One tool for all inputs; the name it would have had becomes an alias."""
    found = _placed(_tool("docx-to-markdown", given=DOCX))

    assert (found.kind, found.tool) == (PlacementKind.NEW_BRANCH, "docx-to-markdown")
    assert found.alias == "html-to-markdown"


def test_a_name_that_belongs_to_another_tool_becomes_no_alias() -> None:
    """Names that collide with different purposes lose nothing."""
    other = replace(_tool("html-to-markdown", given="text/csv"), contract=a_contract("text/csv", "application/json"))
    found = _placed(_tool("docx-to-markdown", given=DOCX), other)

    assert (found.kind, found.tool, found.alias) == (PlacementKind.NEW_BRANCH, "docx-to-markdown", "")


def test_an_alias_is_a_name_that_is_taken() -> None:
    """Nobody else answers to it."""
    held = replace(_tool("x", given="text/csv"), contract=a_contract("text/csv", "a/b"), aliases=("html-to-markdown",))

    assert _placed(held).tool == "html-to-markdown-2"


@pytest.mark.parametrize(
    ("order", "kind", "activates"),
    [
        (Order.IDENTICAL, PlacementKind.DUPLICATE, False),
        (Order.BETTER, PlacementKind.ITERATION, True),
        (Order.WORSE, PlacementKind.ITERATION, False),
        (Order.EQUAL, PlacementKind.ITERATION, False),
        (Order.INCOMPARABLE, PlacementKind.AMBIGUOUS, False),
    ],
)
def test_measured_behaviour_decides_between_versions(order: Order, kind: PlacementKind, activates: bool) -> None:
    """What runs changes by dominance alone; what is no better stays behind it; what is neither waits for a person."""
    found = _placed(_tool("html-to-markdown", OTHER), measured=_as(order))

    assert (found.kind, found.tool, found.branch, found.activates) == (kind, "html-to-markdown", "html", activates)
    assert "measured" in found.why


def test_there_is_an_end_to_fallbacks() -> None:
    """Each is one more program that a failing call would try; one that is better is always welcome."""
    versions = tuple(replace(a_version(), number=n, signature=OTHER) for n in range(1, 6))
    tool = replace(a_tool(), branches=(Branch("html", 1, versions),))

    full = _placed(tool, measured=_as(Order.EQUAL))
    assert (full.kind, full.reason) == (PlacementKind.DUPLICATE, "no_better")
    assert _placed(tool, measured=_as(Order.BETTER)).kind is PlacementKind.ITERATION


def test_a_version_that_lacks_an_option_does_not_replace_one_that_has_it() -> None:
    """Calls that give the option would break."""
    tool = _tool("html-to-markdown", OTHER)
    version = replace(tool.branches[0].current, options=(OptionSpec("width", "integer", "80"),))
    wide = replace(tool.contract, inputs=(*tool.contract.inputs, Param("width", "integer", required=False)))
    found = _placed(replace(tool, contract=wide, branches=(Branch("html", 1, (version,)),)), measured=_as(Order.BETTER))

    assert found.kind is PlacementKind.AMBIGUOUS
    assert "width" in found.why


@pytest.mark.parametrize(
    ("likeness", "kind"),
    [(0.91, PlacementKind.NEW_TOOL), (0.96, PlacementKind.AMBIGUOUS), (0.99, PlacementKind.ITERATION)],
)
def test_where_types_do_not_tell_the_outputs_do(likeness: float, kind: PlacementKind) -> None:
    """Two extracts of one type may take out the links or the prices: likeness of outputs, never of code."""
    draft = replace(a_contract(verb="extract"), loss="intended")
    found = place(draft, HERE, "new", (_tool("x", OTHER, verb="extract"),), measured=_as(Order.BETTER, likeness))

    assert found.kind is kind


@pytest.mark.parametrize(("unchanged", "kind"), [(0.4, PlacementKind.NEW_TOOL), (0.6, PlacementKind.ITERATION)])
def test_a_rewrite_in_another_form_is_another_job_and_one_with_a_fix_is_not(
    unchanged: float, kind: PlacementKind
) -> None:
    """JSON made small and JSON made readable have the same words."""
    measured = Measured(compare=lambda _t, _b: Comparison(Order.BETTER, 1.0, "", unchanged))
    found = place(a_contract(verb="rewrite"), HERE, "new", (_tool("x", OTHER, verb="rewrite"),), measured=measured)

    assert found.kind is kind


def test_what_cannot_be_compared_and_is_not_told_by_types_waits() -> None:
    """Neither merging nor keeping apart could be undone without a loss."""
    draft = replace(a_contract(verb="extract"), loss="intended")

    assert place(draft, HERE, "new", (_tool("x", OTHER, verb="extract"),)).kind is PlacementKind.AMBIGUOUS


def _model(verdict: str) -> Callable[[PurposeSketch, PurposeSketch], PurposeOpinion]:
    return lambda _one, _other: PurposeOpinion(verdict, "a model said so", by="m")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "likeness", "kind"),
    [
        ("same", 0.2, PlacementKind.AMBIGUOUS),
        ("same", 0.96, PlacementKind.ITERATION),
        ("different", 0.99, PlacementKind.NEW_TOOL),
    ],
)
def test_a_model_may_settle_what_outputs_leave_open_and_not_overrule_them(
    verdict: str, likeness: float, kind: PlacementKind
) -> None:
    """Where the two contradict each other, a person decides; keeping apart loses nothing."""
    draft = replace(a_contract(verb="extract"), loss="intended")
    measured = replace(_as(Order.BETTER, likeness), purposes=_model(verdict))

    assert place(draft, HERE, "new", (_tool("x", OTHER, verb="extract"),), measured=measured).kind is kind


def test_a_model_can_bring_a_branch_where_rules_stay_silent() -> None:
    """Without one, two extracts of different types stay two tools."""
    draft = replace(a_contract(verb="extract"), loss="intended")
    tool = _tool("x", OTHER, given=DOCX, verb="extract")

    assert place(draft, HERE, "new", (tool,)).kind is PlacementKind.NEW_TOOL
    found = place(draft, HERE, "new", (tool,), measured=Measured(purposes=_model("same")))
    assert (found.kind, found.tool) == (PlacementKind.NEW_BRANCH, "x")


def test_a_name_that_is_taken_is_not_taken_away() -> None:
    """A tool of another contract, or a folder that cannot be read, keeps its name."""
    other = replace(_tool("html-to-markdown", given="text/csv"), contract=a_contract("text/csv", "application/json"))
    found = _placed(other, taken=frozenset({"html-to-markdown-2"}))

    assert (found.kind, found.tool) == (PlacementKind.NEW_TOOL, "html-to-markdown-3")
    assert "html-to-markdown belongs to something else" in found.why


def test_the_place_does_not_depend_on_the_order_of_the_library() -> None:
    """A library read in another order must not grow other tools."""
    tools = [_tool("a", OTHER, given=DOCX), _tool("b", OTHER, given="text/csv"), _tool("c", OTHER, "new"), _tool("d")]
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


@dataclass(frozen=True)
class Draft:
    """A proven draft, with how good it is on two counts: what is more on one and less on the other is neither."""

    contract: Contract
    body: str
    good: tuple[int, int]
    id: str


DRAFTS = [
    Draft(CONTRACT, "h1", (1, 1), "a"),
    Draft(CONTRACT, "h2", (2, 2), "b"),
    Draft(CONTRACT, "h3", (0, 3), "c"),
    Draft(CONTRACT, "h4", (3, 3), "d"),
    Draft(CONTRACT, "h2", (2, 2), "e"),
    Draft(a_contract(DOCX), "d1", (1, 1), "f"),
    Draft(a_contract("text/csv", "application/json"), "j1", (1, 1), "g"),
]


Grown = list[tuple[str, tuple[str, ...], tuple[tuple[str, str, tuple[str, ...]], ...]]]


def _grown(drafts: list[Draft]) -> tuple[Grown, dict[str, str]]:
    """Place drafts as a pass does, those that wait again after each change; give the library and who ended how."""
    tools: dict[str, Tool] = {}
    left = in_order(drafts, lambda d: (d.contract, d.body, d.id))
    good = {d.body: d.good for d in drafts}
    ends: dict[str, str] = {}
    changed = True
    while changed:
        changed, still = False, []
        for draft in left:
            found = place(
                draft.contract,
                Signature((), draft.body),
                draft.body,
                tuple(tools.values()),
                measured=Measured(compare=lambda _t, b, d=draft: _compared(d.good, good[b.current.body_digest])),
            )
            ends[draft.id] = found.kind.value
            if found.kind is PlacementKind.AMBIGUOUS:
                still.append(draft)
            elif found.kind is not PlacementKind.DUPLICATE:
                tools[found.tool] = _with(tools.get(found.tool), draft, found)
                changed = True
        left = still
    return sorted((t.name, t.aliases, tuple(map(_told, t.branches))) for t in tools.values()), ends


def _told(branch: Branch) -> tuple[str, str, tuple[str, ...]]:
    return branch.name, branch.current.body_digest, tuple(v.body_digest for v in branch.versions)


def _compared(one: tuple[int, int], other: tuple[int, int]) -> Comparison:
    more = [a > b for a, b in zip(one, other, strict=True)]
    less = [a < b for a, b in zip(one, other, strict=True)]
    if any(more) and any(less):
        return Comparison(Order.INCOMPARABLE, 1.0, "")
    return Comparison(Order.BETTER if any(more) else Order.WORSE if any(less) else Order.EQUAL, 1.0, "")


def _with(tool: Tool | None, draft: Draft, found: Placement) -> Tool:
    spec = InputSpec("input", draft.contract.given[0], "x")
    tool = tool or replace(a_tool(found.tool, draft.contract), branches=())
    old = next((b for b in tool.branches if b.name == found.branch), Branch(found.branch, 1, ()))
    number = len(old.versions) + 1
    version = replace(
        a_version(), number=number, body_digest=draft.body, inputs=(spec,), signature=Signature((), draft.body)
    )
    branch = replace(old, active=number if found.activates else old.active, versions=(*old.versions, version))
    aliases = (*tool.aliases, found.alias) if found.alias else tool.aliases
    others = tuple(b for b in tool.branches if b.name != found.branch)
    return replace(tool, contract=merged(tool.contract, draft.contract), aliases=aliases, branches=(*others, branch))


@given(st.permutations(DRAFTS))
def test_the_library_does_not_depend_on_the_order_of_traces(drafts: list[Draft]) -> None:
    """The same programs grow the same tools, whoever wrote which first."""
    assert _grown(drafts) == _grown(DRAFTS)


def test_what_dominates_all_runs_and_the_rest_stays_behind_it() -> None:
    """Of four programs for one job; a text that came twice is there once."""
    (tools, ends) = _grown(DRAFTS)
    branches = {name: (active, set(all_)) for _, _, kept in tools for name, active, all_ in kept}

    assert branches["html"] == ("h4", {"h1", "h2", "h3", "h4"})
    assert set(branches) == {"html", "docx", "csv"}
    assert sorted(ends.values()).count("duplicate") == 1


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=7),
    st.randoms(use_true_random=False),
)
def test_any_set_of_programs_grows_one_library_in_any_order(goods: list[tuple[int, int]], random: Random) -> None:
    """Whatever their partial order; and nothing is lost: each is placed, a duplicate, or waits."""
    drafts = [Draft(CONTRACT, f"body{n}", good, str(n)) for n, good in enumerate(goods)]
    tools, ends = _grown(random.sample(drafts, len(drafts)))

    assert (tools, ends) == _grown(drafts)
    assert set(ends) == {d.id for d in drafts}


def test_nothing_to_compare_is_said_so() -> None:
    """The default has measured nothing."""
    assert not UNCOMPARED.measured
