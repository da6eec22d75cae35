"""How long a text is for a budget: in characters, or in tokens.

In     text
Out    a whole number
Why    a tokenizer belongs to a model and is not ours. Without one a token counts as four characters, which is what
       hosts assume for English; a real one is given as a function
"""

from collections.abc import Callable

Measure = Callable[[str], int]
CHARS_PER_TOKEN = 4


def characters(text: str) -> int:
    """Count characters."""
    return len(text)


def estimated_tokens(text: str) -> int:
    """Guess the tokens of a text: a quarter of its characters, rounded up."""
    return -(-len(text) // CHARS_PER_TOKEN)


def measure_of(unit: str, tokens: Measure = estimated_tokens) -> Measure:
    """Give the measure for a budget's unit, "chars" or "tokens"."""
    return tokens if unit == "tokens" else characters
