r"""Made-up Claude Code transcripts with the real keys: what a session says it did, one record a line.

told = ToldSession("s1")
told.prompt("turn a.csv into json")
told.bash("python3 conv.py a.csv", "12 rows\n")
told.save(folder / "s1.jsonl")
"""

import json
from pathlib import Path


class ToldSession:
    """One session; every call is a record that asks and, unless it was cut off, one that answers."""

    def __init__(self, session: str, *, cwd: str = "/home/dev/shop", ids: str = "") -> None:
        self.session = session
        self.cwd = cwd
        self.records: list[dict[str, object]] = []
        self.calls: list[str] = []
        self._ids = ids or session

    def prompt(self, text: str) -> None:
        """The user asks for something."""
        self._add("user", promptId=f"p{len(self.records)}", message={"role": "user", "content": text})

    def bash(self, command: str, stdout: str = "", *, ended: bool = True, failed: bool = False) -> str:
        """A shell command; gives its id."""
        id_ = self._ask("Bash", {"command": command, "description": "Run it"})
        if failed:
            self._answer(id_, f"Exit code 1\n{stdout}", f"Error: Exit code 1\n{stdout}", is_error=True)
        elif ended:
            shell = {"stdout": stdout, "stderr": "", "interrupted": False, "isImage": False}
            self._answer(id_, stdout, shell)
        return id_

    def refused(self, command: str) -> str:
        """A shell command that the user did not allow; gives its id."""
        id_ = self._ask("Bash", {"command": command, "description": "Run it"})
        why = "The user doesn't want to proceed with this tool use. The tool use was rejected."
        self._answer(id_, why, f"Error: {why}", is_error=True)
        return id_

    def in_background(self, command: str) -> str:
        """A shell command that goes on while the session does: nobody saw how it ended."""
        id_ = self._ask("Bash", {"command": command, "run_in_background": True})
        shell = {"stdout": "", "stderr": "", "interrupted": False, "isImage": False, "backgroundTaskId": "b1"}
        self._answer(id_, "Command running in background with ID: b1", shell)
        return id_

    def write(self, path: str, content: str) -> str:
        """The agent writes a file with its Write tool."""
        id_ = self._ask("Write", {"file_path": path, "content": content})
        made = {"type": "create", "filePath": path, "content": content, "structuredPatch": [], "originalFile": None}
        self._answer(id_, f"File created successfully at: {path}", made)
        return id_

    def read(self, path: str, content: str) -> str:
        """The agent reads a file."""
        id_ = self._ask("Read", {"file_path": path})
        file = {"filePath": path, "content": content, "numLines": 1, "startLine": 1, "totalLines": 1}
        self._answer(id_, content, {"type": "text", "file": file})
        return id_

    def noise(self, text: str = "still running") -> None:
        """A record that is no call."""
        self._add("progress", data={"type": "bash_progress", "output": text}, toolUseID="toolu_x")

    @property
    def lines(self) -> list[bytes]:
        """Give the file line by line."""
        return [json.dumps(record).encode() + b"\n" for record in self.records]

    def save(self, path: Path) -> Path:
        """Write the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(self.lines))
        return path

    def forked(self, session: str) -> "ToldSession":
        """Give a session that begins as a copy of this one, under its own id."""
        fork = ToldSession(session, cwd=self.cwd, ids=session)
        fork.records = [{**record, "sessionId": session} for record in self.records]
        return fork

    def _ask(self, tool: str, sent: dict[str, object]) -> str:
        id_ = f"toolu_01{self._ids.replace('-', '')[:20]}{len(self.calls):06}abc"
        self.calls.append(id_)
        block = {"type": "tool_use", "id": id_, "name": tool, "input": sent}
        self._add("assistant", message={"role": "assistant", "id": f"msg_{id_}", "model": "m", "content": [block]})
        return id_

    def _answer(self, id_: str, content: str, result: object, **more: object) -> None:
        block = {"type": "tool_result", "tool_use_id": id_, "content": content, **more}
        self._add("user", message={"role": "user", "content": [block]}, toolUseResult=result)

    def _add(self, kind: str, **fields: object) -> None:
        number = len(self.records)
        minute, second = divmod(number, 60)
        envelope = {
            "parentUuid": f"{self.session}-{number - 1}" if number else None,
            "isSidechain": False,
            "userType": "external",
            "cwd": self.cwd,
            "sessionId": self.session,
            "version": "2.1.197",
            "gitBranch": "main",
            "type": kind,
            "uuid": f"{self.session}-{number}",
            "timestamp": f"2026-10-01T{10 + minute // 60:02}:{minute % 60:02}:{second:02}.000Z",
        }
        self.records.append({**envelope, **fields})
