"""JSON values as text, whatever is in them; the fast writer takes neither numbers beyond 64 bits nor half characters.

In     Json
Out    its text; the same value as any client can be sent it; why a value is none that JSON has
Never  fails on what a tool gave
"""

import json
import math

import orjson

from skillstrata.records.json_values import Json


def json_text(value: Json) -> str:
    """Give the text of a value, in one line."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(sendable(value), separators=(",", ":"), ensure_ascii=False)


def sendable(value: Json) -> Json:
    """Give a value without what JSON texts cannot have: half characters are replaced, NaN is null."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [sendable(one) for one in value]
    if isinstance(value, dict):
        return {str(sendable(key)): sendable(one) for key, one in value.items()}
    return value


def unwritable(value: Json) -> str:
    """Say what in a value JSON does not have, "" for nothing: NaN, infinity, half of a character."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half of a character (a lone surrogate)"
    except ValueError:
        return "a number that is none (NaN or infinity)"
    except RecursionError:
        return "lists and objects too deep in each other"
    return ""
