"""A text rewritten by rules that lose nothing: found again by trying the rules, and then exact to the character.

In     the text of both sides, the words the program prints of its own
Out    OracleResult of profile text-1
Never  compares approximately; takes a word for a replacement that the program does not hold
"""

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from types import MappingProxyType

from skillstrata.distill.oracles.findings import at_least, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.text_dates import redated
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import MARKDOWN, TEXT
from skillstrata.distill.views.tokens import tokens
from skillstrata.records.proofs import OracleResult, TypedBytes

PROFILE = "text-1"
_MOST_CHARS = 400_000
# Of a longer text only single rules are tried.
_LONG = 40_000
_MOST_PAIRS = 12
_FEWEST_LINES = 3
_SAME_LINE = 0.3
_WORD = re.compile(r"(\w+)")
_LINE_NUMBER = re.compile(r"^[ \t]*(\d{1,9})[.):]?[ \t]+", re.M)
_NO_WORDS = re.compile(r"[^\w]*")
_Rule = Callable[[str], str]


def _by_line(change: _Rule) -> _Rule:
    return lambda text: "\n".join(change(line) for line in text.split("\n"))


def _of_lines(change: Callable[[list[str]], list[str]]) -> _Rule:
    return lambda text: "\n".join(change(text.split("\n")))


def _number_of(line: str) -> tuple[float, str]:
    match = re.match(r"\s*(-?\d{1,300}(?:\.\d{1,300})?)", line)
    return (float(match.group(1)) if match else 0.0, line)


_SHAPES: Mapping[str, _Rule] = MappingProxyType(
    {
        "as it is": lambda text: text,
        "lines trimmed": _by_line(str.strip),
        "line ends trimmed": _by_line(str.rstrip),
        "blank lines dropped": _of_lines(lambda lines: [line for line in lines if line.strip()]),
        "blank lines squeezed": lambda text: re.sub(r"\n\s*\n(?:\s*\n)*", "\n\n", text),
        "blanks squeezed": _by_line(lambda line: " ".join(line.split())),
        "one line": lambda text: " ".join(text.split()),
        "tabs expanded": str.expandtabs,
        "dedented": textwrap.dedent,
        "trimmed, blank lines dropped": _of_lines(lambda lines: [line.strip() for line in lines if line.strip()]),
    }
)
_ORDERS: Mapping[str, _Rule] = MappingProxyType(
    {
        "in order": lambda text: text,
        "sorted": _of_lines(sorted),
        "sorted without case": _of_lines(lambda lines: sorted(lines, key=str.lower)),
        "sorted backwards": _of_lines(lambda lines: sorted(lines, reverse=True)),
        "sorted by number": _of_lines(lambda lines: sorted(lines, key=_number_of)),
        "sorted by length": _of_lines(lambda lines: sorted(lines, key=len)),
        "lines reversed": _of_lines(lambda lines: lines[::-1]),
        "characters reversed": _by_line(lambda line: line[::-1]),
        "without repeats": _of_lines(lambda lines: list(dict.fromkeys(lines))),
        "sorted without repeats": _of_lines(lambda lines: sorted(set(lines))),
        "words reversed": _by_line(lambda line: " ".join(line.split()[::-1])),
    }
)
_CASES: Mapping[str, _Rule] = MappingProxyType(
    {
        "case kept": lambda text: text,
        "upper case": str.upper,
        "lower case": str.lower,
        "title case": str.title,
        "case swapped": str.swapcase,
        "lines capitalised": _by_line(str.capitalize),
        "each word capitalised": _by_line(lambda line: " ".join(word.capitalize() for word in line.split(" "))),
    }
)


def judge_text(pairing: Pairing) -> OracleResult:
    """Judge a rewritten text: some rule gives it, character for character."""
    findings = integrity(pairing.given, pairing.produced, pairing.source, pairing.made)
    # The output of a formatter on a formatted text is that text.
    findings = [finding for finding in findings if finding.measure.name != "copied"]
    rule = _rule(pairing)
    return conclude(PROFILE, [*findings, at_least("follows_a_rule", float(bool(rule)), 1)])


def explains(pairing: Pairing) -> bool:
    """Say whether a rule makes the output out of the input, and is more than handing it on."""
    given, made = _texts(pairing)
    return given != made and bool(_rule(pairing))


def _texts(pairing: Pairing) -> tuple[str, str]:
    return _plain(pairing.given), _plain(pairing.produced)


def _plain(content: TypedBytes) -> str:
    decoded = decode(content.data) if content.media_type in {TEXT, MARKDOWN} else None
    return decoded.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") if decoded else ""


def is_line_by_line(pairing: Pairing) -> bool:
    """Say whether each line of the output is a line of the input with a part of it changed."""
    given, made = ([line for line in text.split("\n") if line.strip()] for text in _texts(pairing))
    if not _FEWEST_LINES <= len(given) == len(made) or given == made:
        return False
    pairs = [(set(tokens(old)), set(tokens(new))) for old, new in zip(given, made, strict=True)]
    return all(_SAME_LINE * len(old) <= len(old & new) for old, new in pairs)


@lru_cache(maxsize=2)
def _rule(pairing: Pairing) -> str:
    """Name the first rule that makes the output; "" where none does."""
    given, made = _texts(pairing)
    if not given or not made or max(len(given), len(made)) > _MOST_CHARS:
        return ""
    bare = made.strip()
    if not _may_be(given, bare):
        return _replaced(given, bare, pairing.labels) or redated(given, bare)
    for shape, order, case in product(_SHAPES, _ORDERS, _CASES):
        plain = (shape == "as it is") + (order == "in order") + (case == "case kept")
        if len(given) > _LONG and plain < len((shape, order)):
            continue
        if _CASES[case](_ORDERS[order](_SHAPES[shape](given))).strip() == bare:
            return ", ".join((shape, order, case))
    found = _numbered(given, made) or _wrapped(given, made) or _replaced(given, bare, pairing.labels)
    return found or redated(given, bare)


def _may_be(given: str, made: str) -> bool:
    """Say whether both have the same letters, line numbers aside: without that no rule but a replacement can hold."""
    kept = Counter(_letters(given))
    return Counter(_letters(_LINE_NUMBER.sub("", made))) <= kept or Counter(_letters(made)) <= kept


def _letters(text: str) -> str:
    return "".join(text.casefold().split())


def _numbered(given: str, made: str) -> str:
    """Take line numbers off that count from nought or one, with blank lines counted or not."""
    lines = made.split("\n")
    numbers = [match.group(1) for line in lines if (match := _LINE_NUMBER.match(line))]
    if (
        not numbers
        or int(numbers[0]) > 1
        or [int(n) for n in numbers] != [int(numbers[0]) + i for i in range(len(numbers))]
    ):
        return ""
    bare = [_LINE_NUMBER.sub("", line, count=1).strip() for line in lines]
    kept = [line.strip() for line in given.split("\n")]
    whole = len(numbers) >= sum(bool(line) for line in kept)
    filled = [line for line in kept if line]
    return "lines numbered" if whole and (bare == kept or [line for line in bare if line] == filled) else ""


def _wrapped(given: str, made: str) -> str:
    """Compare word by word, paragraph by paragraph: only where lines break may have changed."""
    before = [part.split() for part in re.split(r"\n\s*\n", given)]
    after = [part.split() for part in re.split(r"\n\s*\n", made)]
    return "lines wrapped" if before == after else ""


def _replaced(given: str, made: str, labels: frozenset[str]) -> str:
    """Find words that were replaced: each by one other, wherever it stands, and by one the program holds."""
    before, after = _WORD.split(given.strip()), _WORD.split(made)
    if len(before) != len(after) or not labels:
        return ""
    pairs: dict[str, str] = {}
    for old, new in zip(before, after, strict=True):
        if pairs.setdefault(old, new) != new:
            return ""
    changed = {old: new for old, new in pairs.items() if old != new}
    held = all(set(tokens(new)) <= labels and not _NO_WORDS.fullmatch(new) for new in changed.values())
    known = all(set(tokens(old)) <= labels for old in changed) or len(set(changed.values())) == 1
    return "words replaced" if changed and len(changed) <= _MOST_PAIRS and held and known else ""
