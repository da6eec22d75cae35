"""What sets cannot see: how often each word and number occurs, and where the missing and the surplus ones stand.

In     the views of an input and its output
Out    findings: words kept by count, the worst window of lost and of invented words, swapped digits, other dates
Never  counts the words of a table as invented: they repeat where a table becomes a list of keys and values
Why    a short table, paragraph or end can go without a hole of forty words, and a swapped digit can make a number
       that the document has elsewhere
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from skillstrata.distill.oracles.document_dates import Day, Written, dates_of, days_of, without_dates
from skillstrata.distill.oracles.document_floors import Floors
from skillstrata.distill.oracles.findings import Finding, at_least, at_most
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.distill.views.tokens import raw_numbers, tokens

LOST_SPAN = 16
INVENTED_SPAN = 24
_SHOWN = 8
_FEWEST_DIGITS = 2


def counted_findings(source: DocumentView, made: DocumentView, floors: Floors) -> list[Finding]:
    """Compare the multisets of words, numbers and dates."""
    there, here, whole = Counter(source.tokens), Counter(made.tokens), Counter(source.whole)
    kept = sum(min(count, here[word]) for word, count in there.items() if word in here)
    lost, lost_words = _worst_window(source.tokens, _shortfall(there, here), LOST_SPAN)
    cells = {word for grid in source.tables for row in grid for cell in row for word in tokens(cell)}
    surplus = {word: share for word, share in _shortfall(here, whole).items() if word not in cells}
    invented, invented_words = _worst_window(made.tokens, surplus, INVENTED_SPAN)
    days = days_of(source.text, source.optional_text)
    room = min(1.0, len(source.tokens) / LOST_SPAN)
    return [
        at_least("token_recall", kept / len(source.tokens) if source.tokens else 1.0, floors.token_recall),
        at_most("lost_window", lost, max(2.0, floors.lost_window * room), examples=lost_words),
        at_most("invented_window", invented, floors.invented_window, examples=invented_words),
        _changed_numbers(source, made, days),
        _novel_dates(source, made, days),
    ]


def _shortfall(wanted: Mapping[str, int], found: Mapping[str, int]) -> dict[str, float]:
    """Give for each word too rare in `found` the share of its occurrences that are missing there."""
    return {w: 1 - found.get(w, 0) / count for w, count in wanted.items() if found.get(w, 0) < count}


def _worst_window(words: Sequence[str], weights: Mapping[str, float], span: int) -> tuple[float, list[str]]:
    """Give the largest sum of weights in `span` neighbouring words, and how that stretch begins."""
    if not weights:
        return 0.0, []
    line = [weights.get(word, 0.0) for word in words]
    total = worst = sum(line[:span])
    at = 0
    for end in range(span, len(line)):
        total += line[end] - line[end - span]
        if total > worst:
            worst, at = total, end - span + 1
    return round(worst, 3), [" ".join(words[at : at + _SHOWN])]


def numbers_of(text: str) -> Counter[str]:
    """Count the numbers of a text, without separators of thousands and without zeros at a decimal's end."""
    return Counter(_canonical(raw) for raw in raw_numbers(text))


def _canonical(raw: str) -> str:
    number = raw.replace(",", "")
    return number.rstrip("0").rstrip(".") if number.count(".") == 1 else number


def _changed_numbers(source: DocumentView, made: DocumentView, days: frozenset[Day]) -> Finding:
    """Find pairs of a number gone and a number come that have the same digits in another order."""
    there, here = numbers_of(without_dates(source.text, days)), numbers_of(without_dates(made.text, days))
    every = there + numbers_of(without_dates(source.optional_text, days))
    gone: defaultdict[str, set[str]] = defaultdict(set)
    for number in there:
        if here[number] < there[number]:
            gone[_digits(number)].add(number)
    pairs = [
        f"{min(gone[_digits(number)])} as {number}"
        for number in here
        if here[number] > every[number]
        and len(number) >= _FEWEST_DIGITS
        and gone.get(_digits(number), set[str]()) - {number}
    ]
    return at_most("changed_numbers", len(pairs), 0, examples=pairs)


def _digits(number: str) -> str:
    return "".join(sorted(number))


def _novel_dates(source: DocumentView, made: DocumentView, known: frozenset[Day]) -> Finding:
    """Find dates that came while others went; where none went, a new one is what a program puts on its output."""
    groups = list(dict.fromkeys(date.days for date in (*dates_of(source.text), *dates_of(source.optional_text))))

    def group_of(date: Written) -> frozenset[Day]:
        return next((days for days in groups if days & date.days), date.days)

    written = [(date.text, group_of(date)) for date in dates_of(made.text)]
    here = Counter(days for _, days in written)
    there = Counter(map(group_of, dates_of(source.text)))
    every = there + Counter(map(group_of, dates_of(source.optional_text)))
    texts = source.text + source.optional_text
    novel = [text for text, days in written if known and days not in every and text not in texts]
    if any(here[days] < count for days, count in there.items()):
        novel += [text for text, days in written if here[days] > every[days] > 0]
    return at_most("novel_dates", len(novel), 0, examples=dict.fromkeys(novel))


def strange_words(made: Sequence[str], known: Collection[str]) -> list[str]:
    """Give the words of the output that the input does not have."""
    return [word for word in made if word not in known]
