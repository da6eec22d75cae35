"""File names that programs stumble over when a path is pasted into a command or a pattern."""

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import accented, ideographs, invent

_MOST_BYTES = 200


def hostile_names(ending: str, *, seed: int) -> tuple[str, ...]:
    """Give names that end in `ending` (".csv"): legal on Linux, without a slash, a line break or a NUL.

    In order: blanks, ideographs, quotes of both kinds, a leading dash, marks of the shell, a pattern's marks, dots,
    another case of the ending, a decomposed accent, right-to-left letters, and 200 bytes.
    """
    dice = Dice(seed, "names", ending)
    word = invent(dice)
    stems = [
        f"{word} {invent(dice)}  {invent(dice)}",
        ideographs(dice, 5),
        f'{invent(dice)}\'s "{invent(dice)}"',
        f"-{invent(dice)}",
        f"{invent(dice)} $HOME `{invent(dice)}`; & {invent(dice)}",
        f"[{invent(dice)}]*?{{{invent(dice)}}}%s",
        f"{invent(dice)}.{dice.between(1, 9)}.tar.{accented(dice)}",
        f"{invent(dice)}e\u0301{invent(dice)}",
        f"\u05e9\u05dc\u05d5\u05dd {invent(dice)}",
    ]
    names = [stem + ending for stem in stems]
    names.append(invent(dice).upper() + ending.upper())
    names.append(invent(dice, _MOST_BYTES - len(ending.encode())) + ending)
    return tuple(names)
