"""Secret values that are known exactly: those of this process's environment, and those once seen, kept as digests.

In     variables (name, value); later any text
Out    where a value stands in the text: plain, URL-encoded, escaped as in JSON, or inside base64 credentials
Never  keeps a value beyond this process; takes note of a value that is too short to be told from other text
Why    a digest cannot be looked for in a text. So each value's longest run of letters and digits is its anchor: only
       runs of exactly such a length are digested, and where one agrees the rest around it is compared
"""

import base64
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from skillstrata.capture.linear_patterns import literal
from skillstrata.ports.secret_values import SecretValues, ValueMark
from skillstrata.records.secret_rules import MARKER, SecretSpan

MIN_VALUE = 8
RULE, WHAT = "known-value", "the value of a secret variable"
_MIN_ANCHOR = 6
# An anchor of this length with digits in it is nothing else's; a shorter one counts with the rest of its value only.
_OWN_ANCHOR = 12
# The gate counts a run no further than this.
_LONG_RUN = 64
# More would make the gate too large; a file of variables has a few.
_MAX_VALUES, _MAX_VALUE = 500, 4_000
_DIGEST_CHARS = 32
_SECRET_NAME = re.compile(
    r"(?:\A|_)(?:KEY|APIKEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)\Z|(?:_)(?:PWD|PASS)\Z", re.IGNORECASE
)
_RUN = re.compile(r"[A-Za-z0-9]+")
_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f]{2}))"
_LINE = re.compile(r"""^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#]+))""", re.MULTILINE)
# How many characters of base64 depend on what stands before a value, by the bytes of it in the same group.
_BASE64_LEAD = {0: 0, 1: 2, 2: 3}


def is_secret_name(name: str) -> bool:
    """Say whether a variable's name says that its value is secret."""
    return bool(_SECRET_NAME.search(name))


def variables_in(text: str) -> tuple[tuple[str, str], ...]:
    """Read the lines NAME=value of a file of variables."""
    return tuple((m[1], m[2] or m[3] or m[4] or "") for m in _LINE.finditer(text))


class KnownValues:
    """The values that are secret on this machine."""

    def __init__(self, environ: Mapping[str, str], store: SecretValues | None = None) -> None:
        """Take the environment's secrets; the store's marks are read at the first use."""
        self._store = store
        self._values: dict[str, str] = {}
        self._unkept: dict[str, str] = {}
        self._spellings: set[str] = set()
        self._marks: tuple[ValueMark, ...] | None = None
        self._by_anchor: dict[str, list[ValueMark]] = {}
        self._anchor: re.Pattern[str] | None = None
        self.learn(environ.items(), keep=False)
        self.changed = True

    def learn(self, variables: Iterable[tuple[str, str]], *, keep: bool) -> None:
        """Take note of the secret ones among variables; `keep` stores their marks and those not stored yet."""
        for name, value in variables:
            fits = MIN_VALUE <= len(value) <= _MAX_VALUE and len(self._values) < _MAX_VALUES
            if fits and is_secret_name(name) and MARKER not in value and value not in self._values:
                self._values[value] = self._unkept[value] = name
                self._spellings |= _spellings(value)
                self.changed = True
        if keep and self._store is not None and self._unkept:
            self._keep(self._store)

    def _keep(self, store: SecretValues) -> None:
        key = store.key()
        made = (_mark(name, value, key) for value, name in self._unkept.items())
        known = set(self._known_marks())
        new = tuple(mark for mark in made if mark is not None and mark not in known)
        if new:
            store.remember(new)
            self._marks = (*self._known_marks(), *new)
            self.changed = True
        self._unkept.clear()

    def gates(self) -> tuple[str, ...]:
        """Give linear patterns without which nothing here is in a text."""
        self.changed = False
        texts = [f"(?-i:{literal(spelling)})" for spelling in sorted(self._spellings)]
        marks = self._known_marks()
        lengths = sorted({mark.anchor_length for mark in marks})
        self._by_anchor = {}
        for mark in marks:
            self._by_anchor.setdefault(mark.anchor_digest, []).append(mark)
        if lengths:
            counts = [f"{n}" if n < _LONG_RUN else f"{_LONG_RUN}," for n in lengths]
            runs = "|".join(f"[a-z0-9]{{{count}}}" for count in dict.fromkeys(counts))
            texts.append(rf"(?:^|[^a-z0-9]|\\[nrtbf]|%[0-9a-f]{{2}})(?:{runs})(?:$|[^a-z0-9])")
        self._anchor = re.compile("|".join(rf"{_BEFORE}[A-Za-z0-9]{{{n}}}(?![A-Za-z0-9])" for n in lengths) or r"(?!)")
        return tuple(texts)

    def spans(self, text: str, parts: Iterable[tuple[int, int]]) -> Iterator[SecretSpan]:
        """Find the values in parts of a text."""
        for start, end in parts:
            for spelling in self._spellings:
                yield from _places(text, spelling, start, end)
            yield from self._marked(text, start, end)

    def _marked(self, text: str, start: int, end: int) -> Iterator[SecretSpan]:
        if not self._by_anchor or self._store is None or self._anchor is None:
            return
        key = self._store.key()
        for match in self._anchor.finditer(text, start, end):
            for mark in self._by_anchor.get(_digest(key, match[0]), ()):
                span = _whole(text, match, mark, key)
                if span is not None:
                    yield span

    def _known_marks(self) -> tuple[ValueMark, ...]:
        if self._marks is None:
            self._marks = self._store.marks() if self._store is not None else ()
        return self._marks


def _places(text: str, spelling: str, start: int, end: int) -> Iterator[SecretSpan]:
    at = text.find(spelling, start, end)
    while at >= 0:
        yield SecretSpan(at, at + len(spelling), RULE, WHAT)
        at = text.find(spelling, at + len(spelling), end)


def _whole(text: str, match: re.Match[str], mark: ValueMark, key: bytes) -> SecretSpan | None:
    """Take the whole value where it stands; where only its anchor does, that, if it can be nothing else."""
    start = match.start() - mark.anchor_start
    if start >= 0 and _digest(key, text[start : start + mark.length]) == mark.digest:
        return SecretSpan(start, start + mark.length, RULE, WHAT)
    is_its_own = len(match[0]) >= _OWN_ANCHOR and any(c.isdigit() for c in match[0])
    return SecretSpan(match.start(), match.end(), RULE, WHAT) if is_its_own else None


def _mark(name: str, value: str, key: bytes) -> ValueMark | None:
    anchor = max(_RUN.finditer(value), key=lambda run: len(run[0]), default=None)
    if anchor is None or len(anchor[0]) < _MIN_ANCHOR:
        return None
    return ValueMark(name, len(value), _digest(key, value), anchor.start(), len(anchor[0]), _digest(key, anchor[0]))


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:_DIGEST_CHARS]


def _spellings(value: str) -> set[str]:
    """Give every way a value is written that is looked for."""
    held = value.encode("utf-8", "surrogatepass")
    encoded = {quote(held, safe=""), quote_plus(held, safe=""), quote(held)}
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), text) for text in encoded}
    return {value, *encoded, *lower, *escaped, *_in_base64(held)}


def _in_base64(held: bytes) -> Iterator[str]:
    """Give what base64 of any text around the value holds, whatever stands before and after it."""
    for shift, lead in _BASE64_LEAD.items():
        text = base64.b64encode(b"\0" * shift + held).decode().rstrip("=")
        # The last group depends on what follows unless it is whole.
        whole = len(text) if (shift + len(held)) % 3 == 0 else len(text) - 1
        core = text[lead:whole]
        if len(core) >= MIN_VALUE:
            yield core
            yield core.replace("+", "-").replace("/", "_")
