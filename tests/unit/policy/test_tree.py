import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.policy.tree import TreeHolder, TreeIndex, build_tree
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import CapabilityTree
from tests.policy_calls import BASH, READ, SEARCH, SKILL, node


def test_a_tree_is_sorted_whatever_order_its_nodes_come_in() -> None:
    """Two processes with the same tools have the same tree."""
    one, other = build_tree((SKILL, BASH, READ)), build_tree((READ, SKILL, BASH))

    assert one == other
    assert [found.path for found in one.nodes] == sorted(found.path for found in one.nodes)


def test_a_node_is_found_by_path_name_and_alias() -> None:
    """The name that the skill has in its own script leads to the tool with the plain wire name."""
    index = TreeIndex(build_tree((SKILL, BASH, SEARCH)))

    assert index.find("skill_竞品监控") == index.find("composed/skill_9f3a") == index.find("skill_9f3a") == SKILL
    assert index.find("mcp:web/search") == index.find("search") == SEARCH
    assert index.find("nothing") is None


def test_an_alias_never_stands_before_a_name() -> None:
    """The test server calls its tool `bash` too; whoever says bash means the native one."""
    assert TreeIndex(build_tree((SEARCH, BASH))).find("bash") == BASH


def test_an_alias_that_two_tools_claim_is_nobodys() -> None:
    """Which one was meant, nobody could tell: neither is taken."""
    one, other = node("mcp/a/look", aliases=("look",)), node("mcp/b/look", aliases=("look",))

    assert TreeIndex(build_tree((one, other))).find("look") is None
    assert TreeIndex(build_tree((one,))).find("look") == one


def test_an_alias_is_found_however_its_accents_are_typed() -> None:
    """Composed and decomposed letters are one name to a reader."""
    one = node("composed/skill_cafe", aliases=("skill_caf\u00e9",))

    assert TreeIndex(build_tree((one,))).find("skill_cafe\u0301") == one


def test_of_two_tools_with_one_path_none_can_be_called() -> None:
    """A second tool under a path that was judged would be called in the first one's place."""
    twin = node("native/bash", Approval.NONE)
    [found] = build_tree((BASH, twin)).nodes

    assert (found.available, found.approval) == (False, Approval.EXEC_ESCALATION)
    assert "two tools are called native/bash" in found.reason
    assert build_tree((BASH, BASH)).nodes == (BASH,)


def test_one_owners_nodes_are_replaced_and_the_others_stay() -> None:
    """A server that comes back with other tools changes its own only."""
    holder = TreeHolder((BASH, SEARCH))
    new = node("mcp/web/find")

    assert holder.replace("mcp:web", (new,))
    assert [one.path for one in holder.tree.nodes] == ["mcp/web/find", "native/bash"]
    assert holder.remove((new.path,))
    assert holder.tree.nodes == (BASH,)


def test_a_change_that_changes_nothing_is_none() -> None:
    """Clients are told of changes; a tick that found the same must not tell them."""
    holder = TreeHolder((BASH,))
    heard: list[CapabilityTree] = []
    holder.subscribe(heard.append)

    assert not holder.add((BASH,))
    assert (holder.generation, heard) == (1, [])
    assert holder.add((READ,))
    assert [tree.generation for tree in heard] == [2]


def test_a_listener_that_fails_or_changes_the_tree_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Listeners are other people's code."""
    holder = TreeHolder((BASH,))
    heard: list[int] = []

    def fails(_tree: CapabilityTree) -> None:
        raise RuntimeError("mine")

    def adds(tree: CapabilityTree) -> None:
        if tree.generation == 2:
            holder.add((SEARCH,))

    holder.subscribe(fails)
    holder.subscribe(adds)
    end = holder.subscribe(lambda tree: heard.append(tree.generation))
    holder.add((READ,))
    end()
    holder.remove((READ.path,))

    assert heard == [2, 3]
    assert holder.generation == 4
    assert "a listener of the capability tree failed" in caplog.text


def test_many_threads_change_the_tree_and_each_reader_sees_a_whole_one() -> None:
    """Four writers of two nodes each: whoever reads finds both nodes of a writer or none, and generations only grow."""
    holder = TreeHolder()
    pairs = {f"mcp:{n}": (node(f"mcp/{n}/a"), node(f"mcp/{n}/b")) for n in "wxyz"}
    stop, halves, heard = threading.Event(), [], []
    holder.subscribe(lambda tree: heard.append(tree.generation))

    def write(owner: str) -> None:
        for _ in range(100):
            holder.replace(owner, pairs[owner])
            holder.replace(owner, ())
        holder.replace(owner, pairs[owner])

    def read() -> None:
        while not stop.is_set():
            owners = [one.owner for one in holder.tree.nodes]
            halves.extend(owner for owner in pairs if owners.count(owner) == 1)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(owner,)) for owner in pairs]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()

    assert halves == []
    assert len(holder.tree.nodes) == 8
    assert heard == sorted(set(heard))
    assert heard[-1] == holder.generation == 1 + 4 * 201


PATHS = st.sampled_from([f"{kind}/{name}" for kind in ("native", "composed", "mcp/s") for name in "abc"])


@given(st.lists(PATHS), st.lists(PATHS))
def test_adding_and_removing_give_what_was_asked_for(added: list[str], removed: list[str]) -> None:
    """The tree is a set of paths; nothing is lost and nothing comes back."""
    holder = TreeHolder(node(path) for path in added)
    holder.remove(removed)

    assert [one.path for one in holder.tree.nodes] == sorted(set(added) - set(removed))
