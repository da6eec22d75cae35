"""Invent the content of a general document, before it has a format.

In     Dice
Out    Parts: headings, paragraphs of runs, nested lists, tables, code, in order
Never  repeats a document for another seed
"""

from dataclasses import dataclass

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import accented, ideographs, invent

_KINDS = ("text", "text", "text", "strong", "em", "code", "link")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text. `kind` is text, strong, em, code or link."""

    kind: str
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A block. `kind` is heading, paragraph, list, table or code; each uses the fields it needs."""

    kind: str
    level: int = 0
    runs: tuple[Run, ...] = ()
    items: tuple[tuple[int, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    code: str = ""
    ordered: bool = False


def outline(dice: Dice, sections: int = 4) -> tuple[Part, ...]:
    """Invent a document: a title, then sections with paragraphs, and a list, a table or code in each."""
    parts = [Part("heading", 1, (Run("text", _title(dice)),)), paragraph(dice)]
    for number in range(sections):
        parts.append(Part("heading", 2, (Run("text", _title(dice)),)))
        parts.extend(paragraph(dice) for _ in range(dice.between(1, 3)))
        parts.append((_list, _table, _code, _list)[number % 4](dice))
        if dice.chance(40):
            parts += [Part("heading", 3, (Run("text", _title(dice)),)), paragraph(dice)]
    return tuple(parts)


def sentence(dice: Dice, words: int = 0) -> str:
    """Invent a sentence with a number in most, an accent, an ampersand or ideographs in some."""
    found = [invent(dice) for _ in range(words or dice.between(6, 14))]
    if dice.chance(60):
        found[dice.below(len(found))] = number(dice)
    if dice.chance(25):
        found[dice.below(len(found))] = accented(dice)
    if dice.chance(10):
        found[dice.below(len(found))] = ideographs(dice)
    if dice.chance(15):
        found.insert(dice.below(len(found)), "&")
    text = " ".join(found)
    return text[:1].upper() + text[1:] + "."


def number(dice: Dice) -> str:
    """Invent a number of two to six digits, some with decimals."""
    whole = str(dice.between(10, 999_999))
    return f"{whole}.{dice.between(10, 99)}" if dice.chance(30) else whole


def paragraph(dice: Dice) -> Part:
    """Invent a paragraph of plain, strong, emphasised, code and link runs."""
    runs: list[Run] = []
    for _ in range(dice.between(2, 5)):
        kind = dice.one(_KINDS)
        if kind == "text":
            runs.append(Run("text", sentence(dice)))
        elif kind == "link":
            target = f"https://{invent(dice)}.example/{invent(dice)}?{invent(dice)}={dice.between(1, 99)}"
            runs.append(Run("link", f"{invent(dice)} {invent(dice)}", target))
        else:
            runs.append(Run(kind, invent(dice) if kind == "code" else f"{invent(dice)} {invent(dice)}"))
    return Part("paragraph", runs=tuple([*runs, Run("text", sentence(dice))]))


def _title(dice: Dice) -> str:
    return " ".join(invent(dice).capitalize() for _ in range(dice.between(2, 4)))


def _list(dice: Dice) -> Part:
    items: list[tuple[int, str]] = []
    for _ in range(dice.between(3, 6)):
        items.append((0, sentence(dice, dice.between(3, 7))))
        items.extend((1, sentence(dice, 3)) for _ in range(dice.between(0, 2)))
    return Part("list", items=tuple(items), ordered=dice.chance(40))


def _table(dice: Dice) -> Part:
    width = dice.between(2, 5)
    rows = [tuple(invent(dice).capitalize() for _ in range(width))]
    for _ in range(dice.between(3, 12)):
        rows.append(tuple(number(dice) if col else f"{invent(dice)} {invent(dice)}" for col in range(width)))
    return Part("table", rows=tuple(rows))


def _code(dice: Dice) -> Part:
    lines = [f"{invent(dice)} = {invent(dice)}({dice.between(100, 9999)})" for _ in range(dice.between(2, 5))]
    return Part("code", code="\n".join([*lines, f"if {invent(dice)} < {dice.between(100, 999)} && {invent(dice)}:"]))
