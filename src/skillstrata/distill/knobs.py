"""Find the values of a program that a person would turn: a width, a delimiter, a sheet, a page.

In     the body, the words of the recorded call
Out    Knobs: where the value stands, its name out of one table, its kind, its value in the demonstration
Never  takes a name from the program that is not in the table: names reach descriptions
Why    most numbers of a program are its business; these few are the user's, and a mutation shows whether they act
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from skillstrata.distill.constant_paths import FoldedPath

_NAMES = {
    name: known
    for known, spellings in {
        "width": "width new_width max_width wrap columns line_width line_length",
        "height": "height new_height max_height",
        "size": "size max_size thumbnail_size",
        "scale": "scale factor ratio zoom",
        "quality": "quality",
        "dpi": "dpi resolution density",
        "angle": "angle rotate rotation degrees",
        "delimiter": "delimiter sep separator field_separator out_delimiter",
        "sheet": "sheet sheet_name worksheet",
        "page": "page first_page page_number start_page",
        "last_page": "last_page end_page",
        "pages": "pages page_numbers page_range",
        "indent": "indent tab_size tabsize",
        "limit": "limit top top_n max_rows max_items nrows head n_lines num_lines lines",
        "skip": "skip skip_rows skiprows offset skip_lines",
        "digits": "digits ndigits decimals precision",
        "depth": "depth max_depth toc_depth level max_level",
        "threshold": "threshold min_length min_size min_count",
    }.items()
    for name in spellings.split()
}
_FLAG = re.compile(r"--([a-z][a-z0-9_-]*)(?:=(.+))?$", re.DOTALL)
_INTEGER = re.compile(r"-?\d{1,9}$")
_NUMBER = re.compile(r"-?\d{0,9}\.\d{1,9}$")
_LONGEST = 40
_MOST_WORDS = 3
_TAB = "\t"
MOST = 6


@dataclass(frozen=True, slots=True)
class Knob:
    """A value that may be an option. It stands at these UTF-8 bytes of the body, or is the word `word` of the call.

    `others` are values that it had in other recorded runs.
    """

    name: str
    kind: str
    value: str
    start: int = -1
    end: int = -1
    word: int = -1
    prefix: str = ""
    others: tuple[str, ...] = ()


def knobs(language: str, body: str, argv: tuple[str, ...], folds: tuple[FoldedPath, ...]) -> tuple[Knob, ...]:
    """Give the values that may be options, each name with one value; words of the call first.

    Args:
        language: Of the body.
        body: The program.
        argv: The words of the recorded call.
        folds: The words of a shell body.
    """
    found = [*_of_words(argv), *(_of_python(body) if language == "python" else ())]
    if language == "shell":
        found += _of_shell(folds)
    values: dict[str, Knob] = {}
    kept: list[Knob] = []
    for knob in (knob for knob in found if knob.value != _TAB):
        # A tab makes a table of another type. One name with two values is two things; only the first is offered.
        if values.setdefault(knob.name, knob).value == knob.value and len(values) <= MOST:
            kept.append(knob)
    return tuple(kept)


def other_values(kind: str, value: str) -> tuple[str, ...]:
    """Give values to turn an option to, the likelier ones to show first."""
    match kind:
        case "integer":
            number = int(value)
            return tuple(str(n) for n in dict.fromkeys((max(1, number // 2), number * 2, number + 1)) if n != number)
        case "number":
            return tuple(str(n) for n in (round(float(value) / 2, 6), round(float(value) * 2 + 1, 6)))
        case "boolean":
            return ("false" if value == "true" else "true",)
        case _:
            return tuple(other for other in (";", "|", "\t", ",") if other != value) if len(value) == 1 else ()


def kind_of(value: str) -> str:
    """Give the kind of a value by its form: integer, number or string."""
    if _INTEGER.match(value):
        return "integer"
    return "number" if _NUMBER.match(value) else "string"


def _of_words(argv: tuple[str, ...]) -> Iterator[Knob]:
    for at, word in enumerate(argv):
        flag = _FLAG.match(word)
        name = _NAMES.get(flag.group(1).replace("-", "_")) if flag else None
        if flag is None or name is None:
            continue
        inside = flag.group(2)
        if inside is not None and is_short(inside):
            yield Knob(name, kind_of(inside), inside, word=at, prefix=word[: -len(inside)])
        elif inside is None and at + 1 < len(argv) and is_short(argv[at + 1]):
            yield Knob(name, kind_of(argv[at + 1]), argv[at + 1], word=at + 1)


def _of_shell(folds: tuple[FoldedPath, ...]) -> list[Knob]:
    """Read `--name value`; the value of `--name=value` is a word of its own here, after its name's last byte."""
    found: list[Knob] = []
    for before, after in pairwise(folds):
        flag = _FLAG.match(before.value)
        name = _NAMES.get(flag.group(1).replace("-", "_")) if flag else None
        if name is not None and is_short(after.value):
            found.append(Knob(name, kind_of(after.value), after.value, after.start, after.end))
    return found


def _of_python(body: str) -> Iterator[Knob]:
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    starts = [0]
    for line in body.encode("utf-8", "surrogatepass").splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for name, value in _named_values(tree):
        known = _NAMES.get(name.lower())
        if known is None or not isinstance(value, ast.Constant) or value.end_lineno is None:
            continue
        kind, text = _constant(value.value)
        if kind and is_short(text):
            start = starts[value.lineno - 1] + value.col_offset
            end = starts[value.end_lineno - 1] + (value.end_col_offset or 0)
            yield Knob(known, kind, text, start, end)


def _named_values(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((k.arg, k.value) for k in node.keywords if k.arg)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                yield target.id, statement.value


def _constant(value: object) -> tuple[str, str]:
    match value:
        case bool():
            return "boolean", "true" if value else "false"
        case int():
            return "integer", str(value)
        case float():
            return "number", repr(value)
        case str():
            return "string", value
        case _:
            return "", ""


def is_short(value: str) -> bool:
    """Say whether a value is one that a person would put down: short, of one line, no path."""
    if value == "\t":
        return True
    # A value becomes a default that agents read: what could be a sentence is none.
    return 0 < len(value) <= _LONGEST and "/" not in value and value.isprintable() and len(value.split()) <= _MOST_WORDS
