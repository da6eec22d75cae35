"""The PolicySource port on policy.toml files: the organisation's, the user's, the project's.

In     up to three paths, and whether somebody vouched for the project
Out    PolicyLayer records in that order, each with its path and the digest of its bytes
Never  takes a file that it cannot read whole for an empty one; reads a key that it does not know over
"""

import hashlib
import json
import re
import stat
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.adapters.loader_config_file import Bytes, LoaderConfigInvalid, Seconds, read_loader_config
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.json_values import Json
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import PolicyLayer, PolicyRule, RuleExample, Verdict

_MOST_BYTES = 1024 * 1024
_SETTLED_NS = 2_000_000_000
_Where: TypeAlias = "tuple[int | str, ...]"
_VERDICTS = {"allow": Verdict.ALLOW, "ask": Verdict.ASK, "deny": Verdict.DENY, "forbidden": Verdict.DENY}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Example(_Part):
    tool: str = ""
    args: dict[str, object] = {}


class _Rule(_Part):
    id: str = Field(min_length=1, max_length=100)
    tool: str = Field(min_length=1)
    decision: Literal["allow", "ask", "deny", "forbidden"]
    args: dict[str, object] | None = None
    command: list[str] | None = Field(default=None, min_length=1)
    why: str = ""
    match: list[_Example] = []
    no_match: list[_Example] = []


class _Limits(_Part):
    max_cpu_time: Seconds = Field(default=0.0, ge=0, strict=False)
    max_memory: Bytes = Field(default=0, ge=0, strict=False)
    max_disk_io: Bytes = Field(default=0, ge=0, strict=False)


class _Skill(_Part):
    allowed_tools: list[str] | None = Field(default=None, min_length=1)
    forbidden_operations: list[str] = []
    resource_limits: _Limits = _Limits()


class _File(_Part):
    default_allow: list[str] = []
    require_approval: list[str] = []
    allowed_hosts: list[str] = []
    roots: list[str] = []
    rule: list[_Rule] = []
    skill_permissions: dict[str, _Skill] = {}


@dataclass(frozen=True, slots=True)
class PolicyPlace:
    """One file that may hold a layer; `is_loader` says that it is a loader's configuration in YAML."""

    name: Literal["managed", "user", "project"]
    path: Path
    trusted: bool = True
    is_loader: bool = False


_Stamp: TypeAlias = tuple[int, int, int, int]


class PolicyFiles:
    """Reads layers from files; a file that is not there is no layer."""

    def __init__(self, places: tuple[PolicyPlace, ...]) -> None:
        """Keep where to look, in the order managed, user, project."""
        self._places = places
        self._kept: dict[PolicyPlace, tuple[_Stamp, PolicyLayer | None]] = {}

    def layers(self) -> tuple[PolicyLayer, ...]:
        """Read every layer there is.

        Raises:
            PolicyInvalid: A file cannot be read or understood.
        """
        found = (self._layer(place) for place in self._places)
        return tuple(layer for layer in found if layer is not None)

    def _layer(self, place: PolicyPlace) -> PolicyLayer | None:
        stamp = _stamp(place.path)
        kept = self._kept.get(place)
        if stamp is not None and kept is not None and kept[0] == stamp:
            return kept[1]
        made = _loader_layer(place) if place.is_loader else _layer(place)
        if stamp is not None:
            self._kept[place] = (stamp, made)
        return made


def _stamp(path: Path) -> _Stamp | None:
    """Give what changes with a file; None where it is not there or was changed so lately that it may change unseen."""
    try:
        seen = path.stat()
    except OSError:
        return None
    if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) < _SETTLED_NS:
        return None
    return (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino)


def _loader_layer(place: PolicyPlace) -> PolicyLayer:
    """Read the permissions of a loader's configuration: the user named that file, so it is there."""
    try:
        said = read_loader_config(place.path)
        digest = hashlib.sha256(place.path.read_bytes()).hexdigest()
    except LoaderConfigInvalid as error:
        raise PolicyInvalid(error.message, hint=error.hint) from error
    except OSError as error:
        raise _invalid(place.path, f"cannot be read: {error.strerror}") from error
    return PolicyLayer(
        place.name,
        str(place.path),
        default_allow=said.default_allow,
        require_approval=said.require_approval,
        permissions=said.permissions,
        trusted=place.trusted,
        digest=digest,
    )


def _layer(place: PolicyPlace) -> PolicyLayer | None:
    raw = _bytes_of(place.path)
    if raw is None:
        return None
    text, tables = _parsed(place.path, raw)
    try:
        file = _File.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"]
        said = "nothing reads this key" if first["type"] == "extra_forbidden" else first["msg"]
        name = ".".join(str(part) for part in where)
        raise _invalid(place.path, f"{name}: {said}", _line_of(where, text)) from error
    return _made(place, file, text, hashlib.sha256(raw).hexdigest())


def _bytes_of(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(path.stat().st_mode):
                raise _invalid(path, "is not a regular file")
            raw = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        # A link that leads nowhere is a layer that somebody wanted.
        if path.is_symlink():
            raise _invalid(path, "is a link that leads nowhere") from None
        return None
    except OSError as error:
        raise _invalid(path, f"cannot be read: {error.strerror}") from error
    if len(raw) > _MOST_BYTES:
        raise _invalid(path, f"has more than {_MOST_BYTES:,} bytes")
    return raw


def _parsed(path: Path, raw: bytes) -> tuple[str, dict[str, object]]:
    try:
        text = raw.decode()
        return text, tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _invalid(path, f"is no TOML: {error}", int(line[1]) if line else 0) from error


def _made(place: PolicyPlace, file: _File, text: str, digest: str) -> PolicyLayer:
    lines = _rule_lines(text)
    _refuse_twins(place.path, file.rule, lines)
    rules = tuple(_rule(place.path, rule, line) for rule, line in zip(file.rule, lines, strict=True))
    base = place.path.parent.absolute()
    base = base.parent if place.name == "project" else base
    return PolicyLayer(
        place.name,
        str(place.path),
        rules,
        tuple(file.default_allow),
        tuple(file.require_approval),
        tuple(_permissions(name, skill) for name, skill in file.skill_permissions.items()),
        tuple(file.allowed_hosts),
        tuple(str((base / Path(root).expanduser()).resolve()) for root in file.roots),
        place.trusted,
        digest,
    )


def _refuse_twins(path: Path, rules: list[_Rule], lines: list[int]) -> None:
    seen: set[str] = set()
    for rule, line in zip(rules, lines, strict=True):
        if rule.id in seen:
            raise _invalid(path, f"two rules are called {rule.id!r}", line)
        seen.add(rule.id)


def _rule(path: Path, rule: _Rule, line: int) -> PolicyRule:
    return PolicyRule(
        rule.id,
        rule.tool,
        _VERDICTS[rule.decision],
        "" if rule.args is None else _json(path, rule.args, line),
        tuple(rule.command or ()),
        rule.why,
        tuple(RuleExample(one.tool or rule.tool, _json(path, one.args, line)) for one in rule.match),
        tuple(RuleExample(one.tool or rule.tool, _json(path, one.args, line)) for one in rule.no_match),
        line,
    )


def _json(path: Path, value: dict[str, object], line: int) -> str:
    try:
        return json.dumps(cast("Json", value), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        # TOML has dates and infinities, arguments of tools have not.
        raise _invalid(path, f"a value that JSON does not have: {error}", line) from error


def _permissions(name: str, skill: _Skill) -> SkillPermissions:
    limits = skill.resource_limits
    return SkillPermissions(
        name,
        tuple(skill.allowed_tools or ()),
        tuple(skill.forbidden_operations),
        limits.max_cpu_time,
        limits.max_memory,
        limits.max_disk_io,
    )


def _rule_lines(text: str) -> list[int]:
    """Give the line that each `[[rule]]` begins on; 0s where they are written in another form."""
    header = re.compile(r"\s*\[\[\s*\"?rule\"?\s*\]\]")
    found = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    wanted = tomllib.loads(text).get("rule", [])
    return found if len(found) == len(wanted) else [0] * len(wanted)


def _line_of(where: _Where, text: str) -> int:
    """Give the line of a fault: that of its key, within its rule where it is in one."""
    lines = text.splitlines()
    start, names = 1, [part for part in where if isinstance(part, str)]
    if where[:1] == ("rule",) and len(where) > 1 and isinstance(where[1], int):
        rules = _rule_lines(text)
        start = rules[where[1]] if where[1] < len(rules) else 0
        names = names[1:]
    return next(_seen(lines, start, names), start if start > 1 else 0)


def _seen(lines: list[str], start: int, names: list[str]) -> Iterator[int]:
    for name in reversed(names):
        key = re.compile(rf"""[\s{{\[.,"']*{re.escape(name)}["'\s]*[=.\]]""")
        for number in range(start, len(lines) + 1):
            if key.match(lines[number - 1]) or f"{name} =" in lines[number - 1]:
                yield number


def _invalid(path: Path, said: str, line: int = 0) -> PolicyInvalid:
    where = f"{path}:{line}" if line else str(path)
    return PolicyInvalid(f"{where}: {said}", hint="mend the file; until then no tool is called")
