import json
import re

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.records.qualities import ListedTool
from skillstrata.surfaces.mcp_server.listed_tools import MOST_CHARS, Definitions, names_in_list

NAMES = st.text("ab-._", min_size=1, max_size=4)


def _tool(name: str, *params: str, about: str = "Say it.") -> ListedTool:
    schema = {"type": "object", "properties": {param: {"type": "string"} for param in params}}
    return ListedTool(name, about, json.dumps(schema))


def _made(*tools: ListedTool, taken: tuple[str, ...] = (), networked: frozenset[str] = frozenset()) -> Definitions:
    return Definitions(tools, taken, networked)


def test_a_name_that_another_tool_has_gets_a_word_before_it_and_both_stay() -> None:
    """Dots and underscores are one to a client; a free name stays as it is."""
    taken = ("skill_note", "skills.codegen")
    found = names_in_list(("skill_note", "skills_codegen", "html-to-markdown"), taken)

    assert found == {
        "library_skill_note": "skill_note",
        "library_skills_codegen": "skills_codegen",
        "html-to-markdown": "html-to-markdown",
    }


def test_a_name_that_reads_like_one_of_ours_gets_the_word_too() -> None:
    """An agent that means `skills_search` must not call somebody else's `skills-search`; the plain name is the twin."""
    found = names_in_list(("skills-search", "skill", "skills-call-all"), ("skills_search", "Skill", "skills_call"))

    assert found == {
        "library_skills-search": "skills-search",
        "library_skill": "skill",
        "skills-call-all": "skills-call-all",
    }


@given(st.lists(NAMES, unique=True, max_size=8), st.lists(NAMES, max_size=8))
def test_no_two_names_of_a_list_are_one_to_a_client(tools: list[str], taken: list[str]) -> None:
    """Each tool keeps a name, whatever the others are called."""
    found = names_in_list(tools, taken)
    spoken = [re.sub(r"[^A-Za-z0-9_-]", "_", name) for name in (*found, *set(taken))]

    assert list(found.values()) == tools
    assert len({*spoken[: len(found)]}) == len(found)
    assert {*spoken[: len(found)]} & {*spoken[len(found) :]} == set()


def test_what_would_fill_an_agents_context_is_found_by_searching_alone() -> None:
    """One tool may not cost every session what ten others do."""
    fits = _tool("fits", "input", about="x" * (MOST_CHARS // 2))
    large = _tool("large", "input", about="x" * MOST_CHARS)

    assert [tool.name for tool in _made(fits, large).listed] == ["fits"]


def test_a_name_that_hosts_refuse_costs_its_own_tool_alone() -> None:
    """A model's interface refuses a whole request for one such name."""
    odd = (_tool("größer", "input"), _tool("two words"), _tool("x" * 65), _tool("odd-argument", "größe"))

    assert [tool.name for tool in _made(*odd, _tool("plain", "input_1")).listed] == ["plain"]


def test_a_definition_says_what_it_gives_and_whether_it_reaches_outside() -> None:
    """The defaults of the protocol are the unsafe ones: a hint left out claims destruction."""
    first, second = _made(_tool("a", "input"), _tool("b"), networked=frozenset({"b"})).listed
    hints = first.annotations

    assert hints is not None
    assert (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint) == (False, False, False)
    assert hints.open_world_hint is False
    assert second.annotations is not None
    assert second.annotations.open_world_hint is True
    assert (first.description or "").startswith("Say it. Gives the paths")
    assert first.input_schema["properties"] == {"input": {"type": "string"}}
