"""bash: a command or a script in the sandbox.

In     argv, or a script with its variables; files to be seen
Out    exit code and both streams
Never  puts a value into the text of a script: values arrive as words of argv or in variables; reaches a network;
       keeps a file that the program makes
Why    it starts in an empty folder and everything it changes is gone with it, so it changes nothing outside
"""

import posixpath
import re
import time
from collections.abc import Callable
from dataclasses import replace

from skillstrata.adapters.native_files import read_part
from skillstrata.adapters.native_places import Roots, place_of
from skillstrata.adapters.native_tools import (
    MOST_TEXT_BYTES,
    NativeFault,
    NativeTool,
    capability,
    closed_object,
    text_argument,
)
from skillstrata.adapters.sandbox_stop import CANCELLED, stoppable
from skillstrata.ports.sandbox import Sandbox
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Effects
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.json_values import Json, JsonObject
from skillstrata.records.sandbox_runs import Limits, MountedFile, SandboxJob, SandboxResult
from skillstrata.records.tool_calls import ToolCall

WORK = "/work"
_MOST_FILE_BYTES = 50_000_000
_LEAST_S = 0.5
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_STREAM = {"type": "string"}
_ABOUT = (
    "Run a command (`argv`) or a bash script (`script`, its values in `env`) in a sandbox without network, in an "
    f"empty folder {WORK} where `files` lie read-only under the paths they were given by. What it prints "
    "comes back; files it makes do not. A status other than 0 is an error unless `check` is false."
)


def bash(sandbox: Callable[[], Sandbox], roots: Roots, limits: Limits) -> NativeTool:
    """Make the tool; the sandbox is taken at the first call."""
    words: JsonObject = {"type": "array", "items": {"type": "string"}}
    taken = closed_object(
        {
            "argv": {**words, "minItems": 1, "maxItems": 1_000},
            "script": {"type": "string", "minLength": 1},
            "env": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 100},
            "stdin": {"type": "string"},
            "files": {**words, "maxItems": 100},
            "check": {"type": "boolean", "default": True},
        },
        (),
    )
    given = closed_object(
        {"exit_code": {"type": "integer"}, "stdout": dict(_STREAM), "stderr": dict(_STREAM)},
        ("exit_code", "stdout", "stderr"),
    )
    effects = Effects(read_only=True, destructive=False, idempotent=True, open_world=False)
    described = capability("bash", _ABOUT, (taken, given), Approval.EXEC_ESCALATION, effects)

    def act(call: ToolCall, until: float, cancel: Cancellation) -> JsonObject:
        most = limits if call.bounds.limits is None else limits.within(call.bounds.limits)
        job = _job(call, roots, replace(most, wall_s=min(most.wall_s, max(_LEAST_S, until - time.monotonic()))))
        try:
            with stoppable(cancel):
                result = sandbox().run(job)
        except SandboxUnavailable as error:
            raise NativeFault("unavailable", error.message, hint=error.hint, sent=False) from error
        return _output(result, check=call.arguments.get("check", True) is True)

    return NativeTool(replace(described, needs=("exec",)), act)


def _job(call: ToolCall, roots: Roots, limits: Limits) -> SandboxJob:
    variables = _object(call.arguments.get("env", {}))
    for name in variables:
        if not _NAME.fullmatch(name):
            raise NativeFault("invalid_arguments", f"{name!r} cannot be the name of a variable", sent=False)
    return SandboxJob(
        argv=_argv(call),
        files=_files(call, roots),
        roots=(WORK,),
        work_dir=WORK,
        env=tuple((name, str(value)) for name, value in variables.items()),
        stdin=text_argument(call, "stdin").encode(),
        limits=limits,
    )


def _argv(call: ToolCall) -> tuple[str, ...]:
    if ("argv" in call.arguments) == ("script" in call.arguments):
        raise NativeFault("invalid_arguments", "bash takes either `argv` or `script`", sent=False)
    if "script" in call.arguments:
        return ("/bin/bash", "-c", text_argument(call, "script"))
    # The shell looks the program up on the sandbox's own PATH and is gone; no word of argv is read by it.
    return ("/bin/sh", "-c", 'exec "$@"', "sh", *_words(call.arguments["argv"]))


def _files(call: ToolCall, roots: Roots) -> tuple[MountedFile, ...]:
    found: dict[str, MountedFile] = {}
    left = _MOST_FILE_BYTES
    for text in _words(call.arguments.get("files", [])):
        place = place_of(text, call, roots)
        data, size = read_part(place, 0, left)
        if size > len(data):
            raise NativeFault(
                "limit", f"the files of one call may have {_MOST_FILE_BYTES:,} bytes together", sent=False
            )
        left -= len(data)
        inside = (
            posixpath.join(WORK, posixpath.normpath(text)) if not text.startswith("/") else posixpath.normpath(text)
        )
        found[inside] = MountedFile(inside, data)
    return tuple(found.values())


def _output(result: SandboxResult, *, check: bool) -> JsonObject:
    stdout, stderr = (stream.decode("utf-8", "replace") for stream in (result.stdout, result.stderr))
    if result.limit == CANCELLED:
        raise NativeFault("cancelled", "cancelled; every process of it was ended")
    if result.limit == "wall":
        raise NativeFault("timeout", "it did not end in time; every process of it was ended")
    if result.limit or len(result.stdout) + len(result.stderr) > MOST_TEXT_BYTES:
        limit = result.limit or "stdout"
        raise NativeFault("limit", f"it broke the limit {limit!r}", hint="let it do or print less")
    code = -1 if result.exit_code is None else result.exit_code
    if check and code != 0:
        raise NativeFault(
            "tool_error", f"it ended with status {code}: {(stderr or stdout).strip()[-2_000:]}", hint="mend the command"
        )
    return {"exit_code": code, "stdout": stdout, "stderr": stderr}


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise NativeFault("invalid_arguments", "env is not an object", sent=False)
    return value


def _words(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise NativeFault("invalid_arguments", "a list of texts is needed", sent=False)
    return tuple(str(word) for word in value)
