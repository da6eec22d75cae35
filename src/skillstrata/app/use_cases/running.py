"""Call a tool on the user's file, in the sandbox: its active version, and where that fails those behind it."""

import re
from dataclasses import dataclass, replace

from skillstrata.app.branch_scope import InputOutOfScope, Scope, branch_in_scope, has_failed, scope_of
from skillstrata.app.call_arguments import (
    ArgumentsInvalid,
    CallInputs,
    WrongInputType,
    invocation_for,
    is_taken,
    read_inputs,
)
from skillstrata.app.callers import caller_of
from skillstrata.app.exposure import refuse_call, settle
from skillstrata.app.interpreters import environment_key, interpreter_of
from skillstrata.app.missing import in_turn, passed_over, slice_of
from skillstrata.app.outputs import OutputPlanted, refuse_place, write_outputs
from skillstrata.app.reports import CallError, CallReport, CallRequest
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.library import NO_NETWORK, CallCancelled, CallFailed, CallOutputs, outputs_of
from skillstrata.records.endpoints import NOT_GRANTED
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import (
    CatalogBusy,
    EnvironmentNeedsNetwork,
    EnvironmentUnbuildable,
    OutputExists,
    RuntimeMissing,
    StoreFull,
    StoreLocked,
    ToolUnknown,
)
from skillstrata.records.programs import Invocation, invocation_job, version_program
from skillstrata.records.qualities import LibraryChange, visibility_of
from skillstrata.records.runtimes import Interpreter
from skillstrata.records.sandbox_runs import (
    MIB,
    MOST,
    Endpoint,
    Limits,
    NetworkGrant,
    PythonEnvironment,
    SandboxResult,
)
from skillstrata.records.tools import Branch, Miss, Tool, Usage, Version

__all__ = ["NETWORK_ERROR", "ArgumentsInvalid", "InputOutOfScope", "WrongInputType", "environment_of", "run"]

_MAX_TRIED = 50
_NOT_TO_BE_HAD = (EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing)
_FAILED_BEFORE = "it failed on such inputs before"
_NOT_TAKEN = "agents that had it wrote their own for such inputs"
_UNPROVED = "there is no proof.json of this version: nothing shows here that it was ever proved"
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


@dataclass(frozen=True, slots=True)
class _Call:
    """One call while it goes on."""

    app: App
    tool: Tool
    branch: Branch
    request: CallRequest
    inputs: CallInputs
    limits: Limits
    scope: Scope

    @property
    def granted(self) -> tuple[Endpoint, ...]:
        always = dict(self.app.settings.network).get(self.tool.name, ())
        return tuple(dict.fromkeys((*always, *self.request.allow_hosts)))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one version did: its outputs, or why there are none; `environment` is the key of what ran it.

    Without an environment nothing ran: what the version needs cannot be had here. `by_caller` says that who called
    ended it: given up, or held to less than the contract leaves it. That tells nothing about the version.
    """

    version: Version
    report: CallReport
    environment: str = ""
    outputs: CallOutputs | None = None
    failed: StrataError | None = None
    by_caller: bool = False


def run(app: App, request: CallRequest) -> CallReport:
    """Call a tool; what the program did is recorded as usage, also when it failed.

    Where its output could not be put, or who called gave up, is no doing of the program and is not recorded.

    Raises:
        ToolUnknown: No tool has this name.
        ToolDamaged: Its folder cannot be read.
        ToolNotOffered: It is not offered so far.
        ArgumentsInvalid: The arguments do not fit its contract.
        FileUnreadable: The input cannot be read.
        OutDirNotFolder: Outputs cannot go there.
        WrongInputType: The input is clearly of another type and `force` is off.
        InputOutOfScope: It has failed on such inputs again and again here, and `force` is off.
        OutputExists: An output is there already and `force` is off.
        OutputPlanted: An output would lie where other programs obey it.
        EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing: No version can be run here.
        SandboxUnavailable: There is no sandbox. In all these cases nothing was run.
        StoreFull: The output could not be written.
    """
    app.prepare()
    tool = app.library.tool(request.name)
    refuse_call(tool, request.surface)
    inputs = read_inputs(app, tool, request)
    scope = scope_of(app, tool)
    branch = branch_in_scope(tool, inputs, request, scope, lambda version: _key_here(app, version))
    call = _Call(app, tool, branch, request, inputs, _limits(tool, request), scope)
    # The contract is the active version's: what it refuses is refused, whatever those behind it would say.
    ready = {branch.active: _readied(call, branch.current)}
    last = _passed_over(call)
    attempts: list[_Attempt] = []
    for version in in_turn(branch, tuple(last)):
        invocation = ready.get(version.number) or _readied_fallback(call, version)
        if invocation is not None:
            attempts.append(_attempted(call, version, invocation))
        if attempts and (attempts[-1].failed is None or isinstance(attempts[-1].failed, CallCancelled)):
            break
    report = _written(call, attempts, skipped=last.get(branch.current, ""))
    if report.error is not None and (report.error.code == OutputExists.code or any(a.by_caller for a in attempts)):
        return report
    return _record(app, _noted(call, attempts, report), request.surface)


def _readied(call: _Call, version: Version) -> Invocation:
    """Check all that can be checked before a version runs."""
    invocation = invocation_for(version, call.inputs, call.limits)
    refuse_place(call.app, version, call.request, invocation.output_name)
    return invocation


def _readied_fallback(call: _Call, version: Version) -> Invocation | None:
    """Do so for a fallback; None where it cannot be asked this, as when it has not an option that was given."""
    try:
        return _readied(call, version)
    except (ArgumentsInvalid, OutputPlanted, OutputExists):
        return None


def _passed_over(call: _Call) -> dict[Version, str]:
    """Give the versions that are tried last, each with the reason."""
    if len(call.branch.versions) == 1:
        return {}
    app = call.app
    misses, now_s = app.catalog.misses(call.tool.name), app.clock.now_s()
    failed = passed_over(call.branch, misses, key_of=lambda version: _key_here(app, version), now_s=now_s)
    against = _against(call)
    worn = {v: against[v.number] for v in call.branch.versions if v.number in against}
    why = {version: _FAILED_BEFORE if has_failed(change) else _NOT_TAKEN for version, change in worn.items()}
    return why | dict.fromkeys(failed, _FAILED_BEFORE)


def _against(call: _Call) -> dict[int, LibraryChange]:
    return call.scope.against(call.branch, lambda version: _key_here(call.app, version))


def _key_here(app: App, version: Version) -> str:
    """Give the key of what would run a version; what cannot be had here is no place where it failed."""
    try:
        return environment_key(environment_of(app, version))
    except _NOT_TO_BE_HAD:
        return "none"


def _attempted(call: _Call, version: Version, invocation: Invocation) -> _Attempt:
    """Run one version."""
    app = call.app
    report = CallReport(True, call.tool.name, call.branch.name, version.number)
    try:
        interpreter = environment_of(app, version)
    except _NOT_TO_BE_HAD as error:
        return _Attempt(version, report, failed=error)
    job = invocation_job(version_program(version), invocation, interpreter)
    granted = call.granted
    result = app.sandbox.run(replace(job, network=NetworkGrant(granted)) if granted else job)
    tried = tuple(dict.fromkeys(result.attempts))[:_MAX_TRIED]
    report = replace(
        report, ms=round(result.wall_ms, 1), network=tried, tier=result.tier, note=_note(call.app, call.tool, version)
    )
    attempt = _Attempt(version, report, environment_key(interpreter))
    try:
        return replace(attempt, outputs=outputs_of(version, result, output_name=invocation.output_name))
    except CallFailed as failed:
        hint = _hint(call.tool.name, result, call.limits, call.request.surface, granted=bool(granted))
        failed.hint = hint or failed.hint
        lacked = _lacked_network(result, granted=bool(granted)) is not None
        report = replace(report, lacked_network=lacked)
        return replace(attempt, failed=failed, report=report, by_caller=_by_caller(call, failed, result.limit))


def _by_caller(call: _Call, failed: CallFailed, limit: str) -> bool:
    if limit not in _ASKED:
        return isinstance(failed, CallCancelled)
    field = _ASKED[limit][0]
    return float(getattr(call.limits, field)) < float(getattr(call.tool.contract.limits.within(MOST), field))


def _note(app: App, tool: Tool, version: Version) -> str:
    return "" if app.disk.exists(f"{app.library.folder(tool.name)}/{version.path}/proof.json") else _UNPROVED


def _written(call: _Call, attempts: list[_Attempt], *, skipped: str) -> CallReport:
    """Report the attempt that gave something, its outputs written, or else what the active version said.

    Raises:
        EnvironmentNeedsNetwork, EnvironmentUnbuildable, RuntimeMissing: No version could be run.
    """
    done = attempts[-1]
    ms = round(sum(attempt.report.ms for attempt in attempts), 1)
    active = next((a for a in attempts if a.version == call.branch.current), None)
    if done.outputs is None:
        return _all_failed(attempts, active, ms)
    report = replace(done.report, ms=ms, network=tuple(n for a in attempts for n in a.report.network))
    if done.version != call.branch.current:
        failed = active.failed if active else None
        why = skipped or (_FAILED_BEFORE if failed is None else failed.code)
        report = replace(report, fallback_from=call.branch.active, fallback_why=why)
    try:
        return replace(report, outputs=write_outputs(call.app, done.outputs, call.request), text=done.outputs.text)
    except OutputExists as exists:
        return _failed(report, exists)


def _all_failed(attempts: list[_Attempt], active: _Attempt | None, ms: float) -> CallReport:
    """Report the active version's failure, or, where that could not be run, the first one's that could."""
    ran = sorted((a for a in attempts if a.environment), key=lambda a: a is not active)
    told = (ran or ([active] if active else attempts))[0]
    if told.failed is None:
        return told.report
    if not ran:
        raise told.failed
    return _failed(replace(told.report, ms=ms), told.failed)


def _noted(call: _Call, attempts: list[_Attempt], report: CallReport) -> CallReport:
    """Write down who failed and who did it instead; what was made stands also where that cannot be written.

    How a version does on what its contract does not take says nothing about it.
    """
    app, done = call.app, attempts[-1]
    if done.outputs is not None:
        report = _back_in_scope(call, done.version, report)
    if (done.outputs is not None and len(call.branch.versions) == 1) or not is_taken(
        call.branch, call.inputs, call.request
    ):
        return report
    rescuer = done.version.number if done.outputs is not None else 0
    try:
        for attempt in attempts:
            if attempt.failed is not None and not attempt.by_caller:
                app.catalog.add_miss(_miss(call, attempt, attempt.failed.code, rescuer))
        if rescuer:
            app.catalog.settle_misses(_miss(call, done, "", 0))
    except (StoreFull, CatalogBusy) as error:
        return replace(report, unrecorded=error.message)
    return report


def _back_in_scope(call: _Call, version: Version, report: CallReport) -> CallReport:
    """Take back what stands against a version that has just done it."""
    change = _against(call).get(version.number)
    if change is None or not is_taken(call.branch, call.inputs, call.request):
        return report
    try:
        call.app.catalog.undo_change(change.id)
    except (StoreFull, CatalogBusy) as error:
        return replace(report, unrecorded=error.message)
    return report


def _miss(call: _Call, attempt: _Attempt, failure: str, rescuer: int) -> Miss:
    return Miss(
        tool=call.tool.name,
        branch=call.branch.name,
        version=attempt.version.number,
        given=slice_of(attempt.version),
        environment=attempt.environment,
        failure=failure,
        at_s=call.app.clock.now_s(),
        rescued_by=rescuer,
    )


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
        return _more(result.limit, limits) if surface == "cli" and result.limit in _ASKED else ""
    place = _lacked_network(result, granted=granted)
    if place is None:
        return ""
    once = f"`skillstrata run {name} --allow-host {place}` for one call, or " if surface == "cli" else ""
    always = f'{name} = ["{place}"] under [network] in config.toml for every call'
    return f"the program tried to use the network, which only the user can grant: {once}{always}"


def _lacked_network(result: SandboxResult, *, granted: bool) -> str | None:
    """Give what a program that failed wanted to reach, as far as it is known; None where it was no such thing."""
    if result.limit or result.succeeded:
        return None
    missing = next((a.target for a in result.attempts if a.refused == NOT_GRANTED), "")
    if missing or (not granted and NETWORK_ERROR.search(result.stderr[-_LOOKED_AT:])):
        return missing or "HOST:PORT"
    return None


def _failed(report: CallReport, why: StrataError) -> CallReport:
    return replace(report, ok=False, error=CallError(why.code, why.message, why.hint, why.retry.value))


def environment_of(app: App, version: Version) -> PythonEnvironment | Interpreter:
    """Give what runs a version, building its environment from its lock if that is gone."""
    return interpreter_of(app, version.language, version.lock, version.requirements)


def _failure(report: CallReport) -> str:
    """Give what counts as the reason of a failure: for want of the network no program can do its work."""
    if report.error is None:
        return ""
    return NO_NETWORK if report.lacked_network else report.error.code


def _tell(app: App, change: LibraryChange | None) -> None:
    """Let no agent be told of a tool any more that was taken back just now; of a new one the next pass tells."""
    if change is not None and visibility_of(change.after) < visibility_of(change.before):
        prepare_after_pass(app, ())


def _record(app: App, report: CallReport, surface: str) -> CallReport:
    """Count the call; what was made for the user stands also where it cannot be counted."""
    caller = caller_of(app, surface)
    usage = Usage(
        tool=report.tool,
        branch=report.branch,
        version=report.version,
        at_s=app.clock.now_s(),
        ok=report.ok,
        ms=report.ms,
        surface=surface,
        project=caller.project,
        session=caller.session,
        failure=_failure(report),
        person=caller.person,
    )
    try:
        app.catalog.add_usage(usage)
        _tell(app, settle(app, report.tool))
    except (StoreFull, StoreLocked, CatalogBusy, ToolUnknown) as error:
        # The tool itself may have gone while its program ran.
        return replace(report, unrecorded=error.message)
    return report
