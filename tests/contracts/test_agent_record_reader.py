"""What every AgentRecordReader promises."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.claude_code_hook import ClaudeCodeHookReader
from skillstrata.ports.agent_record_reader import AgentRecordReader
from skillstrata.records.events import EventKind
from skillstrata.records.failures import RecordUnreadable

PAYLOADS = sorted((Path(__file__).parents[1] / "fixtures" / "hooks" / "v1").glob("*.json"))
READERS: list[AgentRecordReader] = [ClaudeCodeHookReader()]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = ["session_id", "hook_event_name", "cwd", "tool_name", "tool_input", "tool_response", "tool_use_id", "error"]


@pytest.fixture(params=READERS, ids=lambda reader: type(reader).__name__)
def reader(request: pytest.FixtureRequest) -> AgentRecordReader:
    """Each implementation in turn."""
    return request.param


def _read_or_refuse(data: bytes) -> None:
    with contextlib.suppress(RecordUnreadable):
        assert READERS[0].read(data).session


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda p: p.stem)
def test_every_frozen_payload_is_read(path: Path, reader: AgentRecordReader) -> None:
    """A payload of an older client must load for ever."""
    assert reader.read(path.read_bytes()).session


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_record_or_a_refusal(data: bytes) -> None:
    """Spool files are untrusted: nothing but RecordUnreadable may escape."""
    _read_or_refuse(data)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(fields), json_values))
def test_any_values_in_the_known_fields_give_a_record_or_a_refusal(payload: dict[str, object]) -> None:
    """Real results come as object, string, array or not at all."""
    _read_or_refuse(
        json.dumps({"session_id": "s", "hook_event_name": "PostToolUse", "tool_name": "Bash"} | payload).encode()
    )


@settings(deadline=None)
@given(st.sampled_from(PAYLOADS), json_values)
def test_an_unknown_field_changes_nothing(path: Path, value: object) -> None:
    """New clients send new fields; an event must not become another one because of that."""
    payload = json.loads(path.read_bytes())

    assert READERS[0].read(json.dumps({"newField": value} | payload).encode()) == READERS[0].read(path.read_bytes())


@settings(deadline=None)
@given(st.sampled_from(PAYLOADS), st.data())
def test_the_order_of_keys_changes_nothing(path: Path, data: st.DataObject) -> None:
    """Key order is not stable between client versions."""
    payload = json.loads(path.read_bytes())
    keys = data.draw(st.permutations(list(payload)))

    assert READERS[0].read(json.dumps({k: payload[k] for k in keys}).encode()) == READERS[0].read(path.read_bytes())


@settings(deadline=None)
@given(st.sampled_from(PAYLOADS), st.data())
def test_a_truncated_payload_is_refused(path: Path, data: st.DataObject) -> None:
    """A client that dies while it writes leaves a stump; a stump must never pass for an event."""
    whole = path.read_bytes().rstrip()
    cut = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))

    with pytest.raises(RecordUnreadable):
        READERS[0].read(whole[:cut])


def test_an_unknown_event_is_kept_as_other(reader: AgentRecordReader) -> None:
    """New events must not be lost only because nobody knows them yet."""
    record = reader.read(b'{"session_id": "s", "hook_event_name": "BrandNewEvent", "tool_name": "Bash"}')

    assert (record.kind, record.name) == (EventKind.OTHER, "BrandNewEvent")
