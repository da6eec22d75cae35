"""Take the heredocs out of a command line before it is parsed.

In     the text of a command line
Out    the same line with `<<'EOF'` replaced by `<MARK`, without the bodies; and the bodies in order
Why    the shell grammar loses what stands behind `<<EOF` on the same line (`2>&1 | tail`, arguments, `; next`), and
       that decides whether a failure shows
"""

import re
from dataclasses import dataclass

_MARK = "__heredoc_{}_text__"
_MARKED = re.compile(r"__heredoc_(\d{1,6})_text__$")
_TOKEN = re.compile(r"\\.|\$'|'|\"|\$\(\(|\$\(|\(|\)|<<<|<<-?|(?:(?<=[\s;&|(])|^)#|\n", re.DOTALL)
_DELIMITER = re.compile(r"[ \t]*((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s;&|<>()'\"\\])+)")
_ANSI_END = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HeredocText:
    """A heredoc's body, tabs stripped for `<<-`. `quoted` bodies are taken as they are; others the shell expands."""

    text: str
    quoted: bool


@dataclass(slots=True)
class _Pending:
    delimiter: str
    quoted: bool
    strips_tabs: bool


def heredoc_number(target: str | None) -> int | None:
    """Give the position of the body that a redirection target stands for, None for a real file."""
    match = _MARKED.match(target or "")
    return None if match is None else int(match.group(1))


def take_heredocs(text: str, bodies: list[HeredocText]) -> str:
    """Give the command line without its heredocs and append their bodies to `bodies`."""
    return _Scanner(text, bodies).scan() if "<<" in text else text


class _Scanner:
    """Walks quotes and substitutions; `<<` counts only where a command stands."""

    def __init__(self, text: str, bodies: list[HeredocText]) -> None:
        self._text = text
        self._bodies = bodies
        self._at = 0
        self._copied = 0
        self._pieces: list[str] = []
        self._stack: list[str] = []
        self._pending: list[_Pending] = []

    def scan(self) -> str:
        while (match := _TOKEN.search(self._text, self._at)) is not None:
            self._at = match.end()
            sign = match.group(0)
            if self._stack and self._stack[-1] == '"':
                self._in_quotes(sign)
            else:
                self._in_command(sign, match.start())
        self._pieces.append(self._text[self._copied :])
        # A delimiter whose line never ended has no body.
        self._bodies += [HeredocText("", p.quoted) for p in self._pending]
        return "".join(self._pieces)

    def _in_quotes(self, sign: str) -> None:
        if sign == '"':
            self._stack.pop()
        elif sign in {"$(", "$(("}:
            self._open(sign)

    def _in_command(self, sign: str, start: int) -> None:
        if sign == "'":
            self._skip_past(self._text.find("'", self._at), 1)
        elif sign == "$'":
            match = _ANSI_END.match(self._text, self._at)
            self._at = match.end() if match else len(self._text)
        elif sign == "#":
            self._skip_past(self._text.find("\n", self._at), 0)
        elif sign == "\n":
            self._take_bodies()
        elif sign in {"<<", "<<-"}:
            self._note(sign, start)
        elif sign == ")":
            if self._stack:
                self._stack.pop()
        elif sign in {'"', "(", "$(", "$(("}:
            self._open(sign)

    def _open(self, sign: str) -> None:
        if sign == "$((":
            self._skip_past(self._text.find("))", self._at), 2)
        else:
            self._stack.append('"' if sign == '"' else "(")

    def _skip_past(self, found: int, width: int) -> None:
        self._at = len(self._text) if found < 0 else found + width

    def _note(self, sign: str, start: int) -> None:
        match = _DELIMITER.match(self._text, self._at)
        if match is None:
            return
        word = match.group(1)
        quoted = any(c in word for c in "'\"\\")
        self._pending.append(_Pending(re.sub(r"['\"\\]", "", word), quoted, sign == "<<-"))
        mark = _MARK.format(len(self._bodies) + len(self._pending) - 1)
        self._pieces += [self._text[self._copied : start], "<", mark]
        self._at = self._copied = match.end()

    def _take_bodies(self) -> None:
        if not self._pending:
            return
        self._pieces.append(self._text[self._copied : self._at])
        for pending in self._pending:
            self._bodies.append(self._take_body(pending))
        self._pending = []
        self._copied = self._at

    def _take_body(self, pending: _Pending) -> HeredocText:
        lines: list[str] = []
        while self._at < len(self._text):
            end = self._text.find("\n", self._at)
            end = len(self._text) if end < 0 else end + 1
            line = self._text[self._at : end]
            self._at = end
            line = line.lstrip("\t") if pending.strips_tabs else line
            if line.rstrip("\r\n") == pending.delimiter:
                break
            lines.append(line)
        return HeredocText("".join(lines), pending.quoted)
