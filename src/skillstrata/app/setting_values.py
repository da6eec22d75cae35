"""Turn what somebody wrote, as text or as a TOML value, into the value of a setting, or say why it is none.

In     a row of the table, a value, where it was written
Out    the value, of the row's kind and within its range
"""

import math
import re
import tomllib
from pathlib import Path
from typing import ClassVar, cast

from skillstrata.app.setting_table import Grants, Names, Row, Value, Words
from skillstrata.records.endpoints import EndpointUnreadable, endpoint_of
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.sandbox_runs import Endpoint

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off", "")
_DISTRIBUTIONS_FORM = 'write the table [distributions] with lines like yaml = "PyYAML"'
_MODES = ("auto", "pinned", "full", "compact", "name-only", "manual")
_MODES_FORM = 'write the table [skills.listing] with lines like helm-release = "pinned"; or: ' + ", ".join(_MODES[2:])
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SERVERS_FORM = 'write the table [skills.servers] with lines like docs = "docs-server --stdio"; a label has no spaces'
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_TRIALS_FORM = 'write the table [skills.trials] with lines like helm-release = "Rolls back Helm releases."'
_MOST_TRIED = 1024
_NETWORK_FORM = 'write the table [network] with lines like tool-name = ["api.example.com:443"]'


class SettingInvalid(StrataError):
    """A setting with a value that it cannot have."""

    code: ClassVar[str] = "config.setting_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


def value_of(row: Row, written: object, *, where: str, is_text: bool, beside: Path) -> Value:
    """Read one value.

    Args:
        row: The setting.
        written: Text of an option or a variable, or a value of the TOML file.
        where: The option, variable or line it stands in, for the message.
        is_text: It is text, so that numbers and tables are still to be read out of it.
        beside: The folder that a relative path starts from.

    Raises:
        SettingInvalid: It is not of the row's kind, or out of its range.
    """
    found: Value
    match row.kind:
        case "yes/no":
            found = _claim(row, written, where)
        case "whole number" | "number":
            found = _number(row, written, where, is_text=is_text)
        case "word":
            found = _word(row, written, where)
        case "text":
            found = _text(row, written, where)
        case "path":
            found = _path(row, written, where, beside)
        case "hosts by tool":
            found = _grants(_table(written) if is_text else written, where)
        case "modes by skill" | "servers by label" | "descriptions by skill":
            found = _SKILL_TABLES[row.kind](_table(written) if is_text else written, where)
        case "list of folders" | "list of names":
            words = _list(row, written, where, is_text=is_text)
            is_path = row.kind == "list of folders"
            found = _folders(row, words, where, beside) if is_path else _names(row, words, where)
        case _:
            found = _distributions(_table(written) if is_text else written, where)
    return found


def _refused(row: Row, written: object, where: str) -> SettingInvalid:
    hint = f"give it {row.allowed}" if row.words or row.high else f"give it a {row.kind}"
    if row.kind == "yes/no":
        hint = "set it to 1 or 0"
    return SettingInvalid(f"the setting {row.key} is {written!r} (from {where})", hint=hint)


def _claim(row: Row, written: object, where: str) -> bool:
    word = str(written).strip().lower() if isinstance(written, str | bool | int) else None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _refused(row, written, where)


def _number(row: Row, written: object, where: str, *, is_text: bool) -> int | float:
    whole = row.kind == "whole number"
    number: int | float
    try:
        if is_text and isinstance(written, str):
            number = int(written) if whole else float(written)
        elif isinstance(written, int) or (isinstance(written, float) and not whole):
            number = written
        else:
            raise _refused(row, written, where)
    except ValueError:
        raise _refused(row, written, where) from None
    # TOML's true is an int to Python, and NaN compares with nothing.
    if isinstance(written, bool) or not math.isfinite(number) or not row.low <= number <= row.high:
        raise _refused(row, written, where)
    return number if whole else float(number)


def _word(row: Row, written: object, where: str) -> str:
    if isinstance(written, str) and written.strip().lower() in row.words:
        return written.strip().lower()
    raise _refused(row, written, where)


def _text(row: Row, written: object, where: str) -> str:
    if isinstance(written, str) and written.strip().isprintable() and written.strip():
        return written.strip()
    raise _refused(row, written, where)


def _path(row: Row, written: object, where: str, beside: Path) -> Path:
    if not isinstance(written, str) or not written or "\0" in written:
        raise _refused(row, written, where)
    try:
        return beside / Path(written).expanduser()
    except RuntimeError:
        raise _refused(row, written, where) from None


def _table(text: object) -> object:
    """Read `{name = …}` as it would stand in the file; text that is none comes back as it is, to be refused."""
    try:
        return tomllib.loads(f"table = {text}")["table"]
    except tomllib.TOMLDecodeError:
        return text


def _list(row: Row, written: object, where: str, *, is_text: bool) -> list[object]:
    """Read `["a", "b"]`; in a variable or a flag, `a,b` does as well."""
    found = written
    if is_text and isinstance(written, str):
        found = _table(written) if written.lstrip().startswith("[") else [w.strip() for w in written.split(",") if w]
    if isinstance(found, list):
        return cast("list[object]", found)
    raise SettingInvalid(f"the setting {row.key} is {written!r} (from {where})", hint='write a list: ["one", "two"]')


def _folders(row: Row, words: list[object], where: str, beside: Path) -> Words:
    return tuple(str(_path(row, one, where, beside)) for one in words)


def _names(row: Row, words: list[object], where: str) -> Words:
    for word in words:
        if not (isinstance(word, str) and _VARIABLE.fullmatch(word)):
            said = f"the setting {row.key} has {word!r} (from {where})"
            raise SettingInvalid(said, hint='write names of environment variables: ["MAIL_TOKEN"]')
    return tuple(dict.fromkeys(cast("list[str]", words)))


def _grants(table: object, where: str) -> Grants:
    if not isinstance(table, dict):
        raise SettingInvalid(f"the setting network is {table!r} (from {where})", hint=_NETWORK_FORM)
    return tuple((tool, _endpoints(tool, hosts, where)) for tool, hosts in cast("dict[str, object]", table).items())


def _endpoints(tool: str, hosts: object, where: str) -> tuple[Endpoint, ...]:
    if not isinstance(hosts, list):
        raise SettingInvalid(f"the setting network.{tool} is {hosts!r} (from {where})", hint=_NETWORK_FORM)
    found: list[Endpoint] = []
    for host in cast("list[object]", hosts):
        try:
            found.append(endpoint_of(host if isinstance(host, str) else ""))
        except EndpointUnreadable as error:
            said = f"the setting network.{tool} has {host!r}: {error} (from {where})"
            raise SettingInvalid(said, hint=_NETWORK_FORM) from error
    return tuple(found)


def _distributions(table: object, where: str) -> Names:
    pairs = tuple(cast("dict[str, object]", table).items()) if isinstance(table, dict) else ()
    if not isinstance(table, dict) or not all(isinstance(name, str) and name for _, name in pairs):
        raise SettingInvalid(f"the setting distributions is {table!r} (from {where})", hint=_DISTRIBUTIONS_FORM)
    return cast("Names", pairs)


def _modes(table: object, where: str) -> Names:
    pairs = tuple(cast("dict[str, object]", table).items()) if isinstance(table, dict) else ()
    if not isinstance(table, dict) or not all(mode in _MODES for _, mode in pairs):
        raise SettingInvalid(f"the setting skills.listing is {table!r} (from {where})", hint=_MODES_FORM)
    return cast("Names", pairs)


def _servers(table: object, where: str) -> Names:
    pairs = tuple(cast("dict[str, object]", table).items()) if isinstance(table, dict) else ()
    if not isinstance(table, dict) or not all(
        _LABEL.fullmatch(label) and isinstance(place, str) and place.strip() for label, place in pairs
    ):
        raise SettingInvalid(f"the setting skills.servers is {table!r} (from {where})", hint=_SERVERS_FORM)
    return cast("Names", pairs)


def _descriptions(table: object, where: str) -> Names:
    pairs = tuple(cast("dict[str, object]", table).items()) if isinstance(table, dict) else ()
    if not isinstance(table, dict) or not all(
        name and isinstance(text, str) and text.strip() and len(text) <= _MOST_TRIED for name, text in pairs
    ):
        raise SettingInvalid(f"the setting skills.trials is {table!r} (from {where})", hint=_TRIALS_FORM)
    return tuple((name, " ".join(str(text).split())) for name, text in pairs)


_SKILL_TABLES = {"modes by skill": _modes, "servers by label": _servers, "descriptions by skill": _descriptions}
