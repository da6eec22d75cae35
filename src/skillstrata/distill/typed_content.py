"""Content of the demonstrated input that was typed into the program, and whether an output shows it.

In     program text, the readings of inputs and outputs
Out    what is typed in; the share of an output it makes up; the part that an output shows although its input does not
Never  runs anything; counts a single word (a filter's word, a label) as typed content
Why    a program that knows its demonstration's text has memorised it, however many replays of that text it passes
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from skillstrata.distill.lifted_text import LIFTINGS
from skillstrata.distill.views import document_view
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import TypedBytes

Phrase = tuple[str, ...]
_NUMBER_CHARS = 3
_LEAST = 3


@dataclass(frozen=True, slots=True)
class TypedContent:
    """What a program's own text holds: pairs of neighbouring words of one literal, numbers of three digits or more."""

    phrases: frozenset[Phrase] = frozenset()
    numbers: frozenset[str] = frozenset()


def typed_content(language: str, source: str) -> TypedContent:
    """Read the literals of a program; docstrings do not count, and a text that does not parse holds nothing."""
    texts = LIFTINGS[language].texts(source)
    words = [tokens(text.encode("utf-8", "replace").decode("utf-8")) for text in texts]
    plain = _plain_numbers(source) if language == "python" else []
    return TypedContent(
        phrases=frozenset(pair for one in words for pair in pairwise(one)),
        numbers=_numbers((*(word for one in words for word in one), *plain)),
    )


def _plain_numbers(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return [str(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def typed_share(typed: TypedContent, given: TypedBytes, output: TypedBytes) -> float:
    """Give the share of an output (0.0 to 1.0) that is typed into the program and stands in the input as well.

    Phrases or numbers, whichever share is the larger; fewer than three of a kind say nothing.
    """
    here, there = _words(given), _words(output)
    known = frozenset(pairwise(here))
    shown = [pair for pair in pairwise(there) if pair in known]
    digits, shown_digits = _numbers(here), [w for w in there if _is_number(w)]
    shares = [
        _share([pair for pair in shown if pair in typed.phrases], shown),
        _share([n for n in shown_digits if n in typed.numbers & digits], shown_digits),
    ]
    return max(shares)


def stale_content(typed: TypedContent, before: TypedBytes, given: TypedBytes, output: TypedBytes) -> tuple[str, ...]:
    """Give typed phrases and numbers of the input `before` that an output for another input still shows."""
    old, now, shown = _words(before), _words(given), _words(output)
    phrases = (typed.phrases & frozenset(pairwise(old)) & frozenset(pairwise(shown))) - frozenset(pairwise(now))
    numbers = (typed.numbers & _numbers(old) & _numbers(shown)) - _numbers(now)
    return tuple(sorted({*(" ".join(pair) for pair in phrases), *numbers}))


def _share(part: list[Phrase] | list[str], whole: list[Phrase] | list[str]) -> float:
    return len(part) / len(whole) if len(part) >= _LEAST else 0.0


def _words(content: TypedBytes) -> tuple[str, ...]:
    view = document_view(content)
    return view.tokens if view is not None else ()


def _is_number(word: str) -> bool:
    return word.isdigit() and len(word) >= _NUMBER_CHARS


def _numbers(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in words if _is_number(word))
