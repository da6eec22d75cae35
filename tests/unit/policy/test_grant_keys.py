import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.policy.audit_entries import call_entry, result_entry
from skillstrata.policy.grant_keys import elevation_key, grant_key, plan_key
from skillstrata.policy.grants import bounded, cut, plan_wish, wish
from skillstrata.policy.masking import MARK, masked
from skillstrata.policy.questions import question_of
from skillstrata.policy.taint import shown_values, value_at
from skillstrata.records.approvals import Approval
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall, ToolFault, ToolResult
from tests.policy_calls import BASH, GRAMMAR, MAIL, decided

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_key_does_not_depend_on_the_order_of_names(value: Json) -> None:
    """The same call is the same call, however a client spells its JSON."""
    again = json.loads(json.dumps({"b": value, "a": 1}))

    assert grant_key("d", {"a": 1, "b": value}, "/", "v") == grant_key("d", again, "/", "v")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("d", {"a": 1}, "/x", "v"), ("e", {"a": 1}, "/x", "v")),
        (("d", {"a": 1}, "/x", "v"), ("d", {"a": 2}, "/x", "v")),
        (("d", {"a": 1}, "/x", "v"), ("d", {"a": 1}, "/y", "v")),
        (("d", {"a": 1}, "/x", "v"), ("d", {"a": 1}, "/x", "w")),
        (("d", {"a": 1}, "/", "v"), ("d", {"a": 1.0}, "/", "v")),
        (("d", {"a": 1}, "/", "v"), ("d", {"a": True}, "/", "v")),
        (("d", {"a": "1"}, "/", "v"), ("d", {"a": 1}, "/", "v")),
        (("d", {"a": None}, "/", "v"), ("d", {}, "/", "v")),
        (("d", {"a": 2**64}, "/", "v"), ("d", {"a": 2**64 + 1}, "/", "v")),
        (("d", {"a": "\ud800"}, "/", "v"), ("d", {"a": "\ud801"}, "/", "v")),
        (("d", {}, "/x", "yv"), ("d", {}, "/xy", "v")),
    ],
)
def test_a_change_of_any_part_is_another_key(
    one: tuple[str, Json, str, str], other: tuple[str, Json, str, str]
) -> None:
    """The consent for one call must be none for another."""
    assert grant_key(*one) != grant_key(*other)


def test_keys_of_calls_plans_and_elevations_never_meet() -> None:
    """A consent of one kind must not be used for another."""
    assert (
        len({plan_key("a", "b"), elevation_key("a", "b", "c", "d"), plan_key("a\0b", ""), grant_key("a", {}, "b", "c")})
        == 4
    )


def test_a_wish_shows_the_whole_call_and_no_secret() -> None:
    """What a person sees is what would be done; control signs would rewrite it on a terminal."""
    call = ToolCall(
        BASH.path, {"script": "echo hunter2 \x1b[2J\u202e"}, Caller("cli", "/home/ann"), secrets=("hunter2",)
    )
    decision = decided(BASH, call.arguments)
    made = wish(question_of(BASH, call, GRAMMAR), decision, 100.0, run_id="r1", secret_values=call.secrets)

    assert (made.key, made.state, made.until_s) == (decision.key, "pending", 100.0 + 7 * 86_400)
    assert f'"script": "echo {MARK} \\u001b[2J\\u202e"' in made.shown
    assert "in /home/ann" in made.shown
    assert "hunter2" not in repr(made)
    assert made.id != wish(question_of(BASH, call, GRAMMAR), decision, 100.0).id
    assert plan_wish("k", "p", "x" * 9_000, Approval.NONE, 0.0).shown.endswith("3,000 more characters are not shown")


def test_control_signs_are_shown_as_their_numbers() -> None:
    """Foreign text must not act on the terminal of whoever answers."""
    assert cut("a\nb\x07\u200b") == "a\nb\\u0007\\u200b"


def test_a_consent_is_bounded() -> None:
    """An end within thirty days; at least one use."""
    assert bounded(5, 50.0, 10.0) == (5, 50.0)
    assert bounded(10**9, 10**12, 10.0) == (1_000, 10.0 + 30 * 86_400)
    assert bounded(0, 5.0, 10.0) == (1, 10.0)
    assert bounded(-7, 50.0, 10.0) == (-1, 50.0)


@given(JSON, st.lists(st.text(min_size=4, max_size=6), min_size=1, max_size=3))
def test_no_masked_value_is_left(value: Json, secrets: list[str]) -> None:
    """In values, in keys, inside longer text."""
    planted: Json = {"x": [value, f"a{secrets[0]}b", {secrets[-1]: secrets[-1]}]}
    clean = masked(planted, tuple(secrets))

    for text in _texts(clean):
        assert not any(one in text.replace(MARK, "\0") for one in secrets if one not in MARK)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def test_pointers_lead_to_the_literal_values() -> None:
    """RFC 6901, with its escapes; a pointer that leads nowhere is null, not an error."""
    arguments: JsonObject = {"a/b": [{"~": "x\u202e"}]}

    assert value_at(arguments, "/a~1b/0/~0") == "x\u202e"
    assert value_at(arguments, "") == arguments
    assert value_at(arguments, "/a~1b/7/x") is None
    assert shown_values(arguments, ("/a~1b/0/~0",)) == '/a~1b/0/~0 = "x\\u202e"'


def test_the_lines_of_a_call_say_what_was_decided_and_what_came_of_it() -> None:
    """Before it and after it, bound by one digest, without secret and output."""
    caller = Caller("mcp", "/home/ann", session="s", skill="user/a", run_id="r", step="send")
    call = ToolCall(MAIL.path, {"to": "ann", "key": "hunter2", "text": "x" * 9_000}, caller, secrets=("hunter2",))
    intent = call_entry("intent", call, MAIL, decided(MAIL, call.arguments), by="ann")
    fault = ToolFault("tool_error", "no hunter2 there")
    done = result_entry(intent, call, ToolResult(content="secret output", ms=1.23456))
    failed = result_entry(intent, call, ToolResult(fault=fault))

    assert (intent.verdict, intent.approval, intent.rule, intent.by) == ("ask", "data_export", "default", "ann")
    assert (intent.skill, intent.run_id, intent.step, intent.session) == ("user/a", "r", "send", "s")
    assert len(intent.arguments) == 4_000
    assert (done.what, done.status, done.size, done.digest) == ("result", "ok", 13, intent.digest)
    assert (failed.status, failed.detail) == ("tool_error", f"no {MARK} there")
    assert "hunter2" not in repr((intent, done, failed))
    assert "output" not in repr(done)
