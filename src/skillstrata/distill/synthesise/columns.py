"""Make new values for a column that look like the old ones: kind, range, width, repeats and gaps.

In     the values of one column, as text
Out    any number of new values of the same kind
Never  gives a value of the demonstration back where the kind leaves a choice
"""

import re
from collections.abc import Callable, Sequence

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.words import code_like, invent

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)\.\d+")
_PADDED = re.compile(r"0\d+")
_SWITCH = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})
_REPEATS = 0.7
_TRIES = 50
_NEW_ONES = 200
_LETTERS = 26

Maker = Callable[[int], str]


def new_values(values: Sequence[str], count: int, dice: Dice, rewriter: Rewriter) -> list[str]:
    """Make `count` values like `values`; gaps stay as frequent, distinct values stay distinct."""
    filled = [value for value in values if value.strip()]
    if not filled:
        return [""] * count
    gaps = round(100 * (len(values) - len(filled)) / len(values))
    make = _maker(filled, dice, rewriter)
    is_unique = len(set(filled)) == len(filled) > 1 and make is not None
    made: list[str] = []
    seen: set[str] = set()
    for place in range(count):
        value = "" if gaps and dice.chance(gaps) else _distinct(make, place, seen if is_unique else set())
        seen.add(value)
        made.append(value)
    return made


def many_values(values: Sequence[str], count: int, dice: Dice, rewriter: Rewriter) -> list[str]:
    """Make thousands of values quickly: a few hundred new ones, repeated; unique numbers and words stay unique."""
    made = new_values(values, min(count, _NEW_ONES), dice, rewriter)
    if count <= len(made):
        return made
    filled = [value for value in values if value.strip()]
    is_unique = len(set(filled)) == len(filled) > 1
    if is_unique and all(_INTEGER.fullmatch(value) for value in filled):
        start = max(int(value[:30]) for value in [*filled, *made] if value)
        return [*made, *(str(start + n) for n in range(1, count - len(made) + 1))]
    more = [made[n % len(made)] for n in range(count)]
    if is_unique and all(value.replace(" ", "").isalpha() for value in filled):
        more = [f"{v}{_turn(n // len(made))}" if v and n >= len(made) else v for n, v in enumerate(more)]
    return more


def _turn(number: int) -> str:
    """Spell a number in letters, so that a word stays one."""
    return chr(ord("a") + number % 26) if number < _LETTERS else _turn(number // _LETTERS) + _turn(number % _LETTERS)


def hard_texts(values: list[str], dice: Dice, *, delimiter: str, line_breaks: bool) -> list[str]:
    """Put the delimiter, a comma and quotes into some cells; a line break where one was shown.

    Whoever splits lines at delimiters misreads them; whoever reads quotes does not. A tab is never put into a cell:
    half of the programs that write TSV have no way to say so.
    """
    out = list(values)
    marks = [*((f"{delimiter} {{}}",) if delimiter not in "\t," else ()), ", {}", ' "{}"']
    marks += ["\n{}"] if line_breaks else []
    for n, place in enumerate(dice.shuffled(range(len(out)))[: len(marks)]):
        out[place] = out[place] + marks[n].format(invent(dice))
    return out


def is_prose(values: Sequence[str]) -> bool:
    """Say whether a column holds free text: words with blanks between them."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and 2 * sum(" " in value.strip() and value[:1].isalpha() for value in filled) > len(filled)


def _distinct(make: Maker, place: int, seen: set[str]) -> str:
    value = make(place)
    for _ in range(_TRIES):
        if value not in seen:
            break
        value = make(place)
    return value


def _maker(filled: list[str], dice: Dice, rewriter: Rewriter) -> Maker:
    if all(value.strip().lower() in _SWITCH for value in filled):
        choices = sorted(set(filled))
        return lambda _: dice.one(choices)
    if all(_INTEGER.fullmatch(value) for value in filled):
        return _integers([int(value[:30]) for value in filled], dice)
    if all(_INTEGER.fullmatch(value) or _DECIMAL.fullmatch(value) for value in filled):
        return _decimals(filled, dice)
    if any(_PADDED.fullmatch(value) for value in filled) and all(value.isdigit() for value in filled):
        return lambda _: _padded(dice, dice.one(filled))
    if len(set(filled)) < _REPEATS * len(filled) or len(filled) == 1:
        vocabulary = [rewriter.rewrite(value) for value in dict.fromkeys(filled)]
        return lambda _: dice.one(vocabulary)
    return lambda _: rewriter.rewrite(dice.one(filled))


def _integers(numbers: list[int], dice: Dice) -> Maker:
    first, low, high = numbers[0], min(numbers), max(numbers)
    if len(numbers) > 1 and numbers == list(range(first, first + len(numbers))):
        start = first + dice.between(len(numbers) + 1, len(numbers) + 400)
        return lambda place: str(start + place)
    spread = max(high - low, abs(high) // 2, 3)
    floor = 0 if low >= 0 else low - spread
    used = frozenset(numbers)
    return lambda _: _fresh_integer(dice, max(floor, low - spread // 4), high + spread // 2 + 1, used)


def _fresh_integer(dice: Dice, low: int, high: int, used: frozenset[int]) -> str:
    number = dice.between(low, high)
    for _ in range(_TRIES):
        if number not in used:
            break
        number = dice.between(low, high)
    return str(number)


def _decimals(filled: list[str], dice: Dice) -> Maker:
    places = max(len(value.partition(".")[2]) for value in filled)
    scaled = [int(value.replace(".", "") + "0" * (places - len(value.partition(".")[2]))) for value in filled]
    low, high = min(scaled), max(scaled)
    spread = max((high - low) // 3, 10)
    floor = 0 if low >= 0 else low - spread

    def make(_place: int) -> str:
        number = dice.between(max(floor, low - spread), high + spread)
        digits = str(abs(number)).rjust(places + 1, "0")
        return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"

    return make


def _padded(dice: Dice, value: str) -> str:
    kept = len(value) - len(value.lstrip("0"))
    return "0" * max(kept, 0) + code_like(dice, value[kept:])
