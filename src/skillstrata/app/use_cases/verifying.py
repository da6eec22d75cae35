"""Run a tool's proof again."""

from dataclasses import replace

from skillstrata.app.fixture_files import fixture_bytes
from skillstrata.app.reports import VerifyReport
from skillstrata.app.use_cases.running import environment_of
from skillstrata.app.wiring import App
from skillstrata.distill import Asked, verify_version
from skillstrata.records.proofs import ReplayRun
from skillstrata.records.sandbox_runs import MOST
from skillstrata.records.tools import Tool, Version


def verify(app: App, name: str, *, all_versions: bool = False) -> VerifyReport:
    """Replay every fixture of a tool's active versions, and judge each output by the profile of its proof.

    Args:
        app: The App.
        name: Of the tool.
        all_versions: The versions behind the active ones too.

    Raises:
        ToolUnknown: No tool has this name.
        ToolDamaged: Its folder cannot be read.
        SandboxUnavailable: Nothing was run.
    """
    app.prepare()
    tool = app.library.tool(name)
    versions = [
        (branch, version)
        for branch in tool.branches
        for version in (branch.current, *(branch.fallbacks if all_versions else ()))
    ]
    runs = tuple(
        replace(run, relation=f"{branch.name} v{version.number}: {run.relation}") if len(versions) > 1 else run
        for branch, version in versions
        for run in replayed(app, tool, version)
    )
    return VerifyReport(ok=bool(runs) and all(r.ok for r in runs), runs=runs, tier=app.sandbox.tier)


def replayed(app: App, tool: Tool, version: Version) -> tuple[ReplayRun, ...]:
    """Replay the fixtures of one version; raises as `verify`."""
    folder = app.library.folder(tool.name)
    proof = app.library.proof(tool.name, version.path)
    if proof is None:
        gone = f"{version.path}/proof.json is missing or cannot be read: outputs are compared, not judged"
        lost = (ReplayRun("proof", True, "", "", None, 0.0, gone, gate=False),)
    else:
        lost = ()
    # On other inputs the proof asked nothing of the oracle that had to hold.
    binding = {r.input_digest for r in proof.runs if r.gate and r.oracle is not None} if proof else set[str]()
    return lost + verify_version(
        version,
        tuple((f.name, fixture_bytes(app.disk, folder, f.name)) for one in version.fixtures for f in one.files),
        interpreter=environment_of(app, version),
        sandbox=app.sandbox,
        asked=Asked(
            profile=proof.profile if proof else "",
            informative=frozenset(f.input_digest for f in version.fixtures if f.input_digest not in binding),
            limits=tool.contract.limits.within(MOST),
        ),
    )
