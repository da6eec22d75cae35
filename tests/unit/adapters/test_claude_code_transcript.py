"""Which calls a Claude Code transcript holds, and how each of them ended."""

import json
from pathlib import Path

import pytest

from skillstrata.capture.normalise import normalise
from tests.transcripts import (
    BASH,
    CWD,
    PRINTED,
    READER,
    SESSION,
    WRITE,
    ask,
    got,
    items,
    left_out,
    one_call,
    progress,
    records_of,
    said,
)


def test_a_call_has_the_folders_before_and_after_and_the_time_it_ended(tmp_path: Path) -> None:
    """Relative paths begin in the folder before; the next call begins in the folder after."""
    call = one_call(
        tmp_path,
        ask("Bash", {"command": "cd out && ls"}),
        got("", toolUseResult=PRINTED, cwd=f"{CWD}/out", timestamp="2026-10-01T10:00:01.500Z"),
    )

    assert (call.cwd_before, call.cwd) == (CWD, f"{CWD}/out")
    assert call.at_s == pytest.approx(1790848801.5)


@pytest.mark.parametrize(
    ("result", "content", "stdout"),
    [
        ({"stdout": "x"}, "shown", "x"),
        ("x", "shown", "x"),
        ([{"type": "text", "text": "x"}], "shown", "x"),
        (None, "x", "x"),
        (None, [{"type": "text", "text": "x"}, {"type": "image"}], "x"),
        (None, 7, ""),
    ],
    ids=["object", "string", "array", "absent", "absent-blocks", "absent-and-strange"],
)
def test_every_shape_of_result_is_taken(result: object, content: object, stdout: str, tmp_path: Path) -> None:
    """A third of all results have no object beside them: calls of sub-agents that succeeded."""
    fields: dict[str, object] = {} if result is None else {"toolUseResult": result}
    call = one_call(tmp_path, ask("Bash", BASH), got(content) | fields)

    assert call.shell is not None
    assert (call.shell.stdout, call.failed, call.ended) == (stdout, False, True)


def test_a_call_without_a_result_has_not_ended(tmp_path: Path) -> None:
    """It may have been cut off, refused or still run: nothing says that it went well."""
    call = one_call(tmp_path, ask("Write", WRITE))

    assert (call.ended, call.failed, call.change) == (False, False, None)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("The user doesn't want to proceed with this tool use. The tool use was rejected", {}),
        ("The user doesn't want to take this action right now. STOP what you are doing", {}),
        ("<tool_use_error>Sibling tool call errored</tool_use_error>", {}),
        ("No network in this folder, says a hook", {"toolDenialKind": "hook"}),
        ("[Request interrupted by user for tool use]", {}),
    ],
)
def test_a_call_that_was_refused_has_neither_failed_nor_ended(
    text: str, fields: dict[str, object], tmp_path: Path
) -> None:
    """A program that never ran is no failing program."""
    call = one_call(tmp_path, ask("Bash", BASH), got(text, is_error=True, toolUseResult=f"Error: {text}") | fields)

    assert (call.ended, call.failed) == (False, False)
    assert call.shell is not None
    assert call.shell.error == text


def test_a_result_without_its_call_is_counted(tmp_path: Path) -> None:
    """Compaction cuts the call away; what was asked is not on record."""
    found = items(tmp_path, got("x"), said("go on"))

    assert records_of(found) == []
    assert left_out(found)["a result without its call"] == 1


def test_a_result_before_its_call_still_belongs_to_it(tmp_path: Path) -> None:
    """Tools that merge histories sort records anew."""
    call = one_call(tmp_path, got("x"), ask("Bash", BASH))

    assert call.ended
    assert call.shell is not None
    assert call.shell.stdout == "x"


def test_two_results_in_one_record_do_not_share_its_result_object(tmp_path: Path) -> None:
    """The record's own form says nothing of which block it belongs to."""
    both = got("one")
    more = got("two", id_="toolu_2")
    both["message"]["content"] += more["message"]["content"]  # type: ignore[index,operator]
    found = items(tmp_path, ask("Bash", BASH), ask("Bash", BASH, id_="toolu_2"), both | {"toolUseResult": PRINTED})

    assert [c.shell.stdout for c in records_of(found) if c.shell] == ["one", "two"]


def test_a_command_in_the_background_is_known_by_its_text_alone(tmp_path: Path) -> None:
    """A sub-agent's results have no object that says so."""
    call = one_call(tmp_path, ask("Bash", BASH), got("Command running in background with ID: b1. Output is …"))

    assert call.shell is not None
    assert (call.shell.background, call.shell.stdout) == (True, "")


# ---- sub-agents, copies, redaction -----------------------------------------------------------------------------------


def test_a_call_that_stands_only_in_progress_records_is_read(tmp_path: Path) -> None:
    """One call in twenty of all known histories is nowhere else."""
    call = one_call(tmp_path, progress(ask("Bash", BASH)), progress(got("x")))

    assert (call.sub_agent, call.ended, call.cwd) == ("a1", True, CWD)


def test_a_call_in_normalised_messages_is_read_once(tmp_path: Path) -> None:
    """Older clients repeat the messages of a sub-agent in every record."""
    found = items(
        tmp_path,
        progress({}, normalizedMessages=[ask("Bash", BASH)]),
        progress(got("x"), normalizedMessages=[ask("Bash", BASH), got("x")]),
    )

    assert len(records_of(found)) == 1


def test_a_call_of_a_sub_agents_file_is_the_same_event_as_its_copy_in_the_trunk(tmp_path: Path) -> None:
    """Both files are imported; the ids must meet."""
    own = [ask("Bash", BASH, isSidechain=True, agentId="a1"), got("x", isSidechain=True, agentId="a1")]
    in_file = one_call(tmp_path / SESSION / "subagents", *own)
    in_trunk = one_call(tmp_path, progress(ask("Bash", BASH)), progress(got("x")))

    assert normalise(in_file, at_s=1.0) == normalise(in_trunk, at_s=1.0)


def test_a_forks_copies_belong_to_the_session_they_were_made_in(tmp_path: Path) -> None:
    """A fork copies the history with its own session id; its calls were run once."""
    copied = {"sessionId": "5e55104a-0000-4000-8000-00000000f0f0", "forkedFrom": {"sessionId": SESSION}}
    own = one_call(tmp_path, ask("Bash", BASH), got("x"))
    copy = one_call(
        tmp_path,
        {**ask("Bash", BASH), **copied},
        {**got("x"), **copied},
    )

    assert normalise(copy, at_s=1.0).id == normalise(own, at_s=1.0).id


def test_a_redacted_id_is_replaced_by_a_digest_and_the_chain_joins_the_result(tmp_path: Path) -> None:
    """Published histories hold the same word in place of every id."""
    first = ask("Bash", BASH, id_="REDACTED", uuid="a1", timestamp="2026-10-01T10:00:00Z")
    second = ask("Bash", BASH, id_="REDACTED", uuid="a2", timestamp="2026-10-01T10:00:09Z")
    found = items(
        tmp_path,
        first,
        second,
        got("two", id_="REDACTED", parentUuid="a2"),
        got("one", id_="REDACTED", sourceToolAssistantUUID="a1"),
    )

    calls = records_of(found)
    assert [(c.tool_use_id, c.ended) for c in calls] == [("", True), ("", True)]
    assert [c.shell.stdout for c in calls if c.shell] == ["two", "one"]
    assert len({c.content_digest for c in calls}) == 2
    assert [c.content_digest for c in records_of(items(tmp_path, first, second))] == [
        c.content_digest for c in reversed(calls)
    ]


def test_a_redacted_session_id_is_replaced_by_one_of_the_history(tmp_path: Path) -> None:
    """Strangers' sessions must not become one; a later copy of the same history must."""
    records = [said("hello", sessionId="[REDACTED]"), ask("Bash", BASH, sessionId="[REDACTED]")]
    other = [said("something else", sessionId="[REDACTED]"), *records[1:]]
    one, longer, another = (records_of(items(tmp_path, *r))[0].session for r in (records, [*records, got("x")], other))

    assert one == longer
    assert one != another


# ---- bounds ----------------------------------------------------------------------------------------------------------


def test_calls_that_never_end_do_not_pile_up(tmp_path: Path) -> None:
    """A history of nothing but questions must not fill the memory; each is still counted once."""
    many = [ask("Bash", BASH, id_=f"toolu_{n}") for n in range(6000)]
    found = items(tmp_path, *many)

    first_given_up = next(n for n, item in enumerate(found) if item.record is not None)
    assert first_given_up == 0
    assert len(records_of(found)) == 6000
    assert not any(c.ended for c in records_of(found))


def test_results_that_nobody_asked_for_do_not_pile_up(tmp_path: Path) -> None:
    """The same for the other half."""
    found = items(tmp_path, *(got("x", id_=f"toolu_{n}") for n in range(1000)), ask("Bash", BASH, id_="toolu_0"))

    assert left_out(found)["a result without its call"] == 1000
    assert [c.ended for c in records_of(found)] == [False]


@pytest.mark.parametrize("name", ["notes.txt", f"{SESSION}.jsonl.orphaned-1790848801"])
def test_a_file_is_known_by_what_it_holds(name: str, tmp_path: Path) -> None:
    """Exporters and crashes rename files."""
    path = tmp_path / name
    path.write_text(json.dumps(ask("Bash", BASH)) + "\n" + json.dumps(got("x")) + "\n", encoding="utf-8")

    assert READER.recognises(path.read_bytes())
    assert len(records_of(list(READER.items(str(path))))) == 1


@pytest.mark.parametrize("sort_keys", [False, True])
def test_a_first_line_that_is_longer_than_the_head_is_recognised(sort_keys: bool) -> None:
    """A session may begin with a picture; exporters sort keys."""
    line = json.dumps(said("x" * 100_000), sort_keys=sort_keys).encode()

    assert READER.recognises(line[:65536])


@pytest.mark.parametrize(
    "line",
    [
        {"display": "turn it", "timestamp": 1790848801, "project": "/p", "sessionId": SESSION},
        {"timestamp": "2026-10-01T10:00:00Z", "type": "session_meta", "payload": {"id": "x"}},
        {"id": "e1", "parentId": None, "timestamp": "2026-10-01T10:00:00Z", "type": "user.message", "data": {}},
        {"sessionId": SESSION, "projectHash": "x", "startTime": "2026-10-01T10:00:00Z", "kind": "main"},
        {"role": "user", "message": {"content": []}},
    ],
    ids=["prompt-history", "rollout", "events", "chat", "bare"],
)
def test_other_histories_are_not_taken_for_transcripts(line: dict[str, object]) -> None:
    """They lie in neighbouring folders and share half of the keys."""
    assert not READER.recognises(json.dumps(line).encode() + b"\n")
