"""Change a Python program by byte offsets, so that its comments, layout and scars stay.

In     program text, edits (byte spans with their new text)
Out    program text
Never  parses more than it must; touches bytes outside the edits
"""

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass

_FIRST_LINES = re.compile(r"\A(?:#![^\n]*\n)?(?:[ \t\f]*#[^\n]*coding[:=][^\n]*\n)?")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_PEP723 = re.compile(r"(?m)^# /// script[ \t]*\n(?:^#[^\n]*\n)*?^# ///[ \t]*$\n?")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the UTF-8 bytes from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def rewrite(source: str, edits: tuple[Edit, ...]) -> str:
    """Apply edits that do not overlap, in any order."""
    data = source.encode("utf-8", "surrogatepass")
    for edit in sorted(edits, key=lambda e: -e.start):
        data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return data.decode("utf-8", "surrogatepass")


def scrub(source: str, private: tuple[tuple[str, str], ...]) -> str:
    """Replace private paths wherever they are left in strings and comments, longest first.

    Only tokens that are strings or comments are touched: a path cannot stand anywhere else in a program.
    """
    edits: list[Edit] = []
    lines = _LINES.findall(source)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    for token in tokens:
        if token.type not in {tokenize.STRING, tokenize.COMMENT}:
            continue
        changed = token.string
        for path, instead in private:
            changed = re.sub(
                re.escape(path) + r"(?![\w])" if not path.endswith("/") else re.escape(path), instead, changed
            )
        if changed != token.string:
            begin = starts[token.start[0] - 1] + token.start[1]
            edits.append(Edit(begin, begin + len(token.string), changed))
    for edit in sorted(edits, key=lambda e: -e.start):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def insert_prologue(source: str, prologue: str) -> str:
    """Put lines before the first statement that is neither a docstring nor a `from __future__` import.

    Raises:
        SyntaxError: The source does not parse.
    """
    if not prologue:
        return source
    body = ast.parse(source).body
    position = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        position = 1 if isinstance(body[0].value.value, str) else 0
    while position < len(body):
        statement = body[position]
        if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        position += 1
    lines = _LINES.findall(source)
    if position == 0:
        head = _FIRST_LINES.match(source)
        cut = head.end() if head else 0
        return source[:cut] + prologue + source[cut:]
    last = body[position - 1]
    end = last.end_lineno or last.lineno
    head_text = "".join(lines[:end])
    joint = "" if head_text.endswith("\n") else "\n"
    if position < len(body) and body[position].lineno == end:
        msg = "two statements share the line where the parameters must be read"
        raise ValueError(msg)
    return f"{head_text}{joint}{prologue}{''.join(lines[end:])}"


def pep723_header(source: str, requirements: tuple[str, ...]) -> str:
    """Put a PEP 723 block at the top (after `#!` and coding lines), replacing one that is there."""
    source = _PEP723.sub("", source, count=1)
    head = _FIRST_LINES.match(source)
    cut = head.end() if head else 0
    block = f'# /// script\n# requires-python = ">=3.11"\n# dependencies = {json.dumps(sorted(requirements))}\n# ///\n'
    return source[:cut] + block + source[cut:]
