"""Faults an output can have whatever it is an output of: empty, an error, a copy, broken characters, nothing found.

In     the input, the output, and their views
Out    findings, all of them gates
Never  passes an output because it has the right size
"""

import re
from collections import Counter
from collections.abc import Sequence

from skillstrata.distill.oracles.findings import Finding, at_least, at_most
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import DOCX, MARKDOWN, TEXT
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.records.proofs import TypedBytes

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf\u0192-\u2122]|Â[\u00a0-\u00bf]|â€|ï»¿|\ufffd")
_OUTSIDE = re.compile(r"[^\x00-\x7f]")
_LOST = re.compile(r"\?{2,}|(?<=\w)\?(?=\w)")
_ERROR = re.compile(
    r"\A\s*(?:Traceback \(most recent call last\)|usage: "
    r"|(?:[\w.]+: )?(?:fatal |internal )?\w*(?:error|exception)\b\s*[:\[]\s*(?=[^\W\d])"
    r"|[^\n]{0,200}(?:command not found|No such file or directory|Permission denied))",
    re.I,
)
# A result that says it is an error: the first key of a JSON object.
_ERROR_KEY = re.compile(r'\A\s*\{\s*("(?:error|exception|traceback)")\s*:(?!\s*(?:null|""|false))', re.I)
_ADDRESS = re.compile(r"//\S{0,2000}|\?\w{1,80}=\S{0,2000}")
_COUNTER = re.compile(
    r"\b(?:found|processed|converted|extracted|exported|wrote|written|rows?|pages?|items?|records?|lines?|matches|total)"
    r"\b\W{0,3}(\d+)|\b(\d+)\s+(?:rows?|pages?|items?|records?|lines?|match(?:es)?|tables?|links?|results?)\b",
    re.I,
)
_EMPTY_WHOLES = frozenset({"", "[]", "{}", "null", "none", "[{}]", "[[]]", "nan", "undefined"})
_TINY = 12


def integrity(given: TypedBytes, produced: TypedBytes, source: DocumentView, made: DocumentView) -> list[Finding]:
    """Check an output for faults of form."""
    text = _text(produced, made)
    before = _text(given, source)
    return [
        at_least("output_tokens", len(made.tokens), 1),
        at_most("whole_output_empty", float(text.strip().lower() in _EMPTY_WHOLES), 0),
        at_most("copied", float(_is_copy(given, produced)), 0),
        at_most("error_text", float(_is_error(text, before)), 0, examples=[text.strip()[:80]]),
        at_most("nothing_found", float(_found_nothing(text, made.tokens)), 0, examples=[text.strip()[:80]]),
        _more("control_characters", _CONTROL, before, text),
        _more("broken_characters", _MOJIBAKE, before, text),
        at_most("lost_letters", float(_lost_letters(source.text, text)), 0),
    ]


def _text(content: TypedBytes, view: DocumentView) -> str:
    decoded = decode(content.data) if content.media_type != DOCX else None
    return decoded.text if decoded else view.text


def _is_copy(given: TypedBytes, produced: TypedBytes) -> bool:
    """Say whether the output is its input under the same type; plain text and Markdown are one type here."""
    family = {MARKDOWN: TEXT}
    same_type = family.get(given.media_type, given.media_type) == family.get(produced.media_type, produced.media_type)
    return given.data == produced.data or (same_type and given.data.strip() == produced.data.strip())


def _is_error(text: str, before: str) -> bool:
    """Say whether an output begins as error messages do; a line that the input has is content, such as a log's."""
    if _ERROR.match(text):
        return text.strip().splitlines()[0] not in before
    key = _ERROR_KEY.match(text)
    return key is not None and key.group(1) not in before


def _found_nothing(text: str, tokens: Sequence[str]) -> bool:
    """Say whether a short output does nothing but count to zero."""
    counts = [a or b for a, b in _COUNTER.findall(text)]
    others = [t for t in tokens if t.isdigit() and int(t[:9]) > 0]
    return bool(counts) and not others and len(tokens) <= _TINY


def _more(name: str, pattern: re.Pattern[str], before: str, after: str) -> Finding:
    """Count what the output has of `pattern` beyond the kinds the input has too."""
    had = {match.group(0) for match in pattern.finditer(before)}
    new = Counter(match.group(0) for match in pattern.finditer(after) if match.group(0) not in had)
    return at_most(name, sum(new.values()), 0, examples=[ascii(kind) for kind in new])


def _lost_letters(before: str, after: str) -> bool:
    """Say whether letters outside ASCII became question marks."""
    foreign, kept = _foreign_letters(before), _foreign_letters(after)
    if not foreign or kept >= 0.5 * foreign:
        return False
    before, after = _ADDRESS.sub("", before), _ADDRESS.sub("", after)
    return len(_LOST.findall(after)) > len(_LOST.findall(before))


def _foreign_letters(text: str) -> int:
    """Count the letters outside ASCII."""
    return 0 if text.isascii() else sum(map(str.isalpha, _OUTSIDE.findall(text)))
