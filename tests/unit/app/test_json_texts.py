import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.app.capability_reports import CallOutcome
from skillstrata.app.json_texts import json_text, sendable, unwritable
from skillstrata.records.composed_tools import ComposedTool
from skillstrata.records.json_values import Json
from skillstrata.surfaces.mcp_server.answers import result
from skillstrata.surfaces.mcp_server.composed_desk import answer, called_json

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TOOL = ComposedTool("skill_x", "x", "sk", "SKILL.md", "x", "{}", "", ())
HUGE = 2**70


@given(ANY)
def test_whatever_a_tool_gives_can_be_written_and_read(value: Json) -> None:
    """An answer that cannot be written is lost although all was done."""
    assert json.loads(json_text(value)) == json.loads(json_text(sendable(value)))
    json_text(value).encode()


@pytest.mark.parametrize("value", [HUGE, {"n": [-HUGE]}, "\ud800", {"\udfff": 1}, [math.nan, HUGE]])
def test_an_answer_goes_out_whatever_is_in_it(value: Json) -> None:
    """By its own name, by skills_call, as the status of a run."""
    outcome = CallOutcome("skill_x", "ok", value)

    for made in (answer(TOOL, outcome), result(called_json(outcome))):
        assert made.model_dump_json(by_alias=True)
    assert json.loads(str(called_json(outcome)["text"])) == called_json(outcome)["output"]


def test_numbers_keep_every_digit() -> None:
    """A rounded number is a wrong one."""
    assert json_text({"n": HUGE}) == f'{{"n":{HUGE}}}'


@pytest.mark.parametrize("value", [math.nan, [math.inf], "\ud800", {"\ud800": 1}])
def test_what_json_does_not_have_is_named(value: Json) -> None:
    """Twin: the whole of JSON is not."""
    assert unwritable(value)
    assert not unwritable({"n": HUGE, "t": "\U0001f30a", "f": 1.5, "l": [None, True]})
