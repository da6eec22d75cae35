"""Where the data lies and what is allowed: flags, then environment variables, then config.toml, then defaults.

In     flags, an environment mapping, config.toml
Out    Settings, with where each value came from
Never  reads the process environment itself; makes a folder
Why    one order for every setting: what is nearer to the one call wins (docs/guide/settings.md)
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import platformdirs

from skillstrata.app.compose_settings import ComposeSettings, compose_settings
from skillstrata.app.learning_settings import LearningSettings, learning_settings
from skillstrata.app.setting_table import BY_KEY, MB, ROWS, Grants, Names, Row, Value
from skillstrata.app.setting_values import SettingInvalid, value_of
from skillstrata.app.skill_settings import SkillSettings, skill_settings
from skillstrata.records.failures import ConfigUnreadable

__all__ = ["MB", "Origin", "SettingInvalid", "Settings", "Tier", "load_settings"]

Tier = Literal["isolated", "contained"]
JudgeMode = Literal["offline", "auto", "api", "claude-code"]
Source = Literal["flag", "environment", "file", "default"]
CONFIG_VARIABLE = "SKILLSTRATA_CONFIG"
# Tables of this file that somebody else reads: the MCP servers of composed tools.
_OTHERS = "servers."
_FREE_TABLES = ("network", "distributions", "skills.listing", "skills.servers", "skills.trials")


@dataclass(frozen=True, slots=True)
class Origin:
    """The value of one setting and where it was said: `where` is an option, a variable, or a file with its line."""

    key: str
    value: Value
    source: Source
    where: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part of the program is told at start; each field is a row of `app.setting_table`.

    `allow_install` lets environments fetch distributions over the network; off unless the user says so.
    `sandbox` is the tier of the walls around tools; a weaker one is used where it is chosen, never by itself.
    `environ` is the process environment, for redaction of its secrets and for finding agents' folders.
    `network` is what each tool may reach, by the tool's name; a tool that is not named reaches nothing.
    `distributions` are import names with the distribution that provides each, where no table knows or several would.
    `origins` has every row in the table's order; `warnings` are sentences about keys that nothing reads.
    """

    data_dir: Path
    config_path: Path
    allow_install: bool
    home: Path
    environ: tuple[tuple[str, str], ...]
    sandbox: Tier = "isolated"
    network: Grants = ()
    distributions: Names = ()
    batch_size: int = 50
    reuse_frequency_n: int = 3
    reuse_unused_days: int = 180
    daemon: bool = True
    idle_s: float = 60.0
    nice: int = 19
    daemon_poll_s: float = 2.0
    daemon_linger_s: float = 900.0
    spool_max_mb: int = 2048
    disk_min_free_mb: int = 512
    snapshots_max_mb: int = 2048
    snapshots_max_file_mb: int = 5
    traces_keep_days: int = 0
    redaction_rules: Path | None = None
    redaction_values: bool = True
    environments_unused_days: int = 90
    environments_max_mb: int = 0
    calls_max_input_mb: int = 100
    calls_parallel: int = 4
    judge_mode: JudgeMode = "auto"
    judge_model: str = "anthropic:claude-haiku-4-5"
    judge_max_calls_per_day: int = 50
    judge_max_tokens_per_day: int = 100_000
    judge_timeout_s: float = 20.0
    fixtures_keep_real: bool = False
    warm_start_enabled: bool = True
    warm_start_max_chars: int = 1200
    learning: LearningSettings = field(default_factory=LearningSettings)
    skills: SkillSettings = field(default_factory=SkillSettings)
    compose: ComposeSettings = field(default_factory=ComposeSettings)
    policy_managed: Path | None = None
    origins: tuple[Origin, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """Everything that was said, by whoever said it."""

    flags: Mapping[str, str]
    environ: Mapping[str, str]
    path: Path
    text: str
    keys: Mapping[str, object]

    def origin(self, row: Row) -> Origin:
        """Settle one setting: the flag, else a variable, else the file, else the default."""
        if row.key in self.flags:
            return self._spoken(row, self.flags[row.key], "flag", row.flag)
        for name in row.environ:
            # A variable that is set to nothing is how shells take one back.
            if self.environ.get(name):
                return self._spoken(row, self.environ[name], "environment", name)
        if row.key in self.keys:
            where = f"{self.path}{_line_of(row.key, self.text)}"
            beside = self.path.parent.absolute()
            value = value_of(row, self.keys[row.key], where=where, is_text=False, beside=beside)
            return Origin(row.key, value, "file", where)
        return Origin(row.key, row.default, "default", "")

    def _spoken(self, row: Row, text: str, source: Source, where: str) -> Origin:
        value = value_of(row, text, where=where, is_text=True, beside=Path.cwd() if row.kind == "path" else Path())
        return Origin(row.key, value, source, where)


@dataclass(frozen=True, slots=True)
class _Settled:
    """The value of each key, by its type."""

    values: Mapping[str, Value]

    def claim(self, key: str) -> bool:
        return self.values[key] is True

    def whole(self, key: str) -> int:
        return cast("int", self.values[key])

    def number(self, key: str) -> float:
        return cast("float", self.values[key])

    def path(self, key: str) -> Path | None:
        return cast("Path | None", self.values[key])


def load_settings(
    *,
    data_dir: Path | None,
    config: Path | None,
    environ: Mapping[str, str],
    flags: tuple[tuple[str, str], ...] = (),
) -> Settings:
    """Settle every setting.

    Args:
        data_dir: `--data-dir`; else SKILLSTRATA_DATA_DIR, else DISTILLER_DATA_DIR, else `data_dir` of a file that was
            named, else the user's data directory.
        config: `--config`; else SKILLSTRATA_CONFIG; else config.toml in the data directory, which may be absent.
        environ: The process environment.
        flags: What other options say, as (key, text); a later one wins.

    Raises:
        ConfigUnreadable: The file does not parse, or none lies where one was named.
        SettingInvalid: A value is not of its kind or out of its range, or the data directory is a file; the message
            says where it was written.
    """
    named = environ.get(CONFIG_VARIABLE)
    config = config or (Path(named).expanduser() if named else None)
    spoken = dict(flags) | ({"data_dir": str(data_dir)} if data_dir is not None else {})
    first = _Said(
        spoken, environ, config or Path("config.toml"), *(_read(config, required=True) if config else ("", {}))
    )
    at = first.origin(BY_KEY["data_dir"])
    folder = cast("Path | None", at.value) or Path(platformdirs.user_data_dir("skillstrata"))
    # One place by whatever way it is named, for it stands in hooks and entries that are compared as text.
    folder = Path(os.path.normpath(folder.expanduser().absolute()))
    _refuse_file(folder, at.where)
    path = config or folder / "config.toml"
    said = first if config else _Said(spoken, environ, path, *_read(path, required=False))
    origins = (
        Origin("data_dir", folder, at.source, at.where),
        *(said.origin(row) for row in ROWS if row.key != "data_dir"),
    )
    return _settings(origins, path, environ, _warnings(said, is_named=config is not None))


def _refuse_file(folder: Path, where: str) -> None:
    """Refuse a data directory that cannot be one, whoever named it: to try again later would not help."""
    there = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    if os.path.lexists(there) and not there.is_dir():
        said = f" (from {where})" if where else ""
        raise SettingInvalid(
            f"the setting data_dir is {str(folder)!r}{said}, and {there} is not a folder",
            hint="name another folder with --data-dir or SKILLSTRATA_DATA_DIR, or move that file away",
        )


def _settings(
    origins: tuple[Origin, ...], path: Path, environ: Mapping[str, str], warnings: tuple[str, ...]
) -> Settings:
    values = {origin.key: origin.value for origin in origins}
    by = _Settled(values)
    return Settings(
        data_dir=cast("Path", values["data_dir"]),
        config_path=path,
        allow_install=by.claim("install"),
        home=Path(environ.get("HOME") or Path.home()),
        environ=tuple(sorted(environ.items())),
        sandbox=cast("Tier", values["sandbox"]),
        network=cast("Grants", values["network"]),
        distributions=cast("Names", values["distributions"]),
        batch_size=by.whole("batch_size"),
        reuse_frequency_n=by.whole("reuse_frequency_n"),
        reuse_unused_days=by.whole("reuse.unused_days"),
        daemon=by.claim("daemon"),
        idle_s=by.number("idle_s"),
        nice=by.whole("nice"),
        daemon_poll_s=by.number("daemon_poll_s"),
        daemon_linger_s=by.number("daemon_linger_s"),
        spool_max_mb=by.whole("spool_max_mb"),
        disk_min_free_mb=by.whole("disk_min_free_mb"),
        snapshots_max_mb=by.whole("snapshots.max_mb"),
        snapshots_max_file_mb=by.whole("snapshots.max_file_mb"),
        traces_keep_days=by.whole("traces.keep_days"),
        redaction_rules=by.path("redaction.rules"),
        redaction_values=by.claim("redaction.values"),
        environments_unused_days=by.whole("environments.unused_days"),
        environments_max_mb=by.whole("environments.max_mb"),
        calls_max_input_mb=by.whole("calls.max_input_mb"),
        calls_parallel=by.whole("calls.parallel"),
        judge_mode=cast("JudgeMode", values["judge.mode"]),
        judge_model=cast("str", values["judge.model"]),
        judge_max_calls_per_day=by.whole("judge.max_calls_per_day"),
        judge_max_tokens_per_day=by.whole("judge.max_tokens_per_day"),
        judge_timeout_s=by.number("judge.timeout_s"),
        fixtures_keep_real=by.claim("fixtures.keep_real"),
        warm_start_enabled=by.claim("warm_start.enabled"),
        warm_start_max_chars=by.whole("warm_start.max_chars"),
        learning=learning_settings(values),
        skills=skill_settings(values, frozenset(o.key for o in origins if o.source != "default")),
        compose=compose_settings(values),
        policy_managed=by.path("policy.managed"),
        origins=origins,
        warnings=warnings,
    )


def _read(path: Path, *, required: bool) -> tuple[str, dict[str, object]]:
    """Give the file's text and its values by dotted key."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, _flat(tomllib.loads(text))
    except (FileNotFoundError, NotADirectoryError):
        if not required:
            return "", {}
        raise ConfigUnreadable(f"there is no config file at {path}", hint="name another one with --config") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigUnreadable(f"{path} does not parse: {error}", hint="mend the file or move it away") from error


def _flat(table: Mapping[str, object], above: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict) and key not in _FREE_TABLES:
            found |= _flat(cast("dict[str, object]", value), f"{key}.")
        else:
            found[key] = value
    return found


def _line_of(key: str, text: str) -> str:
    """Give `:LINE` of the line that says a key, or nothing where that is not plain to see."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.fullmatch(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?", line)
        if header:
            section = f"{header[1]}."
        said = re.match(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""", line)
        if (said and f"{section}{said[1]}" == key) or (header and header[1] == key):
            return f":{number}"
    return ""


def _warnings(said: _Said, *, is_named: bool) -> tuple[str, ...]:
    found: list[str] = []
    for key in said.keys:
        where = f"{said.path}{_line_of(key, said.text)}"
        if key == "data_dir" and not is_named:
            found.append(f"{where}: data_dir has no effect in a file that is found by the data directory")
        elif key not in BY_KEY and not key.startswith(_OTHERS):
            by_variable = [row.key for row in ROWS if key in row.environ]
            near = by_variable or difflib.get_close_matches(key, BY_KEY, n=1)
            found.append(f"{where}: nothing reads the key {key!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return tuple(found)
