"""`config`: every setting with its value and where that came from; the file they may stand in.

In     show | path
Out    a row per setting, or the path
Never  shows what a secret is
"""

import json

import click

from skillstrata.app.setting_table import Row
from skillstrata.app.use_cases import configuring
from skillstrata.app.use_cases.configuring import ConfigReport, SettingReport, Shown
from skillstrata.surfaces.cli.invocation import Invocation, global_options, pass_invocation, verb
from skillstrata.surfaces.cli.printing import Out

_COLUMNS = ("setting", "value", "from", "what it is")


@click.group("config")
def config() -> None:
    """Every setting: its value and where it came from."""


@verb("show", examples=("skillstrata config show", "skillstrata --batch-size 20 config show --json"), exits=(65,))
@pass_invocation
def show(inv: Invocation) -> int:
    """Show each setting, its value, and the flag, variable or line of the file that said it.

    A flag wins over an environment variable, that over the file, and the file over the default.
    """
    out, report = inv.out(), configuring.show(inv.app())
    if out.as_json:
        out.json(_as_json(report))
    else:
        _print(report, out)
    return 0


@verb("path", examples=("skillstrata config path",))
@pass_invocation
def path(inv: Invocation) -> int:
    """Print the path of the file that settings may stand in, whether it is there or not."""
    out, settings = inv.out(), inv.settings()
    if out.as_json:
        out.json({"path": str(settings.config_path), "exists": settings.config_path.is_file()})
    else:
        out.line(str(settings.config_path))
    return 0


def _as_json(report: ConfigReport) -> dict[str, object]:
    return {
        "path": str(report.path),
        "exists": report.exists,
        "settings": [_setting_json(one) for one in report.settings],
        "warnings": list(report.warnings),
    }


def _setting_json(one: SettingReport) -> dict[str, object]:
    row = one.row
    return {
        "key": row.key,
        "value": one.value,
        "source": one.source,
        "where": one.where,
        "kind": row.kind,
        "allowed": row.allowed,
        "default": _default(row),
        "flag": row.flag,
        "environment": list(row.environ),
        "about": row.about,
    }


def _default(row: Row) -> object:
    empty: dict[str, str] | list[str] = [] if row.kind.startswith("list of") else {}
    return empty if row.default == () else row.default


def _print(report: ConfigReport, out: Out) -> None:
    out.table(
        _COLUMNS, [(one.row.key, _text(one.value), one.where or one.source, one.row.about) for one in report.settings]
    )
    out.line(f"file: {report.path}{'' if report.exists else ' (not there; every setting has a default)'}")
    for warning in report.warnings:
        out.note(f"warning: {warning}")


def _text(value: Shown) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ({}, []):
        return "-"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


config.params.extend(global_options())
config.add_command(show)
config.add_command(path)
