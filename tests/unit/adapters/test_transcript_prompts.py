"""Which records of a transcript are prompts and marks, and what is left out."""

from pathlib import Path

import pytest

from skillstrata.records.events import EventKind
from tests.transcripts import CALL, SESSION, items, left_out, record, records_of, said


def test_prompts_are_what_a_person_typed(tmp_path: Path) -> None:
    """The intent behind a program is in the words of its user."""
    blocks = [
        {"type": "text", "text": "<ide_opened_file>a.py</ide_opened_file>"},
        {"type": "text", "text": "and this picture"},
        {"type": "image", "source": {}},
    ]
    queued = {"type": "queued_command", "prompt": "hurry up", "commandMode": "prompt"}
    human = {"origin": {"kind": "human"}, "promptSource": "typed"}
    found = items(tmp_path, said("turn it", **human), said(blocks), record("attachment", attachment=queued))

    assert [r.prompt for r in records_of(found, EventKind.PROMPT)] == ["turn it", "and this picture", "hurry up"]


@pytest.mark.parametrize(
    ("content", "fields", "name"),
    [
        ("the skill's body", {"isMeta": True}, "user/meta"),
        ("This session is being continued", {"isCompactSummary": True}, "user/compact summary"),
        ("Research this", {"isSidechain": True, "agentId": "a1"}, "user/prompt of a sub-agent"),
        ("<task-notification>done</task-notification>", {}, "user/task-notification"),
        ("any text", {"origin": {"kind": "coordinator"}}, "user/coordinator"),
        ("any text", {"promptSource": "system"}, "user/system"),
        ("<command-name>/review</command-name>", {}, "user/command-name"),
        ("<bash-input>ls</bash-input>", {}, "user/bash-input"),
        ("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", {}, "user/bash-stdout"),
        ("<local-command-stdout>bye</local-command-stdout>", {}, "user/local-command-stdout"),
        ([{"type": "text", "text": "[Request interrupted by user]"}], {}, "user/interruption"),
        ([{"type": "image", "source": {}}], {}, "user/no text"),
    ],
)
def test_what_nobody_typed_is_left_out_by_name(
    content: object, fields: dict[str, object], name: str, tmp_path: Path
) -> None:
    """The client writes its own notes as if a user had said them."""
    found = items(tmp_path, said(content, **fields))

    assert records_of(found, EventKind.PROMPT) == []
    assert left_out(found) == {name: 1}


def test_the_same_words_typed_twice_are_two_prompts(tmp_path: Path) -> None:
    """Without prompt ids only the records tell them apart; a copy of one record stays the same."""
    found = items(tmp_path, said("yes", uuid="u5"), said("yes", uuid="u6"), said("yes", uuid="u5"))

    digests = [r.content_digest for r in records_of(found, EventKind.PROMPT)]
    assert digests[0] == digests[2] != digests[1]


def test_leaving_the_client_ends_the_session(tmp_path: Path) -> None:
    """The hook for it often never runs."""
    found = items(tmp_path, said("<command-name>/exit</command-name>\n<command-args></command-args>"))

    assert len(records_of(found, EventKind.SESSION_END)) == 1


def test_every_other_record_is_left_out_by_the_name_it_has(tmp_path: Path) -> None:
    """What is not known today must be seen in the report."""
    hook = {"type": "hook_success", "stdout": "x", "toolUseID": CALL}
    synthetic = {"role": "assistant", "model": "<synthetic>", "content": [{"type": "text", "text": "API Error"}]}
    found = items(
        tmp_path,
        {"type": "queue-operation", "operation": "enqueue", "content": "x", "sessionId": SESSION},
        {"type": None, "sessionId": SESSION},
        {"type": ["x"]},
        record("progress", data={"type": "bash_progress"}),
        record("system", subtype="compact_boundary"),
        record("attachment", attachment=hook),
        record("assistant", message=synthetic),
        record("assistant", message={"role": "assistant", "content": [{"type": "thinking", "thinking": "…"}]}),
    )

    assert left_out(found) == dict.fromkeys(
        [
            "queue-operation",
            "null",
            "a type that is no text",
            "progress/bash_progress",
            "system/compact_boundary",
            "attachment/hook_success",
            "assistant/<synthetic>",
            "assistant/thinking",
        ],
        1,
    )
