"""Hook payloads of the real shape, made by really doing what the session says: files are written, programs are run.

session = Session(project, spool)
session.write("convert.py", BODY)
session.bash(f"python3 {project}/convert.py")
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class Session:
    """One recorded session in a project folder; every call lands in the spool as one payload file."""

    def __init__(self, project: Path, spool: Path, *, session: str = "5e55104a-0000-4000-8000-000000000001") -> None:
        self.project = project
        self.spool = spool
        self.session = session
        self.count = 0
        project.mkdir(parents=True, exist_ok=True)
        (spool / "new").mkdir(parents=True, exist_ok=True)

    def prompt(self, text: str) -> None:
        """The user asks for something."""
        self._spool({"hook_event_name": "UserPromptSubmit", "prompt": text})

    def write(self, name: str, content: str) -> Path:
        """The agent writes a file with its Write tool."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        created = "update" if path.exists() else "create"
        path.write_text(content, encoding="utf-8")
        response = {"type": created, "filePath": str(path), "content": content, "structuredPatch": []}
        self._call("Write", {"file_path": str(path), "content": content}, response)
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        """The agent edits a file with its Edit tool."""
        path = self.project / name
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1
        path.write_text(before.replace(old, new), encoding="utf-8")
        sent = {"file_path": str(path), "old_string": old, "new_string": new, "replace_all": False}
        response = {"filePath": str(path), "oldString": old, "newString": new, "originalFile": before}
        self._call("Edit", sent, {**response, "structuredPatch": [], "userModified": False, "replaceAll": False})

    def bash(self, command: str) -> str:
        """The agent runs a shell command, for real; gives its standard output."""
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.project,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": path},
        )
        sent = {"command": command, "description": "Run it"}
        if done.returncode == 0:
            response = {"stdout": done.stdout, "stderr": done.stderr, "interrupted": False, "isImage": False}
            self._call("Bash", sent, {**response, "noOutputExpected": False})
        else:
            text = f"Exit code {done.returncode}\n{done.stdout}{done.stderr}"
            self._call("Bash", sent, None, error=text)
        return done.stdout

    def claim(self, command: str, stdout: str = "") -> None:
        """Record a run that is not carried out here (its binary or module is absent)."""
        response = {"stdout": stdout, "stderr": "", "interrupted": False, "isImage": False, "noOutputExpected": False}
        self._call("Bash", {"command": command}, response)

    def asks(self, tool: str, sent: Mapping[str, object], text: str = "{}", *, error: str = "") -> None:
        """Record a call of a tool of an MCP server."""
        self._call(tool, sent, [{"type": "text", "text": text}], error=error)

    def _call(self, tool: str, sent: Mapping[str, object], response: object, *, error: str = "") -> None:
        event = {
            "hook_event_name": "PostToolUseFailure" if error else "PostToolUse",
            "tool_name": tool,
            "tool_input": sent,
            "tool_use_id": f"toolu_{self.session[:8]}_{self.count:04d}",
            "duration_ms": 12,
        }
        self._spool({**event, "error": error} if error else {**event, "tool_response": response})

    def _spool(self, fields: dict[str, object]) -> None:
        payload = {
            "session_id": self.session,
            "transcript_path": "/home/ann/.claude/projects/p/transcript.jsonl",
            "cwd": str(self.project),
            "permission_mode": "default",
            **fields,
        }
        self.count += 1
        file = self.spool / "new" / f"{self.session[:8]}-{self.count:04d}.json"
        file.write_text(json.dumps(payload), encoding="utf-8")
        # One second apart: the spool orders by time, and a file system may round it.
        os.utime(file, (1_790_000_000 + self.count, 1_790_000_000 + self.count))
