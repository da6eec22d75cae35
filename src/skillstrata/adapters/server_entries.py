"""One entry of `mcpServers`, as agents and our own configuration write it.

In     an entry as read from a file, the variables of the environment
Out    a ToolServer, with `${NAME}` and `${NAME:-default}` put in; what is wrong with an entry is its `problem`
Never  tells a variable's value; lets our own server through: we would call ourselves for ever
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.records.tool_servers import ToolServer

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_PROGRAMS = frozenset({"skillstrata", "distiller"})
_VERB = "mcp"
_HTTP_WORDS = frozenset({"http", "streamable-http", "streamable_http", "streamableHttp"})
_TIMEOUT_S = 60.0
_LEAST_S, _MOST_S = 0.1, 3600.0
_MOST_LABEL = 200


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str = ""
    command: str = ""
    args: list[str] = []
    env: dict[str, str | int | float | bool] = {}
    url: str = ""
    headers: dict[str, str] = {}
    cwd: str = ""
    disabled: bool = False
    # Agents write milliseconds; our own file says its unit.
    timeout: float | None = Field(default=None, gt=0)
    timeout_s: float | None = Field(default=None, gt=0)
    trust_annotations: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where entries come from: the file, whose it is, whether it may start programs, the variables that hold there."""

    origin: str
    scope: str
    trusted: bool
    variables: Mapping[str, str]
    folder: str = ""


class _Unset(ValueError):
    """A variable that an entry needs and that has no value here."""


def server_of(label: str, entry: object, place: Place, own: Sequence[str] = ()) -> ToolServer | None:
    """Read one entry; None for one that is switched off or is our own server.

    Args:
        label: Its name in the file.
        entry: A table, or a command line as text.
        place: Where it stands.
        own: The command line that starts our own server, whatever it is called.
    """
    try:
        read = _Entry.model_validate(_as_table(entry))
        if read.disabled or is_own((read.command, *read.args), own):
            return None
        return _server(label, read, place)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the entry"
        return broken(label, place, f"{where}: {first['msg']}")
    except ValueError as error:
        return broken(label, place, str(error))


def broken(label: str, place: Place, problem: str) -> ToolServer:
    """Make the row that tells of an entry or file that cannot be used."""
    return ToolServer(label[:_MOST_LABEL], place.origin, place.scope, trusted=place.trusted, problem=problem)


def is_own(words: Sequence[str], own: Sequence[str] = ()) -> bool:
    """Say whether a command line starts our own server, also through `uvx`, `python -m`, `env` or a shell."""
    if own and tuple(words[: len(own)]) == tuple(own):
        return True
    flat = [part for word in words for part in _parts(word)]
    for at, word in enumerate(flat):
        name = PurePath(word).name.removesuffix(".exe").partition("@")[0].partition("[")[0]
        module = word.partition(".")[0] if at and flat[at - 1] == "-m" else name
        if _PROGRAMS & {name, module} and _VERB in flat[at + 1 :]:
            return True
    return False


def _parts(word: str) -> list[str]:
    if not any(sign in word for sign in " \t\n;&|"):
        return [word]
    try:
        return shlex.split(re.sub(r"[;&|]", " ", word)) or [word]
    except ValueError:
        return word.split()


def _as_table(entry: object) -> object:
    if not isinstance(entry, str):
        return entry
    if entry.startswith(("http://", "https://")):
        return {"url": entry}
    words = shlex.split(entry) or [""]
    return {"command": words[0], "args": words[1:]}


def _server(label: str, read: _Entry, place: Place) -> ToolServer:
    if not label or len(label) > _MOST_LABEL or not label.isprintable():
        raise ValueError("the name of a server has 1 to 200 printable characters")
    transport = _transport(read)

    def put_in(text: str) -> str:
        return _expanded(text, place.variables)

    spoken = read.timeout_s if read.timeout_s is not None else (read.timeout or _TIMEOUT_S * 1000) / 1000
    cwd = put_in(read.cwd)
    return ToolServer(
        label=label,
        origin=place.origin,
        scope=place.scope,
        command=_program(put_in(read.command)),
        args=tuple(put_in(word) for word in read.args),
        env=tuple(sorted((name, put_in(_text(value))) for name, value in read.env.items())),
        url=put_in(read.url),
        headers=tuple(sorted((name, put_in(value)) for name, value in read.headers.items())),
        timeout_s=min(max(spoken, _LEAST_S), _MOST_S),
        trusted=place.trusted,
        transport=transport,
        cwd=os.path.join(place.folder, cwd) if cwd else place.folder,
        annotations_trusted=read.trust_annotations and place.scope == "own",
    )


def _transport(read: _Entry) -> str:
    word = read.type or ("stdio" if read.command else "http")
    if word == "stdio" and read.command:
        return "stdio"
    if word in _HTTP_WORDS | {"sse"} and read.url:
        if not re.match(r"https?://|\$\{", read.url):
            raise ValueError("url: has to begin with http:// or https://")
        return "sse" if word == "sse" else "http"
    if word in _HTTP_WORDS | {"sse", "stdio"}:
        missing = "command" if word == "stdio" else "url"
        raise ValueError(f"{missing}: is missing for a server of type {word}")
    raise ValueError(f"type: {word[:40]!r} is not one of stdio, http, sse")


def _program(command: str) -> str:
    return os.path.expanduser(command) if command.startswith("~/") else command


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    def value(hit: re.Match[str]) -> str:
        found = variables.get(hit[1])
        if found:
            return found
        if hit[2] is None and found is None:
            raise _Unset(f"the variable {hit[1]} is not set; set it, or write ${{{hit[1]}:-default}}")
        return hit[2] or ""

    return _VARIABLE.sub(value, text)
