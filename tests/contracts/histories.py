"""One valid history per agent, for the contract suite of the HistoryReader port.

Each agent has a builder here that gives its reader and the text of a small file with everything the suite asks for;
a new reader is one builder and one entry in HISTORIES.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.adapters.claude_code_transcript import ClaudeCodeTranscriptReader
from skillstrata.adapters.codex_rollout import CodexRollouts
from skillstrata.adapters.copilot_events import CopilotEvents
from skillstrata.adapters.gemini_chat import GeminiChats
from skillstrata.adapters.opencode_store import OpenCodeStore
from skillstrata.ports.history_reader import HistoryReader
from tests.contracts import histories_elsewhere as elsewhere


@dataclass(frozen=True)
class History:
    """A reader with a file of its agent.

    `ended` and `unended` are the ids of the calls with and without a result, in the order they were asked for.
    `make` writes the file's bytes where they cannot be a text of lines (a database), else `lines` are the file.
    `in_lines` is False where one document makes the file: a damaged line may then cost all of it.
    """

    reader: HistoryReader
    ended: tuple[str, ...]
    unended: tuple[str, ...]
    lines: tuple[bytes, ...] = ()
    in_lines: bool = True
    make: Callable[[Path], None] | None = field(default=None, compare=False)

    def write(self, path: Path) -> Path:
        """Write the file."""
        if self.make is not None:
            self.make(path)
        else:
            path.write_bytes(self.text)
        return path

    @property
    def text(self) -> bytes:
        """Give the file's bytes, for histories that are lines."""
        return b"".join(line + b"\n" for line in self.lines)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def claude_code() -> History:
    """A session with a call that passed, one that failed, one in a progress record, and one cut off."""
    envelope = {
        "parentUuid": "u0",
        "isSidechain": False,
        "userType": "external",
        "cwd": "/home/dev/shop",
        "sessionId": "5e55104a-0000-4000-8000-000000000001",
        "version": "2.1.197",
        "gitBranch": "main",
    }

    def asked(id_: str, name: str, sent: dict[str, object]) -> dict[str, object]:
        block = {"type": "tool_use", "id": id_, "name": name, "input": sent}
        return {"role": "assistant", "id": f"msg_{id_}", "model": "m", "content": [block]}

    def got(id_: str, content: str, **more: object) -> dict[str, object]:
        return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id_, "content": content, **more}]}

    def record(kind: str, number: int, **fields: object) -> dict[str, object]:
        at = f"2026-10-01T10:00:{number:02d}.000Z"
        return {**envelope, "type": kind, "uuid": f"u{number}", "timestamp": at, **fields}

    printed = {"stdout": "12 rows\n", "stderr": "", "interrupted": False, "isImage": False}
    failure = "Exit code 2\nno such column"
    inner = {"type": "assistant", "message": asked("toolu_in_task", "Bash", {"command": "ls"}), "uuid": "i1"}
    inner_got = {"type": "user", "message": got("toolu_in_task", "a.csv"), "uuid": "i2"}
    records = [
        {"type": "file-history-snapshot", "messageId": "m0", "snapshot": {}, "isSnapshotUpdate": False},
        record("user", 1, parentUuid=None, promptId="p1", message={"role": "user", "content": "turn a.csv into json"}),
        record("assistant", 2, message=asked("toolu_run", "Bash", {"command": "python3 conv.py a.csv"})),
        record("user", 3, message=got("toolu_run", "12 rows"), toolUseResult=printed),
        record("assistant", 4, message=asked("toolu_fail", "Bash", {"command": "python3 conv.py b.csv"})),
        record("user", 5, message=got("toolu_fail", failure, is_error=True), toolUseResult=f"Error: {failure}"),
        record("progress", 6, data={"type": "agent_progress", "agentId": "a1", "message": inner}),
        record("progress", 7, data={"type": "agent_progress", "agentId": "a1", "message": inner_got}),
        record("assistant", 8, message={"role": "assistant", "content": [{"type": "text", "text": "Done · ok"}]}),
        record("assistant", 9, message=asked("toolu_cut", "Write", {"file_path": "/x/y.py", "content": "1\n"})),
    ]
    return History(
        ClaudeCodeTranscriptReader(),
        ended=("toolu_run", "toolu_fail", "toolu_in_task"),
        unended=("toolu_cut",),
        lines=tuple(_json(one) for one in records),
    )


# One entry per agent.
HISTORIES: dict[str, History] = {
    "claude-code": claude_code(),
    "codex": History(CodexRollouts(), elsewhere.CODEX_ENDED, elsewhere.CODEX_UNENDED, lines=elsewhere.codex_lines()),
    "gemini-cli": History(
        GeminiChats(), elsewhere.GEMINI_ENDED, elsewhere.GEMINI_UNENDED, lines=elsewhere.gemini_lines()
    ),
    "copilot-cli": History(
        CopilotEvents(), elsewhere.COPILOT_ENDED, elsewhere.COPILOT_UNENDED, lines=elsewhere.copilot_lines()
    ),
    "opencode": History(
        OpenCodeStore(),
        elsewhere.OPENCODE_ENDED,
        elsewhere.OPENCODE_UNENDED,
        in_lines=False,
        make=elsewhere.opencode_store,
    ),
}
