import jsonschema_rs
import mcp_types
import pytest

from skillstrata.surfaces.mcp_server.skill_desk import NAMES
from skillstrata.surfaces.mcp_server.skill_tools import skill_tools
from skillstrata.surfaces.mcp_server.tools import BY_NAME, INSTRUCTIONS, TOOLS

CUT_BYTES = 2048
SKILL_TOOLS = skill_tools("")
by_tool = pytest.mark.parametrize("tool", [*TOOLS, *SKILL_TOOLS], ids=lambda tool: tool.name)


def test_the_tools_are_those_of_the_contract_in_order_of_use() -> None:
    """Agents are told these names; a client that reads only one page sees the finder first."""
    assert list(BY_NAME) == ["skills_search", "skills_describe", "skills_call"]
    assert [tool.name for tool in SKILL_TOOLS] == list(NAMES) == ["Skill", "skills_read"]


def test_the_instructions_fit_and_name_every_tool() -> None:
    """Hosts cut them at 2 KB, and they are the only prose that every session sees."""
    assert len(INSTRUCTIONS.encode()) <= CUT_BYTES
    assert [name for name in (*BY_NAME, *NAMES) if name not in INSTRUCTIONS] == []


@by_tool
def test_a_tool_sends_all_four_hints(tool: mcp_types.Tool) -> None:
    """The defaults of the protocol are the unsafe ones: a hint left out claims destruction."""
    hints = tool.annotations
    assert hints is not None
    given = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    assert None not in given


@by_tool
def test_a_tools_schemas_are_what_hosts_take(tool: mcp_types.Tool) -> None:
    """Top level object without combinators, or hosts flatten or drop the tool; no remote reference."""
    # A skill's text is text alone: hosts show structured content in its place.
    assert (tool.output_schema is None) == (tool.name in NAMES)
    for schema in filter(None, (tool.input_schema, tool.output_schema)):
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["type"] == "object"
        assert {"anyOf", "oneOf", "allOf"} & set(schema) == set()
        assert "$ref" not in str(schema)
    assert tool.description is not None
    assert len(tool.description.encode()) <= CUT_BYTES


def test_a_listing_or_what_keeps_it_away_ends_the_description() -> None:
    """Hosts cut at the end: how to use the tool comes first."""
    listed, failed, none = skill_tools("THE LIST"), skill_tools("", problem="WHY"), skill_tools("")

    assert (listed[0].description or "").endswith("THE LIST")
    assert (failed[0].description or "").endswith("WHY")
    assert (none[0].description or "").endswith("There are no skills now.")
