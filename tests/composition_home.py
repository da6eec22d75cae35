"""A home with the example of docs/composition.md: its skill, and a server with the tools that it names.

In     a folder
Out    CompositionHome: compiled tools, clients, what the server was asked
"""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import anyio
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.client.session import ElicitationFnT

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import compiling
from skillstrata.app.wiring import App, open_app
from skillstrata.records.composed_tools import CompileReport
from skillstrata.surfaces.cli.main import main
from skillstrata.surfaces.mcp_server.server import build_server
from tests.skill_clients import Era
from tests.skill_sources import put

Use = Callable[..., tuple[int, str]]
FIXTURE = Path(__file__).parent / "fixtures" / "composition" / "SKILL.md"
SERVER = Path(__file__).with_name("composition_server.py")
SEED, TITLE = "skill_c447e796", "竞品监控"
NOTE = """---
name: note
description: Write a note.
tool_schema:
  input:
    type: object
    properties: {text: {type: string}}
    required: [text]
  output:
    type: object
    properties: {path: {type: string}}
    required: [path]
  steps:
    - id: write
      tool: write_file
      input: {path: "note.md", content: "{{input.text}}"}
  result: {path: "{{steps.write.output.path}}"}
---
Write a note.
"""
COUNT = """---
name: count
description: Count the keys of an object.
tool_schema:
  input:
    type: object
    properties: {value: {type: object}}
    required: [value]
  steps:
    - tool: json_query
      input: {query: "length(keys(@))", data: "{{input.value}}"}
---
Count.
"""
T = TypeVar("T")
Answer = ElicitationFnT


@dataclass(frozen=True, slots=True)
class CompositionHome:
    """One user, their skills, their servers, their project."""

    root: Path
    flags: tuple[tuple[str, str], ...] = ()

    @property
    def project(self) -> Path:
        """Give the folder worked in."""
        return self.root / "project"

    @property
    def log(self) -> Path:
        """Give the file in which the server writes what it was asked."""
        return self.root / "served" / "calls.jsonl"

    def make(self) -> "CompositionHome":
        """Make the folders and the server's entry."""
        self.project.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(exist_ok=True)
        entry = {"command": sys.executable, "args": [str(SERVER), str(self.log)]}
        (self.root / ".claude.json").write_text(json.dumps({"mcpServers": {"web": entry}}), encoding="utf-8")
        return self

    def put(self, name: str, text: str) -> Path:
        """Write a skill of the user."""
        return put(self.root / ".claude" / "skills", name, text)

    def put_seed(self) -> Path:
        """Write the example, as it stands in the docs."""
        return self.put(TITLE, FIXTURE.read_text(encoding="utf-8"))

    def app(self) -> App:
        """Open the product for this home alone."""
        environ = {"HOME": str(self.root), "PATH": "/usr/bin:/bin"}
        flags = (("skills.watch_interval_s", "0.2"), *self.flags)
        return open_app(load_settings(data_dir=self.root / "data", config=None, environ=environ, flags=flags))

    def compile(self) -> CompileReport:
        """Compile every skill."""
        return compiling.compile_skills(self.app(), (), project=self.project)

    def served(self) -> list[str]:
        """Name the tools of the server that were called, in order."""
        if not self.log.exists():
            return []
        return [json.loads(line)["tool"] for line in self.log.read_text(encoding="utf-8").splitlines()]

    def with_client(self, era: Era, work: Callable[[Client], Awaitable[T]], answer: Answer | None = None) -> T:
        """Do something with a client of a new server; `answer` is how its user answers questions."""

        async def run() -> T:
            async with Client(build_server(self.app()), mode=era, elicitation_callback=answer) as client:
                return await work(client)

        return anyio.run(run)


def says(*, approve: bool, heard: list[str] | None = None, action: str = "accept") -> Answer:
    """Give a user who answers every question in one way."""

    async def answer(context: object, params: mcp_types.ElicitRequestParams) -> mcp_types.ElicitResult:
        if heard is not None:
            heard.append(params.message)
        content = {"approve": approve} if action == "accept" else None
        return mcp_types.ElicitResult.model_validate({"action": action, "content": content})

    return answer


def program_in(home: CompositionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Give the program in this process, in the home's project: words in, exit code and output out."""
    monkeypatch.chdir(home.project)
    monkeypatch.setenv("HOME", str(home.root))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(home.root / "data"))

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(words)
        return code, capsys.readouterr().out

    return run
