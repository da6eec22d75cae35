"""Change a few values of an input whose arrival in the output can be seen.

In     an input, perhaps its output, a seed
Out    MutatedInput "replace" with pairs (old, new), or "resample" where nothing can be followed one to one
Never  changes a label the program may look for, a date's validity, a value that occurs twice
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.opened import is_wrapped
from skillstrata.distill.mutate.readable import readable
from skillstrata.distill.mutate.rewriting import KEPT_WORDS
from skillstrata.distill.mutate.slots import Slots, edited, slots_of
from skillstrata.distill.mutate.words import digits_like, like
from skillstrata.distill.views import DocumentView
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import DOCX, EML
from skillstrata.records.proofs import MutatedInput, TypedBytes

_VALUE = re.compile(
    r"(?<![\w/@.:#&;\\<%'\u2019-])[^\W\d_]{4,}(?![\w/@=:(<-]|[.'\u2019]\w)"
    r"|(?<![\w/@.:#&;\\<%'\u2019-])(?<!\d,)[1-9]\d{2,11}(?:\.\d{1,4})?(?![\w/@:%-]|[.]\d)"
)
_THOUSANDS = re.compile(r",\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MOST = 8
_LEAST = 3
_TRIES = 40
_MOST_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    old: str
    # The same value in the other spelling of a mail's body.
    again: tuple[int, int] | None = None


def replace_values(
    content: TypedBytes, output: TypedBytes | None, *, seed: int, avoid: Collection[str] = ()
) -> MutatedInput | None:
    """Replace 3 to 8 values that occur once in the input and, where an output is given, appear in it.

    Returns:
        The changed input; "resample" with no pairs when fewer than three values can be followed; None when nothing in
        the input can be changed.
    """
    slots, view = slots_of(content), readable(content)
    if slots is None or view is None:
        return None
    dice = Dice(seed, "replace", content.data)
    places = _single(dice, slots, view, content, avoid)
    shown = _visible(places, output)
    followed = bool(shown) if output is None else len(shown) >= _LEAST and not _is_computed(places, shown)
    chosen = _chosen(dice, shown if followed else places)
    if not chosen:
        return None
    pairs = [(place, _stand_in(dice, place.old, view)) for place in chosen]
    edits = [(place.start, place.end, new) for place, new in pairs]
    edits += [(*place.again, new) for place, new in pairs if place.again]
    data = slots.write(edited(slots.text, sorted(edits)))
    if data is None:
        return None
    made = TypedBytes(content.media_type, data)
    held = _held(made, [(place.old, new) for place, new in pairs])
    if not held:
        return None
    return MutatedInput("replace", made, held) if followed else MutatedInput("resample", made)


def _single(dice: Dice, slots: Slots, view: DocumentView, content: TypedBytes, avoid: Collection[str]) -> list[_Place]:
    """Find values that occur once, also as a part of other words."""
    counts = Counter(view.whole)
    decoded = None if content.media_type == DOCX or is_wrapped(content.media_type) else decode(content.data)
    everything = (decoded.text if decoded else "".join(slots.text[a:b] for a, b in slots.spans)).casefold()
    banned = KEPT_WORDS | frozenset(avoid)
    times = (1, 2) if content.media_type == EML else (1,)
    found: list[_Place] = []
    for start, end in slots.spans:
        for match in _VALUE.finditer(slots.text, start, end):
            old = match.group(0)
            key = old.lower()
            joined = slots.comma_joins and _THOUSANDS.match(slots.text, match.end()) and key.isdecimal()
            if key in banned or joined or _YEAR.fullmatch(old):
                continue
            # A decimal is two tokens; the substring count below is what makes it single.
            if counts[key] in times or "." in key:
                found.append(_Place(match.start(), match.end(), old))
    few = dice.some(found, _MOST_LOOKED_AT)
    single = [place for place in few if everything.count(place.old.casefold()) == 1]
    return single if content.media_type != EML else _twins(few, everything)


def _twins(found: list[_Place], everything: str) -> list[_Place]:
    """Join values that stand once in the plain and once in the HTML body of a mail; others must be single."""
    joined: dict[str, _Place] = {}
    for place in found:
        first = joined.get(place.old)
        joined[place.old] = replace(first, again=(place.start, place.end)) if first else place
    return [p for p in joined.values() if everything.count(p.old.casefold()) == 1 + (p.again is not None)]


def _visible(places: list[_Place], output: TypedBytes | None) -> list[_Place]:
    view = readable(output) if output is not None else None
    if view is None:
        return places if output is None else []
    text = view.text.casefold()
    known = frozenset(view.tokens)
    return [p for p in places if p.old.lower() in known or ("." in p.old and p.old in text)]


def _is_computed(places: list[_Place], shown: list[_Place]) -> bool:
    """Say whether an output shows a few of many numbers and no word: extremes, which a new value would not be."""
    return all(p.old[0].isdigit() for p in shown) and 2 * len(shown) < sum(p.old[0].isdigit() for p in places)


def _chosen(dice: Dice, places: list[_Place]) -> list[_Place]:
    """Take words and numbers in turn, spread over the input."""
    numbers = [p for p in places if p.old[0].isdigit()]
    words = [p for p in places if not p.old[0].isdigit()]
    half = _MOST // 2
    from_numbers = dice.some(numbers, max(half, _MOST - len(words)))
    from_words = dice.some(words, _MOST - len(from_numbers))
    return sorted([*from_numbers, *from_words], key=lambda p: p.start)


def _stand_in(dice: Dice, old: str, view: DocumentView) -> str:
    text = view.text.casefold()
    new = _other(dice, old)
    for _ in range(_TRIES):
        if new.casefold() not in text:
            break
        new = _other(dice, old)
    return new


def _other(dice: Dice, old: str) -> str:
    whole, point, fraction = old.partition(".")
    return digits_like(dice, whole) + point + _decimals(dice, fraction) if whole.isdecimal() else like(dice, old)


def _decimals(dice: Dice, fraction: str) -> str:
    return "".join(str(dice.between(1, 9)) for _ in fraction)


def _held(made: TypedBytes, pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Keep the pairs that a reader really finds changed."""
    view = readable(made)
    if view is None:
        return ()
    text = view.text.casefold()
    return tuple((old, new) for old, new in pairs if new.casefold() in text and old.casefold() not in text)
