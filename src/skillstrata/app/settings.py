"""Where the data lies and what is allowed: flags, then environment variables, then config.toml, then defaults.

In     flags, an environment mapping, config.toml
Out    Settings
Never  reads the process environment itself; makes a folder
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast

import platformdirs

from skillstrata.records.endpoints import EndpointUnreadable, endpoint_of
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import ConfigUnreadable
from skillstrata.records.sandbox_runs import Endpoint

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off", "")
_DISTRIBUTIONS_FORM = 'write the table [distributions] with lines like yaml = "PyYAML"'
_NETWORK_FORM = 'write the table [network] with lines like tool-name = ["api.example.com:443"]'


class SettingInvalid(StrataError):
    """A setting with a value that it cannot have."""

    code: ClassVar[str] = "config.setting_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


Tier = Literal["isolated", "contained"]
_TIERS: tuple[Tier, ...] = ("isolated", "contained")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part of the program is told at start.

    `allow_install` lets environments fetch distributions over the network; off unless the user says so.
    `sandbox` is the tier of the walls around tools; a weaker one is used where it is chosen, never by itself.
    `environ` is the process environment, for redaction of its secrets and for finding agents' folders.
    `network` is what each tool may reach, by the tool's name; a tool that is not named reaches nothing.
    `distributions` are import names with the distribution that provides each, where no table knows or several would.
    """

    data_dir: Path
    config_path: Path
    allow_install: bool
    home: Path
    environ: tuple[tuple[str, str], ...]
    sandbox: Tier = "isolated"
    network: tuple[tuple[str, tuple[Endpoint, ...]], ...] = ()
    distributions: tuple[tuple[str, str], ...] = ()


def load_settings(*, data_dir: Path | None, config: Path | None, environ: Mapping[str, str]) -> Settings:
    """Settle every setting.

    Args:
        data_dir: `--data-dir`; else SKILLSTRATA_DATA_DIR, else DISTILLER_DATA_DIR, else the user's data directory.
        config: `--config`; else config.toml in the data directory, which may be absent.
        environ: The process environment.

    Raises:
        ConfigUnreadable: The file does not parse, or `--config` names none.
        SettingInvalid: A value is not of its kind.
    """
    named = environ.get("SKILLSTRATA_DATA_DIR") or environ.get("DISTILLER_DATA_DIR")
    folder = data_dir or (Path(named) if named else Path(platformdirs.user_data_dir("skillstrata")))
    # One place by whatever way it is named, for it stands in hooks and entries that are compared as text.
    folder = Path(os.path.normpath(folder.expanduser().absolute()))
    path = config or folder / "config.toml"
    read = _read(path, required=config is not None)
    table = {key: str(value) for key, value in read.items() if not isinstance(value, dict | list)}
    install = environ.get("SKILLSTRATA_INSTALL", table.get("install", "0"))
    return Settings(
        data_dir=folder,
        config_path=path,
        allow_install=_claim("install", install),
        sandbox=_tier(environ.get("SKILLSTRATA_SANDBOX") or table.get("sandbox", "isolated")),
        home=Path(environ.get("HOME") or Path.home()),
        environ=tuple(sorted(environ.items())),
        network=_grants(read.get("network", {})),
        distributions=_distributions(read.get("distributions", {})),
    )


def _read(path: Path, *, required: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if not required:
            return {}
        raise ConfigUnreadable(f"there is no config file at {path}", hint="name another one with --config") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigUnreadable(f"{path} does not parse: {error}", hint="mend the file or move it away") from error


def _grants(table: object) -> tuple[tuple[str, tuple[Endpoint, ...]], ...]:
    if not isinstance(table, dict):
        raise SettingInvalid(f"the setting network is {table!r}", hint=_NETWORK_FORM)
    return tuple((tool, _endpoints(tool, hosts)) for tool, hosts in cast("dict[str, object]", table).items())


def _endpoints(tool: str, hosts: object) -> tuple[Endpoint, ...]:
    if not isinstance(hosts, list):
        raise SettingInvalid(f"the setting network.{tool} is {hosts!r}", hint=_NETWORK_FORM)
    found: list[Endpoint] = []
    for host in cast("list[object]", hosts):
        try:
            found.append(endpoint_of(host if isinstance(host, str) else ""))
        except EndpointUnreadable as error:
            raise SettingInvalid(f"the setting network.{tool} has {host!r}: {error}", hint=_NETWORK_FORM) from error
    return tuple(found)


def _distributions(table: object) -> tuple[tuple[str, str], ...]:
    pairs = tuple(cast("dict[str, object]", table).items()) if isinstance(table, dict) else ()
    if not isinstance(table, dict) or not all(isinstance(name, str) and name for _, name in pairs):
        raise SettingInvalid(f"the setting distributions is {table!r}", hint=_DISTRIBUTIONS_FORM)
    return cast("tuple[tuple[str, str], ...]", pairs)


def _tier(value: str) -> Tier:
    for tier in _TIERS:
        if value.strip().lower() == tier:
            return tier
    raise SettingInvalid(f"the setting sandbox is {value!r}", hint=f"set it to {' or '.join(_TIERS)}")


def _claim(name: str, value: str) -> bool:
    if value.strip().lower() in _YES:
        return True
    if value.strip().lower() in _NO:
        return False
    raise SettingInvalid(f"the setting {name} is {value!r}", hint="set it to 1 or 0")
