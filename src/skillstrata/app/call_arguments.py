"""What a call gives to a tool: its files read, its branch chosen by their types, its options checked.

In     the tool, the request
Out    CallInputs; the Branch; an Invocation for a version of it
Never  runs anything; takes a type's name for its content
Why    what tells the types of files apart belongs to the distiller, which takes 0.15 s to import: the first call pays
       for it, so that a server that nobody calls yet does not
"""

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, cast

from skillstrata.app.reports import CallRequest
from skillstrata.app.setting_table import MB
from skillstrata.app.wiring import App
from skillstrata.library import is_clearly_other, safe_name
from skillstrata.records.drafts import OptionSpec
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.programs import GivenFile, Invocation, default_output_name, version_program
from skillstrata.records.sandbox_runs import Limits
from skillstrata.records.tools import Branch, Tool, Version

_MEDIA = "skillstrata.distill.media"
_FILE_KINDS = ("file", "path")
# More than any option is, and far below what a command line takes.
_MAX_VALUE_BYTES = 16_000
_WHOLE = re.compile(r"[+-]?[0-9]+")
_WORDS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


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


@dataclass(frozen=True, slots=True)
class CallInputs:
    """The files of a call and the rest of its arguments."""

    files: tuple[GivenFile, ...]
    values: tuple[tuple[str, str], ...]

    def file(self, param: str) -> GivenFile | None:
        """Give the file of a parameter."""
        return next((file for file in self.files if file.param == param), None)


def read_inputs(app: App, tool: Tool, request: CallRequest) -> CallInputs:
    """Check names and read files.

    Raises:
        ArgumentsInvalid: A name that the tool does not know, or a file that it needs and did not get.
        FileUnreadable: A file cannot be read.
    """
    arguments = dict(request.arguments)
    known = {p.name for p in tool.contract.inputs}
    unknown = sorted(set(arguments) - known)
    if unknown:
        raise ArgumentsInvalid(
            f"{tool.name} has no argument {unknown[0]!r}", hint=f"its arguments are: {', '.join(sorted(known))}"
        )
    names = [p.name for p in tool.contract.inputs if p.kind in _FILE_KINDS]
    missing = next((n for n in names if not arguments.get(n) and _is_required(tool, n)), None)
    if missing is not None:
        raise ArgumentsInvalid(
            f"{tool.name} needs the argument {missing!r}: the path of a file",
            hint=f"skillstrata run {tool.name} --set {missing}=FILE",
        )
    files: list[GivenFile] = []
    for name in (n for n in names if arguments.get(n)):
        path = _path(name, arguments[name])
        data = app.disk.read(str(path), max_bytes=app.settings.calls_max_input_mb * MB)
        # A name with a dash before it is an option to whatever a program starts on it.
        files.append(GivenFile(name, safe_name(path.name).lstrip("-") or "input", data))
    return CallInputs(tuple(files), tuple((n, v) for n, v in arguments.items() if n not in names))


def chosen_branch(tool: Tool, inputs: CallInputs, request: CallRequest) -> Branch:
    """Choose the branch by the types of the files: the one that takes exactly these, else the one they may pass for.

    Raises:
        ArgumentsInvalid: The branch that was asked for is not there, or lacks a file.
        WrongInputType: The files are clearly of other types and `force` is off.
    """
    asked = [branch for branch in tool.branches if request.branch in ("", branch.name)]
    if not asked:
        names = ", ".join(b.name for b in tool.branches)
        raise ArgumentsInvalid(f"{tool.name} has no branch {request.branch!r}", hint=f"its branches are: {names}")
    found = _types_of(inputs)
    exact = [b for b in asked if _exactly(b.current, found)]
    near = [b for b in asked if not _other(b.current, inputs, found)]
    # Text passes for many types; then the ending that a branch was shown with tells more than the content.
    near.sort(key=lambda branch: not _ends_alike(branch.current, inputs))
    fits = exact or near or (asked if request.force else [])
    if not fits:
        taken = ", ".join(dict.fromkeys(m for b in asked for m in b.current.given))
        file = inputs.files[0]
        raise WrongInputType(
            f"{file.name} is {found[file.param]}, and {tool.name} takes {taken}",
            hint=f"give a file of type {taken}, or add --force to try it anyway",
        )
    return fits[0]


def is_taken(branch: Branch, inputs: CallInputs, request: CallRequest) -> bool:
    """Say whether a branch is meant for these files: with `force`, only where their types are just its own."""
    found = _types_of(inputs)
    return _exactly(branch.current, found) or not (request.force or _other(branch.current, inputs, found))


def invocation_for(version: Version, inputs: CallInputs, limits: Limits) -> Invocation:
    """Write down one start of a version on these inputs.

    Raises:
        ArgumentsInvalid: A file is missing, an option is not this version's or has a value it cannot have, or the
            output's name is no plain one.
    """
    files: list[GivenFile] = []
    for spec in version.inputs:
        file = inputs.file(spec.name)
        if file is None:
            raise ArgumentsInvalid(
                f"the argument {spec.name!r} is missing: the path of a {spec.media_type} file",
                hint=f"add --set {spec.name}=FILE",
            )
        files.append(file)
    values = dict(inputs.values)
    wanted = values.pop(version.output.name, "")
    if wanted and safe_name(wanted) != wanted:
        raise ArgumentsInvalid(f"the output's name is {wanted!r}", hint="give a plain file name without a folder")
    options = {option.name: option for option in version.options}
    stranger = next((name for name in values if name not in options), None)
    if stranger is not None:
        raise ArgumentsInvalid(
            f"there is no option {stranger!r} for {', '.join(version.given)}",
            hint=f"the options are: {', '.join(options) or 'none'}",
        )
    return Invocation(
        tuple(files),
        wanted or default_output_name(version_program(version), files[0].name),
        limits=limits,
        options=tuple((name, _checked(options[name], value)) for name, value in values.items()),
    )


def _path(name: str, given: str) -> Path:
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError as error:
        raise ArgumentsInvalid(f"the argument {name!r} is {given!r}: {error}", hint="give the path of a file") from None


def _is_required(tool: Tool, name: str) -> bool:
    return next(p.required for p in tool.contract.inputs if p.name == name)


def _types_of(inputs: CallInputs) -> dict[str, str]:
    media = cast("_Media", importlib.import_module(_MEDIA))
    return {file.param: media.media_type_of(file.data or b"", file.name) for file in inputs.files}


def _exactly(version: Version, found: dict[str, str]) -> bool:
    return all(found.get(spec.name) == spec.media_type for spec in version.inputs)


def _checked(option: OptionSpec, value: str) -> str:
    """Give an option's value as it stands on a command line."""
    _refuse_unpassable(option, value)
    try:
        match option.kind:
            case "integer":
                return str(int(value))
            case "number":
                return value if _WHOLE.fullmatch(value) else str(float(value))
            case "boolean":
                return _WORDS[value.lower()]
            case _:
                return value
    except (ValueError, KeyError):
        raise ArgumentsInvalid(
            f"the option {option.name!r} is {value!r}", hint=f"give it a {option.kind}, like {option.default}"
        ) from None


def _refuse_unpassable(option: OptionSpec, value: str) -> None:
    """Refuse what no command line can hold."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise ArgumentsInvalid(
            f"the option {option.name!r} holds half a character at position {error.start}",
            hint="give it as UTF-8 text",
        ) from None
    if "\0" in value:
        raise ArgumentsInvalid(f"the option {option.name!r} holds a NUL", hint="leave it out")
    if size > _MAX_VALUE_BYTES:
        raise ArgumentsInvalid(
            f"the option {option.name!r} has {size} bytes, and at most {_MAX_VALUE_BYTES} can be given",
            hint="give a shorter value",
        )


def _other(version: Version, inputs: CallInputs, found: dict[str, str]) -> bool:
    """Say whether a file is clearly not what this version takes."""
    for spec in version.inputs:
        file = inputs.file(spec.name)
        if file is not None and is_clearly_other(
            found[spec.name],
            spec.media_type,
            data=file.data or b"",
            name=file.name,
            example_name=spec.example_name,
        ):
            return True
    return False


def _ends_alike(version: Version, inputs: CallInputs) -> bool:
    ends = [(inputs.file(s.name), s.example_name.rpartition(".")[2].lower()) for s in version.inputs]
    return all(file is not None and file.name.lower().endswith(f".{ending}") for file, ending in ends)
