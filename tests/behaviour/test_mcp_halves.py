"""A line on standard input that holds half of a character is answered like every other."""

import json
import os
import subprocess
import sys
from pathlib import Path

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}


def test_a_request_with_half_of_a_character_has_an_answer(tmp_path: Path) -> None:
    """The client waited for ever; a line that is no JSON costs nothing but itself."""
    ask = '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"Skill","arguments":{"skill":"%s"}}}'
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}),
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        ask % (2, r"a\ud800b"),
        "no \\u json",
        ask % (3, r"\ud83d\ude00"),
    ]
    environ = {**os.environ, "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "skillstrata", "mcp", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n".join(lines) + "\n")
        server.stdin.flush()
        answers = {row["id"]: row for row in (json.loads(server.stdout.readline()) for _ in range(3))}
        server.stdin.close()
        assert server.wait(30) == 0

    said = {number: answers[number]["result"]["content"][0]["text"] for number in (2, 3)}
    assert "'a\ufffdb'" in said[2]
    assert "\U0001f600" in said[3]
