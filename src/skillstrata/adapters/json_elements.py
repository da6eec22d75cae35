"""The pieces of one large JSON object, read without holding the object: its members, and the items of one array.

    {"sessionId": "s", "messages": [ {…}, {…} ]}   ->   Piece("sessionId", …), Piece("messages", {…}), …

In     a file that holds one JSON object, on one line or printed over many
Out    Piece by Piece, in the order of the file, with the line each begins on
Never  holds more than one piece; raises for what is in the file: the last piece then says why
Why    a session that a program keeps as one JSON text grows for months
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

MAX_PIECE_BYTES = 16_000_000
_CHUNK_BYTES = 1 << 18
_SPACE = b" \t\r\n"
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_STRING_REST = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
# Everything that leaves the depth as it is: whole strings, and what is neither quote nor bracket.
_LEVEL = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}\[{\"]+")
_OPENS = frozenset(b"[{")


@dataclass(frozen=True, slots=True)
class Piece:
    """A member's value, or one item of the array that was asked for. `reason` says why there is none."""

    line: int
    key: str
    raw: bytes = b""
    reason: str = ""
    item: bool = False


class _Broken(Exception):
    """The text is no JSON object here."""


def pieces(path: str, array: str, *, max_bytes: int = MAX_PIECE_BYTES) -> Iterator[Piece]:
    """Read a file that holds one object.

    Args:
        path: Any path.
        array: The member whose items are given one by one.
        max_bytes: A larger piece is passed over with a reason.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        yield Piece(0, "", reason=f"cannot be read: {error}")
        return
    text = _Text(descriptor, max_bytes)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            yield Piece(0, "", reason="not a regular file: it was not read")
            return
        yield from _object(text, array)
    except _Broken as error:
        yield Piece(text.line, "", reason=str(error))
    except OSError as error:
        yield Piece(0, "", reason=f"cannot be read beyond line {text.line}: {error.strerror}")
    finally:
        os.close(descriptor)


def _object(text: "_Text", array: str) -> Iterator[Piece]:
    text.expect(b"{")
    while not text.accepts(b"}"):
        key = text.key()
        text.expect(b":")
        if key == array and text.accepts(b"["):
            while not text.accepts(b"]"):
                yield text.value(key, item=True)
                if not text.accepts(b","):
                    text.expect(b"]", keep=True)
        else:
            yield text.value(key, item=False)
        if not text.accepts(b","):
            text.expect(b"}", keep=True)
    if not text.at_end():
        raise _Broken("something follows the object")


class _Text:
    """The bytes of a file from where we are; what lies behind is let go."""

    def __init__(self, descriptor: int, max_bytes: int) -> None:
        self._descriptor = descriptor
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._at = 0
        self._lines = 0
        self._counted = 0

    @property
    def line(self) -> int:
        """Give the line we are on, from 1."""
        self._lines += self._held.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._lines + 1

    def accepts(self, mark: bytes) -> bool:
        """Go past a mark if it comes next."""
        self._skip()
        if not self._held.startswith(mark, self._at):
            return False
        self._at += 1
        return True

    def expect(self, mark: bytes, *, keep: bool = False) -> None:
        """Go past a mark, or up to it.

        Raises:
            _Broken: Something else comes next.
        """
        if not self.accepts(mark):
            raise _Broken(f"cut off or not JSON: {mark.decode()} is missing")
        self._at -= keep

    def at_end(self) -> bool:
        """Say whether nothing but space follows."""
        self._skip()
        return self._at >= len(self._held)

    def key(self) -> str:
        """Read the name of a member."""
        self._skip()
        raw = self._value()
        if not _STRING.fullmatch(raw):
            raise _Broken("not JSON: a member has no name")
        try:
            found: object = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise _Broken(f"not JSON: {error}") from error
        return str(found)

    def value(self, key: str, *, item: bool) -> Piece:
        """Read a value; one that is too large is passed over."""
        self._skip()
        line = self.line
        raw = self._value()
        if raw:
            return Piece(line, key, raw, item=item)
        return Piece(line, key, reason=f"more than {self._max_bytes} bytes", item=item)

    def _skip(self) -> None:
        self._let_go()
        while True:
            while self._at < len(self._held) and self._held[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._held) or not self._more():
                return

    def _let_go(self) -> None:
        if self._at > _CHUNK_BYTES:
            self._forget(self._at)

    def _forget(self, end: int) -> None:
        self._lines += self._held.count(b"\n", self._counted, end)
        del self._held[:end]
        self._at = self._counted = 0

    def _more(self) -> bool:
        chunk = os.read(self._descriptor, _CHUNK_BYTES)
        self._held += chunk
        return bool(chunk)

    def _value(self) -> bytes:
        """Read to the end of the value that begins here; b"" where it is too large to hold."""
        walk = _Walk(self._held, self._at)
        while not walk.is_over:
            walk.step()
            if walk.is_over:
                break
            if walk.dropped or walk.at - self._at > self._max_bytes:
                self._drop(walk)
            if not self._more():
                walk.finish()
        raw = b"" if walk.dropped else bytes(self._held[self._at : walk.at])
        self._at = walk.at
        if not raw and not walk.dropped:
            raise _Broken("cut off or not JSON: a value is missing")
        return raw

    def _drop(self, walk: "_Walk") -> None:
        self._forget(walk.at)
        walk.at = 0
        walk.dropped = True


class _Walk:
    """Where one value ends: steps over whole strings and brackets, and stops where it needs more bytes."""

    def __init__(self, held: bytearray, at: int) -> None:
        self._held = held
        self.at = at
        self._depth = 0
        self._in_string = False
        self.is_over = False
        self.dropped = False

    def step(self) -> None:
        """Go as far as the bytes reach."""
        while not self.is_over and self.at < len(self._held):
            before = self.at
            if self._in_string:
                self._through_string()
            elif self._depth or self._held[self.at] in _OPENS or self._held[self.at] == ord('"'):
                self._through_brackets()
            else:
                self._through_scalar()
            if self.at == before:
                return

    def finish(self) -> None:
        """Say that there are no more bytes."""
        if self._depth or self._in_string:
            raise _Broken("the text is cut off inside a value")
        self.is_over = True

    def _through_scalar(self) -> None:
        match = _SCALAR.match(self._held, self.at)
        if match is None:
            self.is_over = True
            return
        self.at = match.end()
        self.is_over = self.at < len(self._held)

    def _through_string(self) -> None:
        """Look for the quote that closes; a backslash at the very end waits for what it escapes."""
        match = _STRING_REST.match(self._held, self.at)
        self.at = match.end() if match is not None else self.at
        if self.at < len(self._held) and self._held[self.at] == ord('"'):
            self.at += 1
            self._in_string = False
            self.is_over = self._depth == 0

    def _through_brackets(self) -> None:
        match = _LEVEL.match(self._held, self.at) if self._depth else None
        self.at = match.end() if match is not None else self.at
        if self.at == len(self._held):
            return
        mark = self._held[self.at]
        self.at += 1
        if mark == ord('"'):
            self._in_string = True
        else:
            self._depth += 1 if mark in _OPENS else -1
            self.is_over = self._depth <= 0
