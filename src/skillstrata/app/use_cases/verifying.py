"""Run a tool's proof again."""

from pathlib import Path

from skillstrata.app.reports import VerifyReport
from skillstrata.app.use_cases.running import environment_of
from skillstrata.app.wiring import App
from skillstrata.distill import verify_version


def verify(app: App, name: str) -> VerifyReport:
    """Replay every fixture of a tool's active versions.

    Raises:
        ToolUnknown: No tool has this name.
        SandboxUnavailable: Nothing was run.
    """
    app.prepare()
    tool = app.library.tool(name)
    folder = Path(app.library.folder(name))
    runs = tuple(
        run
        for branch in tool.branches
        for run in verify_version(
            branch.current,
            tuple((f.name, _fixture(folder / "fixtures" / f.name)) for f in branch.current.fixtures),
            environment=environment_of(app, branch.current),
            sandbox=app.sandbox,
        )
    )
    return VerifyReport(ok=bool(runs) and all(r.ok for r in runs), runs=runs)


def _fixture(path: Path) -> bytes:
    """Give a fixture's bytes; a missing one is empty, and its digest then says so."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
