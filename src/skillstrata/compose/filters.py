"""The closed list of template filters: a value and literal arguments in, a value out.

In     a JSON value and the literals of the template
Out    a JSON value, or MISSING where there is nothing (`first` of an empty list)
Never  evaluates text, touches the outside, changes its argument, makes more than the cap of text
"""

import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from posixpath import basename
from typing import Final, TypeAlias, cast
from urllib.parse import quote

from skillstrata.compose.template_faults import FilterFault
from skillstrata.records.json_values import Json, JsonObject


class Missing(Enum):
    """The type of MISSING: no value at all, which is not null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
EXPANSION_BYTES = 10_000_000
FROM_JSON_CHARACTERS = 1_000_000
Found: TypeAlias = "Json | Missing"
Arguments: TypeAlias = tuple[Json, ...]

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: what it does, and the types of its arguments (`least` of them must be there)."""

    apply: Callable[[Json, Arguments], Found]
    least: int = 0
    takes: tuple[str, ...] = ()


def kind_of(value: Json) -> str:
    """Name a value's JSON type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def json_text(value: Json) -> str:
    """Write a value as compact JSON, integers of any size included."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise FilterFault("limit", f"this value cannot be written as JSON: {error}") from error


def as_text(value: Json) -> str:
    """Give text as it is and anything else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def same(left: Json, right: Json) -> bool:
    """Compare as JSON does: 1 equals 1.0, but never true; order counts in lists alone."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    return left == right


def _shown(value: Json) -> str:
    text = as_text(value) if isinstance(value, str | int | float | bool) or value is None else kind_of(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _wrong(name: str, wanted: str, value: Json) -> FilterFault:
    return FilterFault("wrong_type", f"`{name}` takes {wanted}, not {kind_of(value)} ({_shown(value)})")


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise _wrong(name, "text", value)
    return value


def _list(name: str, value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise _wrong(name, "a list", value)
    return value


def _object(name: str, value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise _wrong(name, "an object", value)
    return value


def _capped(characters: int) -> None:
    if characters > EXPANSION_BYTES:
        raise FilterFault("limit", f"the text would grow beyond {EXPANSION_BYTES:,} bytes")


def _int(value: Json, _: Arguments) -> Found:
    if isinstance(value, bool):
        raise _wrong("int", "a number or its text", value)
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    raise _wrong("int", "a whole number or its text", value)


def _float(value: Json, _: Arguments) -> Found:
    found = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        found = float(value)
    if not math.isfinite(found):
        raise _wrong("float", "a number or its text", value)
    return found


def _bool(value: Json, _: Arguments) -> Found:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise _wrong("bool", "true, false or their texts", value)


def _no_constant(name: str) -> float:
    raise FilterFault("wrong_type", f"`from_json`: {name} is not JSON")


def _from_json(value: Json, _: Arguments) -> Found:
    text = _text("from_json", value)
    if len(text) > FROM_JSON_CHARACTERS:
        raise FilterFault("limit", f"`from_json` takes at most {FROM_JSON_CHARACTERS:,} characters, not {len(text):,}")
    try:
        return cast("Json", json.loads(text, parse_constant=_no_constant))
    except (ValueError, RecursionError) as error:
        raise FilterFault("wrong_type", f"`from_json`: {_shown(text)!r} is not JSON: {error}") from error


def _length(value: Json, _: Arguments) -> Found:
    if not isinstance(value, str | list | dict):
        raise _wrong("length", "text, a list or an object", value)
    return len(value)


def _first(value: Json, _: Arguments) -> Found:
    items = _list("first", value)
    return items[0] if items else MISSING


def _last(value: Json, _: Arguments) -> Found:
    items = _list("last", value)
    return items[-1] if items else MISSING


def _join(value: Json, arguments: Arguments) -> Found:
    joint = as_text(arguments[0]) if arguments else ", "
    items = _list("join", value)
    if any(isinstance(item, list | dict) for item in items):
        raise FilterFault("wrong_type", "`join` takes a list of texts, numbers and booleans; use `json` for others")
    texts = [as_text(item) for item in items]
    _capped(sum(map(len, texts)) + len(joint) * len(texts))
    return joint.join(texts)


def _split(value: Json, arguments: Arguments) -> Found:
    joint = as_text(arguments[0])
    if not joint:
        raise FilterFault("wrong_type", "`split` takes a separator of at least one character")
    parts: list[Json] = [*_text("split", value).split(joint)]
    return parts


def _keys(value: Json, _: Arguments) -> Found:
    return list[Json](_object("keys", value))


def _values(value: Json, _: Arguments) -> Found:
    return list(_object("values", value).values())


def _replace(value: Json, arguments: Arguments) -> Found:
    text, old, new = _text("replace", value), as_text(arguments[0]), as_text(arguments[1])
    if not old:
        raise FilterFault("wrong_type", "`replace` takes a text of at least one character to look for")
    _capped(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


def _slice(value: Json, arguments: Arguments) -> Found:
    if not isinstance(value, str | list):
        raise _wrong("slice", "text or a list", value)
    start, end = cast("int", arguments[0]), cast("int | None", arguments[1] if len(arguments) > 1 else None)
    return value[start:end]


def _unique(value: Json, _: Arguments) -> Found:
    seen: dict[str, Json] = {}
    for item in _list("unique", value):
        seen.setdefault(_canonical(item), item)
    return list(seen.values())


def _canonical(item: Json) -> str:
    # 1 and 1.0 are one number to JSON; true and 1 are not.
    if isinstance(item, float) and item.is_integer():
        return json_text(int(item))
    return json.dumps(item, sort_keys=True) if isinstance(item, dict) else json_text(item)


def _map(value: Json, arguments: Arguments) -> Found:
    field = as_text(arguments[0])
    return [_field("map", item, field) for item in _list("map", value)]


def _where(value: Json, arguments: Arguments) -> Found:
    field, wanted = as_text(arguments[0]), arguments[1]
    items = [_object("where", item) for item in _list("where", value)]
    return [item for item in items if field in item and same(item[field], wanted)]


def _field(name: str, item: Json, field: str) -> Json:
    fields = _object(name, item)
    if field not in fields:
        there = ", ".join(sorted(fields)[:20]) or "none"
        raise FilterFault("missing", f"`{name}`: an item has no {field!r}; it has {there}")
    return fields[field]


def _urlencode(value: Json, _: Arguments) -> Found:
    if isinstance(value, list | dict) or value is None:
        raise _wrong("urlencode", "text, a number or a boolean", value)
    text = as_text(value)
    _capped(3 * len(text))
    return quote(text, safe="", errors="replace")


def _sha256(value: Json, _: Arguments) -> Found:
    return hashlib.sha256(as_text(value).encode(errors="surrogatepass")).hexdigest()


def _kept(value: Json, _: Arguments) -> Found:
    return value


# `default` and `required` decide about MISSING, which filters never see; who fills a template does that.
FILTERS: dict[str, Filter] = {
    "default": Filter(_kept, 1, ("any",)),
    "required": Filter(_kept, 0, ("text",)),
    "string": Filter(lambda value, _: as_text(value)),
    "int": Filter(_int),
    "float": Filter(_float),
    "bool": Filter(_bool),
    "json": Filter(lambda value, _: json_text(value)),
    "from_json": Filter(_from_json),
    "length": Filter(_length),
    "first": Filter(_first),
    "last": Filter(_last),
    "join": Filter(_join, 0, ("text",)),
    "split": Filter(_split, 1, ("text",)),
    "keys": Filter(_keys),
    "values": Filter(_values),
    "lower": Filter(lambda value, _: _text("lower", value).lower()),
    "upper": Filter(lambda value, _: _text("upper", value).upper()),
    "trim": Filter(lambda value, _: _text("trim", value).strip()),
    "replace": Filter(_replace, 2, ("text", "text")),
    "slice": Filter(_slice, 1, ("integer", "integer")),
    "unique": Filter(_unique),
    "map": Filter(_map, 1, ("text",)),
    "where": Filter(_where, 2, ("text", "any")),
    "basename": Filter(lambda value, _: basename(_text("basename", value))),
    "urlencode": Filter(_urlencode),
    "sha256": Filter(_sha256),
}


def argument_fault(name: str, arguments: Arguments) -> str:
    """Say what is wrong with a filter's name or arguments, "" for nothing."""
    found = FILTERS.get(name)
    if found is None:
        return f"no filter is called {name!r}; there are: {', '.join(FILTERS)}"
    if not found.least <= len(arguments) <= len(found.takes):
        most = len(found.takes)
        wanted = f"{found.least}" if found.least == most else f"{found.least} to {most}"
        return f"`{name}` takes {wanted} arguments, not {len(arguments)}"
    for wanted, given in zip(found.takes, arguments, strict=False):
        if wanted == "text" and not isinstance(given, str):
            return f"`{name}` takes text in quotes, not {_shown(given)}"
        if wanted == "integer" and (isinstance(given, bool) or not isinstance(given, int)):
            return f"`{name}` takes whole numbers, not {_shown(given)}"
    return ""
