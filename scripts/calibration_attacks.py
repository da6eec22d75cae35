"""Wrong outputs made from right ones: what an oracle must not let through.

In     the output of an honest converter, the document it came from, another document
Out    the spoilt output; None where an attack does not apply
Never  uses a reader of the product
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.synthesise.outlines import Part

_NUMBER = re.compile(r"(?<![\w.])\d{2,}(?:\.\d+)?(?![\w])")
# What some writers of Markdown put a backslash before.
_MARKS = re.compile(r"[.&-]")
_TARGET = re.compile(r"\]\([^)]*\)|<[^<>]*>|https?://\S+")
_SEED = 11
_FEWEST_BLOCKS = 4


@dataclass(frozen=True)
class Sample:
    """One output with the document behind it and a place among its like."""

    number: int
    parts: tuple[Part, ...]
    output: str


Attack = Callable[[Sequence[Sample], int], str | None]


def wrong_document(samples: Sequence[Sample], at: int) -> str | None:
    """Give the output of the document that is nearest in length."""
    own = samples[at]
    others = [one for one in samples if one.number != own.number]
    return min(others, key=lambda one: abs(len(one.output) - len(own.output))).output if others else None


def digit_swap(samples: Sequence[Sample], at: int) -> str | None:
    """Swap two neighbouring digits of one number that a reader sees."""
    text = samples[at].output
    seen = _TARGET.sub(lambda m: "x" * len(m.group(0)), text)
    places = [m for m in _NUMBER.finditer(seen) if _swaps(m.group(0))]
    if not places:
        return None
    dice = Dice(_SEED, "swap", samples[at].number)
    match = dice.one(places)
    n = match.start() + dice.one(_swaps(match.group(0)))
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :]


def _swaps(digits: str) -> list[int]:
    """Give the places where a swap makes another number."""
    found = [i for i in range(len(digits) - 1) if "." not in digits[i : i + 2] and digits[i] != digits[i + 1]]
    return [i for i in found if i or digits[1] != "0"]


def dropped_table(samples: Sequence[Sample], at: int) -> str | None:
    """Leave the last table out."""
    tables = [part for part in samples[at].parts if part.kind == "table"]
    if not tables:
        return None
    text = samples[at].output
    cells = [cell for row in tables[-1].rows for cell in row if cell]
    span = _span(text, cells) or _span(text, [_MARKS.sub(r"\\\g<0>", cell) for cell in cells])
    if span is None:
        return None
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    return text[:start] + (text[end + 1 :] if end >= 0 else "")


def _span(text: str, cells: Sequence[str]) -> tuple[int, int] | None:
    """Find where a table stands: the shortest stretch that has all its cells in order."""
    best: tuple[int, int] | None = None
    start = text.find(cells[0])
    while start >= 0:
        end = start
        for cell in cells:
            place = text.find(cell, end)
            if place < 0:
                return best
            end = place + len(cell)
        if best is None or end - start < best[1] - best[0]:
            best = (start, end)
        start = text.find(cells[0], start + 1)
    return best


def truncated(samples: Sequence[Sample], at: int) -> str | None:
    """Leave the last fifth out."""
    text = samples[at].output.rstrip()
    return text[: int(len(text) * 0.8)]


def invented_paragraph(samples: Sequence[Sample], at: int) -> str | None:
    """Put the longest paragraph of another document into the middle."""
    other = samples[(at + 1) % len(samples)]
    paragraphs = [" ".join(run.text for run in part.runs) for part in other.parts if part.kind == "paragraph"]
    # A workbook has none: then some rows of the other one.
    paragraphs = paragraphs or [" ".join(" ".join(row) for row in part.rows[1:5]) for part in other.parts]
    if other.number == samples[at].number:
        return None
    apart, blocks = _blocks(samples[at].output)
    return apart.join([*blocks[: len(blocks) // 2], max(paragraphs, key=len), *blocks[len(blocks) // 2 :]])


def reversed_blocks(samples: Sequence[Sample], at: int) -> str | None:
    """Give all blocks in reverse."""
    apart, blocks = _blocks(samples[at].output)
    return apart.join(reversed(blocks)) if len(blocks) >= _FEWEST_BLOCKS else None


def _blocks(text: str) -> tuple[str, list[str]]:
    """Cut at empty lines, or at lines where there are hardly any empty ones."""
    apart = "\n\n" if text.count("\n\n") >= _FEWEST_BLOCKS else "\n"
    return apart, [block for block in text.split(apart) if block.strip()]


ATTACKS: tuple[tuple[str, Attack], ...] = (
    ("wrong document", wrong_document),
    ("digit swap", digit_swap),
    ("dropped table", dropped_table),
    ("last 20 % dropped", truncated),
    ("invented paragraph", invented_paragraph),
    ("blocks reversed", reversed_blocks),
)
