"""How a record is judged and named."""

from dataclasses import replace

import pytest

from skillstrata.capture.normalise import normalise
from skillstrata.records.events import AgentRecord, EventKind, FileChange, Outcome, ShellCall, changes_of

CALL = AgentRecord(
    agent="claude-code",
    kind=EventKind.CALL,
    name="PostToolUse",
    session="s1",
    cwd="/home/dev",
    tool_use_id="toolu_1",
    tool="Bash",
    shell=ShellCall("ls"),
)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (CALL, Outcome.OK),
        (replace(CALL, benign_note="No matches found"), Outcome.BENIGN),
        (replace(CALL, failed=True), Outcome.FAILED),
        (replace(CALL, shell=ShellCall("ls", background=True)), Outcome.UNKNOWN),
        (replace(CALL, shell=ShellCall("ls", interrupted=True)), Outcome.UNKNOWN),
        (replace(CALL, failed=True, shell=ShellCall("ls", interrupted=True)), Outcome.FAILED),
        (replace(CALL, kind=EventKind.PROMPT), Outcome.UNKNOWN),
    ],
)
def test_an_outcome_is_stated_never_guessed(record: AgentRecord, outcome: Outcome) -> None:
    """Unfinished is unknown; benign is not ok; only a failure event is failed."""
    assert normalise(record, at_s=1.0).outcome is outcome


@pytest.mark.parametrize(
    ("failed", "error", "code"),
    [
        (True, "Exit code 2\nusage", 2),
        (True, "Exit code 143", 143),
        (True, "Exit code 1 and more on this line", None),
        (True, "spawn failed\nExit code 3", None),
        (False, "Exit code 2\nusage", None),
    ],
)
def test_an_exit_code_comes_from_the_first_line_of_a_failure_only(failed: bool, error: str, code: int | None) -> None:
    """Successful calls carry no exit code, so none is made up."""
    assert normalise(replace(CALL, failed=failed, shell=ShellCall("x", error=error)), at_s=1.0).exit_code == code


@pytest.mark.parametrize(
    ("record", "id_"),
    [
        (CALL, "claude-code:s1:toolu_1"),
        (replace(CALL, kind=EventKind.OTHER), "claude-code:s1:toolu_1:before"),
        (replace(CALL, tool_use_id="", content_digest="ab" * 32), f"claude-code:s1:{'ab' * 32}"),
        (replace(CALL, kind=EventKind.PROMPT, content_digest="cd" * 32), f"claude-code:s1:{'cd' * 32}"),
    ],
)
def test_an_event_is_named_by_its_call_or_its_content(record: AgentRecord, id_: str) -> None:
    """The same record must get the same id each time it arrives, and a call another one than its announcement."""
    assert normalise(record, at_s=1.0).id == normalise(record, at_s=2.0).id == id_


@pytest.mark.parametrize(
    ("stderr", "kept"),
    [
        ("warning\nShell cwd was reset to /home/dev", "warning"),
        ("Shell cwd was reset to /home/dev\n", ""),
        ("Shell cwd was reset to x\nthen more", "Shell cwd was reset to x\nthen more"),
        ("warning\n", "warning\n"),
    ],
)
def test_the_clients_own_last_line_is_not_the_programs(stderr: str, kept: str) -> None:
    """An output that is compared with a replay must hold only what the program printed."""
    event = normalise(replace(CALL, shell=ShellCall("x", stderr=stderr)), at_s=1.0)

    assert event.shell is not None
    assert event.shell.stderr == kept


def test_place_time_and_people_are_carried_over() -> None:
    """Reconstruction needs cwd, prompt and subagent as recorded."""
    event = normalise(replace(CALL, prompt_id="p", sub_agent="a", prompt="hi"), at_s=7.5)

    assert (event.cwd, event.prompt_id, event.sub_agent, event.prompt, event.at_s) == ("/home/dev", "p", "a", "hi", 7.5)
    assert (event.agent, event.session, event.tool, event.tool_use_id) == ("claude-code", "s1", "Bash", "toolu_1")


@pytest.mark.parametrize(
    ("record", "outcome", "code"),
    [
        (replace(CALL, exit_code=0), Outcome.OK, 0),
        (replace(CALL, exit_code=3), Outcome.FAILED, 3),
        (replace(CALL, exit_code=1, benign_note="No matches found"), Outcome.BENIGN, 1),
        (replace(CALL, exit_code=2, failed=True, shell=ShellCall("x", error="Exit code 7\n")), Outcome.FAILED, 2),
        (replace(CALL, ended=False), Outcome.UNKNOWN, None),
        (replace(CALL, ended=False, failed=True), Outcome.FAILED, None),
        (replace(CALL, tool="Read", shell=None, exit_code=None), Outcome.OK, None),
    ],
)
def test_a_stated_exit_code_counts_and_a_call_without_an_end_is_unknown(
    record: AgentRecord, outcome: Outcome, code: int | None
) -> None:
    """Histories of some agents state the code; a call that was cut off has neither a code nor an outcome."""
    event = normalise(record, at_s=1.0)

    assert (event.outcome, event.exit_code) == (outcome, code)


def test_what_only_histories_know_is_carried_over() -> None:
    """The folder before the call, the files of a patch, that nobody looked at the disk."""
    changes = (FileChange("/a", "x"), FileChange("/b", removed=True))
    event = normalise(replace(CALL, cwd_before="/home", changes=changes), at_s=1.0, imported=True)

    assert (event.cwd_before, event.changes, event.imported, event.ended) == ("/home", changes, True, True)
    assert changes_of(event) == changes
    assert changes_of(replace(event, change=FileChange("/c"))) == (FileChange("/c"), *changes)


def test_a_prompt_is_one_event_whether_hook_or_history_tells_of_it() -> None:
    """The two records share the prompt's id and its text; two texts under one id are two prompts."""
    hook = replace(CALL, kind=EventKind.PROMPT, tool="", prompt_id="p1", prompt="go", content_digest="aa" * 32)
    history = replace(hook, name="user", content_digest="bb" * 32, tool_use_id="")

    assert normalise(hook, at_s=1.0).id == normalise(history, at_s=2.0).id
    assert normalise(hook, at_s=1.0).id != normalise(replace(hook, prompt="stop"), at_s=1.0).id


RANDOM = "toolu_01A9bXy7Qk2mNp3RsTuVwXyZ"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (replace(CALL, tool_use_id=RANDOM), replace(CALL, tool_use_id=RANDOM, session="s2", at_s=5.0), True),
        (replace(CALL, tool_use_id=RANDOM), replace(CALL, tool_use_id=RANDOM, shell=ShellCall("pwd")), False),
        (replace(CALL, tool_use_id=RANDOM), replace(CALL, tool_use_id=RANDOM, tool="PowerShell"), False),
        (replace(CALL, at_s=5.0), replace(CALL, at_s=5.0, session="s2"), True),
        (replace(CALL, at_s=5.0), replace(CALL, at_s=6.0, session="s2"), False),
        (replace(CALL, shell=ShellCall("ls", "a")), replace(CALL, shell=ShellCall("ls", "b")), False),
    ],
)
def test_a_call_has_one_name_in_all_its_copies(one: AgentRecord, other: AgentRecord, same: bool) -> None:
    """Forks copy calls under another session; agents that count their calls give strangers one id."""
    assert (normalise(one, at_s=1.0).call == normalise(other, at_s=2.0).call) is same


def test_what_is_no_call_has_no_name_of_a_call() -> None:
    """Only calls are evidence that must count once."""
    assert normalise(replace(CALL, kind=EventKind.PROMPT), at_s=1.0).call == ""
    assert normalise(CALL, at_s=1.0).call != ""
