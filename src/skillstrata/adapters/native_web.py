"""web_fetch: one page of the public web.

In     a URL; the hosts that may be reached, or any that is public
Out    its text, never more than its bound
Never  reaches this machine or a network that is not public; follows a redirect to another host; sends cookies or
       credentials; takes what it fetched for anything but data
"""

import html
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import urljoin

from skillstrata.adapters.http_get import Address, Answer, Bounds, GetFailed, UrlRefused, WayOut, address_of, get
from skillstrata.adapters.native_tools import (
    MOST_TEXT_BYTES,
    NativeFault,
    NativeTool,
    capability,
    closed_object,
    number_argument,
    text_argument,
)
from skillstrata.ports.tool_backend import Cancellation
from skillstrata.records.approvals import Approval
from skillstrata.records.capabilities import Effects
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import ToolCall

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERRORS = 400
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,1000})</title", re.IGNORECASE)
_TITLE_WITHIN = 100_000
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|utf-?32(-?[lb]e)?|(us-)?ascii|latin-?1|(cp|windows-)125[0-8]|iso-?8859-\d{1,2}"
    r"|shift[_-]jis|gb(2312|k|18030)|big5(-?hkscs)?|euc[_-](jp|kr)|koi8-[ru]",
    re.IGNORECASE | re.ASCII,
)
_TEXTUAL = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|javascript|yaml|toml|x-ndjson|x-yaml|graphql)", re.IGNORECASE
)


def web_fetch(allowed_hosts: tuple[str, ...] | None, way: WayOut) -> NativeTool:
    """Make the tool.

    Args:
        allowed_hosts: Names, or patterns such as `*.example.org`; None for every public host.
        way: How the outside is reached.
    """
    taken = closed_object(
        {
            "url": {"type": "string", "minLength": 1, "maxLength": 8_192},
            "max_bytes": {"type": "integer", "minimum": 1, "maximum": MOST_TEXT_BYTES, "default": MOST_TEXT_BYTES},
        },
        ("url",),
    )
    given = closed_object(
        {
            "url": {"type": "string", "description": "Where it was found in the end."},
            "status": {"type": "integer"},
            "content": {"type": "string"},
            "content_type": {"type": "string"},
            "title": {"type": "string", "description": "Of an HTML page that has one."},
        },
        ("url", "status", "content", "content_type"),
    )
    about = (
        "Fetch a text (HTML, JSON, XML, plain) from the public web with GET. Private addresses, redirects to another "
        "host and texts over `max_bytes` are refused; a status of 400 or more is an error."
    )
    effects = Effects(read_only=True, destructive=False, idempotent=True, open_world=True)
    described = capability("web_fetch", about, (taken, given), Approval.NONE, effects)

    def act(call: ToolCall, until: float, cancel: Cancellation) -> JsonObject:
        most = min(number_argument(call, "max_bytes", MOST_TEXT_BYTES), MOST_TEXT_BYTES)
        allowed = (*(() if allowed_hosts is None else (allowed_hosts,)), *call.bounds.hosts)
        return _fetched(text_argument(call, "url"), allowed, Bounds(most, until, cancel), way)

    return NativeTool(replace(described, needs=("net",)), act)


def _fetched(url: str, allowed: tuple[tuple[str, ...], ...], bounds: Bounds, way: WayOut) -> JsonObject:
    try:
        address = address_of(url)
        for _ in range(MOST_REDIRECTS + 1):
            _refuse_host(address, allowed)
            answer = get(address, bounds, way)
            if answer.status not in _REDIRECTS or not answer.header("location"):
                return _page(address, answer)
            address = _redirected(address, answer.header("location"))
    except UrlRefused as error:
        raise NativeFault(
            "denied", f"{url[:200]!r}: {error}", hint="fetch a public http(s) address", sent=False
        ) from error
    except GetFailed as error:
        raise NativeFault(error.kind, f"{url[:200]!r}: {error}", sent=error.sent) from error
    raise NativeFault("tool_error", f"{url[:200]!r}: more than {MOST_REDIRECTS} redirects")


def _refuse_host(address: Address, allowed: tuple[tuple[str, ...], ...]) -> None:
    if all(any(fnmatchcase(address.host, pattern.lower()) for pattern in patterns) for patterns in allowed):
        return
    raise NativeFault(
        "denied",
        f"{address.host} is not among the allowed hosts",
        hint=f"add {address.host} to policy `allowed_hosts`",
        sent=False,
    )


def _redirected(before: Address, location: str) -> Address:
    try:
        joined = urljoin(str(before), location)
    except ValueError as error:
        raise NativeFault("tool_error", f"{before} redirects to what is no address: {location[:200]!r}") from error
    after = address_of(joined)
    same = after.host == before.host and after.port == before.port and after.scheme == before.scheme
    safer = after.host == before.host and (before.scheme, after.scheme) == ("http", "https")
    if not same and not safer:
        raise NativeFault(
            "tool_error",
            f"{before} redirects to {after}, another host",
            hint=f"fetch {after} in a step of its own, if that is meant",
        )
    return after


def _page(address: Address, answer: Answer) -> JsonObject:
    kind = answer.header("content-type").strip()
    if answer.header("content-encoding").lower() not in ("", "identity"):
        raise NativeFault("tool_error", f"{address} answers in an encoding that was not asked for")
    content = _decoded(answer.body, kind, str(address))
    if answer.status >= _ERRORS:
        raise NativeFault("tool_error", f"{address} answers with status {answer.status}: {content.strip()[:500]}")
    page: JsonObject = {"url": str(address), "status": answer.status, "content": content, "content_type": kind}
    found = _TITLE.search(content[:_TITLE_WITHIN]) if "html" in kind.lower() else None
    if found:
        page["title"] = " ".join(html.unescape(found[1]).split())
    return page


def _decoded(body: bytes, kind: str, url: str) -> str:
    media = kind.partition(";")[0].strip()
    if media and not _TEXTUAL.fullmatch(media):
        raise NativeFault("tool_error", f"{url} is {media}, not text", hint="web_fetch reads text alone")
    named = _CHARSET.search(kind)
    # Other codecs of the language are no character sets: some decompress, and a byte of them becomes thousands.
    charset = named[1] if named and _CHARSETS.fullmatch(named[1]) else "utf-8"
    try:
        return body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")
