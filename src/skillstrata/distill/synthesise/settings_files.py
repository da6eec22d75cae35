"""Write records as YAML, TOML and INI, with an emitter of our own: plain scalars where safe, quoted ones elsewhere."""

import json
import re
from collections.abc import Mapping, Sequence

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.synthesise.invented_rows import Record, invented_records

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9]")
_SPECIAL = frozenset({"true", "false", "yes", "no", "on", "off", "null", "nan", "inf", "y", "n"})
Scalar = str | int | float | bool | None
_MOST_TOML = 2**63


def yaml_text(dice: Dice) -> bytes:
    """Write a mapping with settings, a list of words and a list of records."""
    lines = [f"# {invent(dice)}", f"title: {_yaml(invent(dice))}", f"version: {dice.between(1, 9)}"]
    lines += [f"ratio: {dice.between(1, 99)}.{dice.between(1, 9)}", f"enabled: {_yaml(dice.chance(50))}", "empty: null"]
    lines += ["words:", *(f"  - {_yaml(invent(dice))}" for _ in range(dice.between(2, 5)))]
    lines += ["text: |", *(f"  {invent(dice)} {invent(dice)} {dice.between(10, 9999)}" for _ in range(2))]
    lines.append("records:")
    for record in invented_records(dice, dice.between(3, 6)):
        lines += _yaml_record(record)
    return ("\n".join(lines) + "\n").encode()


def toml_text(dice: Dice) -> bytes:
    """Write settings in tables and an array of tables."""
    lines = [f"# {invent(dice)}", f"title = {_quoted(invent(dice))}", f"size = {dice.between(1, 9999)}", ""]
    lines += [f"[{invent(dice)}]", *_settings(dice, " = "), ""]
    for record in invented_records(dice, dice.between(3, 6)):
        lines.append("[[records]]")
        lines += [f"{key} = {_toml(value)}" for key, value in record.items() if value is not None]
        lines.append("")
    return ("\n".join(lines)).encode()


def ini_text(dice: Dice) -> bytes:
    """Write three sections of settings."""
    lines: list[str] = []
    for _ in range(3):
        lines += [f"[{invent(dice)}]", f"; {invent(dice)} {invent(dice)}"]
        lines += [f"{invent(dice)} = {invent(dice)} {invent(dice)}" for _ in range(dice.between(1, 3))]
        lines += [
            f"{invent(dice)} = {dice.between(1, 99_999)}",
            f"{invent(dice)}: {dice.between(0, 1) == 1}".lower(),
            "",
        ]
    return "\n".join(lines).encode()


def _settings(dice: Dice, joint: str) -> list[str]:
    return [
        f"{invent(dice)}{joint}{_quoted(invent(dice) + ' ' + invent(dice))}",
        f"{invent(dice)}{joint}{dice.between(100, 99_999)}",
        f"{invent(dice)}{joint}{dice.between(1, 99)}.{dice.between(1, 9)}",
        f"{invent(dice)}{joint}true",
        f"{invent(dice)}{joint}[{', '.join(_quoted(invent(dice)) for _ in range(3))}]",
    ]


def _yaml_record(record: Record) -> list[str]:
    lines: list[str] = []
    for key, value in record.items():
        if isinstance(value, Mapping):
            lines += [f"    {key}:", *(f"      {inner}: {_yaml(one)}" for inner, one in value.items())]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            lines += [f"    {key}: []"] if not value else [f"    {key}:", *(f"      - {_yaml(one)}" for one in value)]
        else:
            lines.append(f"    {key}: {_yaml(value)}")
    return ["  - " + lines[0].lstrip(), *lines[1:]]


def _yaml(value: Scalar) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL
        return value if plain else _quoted(value)
    return repr(value)


def _toml(value: Scalar | list[str] | dict[str, str]) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_quoted(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if abs(value) < _MOST_TOML else _quoted(str(value))
    return _quoted(value or "")


def _quoted(text: str) -> str:
    """Quote as JSON does, which YAML and TOML read the same way."""
    return json.dumps(text, ensure_ascii=False)
