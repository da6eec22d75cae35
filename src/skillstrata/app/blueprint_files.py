"""Blueprints of sub-agents as somebody writes them: which tools one may use, and no others.

In     a file of TOML, YAML or JSON with `capabilities`: allow, deny, depth
Out    Blueprint
Never  takes a file that says something it does not know for one that allows more or less
"""

import tomllib
from pathlib import Path
from typing import ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skillstrata.compose.yaml_source import YamlText
from skillstrata.records.capabilities import Blueprint
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.json_values import Json

_MOST_BYTES = 256_000


class BlueprintInvalid(StrataError):
    """A blueprint that cannot be read or understood; nothing is called with it."""

    code: ClassVar[str] = "policy.blueprint_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class _Capabilities(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    allow: list[str]
    deny: list[str] = []
    depth: int = Field(default=1, ge=0, le=100)


class _File(BaseModel):
    # Around `capabilities` an agent's own file may say anything.
    capabilities: _Capabilities


def blueprint_from(path: Path) -> Blueprint:
    """Read a blueprint.

    Raises:
        BlueprintInvalid: It cannot be read, or is none.
    """
    hint = 'write `capabilities: {allow: ["skill_report", "mcp:web/*"], deny: [], depth: 1}`'
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise BlueprintInvalid(f"{path} has more than {_MOST_BYTES:,} bytes", hint=hint)
        found = _File.model_validate(_value(data.decode(), is_toml=path.suffix == ".toml")).capabilities
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise BlueprintInvalid(f"{path}: {place}: {first['msg']}", hint=hint) from None
    except (OSError, ValueError) as error:
        raise BlueprintInvalid(f"{path}: {error}", hint=hint) from error
    return Blueprint(path.stem, tuple(found.allow), tuple(found.deny), found.depth)


def _value(text: str, *, is_toml: bool) -> Json:
    if is_toml:
        return cast("Json", tomllib.loads(text))
    read = YamlText(text)
    if read.faults:
        raise ValueError(read.faults[0].message)
    return read.value
