"""A place in the text of an expression, and what can be read from there: paths, literals, filters.

In     text
Out    Expression
Never  backtracks over more than one token, so reading is linear in the text
"""

import json
import re
from dataclasses import dataclass
from typing import cast

from skillstrata.compose.filters import argument_fault
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.records.json_values import Json

MOST_FILTERS = 16
_SHOWN = 80
_INDEX_DIGITS = 9

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[^\W\d][\w-]*")
_PART = re.compile(r"\.(\w[\w-]*)")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?(?![\w.])")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_QUOTED = re.compile(r"\\.|\"", re.DOTALL)
_EMPTY = re.compile(r"\[\s*\]|\{\s*\}")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}
KEYWORDS = frozenset({*_WORDS, "and", "or", "not", "in"})


@dataclass(frozen=True, slots=True)
class Call:
    """A filter and its literal arguments."""

    name: str
    arguments: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A path and its filters; `text` is how it is written. A part is a key, or a number: an index or a numeric key."""

    root: str
    parts: tuple[str | int, ...]
    filters: tuple[Call, ...]
    text: str

    @property
    def defaulted(self) -> bool:
        """Say whether a missing value is provided for."""
        return any(call.name == "default" for call in self.filters)


class Cursor:
    """Reads one text from left to right; `at` is where it stands."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int = 0) -> None:
        """Begin at a place."""
        self.text = text
        self.at = at

    def skip(self) -> None:
        """Pass over white space."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, sign: str) -> bool:
        """Pass over a sign if it is next."""
        self.skip()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def word(self) -> str:
        """Give the name that is next, "" for none, and stay."""
        self.skip()
        found = _NAME.match(self.text, self.at)
        return found[0] if found else ""

    def fault(self, message: str) -> TemplateInvalid:
        """Make the error for this place."""
        shown = self.text if len(self.text) <= _SHOWN else f"…{self.text[max(0, self.at - 40) : self.at + 40]}…"
        return TemplateInvalid(
            f"{shown!r}, character {self.at + 1}: {message}",
            hint='write "{{input.field}}", "{{steps.0.output.field}}" or "{{item}}", with filters after "|"',
        )

    def expression(self) -> Expression:
        """Read a path with its filters."""
        self.skip()
        start = self.at
        root = self.word()
        if not root or root in KEYWORDS:
            raise self.fault("a path is expected here, such as input.field")
        self.at += len(root)
        parts = self._parts()
        filters: list[Call] = []
        while self.take("|"):
            filters.append(self._filter())
            if len(filters) > MOST_FILTERS:
                raise self.fault(f"more than {MOST_FILTERS} filters")
        return Expression(root, parts, tuple(filters), self.text[start : self.at].strip())

    def literal(self) -> tuple[Json] | None:
        """Read a literal, in a tuple because null is one; None where there is none."""
        self.skip()
        if found := _STRING.match(self.text, self.at):
            return (self._string(found),)
        if found := _NUMBER.match(self.text, self.at):
            self.at = found.end()
            return (self._finite(found[0]),)
        if found := _EMPTY.match(self.text, self.at):
            self.at = found.end()
            return ([] if found[0][0] == "[" else {},)
        word = self.word()
        if word not in _WORDS:
            return None
        self.at += len(word)
        return (_WORDS[word],)

    def _parts(self) -> tuple[str | int, ...]:
        parts: list[str | int] = []
        while True:
            if found := _PART.match(self.text, self.at):
                self.at = found.end()
                parts.append(int(found[1]) if _INDEX.fullmatch(found[1]) else found[1])
            elif self.text.startswith("[", self.at):
                parts.append(self._bracket())
            elif self.text.startswith(".", self.at):
                raise self.fault("a name or a number is expected after the dot")
            else:
                return tuple(parts)

    def _bracket(self) -> str | int:
        self.at += 1
        self.skip()
        found = _STRING.match(self.text, self.at)
        if found:
            part: str | int = self._string(found)
        else:
            index = _INDEX.match(self.text, self.at)
            if not index:
                raise self.fault("a number from 0 or a key in quotes is expected in brackets")
            self.at = index.end()
            part = int(index[0])
        if not self.take("]"):
            raise self.fault('"]" is expected')
        return part

    def _string(self, found: re.Match[str]) -> str:
        quoted = found[0]
        if quoted[0] == "'":
            quoted = f'"{_QUOTED.sub(_requoted, quoted[1:-1])}"'
        try:
            text = cast("str", json.loads(quoted, strict=False))
            text.encode()
        except ValueError as error:
            raise self.fault(f"this text in quotes cannot be read: {error}") from error
        self.at = found.end()
        return text

    def _finite(self, digits: str) -> Json:
        value = cast("int | float", json.loads(digits))
        if value in (float("inf"), float("-inf")):
            raise self.fault(f"{digits} is not a finite number")
        return value

    def _filter(self) -> Call:
        name = self.word()
        if not name:
            raise self.fault('the name of a filter is expected after "|"')
        self.at += len(name)
        arguments = self._arguments() if self.take("(") else ()
        if wrong := argument_fault(name, arguments):
            raise self.fault(wrong)
        return Call(name, arguments)

    def _arguments(self) -> tuple[Json, ...]:
        found: list[Json] = []
        if self.take(")"):
            return ()
        while True:
            literal = self.literal()
            if literal is None:
                raise self.fault("a literal is expected: text in quotes, a number, true, false, null, [] or {}")
            found.append(literal[0])
            if self.take(")"):
                return tuple(found)
            if not self.take(","):
                raise self.fault('"," or ")" is expected')


def _requoted(found: re.Match[str]) -> str:
    return {"\\'": "'", '"': '\\"'}.get(found[0], found[0])
