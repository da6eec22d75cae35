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
from typing import ClassVar

import platformdirs

from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import ConfigUnreadable

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off", "")


class SettingInvalid(StrataError):
    """A setting with a value that it cannot have."""

    code: ClassVar[str] = "config.setting_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part of the program is told at start.

    `allow_install` lets environments fetch distributions over the network; off unless the user says so.
    `environ` is the process environment, for redaction of its secrets and for finding agents' folders.
    """

    data_dir: Path
    config_path: Path
    allow_install: bool
    home: Path
    environ: tuple[tuple[str, str], ...]


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
    table = _read(path, required=config is not None)
    install = environ.get("SKILLSTRATA_INSTALL", table.get("install", "0"))
    return Settings(
        data_dir=folder,
        config_path=path,
        allow_install=_claim("install", install),
        home=Path(environ.get("HOME") or Path.home()),
        environ=tuple(sorted(environ.items())),
    )


def _read(path: Path, *, required: bool) -> dict[str, str]:
    """Read the flat table of a config file as texts."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        if not required:
            return {}
        raise ConfigUnreadable(f"there is no config file at {path}", hint="name another one with --config") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigUnreadable(f"{path} does not parse: {error}", hint="mend the file or move it away") from error
    return {key: str(value) for key, value in values.items() if not isinstance(value, dict | list)}


def _claim(name: str, value: str) -> bool:
    if value.strip().lower() in _YES:
        return True
    if value.strip().lower() in _NO:
        return False
    raise SettingInvalid(f"the setting {name} is {value!r}", hint="set it to 1 or 0")
