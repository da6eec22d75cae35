"""Tell every setting: its value, where that was said, and what it may be.

In     the App
Out    ConfigReport
Never  shows a secret: values go through the redactor, and of the environment only the names of our variables are told
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from skillstrata.app.setting_table import BY_KEY, Grants, Names, Row, Value, Words
from skillstrata.app.settings import Origin
from skillstrata.app.wiring import App
from skillstrata.capture import Redactor
from skillstrata.ports.text_redactor import TextRedactor
from skillstrata.records.errors import StrataError
from skillstrata.records.sandbox_runs import Endpoint

Shown = bool | int | float | str | dict[str, str] | dict[str, list[str]] | list[str] | None


@dataclass(frozen=True, slots=True)
class SettingReport:
    """One setting: its row of the table, its value as it would stand in JSON, and where it was said."""

    row: Row
    value: Shown
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class ConfigReport:
    """Every setting, in the table's order; `warnings` are about keys of the file that nothing reads."""

    path: Path
    exists: bool
    settings: tuple[SettingReport, ...]
    warnings: tuple[str, ...]


def show(app: App) -> ConfigReport:
    """Tell every setting."""
    settings, warnings = app.settings, app.settings.warnings
    try:
        redactor = app.redactor
    except StrataError as error:
        # The rules cannot be read, and this is where one looks for why: without them, the built-in ones hold.
        redactor = Redactor(dict(settings.environ))
        warnings = (*warnings, f"{error.message}; {error.hint}")
    return ConfigReport(
        path=settings.config_path,
        exists=settings.config_path.is_file(),
        settings=tuple(_report(redactor, origin) for origin in settings.origins),
        warnings=tuple(redactor.redact(warning).text for warning in warnings),
    )


def _report(redactor: TextRedactor, origin: Origin) -> SettingReport:
    row = BY_KEY[origin.key]
    value = _list(redactor, origin.value) if row.kind.startswith("list of") else _shown(redactor, origin.value)
    return SettingReport(row, value, origin.source, origin.where)


def _list(redactor: TextRedactor, value: Value) -> list[str]:
    return [redactor.redact(word).text for word in cast("Words", value)]


def _shown(redactor: TextRedactor, value: Value) -> Shown:
    if isinstance(value, tuple):
        return _table(redactor, cast("Grants | Names", value))
    if isinstance(value, str | Path):
        return redactor.redact(str(value)).text
    return value


def _table(
    redactor: TextRedactor, pairs: tuple[tuple[str, str | tuple[Endpoint, ...]], ...]
) -> dict[str, str] | dict[str, list[str]]:
    names = {name: redactor.redact(said).text for name, said in pairs if isinstance(said, str)}
    hosts = {tool: [f"{e.host}:{e.port}" for e in said] for tool, said in pairs if not isinstance(said, str)}
    return names or hosts
