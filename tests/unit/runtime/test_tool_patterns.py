import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.tool_patterns import ToolList, is_known, tool_list
from skillstrata.runtime.yaml_values import Value


@pytest.mark.parametrize(
    ("value", "patterns"),
    [
        ("Read", ("Read",)),
        ("Read Write", ("Read", "Write")),
        ("Read, Write,Bash", ("Read", "Write", "Bash")),
        ("Bash(git:*), Read", ("Bash(git:*)", "Read")),
        ("Bash(git add *) Bash(git commit:*)", ("Bash(git add *)", "Bash(git commit:*)")),
        ("Bash(command -v:*)", ("Bash(command -v:*)",)),
        ("Bash(a, b), Read", ("Bash(a, b)", "Read")),
        ("Bash(echo (a b)) Read", ("Bash(echo (a b))", "Read")),
        ("mcp__docs__*, mcp__git__log", ("mcp__docs__*", "mcp__git__log")),
        (["Read", "Azure MCP/list things", "Bash(a b)"], ("Read", "Azure MCP/list things", "Bash(a b)")),
        ("Read\nWrite", ("Read", "Write")),
        ("", ()),
        (None, ()),
    ],
)
def test_a_list_of_tools_is_cut_between_tools_only(value: Value, patterns: tuple[str, ...]) -> None:
    """Reference: every peer that cuts them gets some of 2,776 real values wrong, one 95 % of them."""
    assert tool_list(value) == ToolList(patterns)


@pytest.mark.parametrize("value", ["Bash(git", "Bash git) Read", "Bash(a))", ["Bash(a"]])
def test_parentheses_without_a_partner_are_told(value: Value) -> None:
    """A rule that never ends would swallow the tools after it in silence."""
    assert not tool_list(value).balanced


def test_a_list_of_other_things_is_told() -> None:
    """Schemas of tools are not their names."""
    assert tool_list(["Read", {"name": "x"}]) == ToolList(("Read",), odd=True)


@given(
    st.lists(st.sampled_from(["Read", "Bash(git *)", "Bash(a, (b c))", "mcp__x__y"])), st.sampled_from([" ", ",", ", "])
)
def test_what_is_joined_is_cut_again(patterns: list[str], separator: str) -> None:
    """Whatever stands between the tools."""
    assert tool_list(separator.join(patterns)).patterns == tuple(patterns)


def test_tools_of_hosts_and_servers_are_known() -> None:
    """And others are not: a typing error in a tool's name grants nothing and is hard to see."""
    assert [is_known(name) for name in ("Bash(x y)", "mcp__a__b", "Raed")] == [True, True, False]
