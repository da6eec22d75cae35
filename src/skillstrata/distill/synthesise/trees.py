"""Unseen JSON: the same keys, nesting and kinds of leaves; other values, other list lengths."""

import json
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.synthesise.columns import new_values
from skillstrata.distill.synthesise.odd_values import odd_values
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import NDJSON
from skillstrata.records.proofs import TypedBytes

Tree = dict[str, "Tree"] | list["Tree"] | str | bool | int | float | None
T = TypeVar("T")
_MAX_DEPTH = 60
_MOST_ITEMS = 5_000


def unseen_tree(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, at_least: int = 0) -> bytes | None:
    """Make one JSON text (or JSON lines) like `content`, in its own style of indenting and escaping.

    A list of records at its top is repeated until it has more than `at_least`.
    """
    decoded = decode(content.data)
    if decoded is None:
        return None
    text = decoded.text
    write = _writer(text)
    maker = _Maker(variant, dice, rewriter)
    try:
        if content.media_type == NDJSON:
            lines = [json.loads(line) for line in text.splitlines() if line.strip()]
            made = "\n".join(_repeated([write(tree) for tree in maker.listed(lines, 0)], at_least))
        else:
            tree = maker.values([json.loads(text)], 1, 0)[0]
            made = write([*_repeated(tree, at_least)] if isinstance(tree, list) else tree)
    except (ValueError, RecursionError, OverflowError):
        return None
    return decoded.encode(made + text[len(text.rstrip()) :])


def _repeated(items: Sequence[T], at_least: int) -> Sequence[T]:
    if not items or len(items) > at_least:
        return items
    return [items[n % len(items)] for n in range(at_least + 1)]


def _writer(style: str) -> Callable[[Tree], str]:
    """Give a function that writes JSON as `style` is written: indent, separators, escapes."""
    indented = re.search(r"[{\[]\r?\n([ \t]{1,16})\S", style)
    compact = '": ' not in style and '":' in style
    separators = (",", ":") if compact else (("," if indented else ", "), ": ")
    return json.JSONEncoder(
        ensure_ascii=style.isascii(), indent=indented.group(1) if indented else None, separators=separators
    ).encode


class _Maker:
    """Makes values column-wise: all values that stood at one place of the tree are one column."""

    def __init__(self, variant: int, dice: Dice, rewriter: Rewriter) -> None:
        self._variant = variant
        self._dice = dice
        self._rewriter = rewriter

    def values(self, examples: Sequence[Tree], count: int, depth: int) -> list[Tree]:
        """Make `count` values like the examples."""
        objects = [e for e in examples if isinstance(e, dict)]
        lists = [e for e in examples if isinstance(e, list)]
        if depth > _MAX_DEPTH:
            return [None] * count
        if objects and len(objects) == len(examples):
            return [*self._objects(objects, count, depth)]
        if lists and len(lists) == len(examples):
            return [*self._lists(lists, count, depth)]
        if objects or lists:
            # Mixed kinds at one place: each value is made from one example alone.
            return [self.values([self._dice.one(examples)], 1, depth + 1)[0] for _ in range(count)]
        return self._leaves(examples, count)

    def listed(self, items: list[Tree], depth: int) -> list[Tree]:
        """Make a list of another length; an empty one stays empty."""
        length = min(new_length(len(items), self._variant, self._dice), _MOST_ITEMS) if items else 0
        return self.values(items, length, depth + 1) if items else []

    def _objects(self, objects: list[dict[str, Tree]], count: int, depth: int) -> list[Tree]:
        made: list[dict[str, Tree]] = [{} for _ in range(count)]
        for key in dict.fromkeys(key for item in objects for key in item):
            examples = [item[key] for item in objects if key in item]
            share = round(100 * len(examples) / len(objects))
            column = self._odd(self.values(examples, count, depth + 1), examples)
            for item, value in zip(made, column, strict=True):
                if self._dice.chance(share):
                    item[key] = value
        return [*made]

    def _odd(self, column: list[Tree], examples: Sequence[Tree]) -> list[Tree]:
        """Put odd values into a column of texts."""
        shown = [value for value in examples if isinstance(value, str)]
        made = [value for value in column if isinstance(value, str)]
        if len(shown) != len(examples) or len(made) != len(column):
            return column
        return [*odd_values(made, shown, self._variant, self._dice, kept=self._rewriter.kept, digits=False)]

    def _lists(self, lists: list[list[Tree]], count: int, depth: int) -> list[Tree]:
        items = [item for one in lists for item in one]
        if count == 1 and len(lists) == 1:
            return [self.listed(lists[0], depth)]
        lengths = [len(self._dice.one(lists)) for _ in range(count)]
        pool = self.values(items, min(sum(lengths), _MOST_ITEMS), depth + 1) if items else []
        made: list[Tree] = []
        for length in lengths:
            made.append(pool[:length])
            pool = pool[length:]
        return made

    def _leaves(self, examples: Sequence[Tree], count: int) -> list[Tree]:
        numbers = [e for e in examples if isinstance(e, int | float) and not isinstance(e, bool)]
        texts = [e for e in examples if isinstance(e, str)]
        if len(numbers) == len(examples) and numbers:
            made = new_values([_plain(n) for n in numbers], count, self._dice, self._rewriter)
            as_float = any(isinstance(n, float) for n in numbers)
            return [_number(text, as_float=as_float) for text in made]
        if len(texts) == len(examples) and texts:
            return [*new_values(texts, count, self._dice, self._rewriter)]
        return [self._alone(self._dice.one(examples)) for _ in range(count)] if examples else [None] * count

    def _alone(self, example: Tree) -> Tree:
        """Make a leaf where kinds differ: null stays, a truth value is drawn anew."""
        if example is None:
            return None
        if isinstance(example, bool):
            return self._dice.chance(50)
        return self._leaves([example], 1)[0]


def _plain(number: float) -> str:
    text = repr(number)
    return f"{number:.6f}" if "e" in text or "n" in text else text


def _number(text: str, *, as_float: bool) -> Tree:
    return float(text) if as_float or "." in text else int(text)
