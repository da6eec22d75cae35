"""What surrounds one call of a tool: the schema of its arguments, safe file names, and what a run gave.

In     Contract; a file name; a SandboxResult
Out    JSON Schema as text; a name; CallOutputs or a CallFailed that says what to do next
Never  starts a program, reads or writes a file; takes what a program printed for a success without its output
"""

import json
from dataclasses import dataclass
from typing import ClassVar

from skillstrata.library.told_text import told_contract
from skillstrata.records.contracts import Contract, Param
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.programs import KEEP, WORK_DIR
from skillstrata.records.sandbox_runs import CollectedFile, SandboxResult
from skillstrata.records.tools import Version

_MAX_NAME_BYTES = 200
_MAX_SAID = 300
# The word that a run has for its limit when it was ended because nobody waits for it.
_CANCELLED = "cancelled"
_JSON_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean"}


class CallFailed(StrataError):
    """A call that ran and gave no usable output; the user's files are as they were."""

    code: ClassVar[str] = "call.failed"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class ProgramFailed(CallFailed):
    """The tool's program ended with an error on this input."""

    code: ClassVar[str] = "call.program_failed"


class LimitBroken(CallFailed):
    """The tool's program was stopped at a limit of the sandbox."""

    code: ClassVar[str] = "call.limit"


class CallCancelled(CallFailed):
    """The caller gave the call up before the tool's program ended."""

    code: ClassVar[str] = "call.cancelled"
    retry: ClassVar[Retry] = Retry.SAME


class NoOutput(CallFailed):
    """The tool's program ended well and gave nothing."""

    code: ClassVar[str] = "call.no_output"


class OutputNotText(CallFailed):
    """The tool's program printed bytes that are not UTF-8 text."""

    code: ClassVar[str] = "call.output_not_text"


@dataclass(frozen=True, slots=True)
class CallOutputs:
    """What a call gave: files as (name, bytes), and the text of a tool that prints its result."""

    files: tuple[tuple[str, bytes], ...] = ()
    text: str | None = None


def call_schema(contract: Contract) -> str:
    """Give the JSON Schema (2020-12) of a tool's arguments, as text; the same text for the same contract.

    Descriptions are plain lines that say nothing to the reader.
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {param.name: _property(param) for param in told_contract(contract).inputs},
        "required": [param.name for param in contract.inputs if param.required],
        "additionalProperties": False,
    }
    return json.dumps(schema, ensure_ascii=False)


def safe_name(name: str) -> str:
    """Give a file name that can stand in any folder: one part, printable, not hidden, at most 200 bytes.

    Shapes:
        `safe_name(safe_name(n)) == safe_name(n)`; an ordinary name comes back as it is.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c if c.isprintable() else "_" for c in last).lstrip(". ").rstrip()
    stem, dot, ending = shown.rpartition(".")
    if len(shown.encode()) > _MAX_NAME_BYTES:
        ending = ending if dot and len(ending.encode()) < _MAX_NAME_BYTES // 4 else ""
        kept = (
            (stem if ending else shown).encode()[: _MAX_NAME_BYTES - len(ending.encode()) - 1].decode(errors="ignore")
        )
        shown = f"{kept}.{ending}" if ending else kept.strip()
    return shown or "unnamed"


def outputs_of(version: Version, result: SandboxResult, *, output_name: str) -> CallOutputs:
    """Take a call's outputs out of what the sandbox brought back.

    Args:
        version: What was run.
        result: What the run did.
        output_name: The name that was passed in for the output.

    Raises:
        CallCancelled: Nobody waited for it any more.
        LimitBroken: It was stopped.
        ProgramFailed: It ended with another status than 0.
        NoOutput: It gave no output, or an empty one.
        OutputNotText: It printed something else than text.
    """
    if result.limit == _CANCELLED:
        raise CallCancelled("the call was given up before the program ended", hint="call it again")
    if result.limit:
        raise LimitBroken(
            f"the program was stopped at the limit on {result.limit}",
            hint="try a smaller input; the limits hold for every call",
        )
    if not result.succeeded:
        raise ProgramFailed(
            f"the program ended with status {result.exit_code} on this input{_said(result)}",
            hint=f"check that the input is sound {version.input.media_type}; `skillstrata verify` checks the tool",
        )
    if version.output.kind == "text":
        return CallOutputs(text=_text(result))
    if version.output.kind == "dir":
        return CallOutputs(files=_folder(version, result, output_name))
    found = _declared(version, result, output_name)
    if found is None or not found.data.strip():
        raise NoOutput(
            f"the program ended well but wrote {'an empty file' if found else 'no output file'}{_said(result)}",
            hint=f"the input may hold nothing to work on, or not be {version.input.media_type}",
        )
    return CallOutputs(files=((safe_name(found.path), found.data),))


def _property(param: Param) -> dict[str, str | int | bool | None]:
    about = param.description
    if param.kind in {"file", "path"}:
        types = f" ({', '.join(param.media_types)})" if param.media_types else ""
        return {"type": "string", "minLength": 1, "description": f"{about} A path{types}.".strip()}
    values: dict[str, str | int | bool | None] = {"description": about} if about else {}
    if param.kind != "json":
        values = {"type": _JSON_TYPES.get(param.kind, "string"), **values}
    return values if param.default is None else {**values, "default": param.default}


def _text(result: SandboxResult) -> str:
    try:
        text = result.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OutputNotText(
            f"the program printed bytes that are not UTF-8 (byte {error.start})",
            hint="the input is probably in another encoding; convert it to UTF-8 first",
        ) from error
    if not text.strip():
        raise NoOutput(
            f"the program ended well but printed nothing{_said(result)}",
            hint="the input may hold nothing to work on",
        )
    return text


def _folder(version: Version, result: SandboxResult, output_name: str) -> tuple[tuple[str, bytes], ...]:
    """Give the files of an output folder, below a folder of the output's name."""
    root = f"{WORK_DIR}/{output_name}/" if version.output.naming == "parameter" else f"{WORK_DIR}/"
    found = [
        (f.path.removeprefix(root), f.data)
        for f in result.files
        if f.written and f.path.startswith(root) and f.path.rpartition("/")[2] != KEEP
    ]
    if not any(data.strip() for _, data in found):
        raise NoOutput(
            f"the program ended well but wrote no files{_said(result)}",
            hint=f"the input may hold nothing to work on, or not be {version.input.media_type}",
        )
    return tuple(("/".join(map(safe_name, (output_name, *path.split("/")))), data) for path, data in sorted(found))


def _declared(version: Version, result: SandboxResult, output_name: str) -> CollectedFile | None:
    written = sorted((f for f in result.files if f.written), key=lambda f: f.path)
    if version.output.naming == "parameter":
        return next((f for f in written if f.path == f"{WORK_DIR}/{output_name}"), None)
    # The program names its output itself: the ending it used when it was proved tells it from files on the side.
    suffix = version.output.suffix
    return next((f for f in written if suffix and f.path.endswith(suffix)), written[0] if written else None)


def _said(result: SandboxResult) -> str:
    last = result.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    shown = "".join(c if c.isprintable() else " " for c in last)[:_MAX_SAID].strip()
    return f": {shown}" if shown else ""
