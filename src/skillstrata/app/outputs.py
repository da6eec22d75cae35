"""Where the outputs of a call go: what is refused before anything runs, and the writing itself.

In     CallRequest, the output's name, CallOutputs
Out    WrittenOutput; or a refusal, and nothing is written
Never  overwrites without `force`; writes under a name that other programs obey, or among what this program keeps and
       is told by, `force` or not
"""

import hashlib
import os
from pathlib import Path
from typing import ClassVar

from skillstrata.app.reports import CallRequest, WrittenOutput
from skillstrata.app.wiring import App
from skillstrata.library import CallOutputs, planted
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import OutDirNotFolder, OutputExists
from skillstrata.records.tools import Version

# The folder of the data directory that is there for outputs.
_OPEN = "outputs"


class OutputPlanted(StrataError):
    """An output under a name, or in a folder, that other programs or this one obey."""

    code: ClassVar[str] = "call.output_planted"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


def refuse_place(app: App, version: Version, request: CallRequest, wanted: str) -> None:
    """Refuse before anything runs what can be told before.

    Raises:
        OutDirNotFolder: Outputs cannot go there.
        OutputPlanted: The folder or the name is one that other programs or this one obey.
        OutputExists: An output is there already and `force` is off.
    """
    blocked = app.disk.blocked_by(request.out_dir)
    if blocked:
        raise OutDirNotFolder(
            f"outputs cannot go to {request.out_dir}: {blocked} is not a folder",
            hint="name a folder with --out; it is made if it is not there",
        )
    if version.output.kind != "text":
        refuse_closed(app, Path(request.out_dir) / wanted)
    if version.output.kind != "file":
        return
    named = version.output.naming == "parameter"
    _refuse_planted(app, Path(request.out_dir) / (wanted if named else f"x{version.output.suffix}"))
    path = Path(request.out_dir) / wanted
    if named and not request.force and app.disk.exists(str(path)):
        raise OutputExists(f"{path} is there already", hint="choose another --out, or --force to overwrite it")


def write_outputs(app: App, outputs: CallOutputs, request: CallRequest) -> tuple[WrittenOutput, ...]:
    """Write what a call gave.

    Raises:
        OutputPlanted: The program chose a name that other programs obey.
        OutputExists: One is there already and `force` is off.
        StoreFull: It could not be written.
    """
    written: list[WrittenOutput] = []
    for name, data in outputs.files:
        path = Path(request.out_dir).absolute() / name
        _refuse_planted(app, path)
        app.disk.write(str(path), data, replace=request.force)
        written.append(WrittenOutput("output", str(path), hashlib.sha256(data).hexdigest(), len(data)))
    return tuple(written)


def refuse_closed(app: App, path: Path) -> None:
    """Refuse a place among what this program keeps and is told by: an agent would give itself rights there.

    Raises:
        OutputPlanted: It is one, also by way of links and `..`; below the data directory only `outputs` is none.
    """
    place = _closed(app, path)
    if place:
        raise OutputPlanted(
            f"an output cannot go to {path}: {place} belongs to this program itself",
            hint=f"choose another --out; of the data directory only {app.data_dir / _OPEN} takes outputs",
        )


def _closed(app: App, path: Path) -> str:
    """Give the closed place that a path leads into, "" where it leads into none."""
    # Where the name is a link, both its own place and the place it leads to count.
    ways = (Path(os.path.realpath(path.parent)) / path.name, Path(os.path.realpath(path)))
    outputs = Path(os.path.realpath(app.data_dir / _OPEN))
    own, *told = (Path(os.path.realpath(place)) for place in app.closed(Path(_base(app))))
    for way in ways:
        if way.is_relative_to(own) and not way.is_relative_to(outputs):
            return str(own)
        for place in told:
            if way.is_relative_to(place):
                return str(place)
    return ""


def _base(app: App) -> str:
    return dict(app.settings.environ).get("CLAUDE_PROJECT_DIR") or str(Path.cwd())


def _refuse_planted(app: App, path: Path) -> None:
    refuse_closed(app, path)
    # Links in the folder's path are followed, as writing will follow them; the file's own name stays as it is.
    real = Path(os.path.realpath(path.parent)) / path.name
    why = planted(real.as_posix(), Path(os.path.realpath(_base(app))).as_posix())
    if why:
        raise OutputPlanted(
            f"an output cannot go to {path}: {why}",
            hint="choose another --out or another name for the output, look at the result, and move it yourself",
        )
