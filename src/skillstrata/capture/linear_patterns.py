"""Patterns that take time in proportion to the text, whoever wrote them: the RE2 engine, with types.

In     a pattern in RE2's syntax (no look-around, no back-references), texts as UTF-8
Out    whether and where it matches, in bytes; a pattern that is none raises PatternInvalid with the engine's words
Never  backtracks
"""

import importlib
from collections.abc import Collection, Iterator
from typing import Protocol, cast

_MEMORY_BYTES = 32_000_000


class PatternInvalid(ValueError):
    """A pattern that the engine does not take."""


class LinearMatch(Protocol):
    """A place where a pattern matches."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Give start and end of a group in bytes, (-1, -1) where it took no part."""
        ...


class LinearPattern(Protocol):
    """A compiled pattern."""

    @property
    def groups(self) -> int:
        """Count the groups."""
        ...

    def search(self, text: bytes) -> LinearMatch | None:
        """Find the first place."""
        ...

    def finditer(self, text: bytes) -> Iterator[LinearMatch]:
        """Find every place, without overlaps."""
        ...


class _Options(Protocol):
    max_mem: int
    log_errors: bool
    encoding: int


class _Encodings(Protocol):
    LATIN1: int


class _OptionsClass(Protocol):
    Encoding: _Encodings

    def __call__(self) -> _Options: ...


class _Set(Protocol):
    def Add(self, pattern: bytes) -> int: ...

    def Compile(self) -> None: ...

    def Match(self, text: bytes) -> list[int] | None: ...


class _SetClass(Protocol):
    def SearchSet(self, options: _Options) -> _Set: ...


class _Engine(Protocol):
    """The part of the module `re2` that we use; the package comes without types."""

    Options: _OptionsClass
    Set: _SetClass
    error: type[Exception]

    def compile(self, pattern: str | bytes, options: _Options) -> LinearPattern: ...


_ENGINE = cast("_Engine", importlib.import_module("re2"))


def linear(pattern: str, *, as_bytes: bool = False) -> LinearPattern:
    """Compile a pattern.

    Args:
        pattern: In RE2's syntax.
        as_bytes: Read the text byte by byte, so that text which is no UTF-8 is searched as well.

    Raises:
        PatternInvalid: It is no pattern, or one that takes more than linear time.
    """
    try:
        return _ENGINE.compile(pattern.encode() if as_bytes else pattern, _options(as_bytes=as_bytes))
    except _ENGINE.error as error:
        said = error.args[0] if error.args else ""
        raise PatternInvalid(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


def _options(*, as_bytes: bool) -> _Options:
    options = _ENGINE.Options()
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    if as_bytes:
        options.encoding = _ENGINE.Options.Encoding.LATIN1
    return options


class LinearSet:
    """Many patterns that are looked for in one pass, byte by byte."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        """Compile them; all must be patterns that `linear` takes."""
        self._set = _ENGINE.Set.SearchSet(_options(as_bytes=True))
        # The last one is in every text: where even that is not found the engine gave up.
        for pattern in (*patterns, ""):
            self._set.Add(pattern.encode())
        self._set.Compile()
        self._all = range(len(patterns))

    def matching(self, text: bytes) -> Collection[int]:
        """Give the numbers of the patterns that are in a text; of all where the engine ran out of memory."""
        found = self._set.Match(text)
        return self._all if found is None else [number for number in found if number in self._all]


def literal(text: str) -> str:
    """Give the pattern that matches exactly the bytes of this text."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
