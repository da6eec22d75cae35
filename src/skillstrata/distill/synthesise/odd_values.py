"""Put values into a column of texts that nobody demonstrated, and that any such column may hold.

In     the new values of one column, the demonstrated ones, the words that the program looks for
Out    the same values with a very long one, one of digits that begin with zeros, or one that stands twice
Never  touches a column of numbers, dates, codes or groups: whoever reads those as numbers or keys is right to
Why    cutting at some letter, making numbers of digits and keying rows by a name lose nothing until such a value comes
"""

import re
from collections.abc import Collection, Sequence

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.views.tokens import tokens

# Words with blanks, hyphens and full stops between them: no address, date, number or code.
_WORDS = re.compile(r"[^\W\d_][^\d@/:\\=]*\Z|[^\W\d_]+ .*[^\W\d_]", re.S)
# Longer than any width of a column, and still a name that a file may have.
_LONG_CHARS = 230
_LEAST = 3
_ODD_VARIANT = 1
_HARD = re.compile(r'[",;|\n]')


def is_of_words(values: Sequence[str], kept: Collection[str]) -> bool:
    """Say whether all filled values are words, none of which the program looks for."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and all(_WORDS.match(value) and value.strip().lower() not in kept for value in filled)


def odd_values(
    made: Sequence[str], shown: Sequence[str], variant: int, dice: Dice, *, kept: Collection[str], digits: bool
) -> list[str]:
    """Give `made` with odd values in one variant, where each of the values shown was another word.

    Args:
        made: The new values of a column.
        shown: The demonstrated ones.
        variant: The second one, longer than the demonstration, is changed.
        dice: The choices.
        kept: Words the program looks for, and keys that join files.
        digits: Whether a value of digits alone is still a text: it is not in formats that know numbers.
    """
    out = list(made)
    places = [place for place, value in enumerate(out) if value.strip()]
    if variant != _ODD_VARIANT or len(places) < _LEAST or not _is_free(shown, kept):
        return out
    # Where quotes and delimiters were put in, they stay as long as there are other places.
    places = sorted(dice.shuffled(places), key=lambda place: bool(_HARD.search(out[place])))
    source, again, *others = places[-1], *places[:-1]
    if digits and len(others) > 1:
        out[others.pop(0)] = f"00{dice.between(100, 999)}"
    out[again] = out[source]
    out[others[0]] = _lengthened(out[others[0]], shown, dice)
    return out


def _is_free(shown: Sequence[str], kept: Collection[str]) -> bool:
    filled = [value for value in shown if value.strip()]
    is_unique = len(filled) >= _LEAST and len(set(filled)) == len(filled)
    return is_unique and is_of_words(filled, kept) and not any(word in kept for v in filled for word in tokens(v))


def _lengthened(value: str, shown: Sequence[str], dice: Dice) -> str:
    """Make a value very long; of as many words as all have, where all have as many."""
    missing = max(_LONG_CHARS - len(value), 2)
    if len({len(one.split()) for one in shown if one.strip()}) == 1:
        return value + invent(dice, missing)
    words = [value]
    while len(" ".join(words)) < _LONG_CHARS:
        words.append(invent(dice))
    return " ".join(words)
