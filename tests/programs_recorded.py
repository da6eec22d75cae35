"""Programs that somebody let an agent write and run: recorded one by one, judged together, called on other files.

show(Recorded)… --distilled()--> Candidate by name      call(candidate, files) --> the bytes it gave
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.running import run
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate
from tests.sessions import Session

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Recorded:
    """One recorded task: the files that were there, what the agent wrote (`{dir}` is the project), what it ran.

    `claimed` are commands that are only said to have run, with what they printed: nobody would run them here.
    """

    name: str
    there: Files
    commands: tuple[str, ...]
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    prompt: str = ""
    claimed: tuple[tuple[str, str], ...] = ()


@dataclass
class Recordings:
    """A data directory and the sessions in it, each in a project of its own."""

    root: Path
    app: App
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    calls: int = 0

    def show(self, task: Recorded) -> None:
        """Let an agent do a task, in a session of its own."""
        number = f"{len(self.sessions) + 1:08d}-0000-4000-8000-000000000001"
        self.sessions[task.name] = number
        project = self.root / "home" / "ann" / task.name
        for name, content in task.there.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        session = Session(project, self.app.data_dir / "spool", session=number)
        if task.prompt:
            session.prompt(task.prompt)
        for name, body in task.written.items():
            session.write(name, body.replace("{dir}", str(project)))
        for command in task.commands:
            session.bash(command.replace("{dir}", str(project)))
        for command, printed in task.claimed:
            session.claim(command.replace("{dir}", str(project)), printed)

    def distilled(self) -> dict[str, Candidate]:
        """Judge everything recorded; gives the last candidate of each task that is no variant of another."""
        report = distill(self.app, install=False, progress=lambda *_: None)
        assert report.accounting.balanced
        found: dict[str, Candidate] = {}
        for name, number in self.sessions.items():
            for candidate in self.app.catalog.candidates():
                if candidate.source.session == number and not candidate.reason.endswith(("_variant", "_demonstration")):
                    found[name] = candidate
        return found

    def call(self, candidate: Candidate, files: Mapping[str, bytes], **options: str) -> CallReport:
        """Call the tool of a placed candidate on files, by name in the order of its parameters."""
        self.calls += 1
        folder = self.root / f"call{self.calls}"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        tool = self.app.library.tool(candidate.tool)
        params = [p.name for p in tool.contract.inputs if p.kind == "file"]
        given = tuple((param, str(folder / name)) for param, name in zip(params, files, strict=True))
        arguments = (*given, *options.items())
        return run(self.app, CallRequest(tool.name, arguments, str(folder / "out"), branch=candidate.branch))


@dataclass(frozen=True)
class Scenario:
    """A recorded task that becomes a tool, and what has to hold when that tool is called on a file of somebody else.

    Tasks of one `shelf` share a library.
    """

    task: Recorded
    check: Callable[[Recordings, Candidate], None]
    shelf: str = "a"


def recordings(root: Path) -> Recordings:
    """Open an empty data directory."""
    environ = {"HOME": str(root), "PATH": os.environ["PATH"]}
    return Recordings(root, open_app(load_settings(data_dir=root / "data", config=None, environ=environ)))


def all_judged(scenarios: list[Scenario], root: Path) -> dict[str, tuple[Recordings, Candidate]]:
    """Record every task, distil each library once; gives the library and the candidate by the task's name."""
    shelves: dict[str, Recordings] = {}
    for scenario in scenarios:
        if scenario.shelf not in shelves:
            shelves[scenario.shelf] = recordings(root / scenario.shelf)
        shelves[scenario.shelf].show(scenario.task)
    return {name: (home, one) for home in shelves.values() for name, one in home.distilled().items()}


def made(report: CallReport) -> bytes:
    """Give what a call gave: its text, or the bytes of its only file."""
    assert report.ok, report.error
    if report.text is not None:
        return report.text.encode()
    (output,) = report.outputs
    return Path(output.path).read_bytes()


def made_files(report: CallReport) -> dict[str, bytes]:
    """Give the files of a folder that a call made, by path in it."""
    assert report.ok, report.error
    paths = [Path(output.path) for output in report.outputs]
    # The call puts them into a folder of its own, below the one it was given.
    root = next(folder for folder in reversed(paths[0].parents) if folder.parent.name == "out")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def story(candidate: Candidate) -> str:
    """Tell how a candidate was judged."""
    return "\n".join(f"{note.stage}: {note.verdict} {note.detail}"[:600] for note in candidate.stages)
