"""JSON as programs really write it: half surrogate pairs, bytes that are no UTF-8, NULs around it.

In     bytes of one JSON value
Out    the value, every text of it valid UTF-8
Never  raises anything but ValueError; recurses deeper than the parser's own limit
"""

import json
import re

import orjson

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parsed(data: bytes) -> object:
    """Parse; what is half of a surrogate pair becomes U+FFFD.

    Raises:
        ValueError: It is not JSON in UTF-8, or is nested too deeply.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if _SURROGATE_ESCAPE.search(data):
            return _without_surrogates(data.decode("utf-8"))
        raise


def parsed_or_mended(data: bytes) -> object:
    """Parse; bytes that are no UTF-8 become U+FFFD as well, so that they do not cost the record around them.

    Raises:
        ValueError: It is not JSON, or is nested too deeply.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _mended(data)


def _mended(data: bytes) -> object:
    try:
        return parsed(data)
    except UnicodeDecodeError:
        return _without_surrogates(data.decode("utf-8", "replace"))
    except ValueError:
        text = data.decode("utf-8", "replace")
        if "\ufffd" not in text:
            raise
        return parsed(text.encode("utf-8"))


def _without_surrogates(text: str) -> object:
    """Read with Python's own parser, the only one that takes half a pair."""
    try:
        again = json.dumps(json.loads(text), ensure_ascii=False)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
    return orjson.loads(_LONE_SURROGATE.sub("\ufffd", again))
