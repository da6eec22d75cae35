"""Every field of a history may hold a value of any type: no reader fails, and no id is given twice."""

import json
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.codex_rollout import CodexRollouts
from skillstrata.adapters.copilot_events import CopilotEvents
from skillstrata.adapters.gemini_chat import GeminiChats
from skillstrata.adapters.opencode_store import OpenCodeStore
from skillstrata.ports.history_reader import HistoryReader

WORDS = st.sampled_from(
    "c1 c2 REDACTED exec apply_patch shell exec_command bash edit write completed success 2026-10-01T10:00:00Z".split()
)
COMMANDS = st.sampled_from(
    ['{"cmd": "ls"}', '{"command": ["ls"]}', "Exit code: 1\nOutput:\nx", "*** Begin Patch\n@@\n+"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | COMMANDS | st.text(max_size=3)
values = st.recursive(
    leaves,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), v, max_size=3),
    max_leaves=8,
)


def some(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Give objects with these members, each of which may be missing or be any value."""
    return st.fixed_dictionaries({}, optional={name: field | values for name, field in fields.items()})


def kinds(names: str) -> st.SearchStrategy[object]:
    """Give one of these words."""
    return st.sampled_from(names.split())


codex_payload = some(
    type=kinds(
        "function_call function_call_output local_shell_call custom_tool_call custom_tool_call_output web_search_call"
        " message user_message exec_command_begin exec_command_end patch_apply_end mcp_tool_call_end item_completed"
    ),
    name=WORDS,
    call_id=WORDS,
    id=WORDS,
    arguments=COMMANDS,
    output=COMMANDS | some(content=COMMANDS, metadata=some(exit_code=st.integers())),
    input=COMMANDS,
    action=some(command=values),
    command=values,
    exit_code=st.integers(),
    changes=values,
    item=some(type=kinds("CommandExecution FileChange McpToolCall UserMessage"), id=WORDS, command=values, cwd=WORDS),
    role=kinds("user assistant"),
    content=values,
    source=some(subagent=some(thread_spawn=values)),
)
codex = some(
    type=kinds("response_item event_msg session_meta turn_context function_call message"), payload=codex_payload
)
gemini_call = some(
    id=WORDS, name=kinds("run_shell_command write_file replace"), args=values, status=WORDS, result=values
)
gemini_message = some(
    id=WORDS, type=kinds("user gemini"), content=values, timestamp=WORDS, toolCalls=st.lists(gemini_call, max_size=3)
)
gemini = gemini_message | st.fixed_dictionaries({"$set": some(messages=st.lists(gemini_message, max_size=2))})
copilot = some(
    type=kinds(
        "session.start user.message assistant.message tool.execution_start tool.execution_complete system.notification"
    ),
    timestamp=WORDS,
    data=some(
        toolCallId=WORDS,
        toolName=kinds("bash read_bash stop_bash edit"),
        arguments=some(command=WORDS, shellId=kinds("7"), path=WORDS),
        success=st.booleans(),
        result=some(
            content=kinds("<command.with.shellId:.7.is.still.running>").map(lambda t: str(t).replace(".", " "))
        ),
        kind=some(type=kinds("shell_completed"), shellId=kinds("7"), exitCode=st.integers()),
        toolRequests=values,
    ),
)
part = some(
    type=kinds("tool text"),
    id=WORDS,
    callID=WORDS,
    tool=kinds("bash write edit multiedit apply_patch"),
    state=some(status=WORDS, input=some(command=WORDS, edits=values, filePath=WORDS), metadata=values, time=values),
)
opencode = some(info=some(id=WORDS, time=values), parts=st.lists(part, max_size=3))


def check(reader: HistoryReader, text: bytes) -> None:
    """Read a file: nothing escapes, and no id of a session comes twice."""
    reader.recognises(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history")
        path.write_bytes(text)
        found = [i.record for i in reader.items(str(path)) if i.record is not None]
    ids = Counter((r.session, r.tool_use_id) for r in found if r.tool_use_id)
    assert not ids or max(ids.values()) == 1


def lined(records: list[dict[str, object]]) -> bytes:
    """Put records on lines."""
    return "".join(json.dumps(one) + "\n" for one in records).encode()


@settings(deadline=None)
@given(st.lists(codex, max_size=6))
def test_codex(records: list[dict[str, object]]) -> None:
    """Items and events of all generations in any order, with any values."""
    check(CodexRollouts(), lined(records))


@settings(deadline=None)
@given(st.lists(gemini, max_size=6))
def test_gemini(records: list[dict[str, object]]) -> None:
    """As lines, and as the items of one text."""
    check(GeminiChats(), lined(records))
    check(GeminiChats(), json.dumps({"sessionId": "s", "projectHash": "p", "messages": records}).encode())


@settings(deadline=None)
@given(st.lists(copilot, max_size=6))
def test_copilot(records: list[dict[str, object]]) -> None:
    """Ends before starts, shells that nobody opened."""
    check(CopilotEvents(), lined(records))


@settings(deadline=None)
@given(st.lists(opencode | values, max_size=4), values)
def test_opencode(messages: list[object], info: object) -> None:
    """Exports with any values."""
    check(OpenCodeStore(), json.dumps({"info": info, "messages": messages}).encode())
