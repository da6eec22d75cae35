"""Valid histories of Codex, Gemini CLI, Copilot CLI and OpenCode, for the contract suite of the HistoryReader port."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

AT = "2026-10-01T10:00:{:02d}.000Z"
CODEX_ENDED = ("call_run0001", "call_fail0002", "call_patch0003", "exec-4")
CODEX_UNENDED = ("call_cut0005",)
GEMINI_ENDED = ("run_shell_command-1001-aa", "run_shell_command-1002-bb", "write_file-1003-cc")
GEMINI_UNENDED = ("run_shell_command-1004-dd",)
COPILOT_ENDED = ("toolu_bdrk_run1", "toolu_bdrk_fail2", "toolu_bdrk_edit3")
COPILOT_UNENDED = ("toolu_bdrk_cut4",)
OPENCODE_ENDED = ("call_a1b2c3d4e5f6g7h8", "call_b1b2c3d4e5f6g7h8", "prt_0003")
OPENCODE_UNENDED = ("call_d1b2c3d4e5f6g7h8",)


def _lines(records: list[dict[str, object]]) -> tuple[bytes, ...]:
    return tuple(json.dumps(one, ensure_ascii=False).encode("utf-8") for one in records)


def codex_lines() -> tuple[bytes, ...]:
    """A rollout: a command that passed, one that failed, a patch, one told by an item alone, one cut off."""

    def line(at: int, kind: str, **payload: object) -> dict[str, object]:
        return {"timestamp": AT.format(at), "type": kind, "payload": payload}

    def asked(at: int, id_: str, command: str) -> dict[str, object]:
        arguments = json.dumps({"cmd": command, "workdir": "/home/dev/shop"})
        return line(at, "response_item", type="function_call", name="exec_command", arguments=arguments, call_id=id_)

    def got(at: int, id_: str, output: str, kind: str = "function_call_output") -> dict[str, object]:
        return line(at, "response_item", type=kind, call_id=id_, output=output)

    run, fail, patch, item = CODEX_ENDED
    header = "Chunk ID: 1a2b3c\nWall time: 0.1 seconds\nProcess exited with code {}\nOriginal token count: 3\nOutput:\n"
    body = "*** Begin Patch\n*** Add File: conv.py\n+print(1)\n*** End Patch\n"
    ran = {"type": "CommandExecution", "id": item, "command": ["bash", "-lc", "ls"], "cwd": "file:///home/dev/shop"}
    prompt = "turn a.csv into json"
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": prompt}]}
    return _lines(
        [
            line(0, "session_meta", id="5e55104a-0000-7000-8000-000000000002", cwd="/home/dev/shop", cli_version="1"),
            line(1, "turn_context", cwd="/home/dev/shop", model="m"),
            line(1, "response_item", **message),
            line(1, "event_msg", type="user_message", message=prompt),
            asked(2, run, "python3 conv.py a.csv"),
            got(3, run, header.format(0) + "12 rows\n"),
            asked(4, fail, "python3 conv.py b.csv"),
            line(5, "event_msg", type="exec_command_end", call_id=fail, aggregated_output="no", exit_code=2),
            got(5, fail, header.format(2) + "no such column\n"),
            line(6, "response_item", type="custom_tool_call", call_id=patch, name="apply_patch", input=body),
            line(7, "event_msg", type="patch_apply_end", call_id=patch, success=True, changes={}, stdout="Success."),
            got(7, patch, "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess.\n", "custom_tool_call_output"),
            line(8, "event_msg", type="item_completed", item={**ran, "status": "completed", "exit_code": 0}),
            line(8, "event_msg", type="token_count", info=None),
            asked(9, CODEX_UNENDED[0], "sleep 100"),
        ]
    )


def gemini_lines() -> tuple[bytes, ...]:
    """A chat: a message that is written again as it grows, a failure, a written file, a call that runs still."""

    def shell(id_: str, command: str, status: str, code: int | None) -> dict[str, object]:
        said = f"Command: {command}\nDirectory: (root)\nOutput: 12 rows\nError: (none)\nExit Code: {code}\nSignal: 0"
        response = {"functionResponse": {"id": id_, "name": "run_shell_command", "response": {"output": said}}}
        call = {"id": id_, "name": "run_shell_command", "args": {"command": command}, "status": status}
        return {**call, "timestamp": AT.format(5), **({"result": [response]} if code is not None else {})}

    def message(id_: str, at: int, kind: str, content: object, *calls: dict[str, object]) -> dict[str, object]:
        record = {"id": id_, "timestamp": AT.format(at), "type": kind, "content": content}
        return {**record, "toolCalls": list(calls)} if calls else record

    run, fail, wrote = GEMINI_ENDED
    writing = {"id": wrote, "name": "write_file", "args": {"file_path": "x.py", "content": "1\n"}, "status": "success"}
    first = shell(run, "python3 conv.py a.csv", "success", 0)
    return _lines(
        [
            {
                "sessionId": "5e55104a-3",
                "projectHash": "ab" * 32,
                "startTime": AT.format(0),
                "lastUpdated": AT.format(0),
            },
            message("m1", 1, "user", [{"text": "turn a.csv into json"}]),
            {"$set": {"lastUpdated": AT.format(1)}},
            message("m2", 2, "gemini", ""),
            message("m2", 2, "gemini", "", first),
            message("m2", 2, "gemini", "", first, shell(fail, "python3 conv.py b.csv", "success", 2)),
            message("m3", 3, "gemini", "", {**writing, "timestamp": AT.format(6)}),
            message("m4", 4, "gemini", "", shell(GEMINI_UNENDED[0], "sleep 100", "executing", None)),
        ]
    )


def copilot_lines() -> tuple[bytes, ...]:
    """A session's events: a command that passed, one that failed, an edit, one that never completed."""
    number = iter(range(100))

    def event(kind: str, **data: object) -> dict[str, object]:
        at = next(number)
        return {"type": kind, "data": data, "id": f"e{at}", "timestamp": AT.format(at), "parentId": f"e{at - 1}"}

    def asked(id_: str, tool: str, **arguments: object) -> dict[str, object]:
        return event("tool.execution_start", toolCallId=id_, toolName=tool, arguments=arguments)

    def got(id_: str, content: str) -> dict[str, object]:
        return event("tool.execution_complete", toolCallId=id_, success=True, result={"content": content})

    run, fail, edit = COPILOT_ENDED
    return _lines(
        [
            event("session.start", sessionId="5e55104a-4", version=1, context={"cwd": "/home/dev/shop"}),
            event("user.message", content="turn a.csv into json", attachments=[]),
            asked(run, "bash", command="python3 conv.py a.csv"),
            got(run, "12 rows\n<shellId: 1 completed with exit code 0>"),
            asked(fail, "bash", command="python3 conv.py b.csv"),
            got(fail, "no such column\n<shellId: 2 completed with exit code 2>"),
            event("assistant.turn_end", turnId="0"),
            asked(edit, "edit", path="/home/dev/shop/conv.py", old_str="1", new_str="2"),
            got(edit, "File conv.py updated"),
            asked(COPILOT_UNENDED[0], "bash", command="sleep 100"),
        ]
    )


def opencode_store(path: Path) -> None:
    """A store: a command that passed, one that failed, a call that shares its id with others, one that runs still."""
    run, fail = OPENCODE_ENDED[:2]

    def shell(id_: str, command: str, status: str, code: int | None) -> dict[str, object]:
        state: dict[str, object] = {"status": status, "input": {"command": command}, "time": {"start": 1790848805000}}
        if code is not None:
            state |= {"output": "12 rows\n", "metadata": {"exit": code}, "time": {"end": 1790848806000}}
        return {"type": "tool", "tool": "bash", "callID": id_, "state": state}

    writing = {"status": "completed", "input": {"filePath": "/home/dev/shop/x.py", "content": "1\n"}, "output": "ok"}
    parts: list[tuple[str, dict[str, object]]] = [
        ("msg_1", {"type": "text", "text": "turn a.csv into json"}),
        ("msg_2", {"type": "step-start"}),
        ("msg_2", shell(run, "python3 conv.py a.csv", "completed", 0)),
        ("msg_2", {"type": "tool", "tool": "write", "callID": "functions.write:0", "state": writing}),
        ("msg_2", shell(fail, "python3 conv.py b.csv", "completed", 2)),
        ("msg_2", shell(OPENCODE_UNENDED[0], "sleep 100", "running", None)),
    ]
    messages = {
        "msg_1": {"role": "user", "time": {"created": 1790848801000}},
        "msg_2": {"role": "assistant", "path": {"cwd": "/home/dev/shop", "root": "/"}},
    }
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("CREATE TABLE `session` (`id` text PRIMARY KEY, `parent_id` text, `directory` text NOT NULL)")
        store.execute(
            "CREATE TABLE `message` (`id` text PRIMARY KEY, `session_id` text NOT NULL, `data` text NOT NULL)"
        )
        store.execute(
            "CREATE TABLE `part` (`id` text PRIMARY KEY, `message_id` text NOT NULL, `session_id` text NOT NULL,"
            " `data` text NOT NULL)"
        )
        store.execute("INSERT INTO session VALUES ('ses_1', NULL, '/home/dev/shop')")
        for own, message in messages.items():
            store.execute("INSERT INTO message VALUES (?, 'ses_1', ?)", (own, json.dumps(message)))
        for at, (owner, part) in enumerate(parts):
            row = (f"prt_{at:04d}", owner, "ses_1", json.dumps(part))
            store.execute("INSERT INTO part VALUES (?, ?, ?, ?)", row)
