"""What each payload of a Claude Code hook is read as."""

from pathlib import Path

import orjson
import pytest

from skillstrata.adapters.claude_code_hook import MAX_BYTES, ClaudeCodeHookReader
from skillstrata.records.events import AgentRecord, EventKind, FileChange, TextEdit
from skillstrata.records.failures import RecordUnreadable

FIXTURES = Path(__file__).parents[2] / "fixtures" / "hooks" / "v1"
READER = ClaudeCodeHookReader()


def of(name: str) -> AgentRecord:
    """Read a frozen payload."""
    return READER.read((FIXTURES / f"{name}.json").read_bytes())


def changed(name: str, **fields: object) -> AgentRecord:
    """Read a frozen payload with some fields set to other values."""
    return READER.read(orjson.dumps(orjson.loads((FIXTURES / f"{name}.json").read_bytes()) | fields))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("session_start", EventKind.SESSION_START),
        ("session_end", EventKind.SESSION_END),
        ("prompt", EventKind.PROMPT),
        ("bash", EventKind.CALL),
        ("bash_failed", EventKind.CALL),
        ("pre_bash", EventKind.OTHER),
        ("notification", EventKind.OTHER),
    ],
)
def test_each_event_has_its_kind(name: str, kind: EventKind) -> None:
    """Reconstruction reads calls and prompts; the rest marks time and place."""
    assert of(name).kind is kind


def test_a_shell_call_has_its_command_and_both_streams() -> None:
    """The command and what it printed are what a program is put together from."""
    shell = of("bash").shell

    assert shell is not None
    assert (shell.command, shell.stdout) == ("cd out && python3 ../to_json.py ../orders.csv", "12 rows\n")
    assert shell.stderr.startswith("note")


def test_a_record_before_a_call_has_the_folder_it_starts_in_and_no_command() -> None:
    """The payload after a call says where it ended; only the one before says where it began."""
    record = of("pre_bash")

    assert (record.cwd, record.tool_use_id, record.shell) == ("/home/dev/shop", "toolu_01Bash", None)


def test_a_failure_has_its_text_and_a_success_has_none() -> None:
    """Failures carry no response object, only one text."""
    failed, passed = of("bash_failed"), of("bash")

    assert failed.failed
    assert failed.shell is not None
    assert failed.shell.error.startswith("Exit code 2")
    assert not passed.failed
    assert passed.shell is not None
    assert passed.shell.error == ""


@pytest.mark.parametrize(
    ("name", "background", "interrupted"),
    [("bash", False, False), ("bash_background", True, False), ("bash_timed_out", False, True)],
)
def test_unfinished_calls_are_seen(name: str, background: bool, interrupted: bool) -> None:
    """A call that goes on, or was stopped, must never count as ok."""
    shell = of(name).shell

    assert shell is not None
    assert (shell.background, shell.interrupted) == (background, interrupted)


def test_a_benign_exit_is_told_from_plain_success() -> None:
    """Exit 1 of grep arrives as a success with an interpretation."""
    assert (of("bash_benign").benign_note, of("bash").benign_note) == ("No matches found", "")


def test_powershell_is_a_shell() -> None:
    """Half of the recorded program runs come from Windows."""
    shell = of("powershell").shell

    assert shell is not None
    assert shell.command == "python to_json.py"


def test_a_write_has_the_whole_text_and_the_absolute_path() -> None:
    """The response keeps the model's relative form; the input is made absolute by the client."""
    assert of("write").change == FileChange("/home/dev/shop/to_json.py", content="import csv\n")


def test_a_staged_or_failed_write_changes_no_file() -> None:
    """A change that waits for consent, or did not happen, must not become a program's text."""
    assert of("write_staged").change is None
    assert changed("write", hook_event_name="PostToolUseFailure").change is None


def test_edits_keep_old_and_new_text_and_the_original() -> None:
    """The body at the time of a run is rebuilt from these."""
    assert of("edit").change == FileChange(
        "/home/dev/shop/to_json.py", edits=(TextEdit("csv", "csv, json"),), original="import csv\n"
    )
    assert of("multi_edit").change == FileChange(
        "/home/dev/shop/to_json.py", edits=(TextEdit("a", "b"), TextEdit("c", "d", every=True)), original="a c c"
    )


def test_a_notebook_edit_has_the_notebooks_new_text_where_it_is_recorded() -> None:
    """A notebook is an input like any other; without its text it is known only that it changed."""
    whole = changed("notebook_edit", tool_response={"updated_file": "{}\n", "original_file": "[]"}).change
    cell = changed("notebook_edit", tool_response={"old_source": "1", "new_source": "1+1"}).change

    assert whole == FileChange("/home/dev/shop/a.ipynb", "{}\n", original="[]")
    assert cell == FileChange("/home/dev/shop/a.ipynb", edits=(TextEdit("1", "1+1"),))
    assert of("notebook_edit").change == FileChange("/home/dev/shop/a.ipynb")


def test_a_notebook_edit_that_failed_changes_nothing() -> None:
    """Its refusal comes as a success with an error inside."""
    assert changed("notebook_edit", tool_response={"error": "Cell not found"}).change is None


def test_files_that_a_command_is_seen_to_change_are_named() -> None:
    """What it wrote is not recorded, but a text that was known before is known no longer."""
    seen = changed("bash", tool_response={"stdout": "", "bashEditDiff": {"changedFiles": ["/home/dev/shop/a", 7]}})

    assert seen.changes == (FileChange("/home/dev/shop/a"),)
    assert of("bash").changes == ()


def test_a_call_of_a_subagent_says_so() -> None:
    """The agent id is the only test for it."""
    assert (of("mcp_string").sub_agent, of("bash").sub_agent) == ("a1f", "")


@pytest.mark.parametrize(
    ("response", "stdout"),
    [
        ({"stdout": "x"}, "x"),
        ("x", "x"),
        ([{"type": "text", "text": "x"}, {"type": "image"}], "x"),
        (None, ""),
        (7, ""),
    ],
)
def test_every_shape_of_response_is_taken(response: object, stdout: str) -> None:
    """Object, string, array and absent all occur in real records."""
    shell = changed("bash", tool_response=response).shell

    assert shell is not None
    assert shell.stdout == stdout


def test_a_redacted_id_counts_as_none_and_content_stands_in() -> None:
    """Redacted logs hold the same word in place of every id."""
    redacted, other = of("redacted_id"), changed("redacted_id", tool_input={"command": "pwd"})

    assert redacted.tool_use_id == ""
    assert len(redacted.content_digest) == 64
    assert redacted.content_digest != other.content_digest
    assert of("bash").content_digest == ""


def test_a_digest_does_not_depend_on_what_differs_between_two_copies() -> None:
    """The same prompt from a plugin's hook and from a settings hook is one event."""
    assert of("prompt").content_digest == changed("prompt", transcript_path="/elsewhere", duration_ms=9).content_digest
    assert of("prompt").content_digest != changed("prompt", prompt="another").content_digest


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    """One cut emoji in an output must not cost the event."""
    record = READER.read(b'{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":"a\\ud83d b\\ud83d\\ude00"}')

    assert record.prompt == "a\ufffd b\U0001f600"


def test_a_nul_in_an_output_is_kept() -> None:
    """Programs print NUL, and clients pass it on."""
    shell = changed("bash", tool_response={"stdout": "a\0b"}).shell

    assert shell is not None
    assert shell.stdout == "a\0b"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b'{"session_id": "s", "hook_event_na', "not JSON"),
        (b'{"session_id": "\xff", "hook_event_name": "Stop"}', "not JSON"),
        (b'{"session_id": "a\0b", "hook_event_name": "Stop"}', "not JSON"),
        (b'{"session_id": "\\ud800", "hook_event_name": ', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "the payload"),
        (b'"PostToolUse"', "the payload"),
        (b'{"session_id": "s"}', "hook_event_name"),
        (b'{"session_id": 7, "hook_event_name": "Stop"}', "session_id"),
        (b'{"session_id": "", "hook_event_name": "Stop"}', "empty"),
        (b'{"session_id": "s", "hook_event_name": "PostToolUse"}', "tool_name"),
    ],
)
def test_what_is_no_payload_is_refused_with_the_reason(data: bytes, why: str) -> None:
    """The reason is written beside the quarantined bytes."""
    with pytest.raises(RecordUnreadable, match=why):
        READER.read(data)


def test_a_payload_over_the_cap_is_refused_and_one_at_the_cap_is_read() -> None:
    """Memory is bounded whatever an agent prints."""
    frame = b'{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":"%s"}'
    fits = frame % (b"x" * (MAX_BYTES - len(frame) + 2))

    assert len(fits) == MAX_BYTES
    assert len(READER.read(fits).prompt) > 15_000_000
    with pytest.raises(RecordUnreadable, match="more than"):
        READER.read(fits + b" ")
