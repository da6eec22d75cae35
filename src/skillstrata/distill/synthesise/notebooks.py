"""Write notebooks, drawings (SVG), XML records and logs from invented content."""

import json
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.opened import Tree
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.words import accented, ideographs, invent
from skillstrata.distill.synthesise.invented_rows import invented_records
from skillstrata.distill.synthesise.layouts import unseen_layout
from skillstrata.distill.synthesise.outlines import sentence
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.records.proofs import TypedBytes

_LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR")
_START = datetime(2021, 1, 1, tzinfo=UTC)


def notebook(dice: Dice) -> bytes:
    """Write a notebook of headings, prose, code and printed output."""
    cells: list[dict[str, object]] = [_prose(f"# {invent(dice).capitalize()} {invent(dice)}")]
    for number in range(dice.between(2, 5)):
        cells.append(_prose(f"## {invent(dice).capitalize()}\n\n{sentence(dice)}\n{sentence(dice)}"))
        shown = f"{invent(dice)} {dice.between(100, 99_999)}\n"
        code = f"{invent(dice)} = {dice.between(100, 9_999)}\nprint({invent(dice)!r})"
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number + 1,
                "id": f"cell{number}",
                "metadata": {},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": [shown]}],
                "source": code.splitlines(keepends=True),
            }
        )
    tree = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    for number, cell in enumerate(cells):
        cell["id"] = f"cell{number}"
    return (json.dumps(tree, ensure_ascii=False, indent=1) + "\n").encode()


def _prose(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text.splitlines(keepends=True)}


def unseen_notebook(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make a notebook like another: cells of the same kinds, in turn fewer and more, all words new."""
    try:
        tree: Tree = json.loads(content.data)
    except (ValueError, RecursionError):
        return None
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if not isinstance(tree, dict) or not isinstance(cells, list) or not cells:
        return None
    wanted = new_length(len(cells), variant, dice)
    kept = dice.some(cells, wanted)
    copies = [json.loads(json.dumps(dice.one(cells))) for _ in range(wanted - len(kept))]
    for number, cell in enumerate(copies):
        if isinstance(cell, dict) and "id" in cell:
            cell["id"] = f"added{number}"
    resized = json.dumps({**tree, "cells": [*kept, *copies]}, ensure_ascii=False)
    return unseen_layout(TypedBytes(content.media_type, resized.encode("utf-8", "replace")), variant, dice, rewriter)


def drawing(dice: Dice) -> bytes:
    """Write an SVG of rectangles, circles and labels."""
    wide, high = dice.between(100, 600), dice.between(100, 400)
    shapes = [f"<title>{invent(dice)} {invent(dice)}</title>"]
    for _ in range(dice.between(3, 7)):
        x, y, size = dice.below(wide), dice.below(high), dice.between(5, 60)
        colour = f"#{dice.below(2**24):06x}"
        if dice.chance(50):
            shapes.append(f'<rect x="{x}" y="{y}" width="{size}" height="{size // 2 + 1}" fill="{colour}"/>')
        else:
            shapes.append(f'<circle cx="{x}" cy="{y}" r="{size // 2 + 1}" fill="{colour}"/>')
        shapes.append(f'<text x="{x}" y="{y}">{invent(dice)} {dice.between(10, 9_999)}</text>')
    body = "\n  ".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">\n  '
        f"{body}\n</svg>\n"
    ).encode()


def xml_records(dice: Dice) -> bytes:
    """Write records as XML with attributes, nested elements, entities and an empty element."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<records>"]
    for number, record in enumerate(invented_records(dice), 1):
        lines.append(f'  <record id="{number}" open="{str(record["open"]).lower()}">')
        for key, value in record.items():
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                lines.append(f"    <{key}>{escape(str(value))}</{key}>")
            elif value is None:
                lines.append(f"    <{key}/>")
            elif isinstance(value, list):
                lines += [f"    <{key}>", *(f"      <tag>{escape(tag)}</tag>" for tag in value), f"    </{key}>"]
        lines.append("  </record>")
    return ("\n".join([*lines, "</records>"]) + "\n").encode()


def log_lines(dice: Dice, count: int = 0) -> bytes:
    """Write a log in order of time: levels, sources, numbers, an error with a second line."""
    moment = _START + timedelta(minutes=dice.below(2_000_000))
    sources = [invent(dice) for _ in range(3)]
    lines: list[str] = []
    for number in range(count or dice.between(20, 60)):
        moment += timedelta(seconds=dice.between(1, 90))
        level = dice.one(_LEVELS)
        word = (invent, invent, invent, accented, ideographs)[number % 5](dice)
        text = f"{word} {invent(dice)} code={dice.between(100, 599)} ms={dice.between(1, 9_000)}"
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {level} [{dice.one(sources)}] {text}")
        if level == "ERROR" and dice.chance(30):
            lines.append(f"    at {invent(dice)}.{invent(dice)}:{dice.between(1, 900)}")
    return ("\n".join(lines) + "\n").encode()
