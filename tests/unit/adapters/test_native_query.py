import threading
import time

import pytest

from skillstrata.adapters.native_query import json_query
from skillstrata.adapters.native_tools import NativeBackend
from skillstrata.records.json_values import Json
from skillstrata.records.tool_calls import Caller, ToolCall, ToolResult

DATA: Json = {"rows": [{"n": 1, "name": "b"}, {"n": 2, "name": "a"}], "deep": [[1], [2, [3]]]}


def _query(query: str, data: Json = DATA, *, timeout_s: float = 20.0) -> ToolResult:
    call = ToolCall("native/json_query", {"data": data, "query": query}, Caller("cli", "/"), timeout_s)
    return NativeBackend((json_query(),)).call(call, threading.Event())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("rows[?n > `1`].name | [0]", "a"),
        ("sort_by(rows, &name)[].n", [2, 1]),
        ("deep[]", [1, 2, [3]]),
        ("{first: rows[0].name, all: length(rows)}", {"first": "b", "all": 2}),
        ("nothing.there", None),
    ],
)
def test_parts_are_selected_and_reshaped(query: str, found: Json) -> None:
    """As JMESPath says."""
    assert _query(query).output == {"result": found}


@pytest.mark.parametrize("query", ["rows[", "unknown(@)", "length(`1`)", "rows[?]", "sort(rows)"])
def test_a_query_that_is_none_is_told(query: str) -> None:
    """With the place, by the library."""
    result = _query(query)

    assert result.fault is not None
    assert result.fault.type == "tool_error"


@pytest.mark.parametrize(
    "query",
    [
        "|".join(["[@,@][]"] * 100),
        "|".join(["[@,@]"] * 100) + "|to_string(@)",
        "|".join(["[@,@]"] * 100) + " == `1`",
        "|".join(["join('',[@,@])"] * 60),
        "(" * 400 + "@" + ")" * 400,
        "!" * 999 + "@",
    ],
)
def test_a_query_cannot_grow_without_bound(query: str) -> None:
    """A thousand characters could make a value of 2^100 parts."""
    began = time.monotonic()
    result = _query(query, "xy")

    assert result.fault is None or result.fault.type in {"limit", "tool_error", "timeout"}
    assert result.ok == (query.startswith(("(", "!")) and result.ok)
    assert time.monotonic() - began < 20


def test_a_query_ends_with_its_time() -> None:
    """Rows times rows; the twin is the first test."""
    rows: Json = [{"n": n, "all": list(range(300))} for n in range(300)]
    result = _query("[].all[].to_string(@) | [?contains(@, '9')] | [?contains(@, '8')]", rows, timeout_s=0.0)

    assert result.fault is not None
    assert result.fault.type == "timeout"
