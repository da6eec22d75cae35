"""Find values and repeated blocks in YAML, TOML and INI text by its lines.

In     decoded text of a settings file
Out    spans of values; runs of list items (YAML) and of tables of one name (TOML)
Never  hands out a key, a comment, an anchor, the name of a section; raises
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]
_LINE = re.compile(r"^[^\r\n]+", re.M)
_DASHES = re.compile(r"[ \t]*(?:-[ \t]+)*")
_KEY = re.compile(r"(?:[\w.-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*(?:=|:(?=[ \t]|$))[ \t]*", re.M)
# Comments, anchors, tags, folded text, objects in one line, document ends, and brackets that open a longer list.
_STRUCTURE = re.compile(r"[#;&*!|>%{}\]]|---|\.\.\.|\[[^\]]*$|\[.*[{}\[].*\]|-$")
_SECTION = re.compile(r"\[[^\r\n]*\][ \t]*(?:[#;].*)?$")
_COMMENT = re.compile(r"[ \t]#[^\"'\r\n]*$")
_ITEM = re.compile(r"^([ \t]*)-(?:[ \t]|$)")
_TABLE = re.compile(r"^\[\[([^\]\r\n]+)\]\][^\r\n]*$", re.M)
_HEAD = re.compile(r"^\[", re.M)


def settings_spans(text: str) -> Iterator[Span]:
    """Give the spans of values, comments behind them left out."""
    for line in _LINE.finditer(text):
        dashes = _DASHES.match(text, *line.span())
        start = dashes.end() if dashes else line.start()
        key = _KEY.match(text, start, line.end())
        value = text[key.end() if key else start : line.end()]
        if _STRUCTURE.match(value) or (not key and start == line.start() and _SECTION.match(value)):
            continue
        comment = _COMMENT.search(value)
        end = line.end() - len(value) + (comment.start() if comment else len(value))
        if value[: end - line.end() + len(value)].strip():
            yield line.end() - len(value), end


def block_series(text: str) -> Iterator[list[Span]]:
    """Give runs of blocks of one kind that follow each other, two at least."""
    tables = list(_TABLE.finditer(text))
    yield from (_table_runs(text, tables) if tables else _item_runs(text))


def _table_runs(text: str, tables: list[re.Match[str]]) -> Iterator[list[Span]]:
    run: list[Span] = []
    name = ""
    for match in tables:
        following = _HEAD.search(text, match.end())
        span = (match.start(), following.start() if following else len(text))
        if match.group(1) != name or not run or run[-1][1] != span[0]:
            if len(run) > 1:
                yield run
            run, name = [], match.group(1)
        run.append(span)
    # The last block of a file may lack the line end that a copy behind it needs.
    if len(run) > 1 and text[: run[-1][1]].endswith("\n"):
        yield run


def _item_runs(text: str) -> Iterator[list[Span]]:
    """Give the outermost lists of a YAML text; an item ends where a line is not deeper than its dash."""
    run: list[Span] = []
    depth = -1
    at = 0
    for line in text.splitlines(keepends=True):
        end = at + len(line)
        item = _ITEM.match(line)
        indent = len(line) - len(line.lstrip(" \t"))
        if item and (not run or indent == depth):
            depth = indent
            run.append((at, end))
        elif run and (indent > depth or not line.strip()):
            run[-1] = (run[-1][0], end)
        elif run:
            yield from [run] if len(run) > 1 else []
            run = []
        at = end
    if len(run) > 1 and text.endswith("\n"):
        yield run
