"""Call a tool on the user's file, in the sandbox."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from skillstrata.app.reports import CallError, CallReport, CallRequest, WrittenOutput
from skillstrata.app.wiring import App
from skillstrata.library import CallFailed, CallOutputs, outputs_of, safe_name
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import OutputExists
from skillstrata.records.programs import Invocation, default_output_name, invocation_job, version_program
from skillstrata.records.sandbox_runs import Lock, PythonEnvironment
from skillstrata.records.tools import Branch, Tool, Usage, Version

MAX_INPUT_BYTES = 100_000_000


class ArgumentsInvalid(StrataError):
    """Arguments that do not fit the tool's contract."""

    code: ClassVar[str] = "call.arguments_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


def run(app: App, request: CallRequest) -> CallReport:
    """Call a tool; what it did is recorded as usage, also when it failed.

    Raises:
        ToolUnknown: No tool has this name.
        ArgumentsInvalid: The arguments do not fit its contract.
        FileUnreadable: The input cannot be read.
        OutputExists: An output is there already and `force` is off.
        SandboxUnavailable: There is no sandbox. In all these cases nothing was run.
    """
    app.prepare()
    tool = app.library.tool(request.name)
    branch = _branch(tool, request.branch)
    version = branch.current
    source, output_name = _arguments(tool, version, dict(request.arguments))
    data = app.disk.read(str(source), max_bytes=MAX_INPUT_BYTES)
    input_name = safe_name(source.name)
    wanted = output_name or default_output_name(version_program(version), input_name)
    _refuse_overwriting(app, version, request, wanted)
    job = invocation_job(version_program(version), Invocation(input_name, data, wanted), environment_of(app, version))
    result = app.sandbox.run(job)
    report = CallReport(True, tool.name, branch.name, version.number, ms=round(result.wall_ms, 1))
    try:
        outputs = outputs_of(version, result, output_name=wanted)
        report = replace(report, outputs=_write(app, outputs, request), text=outputs.text)
    except (CallFailed, OutputExists) as failed:
        error = CallError(failed.code, failed.message, failed.hint, failed.retry.value)
        report = replace(report, ok=False, error=error)
    _record(app, report, request.surface)
    return report


def environment_of(app: App, version: Version) -> PythonEnvironment:
    """Give the built environment of a version, building it from its lock if it is gone."""
    return app.environments.build(Lock(version.lock, version.requirements))


def _branch(tool: Tool, name: str) -> Branch:
    if not name:
        return tool.branches[0]
    for branch in tool.branches:
        if branch.name == name:
            return branch
    names = ", ".join(b.name for b in tool.branches)
    raise ArgumentsInvalid(f"{tool.name} has no branch {name!r}", hint=f"its branches are: {names}")


def _arguments(tool: Tool, version: Version, arguments: dict[str, str]) -> tuple[Path, str]:
    """Check names and kinds; give the input's path and the output's name ("" for the default)."""
    known = {p.name for p in tool.contract.inputs}
    unknown = sorted(set(arguments) - known)
    if unknown:
        raise ArgumentsInvalid(
            f"{tool.name} has no argument {unknown[0]!r}", hint=f"its arguments are: {', '.join(sorted(known))}"
        )
    source = arguments.get(version.input.name, "")
    if not source:
        raise ArgumentsInvalid(
            f"{tool.name} needs the argument {version.input.name!r}: the path of a file",
            hint=f"skillstrata run {tool.name} --set {version.input.name}=FILE",
        )
    wanted = arguments.get(version.output.name, "")
    if wanted and safe_name(wanted) != wanted:
        raise ArgumentsInvalid(f"the output's name is {wanted!r}", hint="give a plain file name without a folder")
    return Path(source).expanduser().absolute(), wanted


def _refuse_overwriting(app: App, version: Version, request: CallRequest, wanted: str) -> None:
    """Refuse before anything runs where the output's name is known before."""
    path = Path(request.out_dir) / wanted
    if version.output.kind == "file" and version.output.naming == "parameter" and not request.force:
        if app.disk.exists(str(path)):
            raise OutputExists(f"{path} is there already", hint="choose another --out, or --force to overwrite it")


def _write(app: App, outputs: CallOutputs, request: CallRequest) -> tuple[WrittenOutput, ...]:
    written: list[WrittenOutput] = []
    for name, data in outputs.files:
        path = Path(request.out_dir).absolute() / name
        app.disk.write(str(path), data, replace=request.force)
        written.append(WrittenOutput("output", str(path), hashlib.sha256(data).hexdigest(), len(data)))
    return tuple(written)


def _record(app: App, report: CallReport, surface: str) -> None:
    environ = dict(app.settings.environ)
    project = environ.get("CLAUDE_PROJECT_DIR") or str(Path.cwd())
    app.catalog.add_usage(
        Usage(
            tool=report.tool,
            branch=report.branch,
            version=report.version,
            at_s=app.clock.now_s(),
            ok=report.ok,
            ms=report.ms,
            surface=surface,
            project=hashlib.sha256(project.encode()).hexdigest()[:16],
            session=environ.get("CLAUDE_CODE_SESSION_ID", ""),
            failure=report.error.code if report.error else "",
        )
    )
