"""Text that a stranger wrote, made fit to be shown: to a person on a terminal, to a model in a list.

In     any string of a server
Out    the same words, without what hides, reverses or moves them, no longer than asked
Never  tries to find out whether the words mean well: who shows them says whose they are
"""

import unicodedata

_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters of some scripts and joined emoji need these two.
_JOINERS = frozenset("\u200c\u200d")
_CUT = " […]"


def shown(text: str, most: int) -> str:
    """Take out control, direction and other invisible characters; cut what is longer than `most` characters."""
    # What is cut off anyway need not be looked at: a server may send megabytes.
    short = text[: 4 * most]
    if not short.isascii() or not short.isprintable():
        short = "".join(c for c in short if not is_hidden(c))
    if len(short) <= most and len(text) <= 4 * most:
        return short
    return short[: most - len(_CUT)] + _CUT


def is_hidden(character: str) -> bool:
    """Say whether a character is none that is seen as itself."""
    if character in _KEPT or character in _JOINERS:
        return False
    return unicodedata.category(character) in _HIDDEN


def is_plain(text: str, most: int) -> bool:
    """Say whether a text can be a name: something in it, not too long, all of it seen."""
    return 0 < len(text) <= most and not any(is_hidden(c) or c in "\n\t" or c in _JOINERS for c in text)
