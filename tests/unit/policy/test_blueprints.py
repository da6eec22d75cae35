from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.policy.blueprints import resolve
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Blueprint
from tests.policy_calls import BASH, READ, SEARCH, SKILL, TREE, WRITE


def test_a_blueprint_gives_exactly_what_it_names() -> None:
    """The seed's own line: capabilities.allow with the composed tool by the name that its skill gave it."""
    found = resolve(Blueprint("watcher", ("skill_竞品监控", "search", "web_search")), TREE)

    assert found.paths == (SKILL.path, SEARCH.path)
    assert (found.unknown, found.refused, found.depth) == (("web_search",), (), 1)


def test_a_pattern_gives_every_tool_that_it_fits() -> None:
    """And no tool of a server that took a native name."""
    assert resolve(Blueprint("b", ("native/*",)), TREE).paths == tuple(
        sorted(one.path for one in TREE.nodes if one.kind == "native")
    )
    assert resolve(Blueprint("b", ("ba*",)), TREE).paths == (BASH.path,)


def test_what_is_denied_or_too_grave_is_cut_off_with_the_reason() -> None:
    """Silence would leave a sub-agent that tries and fails."""
    blueprint = Blueprint("b", ("native/*",), deny=("write_*",), most_approval=Approval.PLAN_CONFIRM)
    found = resolve(blueprint, TREE)

    assert READ.path in found.paths
    assert dict(found.refused) == {
        WRITE.path: "the blueprint denies it",
        BASH.path: "it needs exec_escalation, the blueprint goes to plan_confirm",
    }


def test_a_child_gets_nothing_that_its_parent_does_not_have() -> None:
    """Rights only shrink on the way down."""
    parent = resolve(Blueprint("parent", ("read_file", "search"), depth=2), TREE)
    child = resolve(Blueprint("child", ("*",), depth=9), TREE, parent)

    assert child.paths == parent.paths
    assert child.depth == 1
    assert (BASH.path, "the agent that starts this one does not have it") in child.refused


def test_a_parent_at_the_end_of_its_depth_hands_nothing_on() -> None:
    """Depth 1: children, but no grandchildren."""
    child = resolve(Blueprint("child", ("*",)), TREE, resolve(Blueprint("parent", ("*",), depth=1), TREE))
    grandchild = resolve(Blueprint("grandchild", ("read_file",)), TREE, child)

    assert child.depth == 0
    assert child.paths
    assert grandchild.paths == ()
    assert grandchild.refused == ((READ.path, "the agent that starts this one may hand nothing on"),)


NAMES = st.sampled_from([one.name for one in TREE.nodes] + ["*", "native/*", "mcp:*", "skill_竞品监控", "none"])
BLUEPRINTS = st.builds(
    Blueprint,
    st.just("b"),
    st.lists(NAMES).map(tuple),
    st.lists(NAMES, max_size=2).map(tuple),
    st.integers(-1, 4),
    st.sampled_from(list(Approval)),
)


@given(st.lists(BLUEPRINTS, min_size=2, max_size=5))
def test_no_generation_ever_has_more_than_the_one_before(line: list[Blueprint]) -> None:
    """The decay, for any line of blueprints."""
    sets = [resolve(line[0], TREE)]
    for blueprint in line[1:]:
        sets.append(resolve(blueprint, TREE, sets[-1]))

    for above, below in pairwise(sets):
        assert set(below.paths) <= set(above.paths)
        assert below.depth <= max(0, above.depth - 1)
        assert above.depth >= 1 or below.paths == ()
