"""Call a tool on the user's file, in the sandbox.

Why    what tells the types of files apart belongs to the distiller, which takes 0.15 s to import: the first call pays
       for it, so that a server that nobody calls yet does not
"""

import hashlib
import importlib
import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Protocol, cast

from skillstrata.app.outputs import refuse_place, write_outputs
from skillstrata.app.reports import CallError, CallReport, CallRequest
from skillstrata.app.setting_table import MB
from skillstrata.app.wiring import App
from skillstrata.library import CallFailed, is_clearly_other, outputs_of, safe_name
from skillstrata.records.endpoints import NOT_GRANTED
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import CatalogBusy, OutputExists, StoreFull
from skillstrata.records.programs import GivenFile, Invocation, default_output_name, invocation_job, version_program
from skillstrata.records.sandbox_runs import (
    MIB,
    MOST,
    Endpoint,
    Limits,
    Lock,
    NetworkGrant,
    PythonEnvironment,
    SandboxResult,
)
from skillstrata.records.tools import Branch, Tool, Usage, Version

_MEDIA = "skillstrata.distill.media"
_MAX_TRIED = 50
# A limit's name in results, the field of Limits, and what divides its value into the unit it is asked for in.
_ASKED = {
    "cpu": ("cpu_s", 1, ""),
    "wall": ("wall_s", 1, ""),
    "memory": ("memory_bytes", MIB, "M"),
    "disk": ("output_bytes", MIB, "M"),
    "stdout": ("stdout_bytes", MIB, "M"),
    "files": ("output_files", 1, ""),
    "processes": ("processes", 1, ""),
}
_LOOKED_AT = 4000
# What programs print where there is no network: C library, Python, curl, node, Java, Go and wget.
NETWORK_ERROR = re.compile(
    rb"name resolution|could not resolve|unable to resolve|getaddrinfo|\bENOTFOUND\b|\bEAI_AGAIN\b"
    rb"|network is unreachable|urlopen error|\bENETUNREACH\b|UnknownHostException|no such host"
    rb"|Max retries exceeded with url|Name or service not known",
    re.IGNORECASE,
)


class _Media(Protocol):
    """What the distiller's module about media types offers."""

    def media_type_of(self, data: bytes, name: str = "") -> str:
        """Give the media type of bytes."""
        ...


class ArgumentsInvalid(StrataError):
    """Arguments that do not fit the tool's contract."""

    code: ClassVar[str] = "call.arguments_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class WrongInputType(StrataError):
    """An input that is clearly of another type than the tool takes; nothing was run."""

    code: ClassVar[str] = "call.wrong_input_type"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


def run(app: App, request: CallRequest) -> CallReport:
    """Call a tool; what the program did is recorded as usage, also when it failed.

    Where its output could not be put is no doing of the program and is not recorded.

    Raises:
        ToolUnknown: No tool has this name.
        ToolDamaged: Its folder cannot be read.
        ArgumentsInvalid: The arguments do not fit its contract.
        FileUnreadable: The input cannot be read.
        OutDirNotFolder: Outputs cannot go there.
        WrongInputType: The input is clearly of another type and `force` is off.
        OutputExists: An output is there already and `force` is off.
        OutputPlanted: An output would lie where other programs obey it.
        SandboxUnavailable: There is no sandbox. In all these cases nothing was run.
        StoreFull: The output could not be written.
    """
    app.prepare()
    tool = app.library.tool(request.name)
    branch = _branch(tool, request.branch)
    version = branch.current
    source, output_name = _arguments(tool, version, dict(request.arguments))
    data = app.disk.read(str(source), max_bytes=app.settings.calls_max_input_mb * MB)
    input_name = safe_name(source.name)
    _refuse_other_types(tool, version, request, data, input_name)
    wanted = output_name or default_output_name(version_program(version), input_name)
    refuse_place(app, version, request, wanted)
    limits = _limits(tool, request)
    given = GivenFile(version.input.name, input_name, data)
    invocation = Invocation((given,), wanted, limits=limits)
    job = invocation_job(version_program(version), invocation, environment_of(app, version))
    granted = _granted(app, tool.name, request)
    result = app.sandbox.run(replace(job, network=NetworkGrant(granted)) if granted else job)
    tried = tuple(dict.fromkeys(result.attempts))[:_MAX_TRIED]
    report = CallReport(True, tool.name, branch.name, version.number, ms=round(result.wall_ms, 1), network=tried)
    report = replace(report, tier=result.tier)
    try:
        outputs = outputs_of(version, result, output_name=wanted)
    except CallFailed as failed:
        failed.hint = _hint(tool.name, result, limits, request.surface, granted=bool(granted)) or failed.hint
        return _record(app, _failed(report, failed), request.surface)
    try:
        report = replace(report, outputs=write_outputs(app, outputs, request), text=outputs.text)
    except OutputExists as exists:
        return _failed(report, exists)
    return _record(app, report, request.surface)


def _granted(app: App, name: str, request: CallRequest) -> tuple[Endpoint, ...]:
    always = dict(app.settings.network).get(name, ())
    return tuple(dict.fromkeys((*always, *request.allow_hosts)))


def _more(name: str, limits: Limits) -> str:
    field, unit, letter = _ASKED[name]
    now, most = int(getattr(limits, field)), int(getattr(MOST, field))
    if now >= most:
        return f"try a smaller input; {most // unit}{letter} is the most that any call may have"
    return f"try a smaller input, or give this call more: --limit {name}={min(2 * now, most) // unit or 1}{letter}"


def _limits(tool: Tool, request: CallRequest) -> Limits:
    """Give the contract's limits, or for this one call what a person asks for; neither beyond the most there is."""
    asked = tool.contract.limits
    for name, value in request.limits:
        asked = replace(asked, **{name: value})
    return asked.within(MOST)


def _hint(name: str, result: SandboxResult, limits: Limits, surface: str, *, granted: bool) -> str:
    """Say how to give the program what it lacked: more of a resource, or the network; "" where it lacked neither."""
    if result.limit:
        return _more(result.limit, limits) if surface == "cli" else ""
    if result.succeeded:
        return ""
    missing = next((a.target for a in result.attempts if a.refused == NOT_GRANTED), "")
    if missing or (not granted and NETWORK_ERROR.search(result.stderr[-_LOOKED_AT:])):
        place = missing or "HOST:PORT"
        once = f"`skillstrata run {name} --allow-host {place}` for one call, or " if surface == "cli" else ""
        always = f'{name} = ["{place}"] under [network] in config.toml for every call'
        return f"the program tried to use the network, which only the user can grant: {once}{always}"
    return ""


def _failed(report: CallReport, why: StrataError) -> CallReport:
    return replace(report, ok=False, error=CallError(why.code, why.message, why.hint, why.retry.value))


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


def _refuse_other_types(tool: Tool, version: Version, request: CallRequest, data: bytes, name: str) -> None:
    if request.force:
        return
    media = cast("_Media", importlib.import_module(_MEDIA))
    found, expected = media.media_type_of(data, name), version.input.media_type
    if is_clearly_other(found, expected, data=data, name=name, example_name=version.input.example_name):
        raise WrongInputType(
            f"{name} is {found}, and {tool.name} takes {expected}",
            hint=f"give a file of type {expected}, or add --force to try it anyway",
        )


def _record(app: App, report: CallReport, surface: str) -> CallReport:
    """Count the call; what was made for the user stands also where it cannot be counted."""
    environ = dict(app.settings.environ)
    project = environ.get("CLAUDE_PROJECT_DIR") or str(Path.cwd())
    usage = Usage(
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
    try:
        app.catalog.add_usage(usage)
    except (StoreFull, CatalogBusy) as error:
        return replace(report, unrecorded=error.message)
    return report
