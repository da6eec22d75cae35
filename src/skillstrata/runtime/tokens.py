"""How long a text is for a budget: in characters, or in tokens.

In     text
Out    a whole number
Why    a tokenizer belongs to a model and is not ours. Without one a token counts as four characters, which is what
       hosts assume for English, and as one of a script without spaces between words; a real one is given as a function
"""

import re
from collections.abc import Callable

Measure = Callable[[str], int]
CHARS_PER_TOKEN = 4
# Chinese, Japanese, Korean, Thai, and pictures: tokenizers give each character about one token.
_WIDE = re.compile(
    "[\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff]"
)


def characters(text: str) -> int:
    """Count characters."""
    return len(text)


def estimated_tokens(text: str) -> int:
    """Guess the tokens of a text: a quarter of its characters, rounded up; one for each that is a word by itself."""
    if text.isascii():
        return -(-len(text) // CHARS_PER_TOKEN)
    wide = sum(1 for _ in _WIDE.finditer(text))
    return wide - (-(len(text) - wide) // CHARS_PER_TOKEN)


def within_tokens(text: str, most: int) -> str:
    """Give the first part of a text that is at most so many tokens by that guess."""
    low, high = 0, min(len(text), max(most, 0) * CHARS_PER_TOKEN)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimated_tokens(text[:middle]) <= most else (low, middle - 1)
    return text[:low]


def measure_of(unit: str, tokens: Measure = estimated_tokens) -> Measure:
    """Give the measure for a budget's unit, "chars" or "tokens"."""
    return tokens if unit == "tokens" else characters
