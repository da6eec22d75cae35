import json

import pytest

from skillstrata.compose.input_values import fault_of, with_defaults
from skillstrata.records.json_values import JsonObject

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "default": 3},
            "list": {"default": []},
            "inner": {"type": "object", "properties": {"deep": {"default": "d"}, "other": {"type": "string"}}},
            "made": {"type": "object", "default": {}, "properties": {"x": {"default": None}}},
        },
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        ({}, {"n": 3, "list": [], "made": {"x": None}}),
        ({"n": None, "list": [1]}, {"n": None, "list": [1], "made": {"x": None}}),
        ({"inner": {}}, {"n": 3, "list": [], "inner": {"deep": "d"}, "made": {"x": None}}),
        ({"inner": "text"}, {"n": 3, "list": [], "inner": "text", "made": {"x": None}}),
    ],
)
def test_defaults_are_filled_where_nothing_was_given(given: JsonObject, filled: JsonObject) -> None:
    """Null is given; an object that is not there is not made for the defaults inside it."""
    before = json.dumps(given)

    assert with_defaults(SCHEMA, given) == filled
    assert json.dumps(given) == before


def test_two_calls_do_not_share_a_default() -> None:
    """What one run does to its list is not seen by the next."""
    first = with_defaults(SCHEMA, {})["list"]
    assert isinstance(first, list)
    first.append(1)

    assert with_defaults(SCHEMA, {})["list"] == []


def test_a_fault_names_its_place() -> None:
    """Whoever called must find what to mend."""
    schema = '{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}'

    assert fault_of(schema, {"a": [1, "x"]}, "arguments").startswith("arguments at /a/1: ")
    assert fault_of(schema, {"a": [1, 2]}, "arguments") == ""
    assert fault_of("", "anything", "output") == ""
    assert "cannot be used" in fault_of('{"$ref":"#/nowhere"}', {}, "output")
