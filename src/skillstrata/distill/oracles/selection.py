"""Outputs that leave things out on purpose: an extract shows parts, a summary counts them.

In     the input and the output, as views, and the words the program prints of its own
Out    OracleResult of profile extract-1 or summary-1; the loss is intended
Never  takes a number on trust: what the input does not show must follow from it by our own calculation
"""

from collections.abc import Sequence
from dataclasses import replace

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.novelty import novel
from skillstrata.distill.oracles.overlap import precision, recall
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.printed import Printed, printed_numbers
from skillstrata.distill.oracles.recount import Recount
from skillstrata.records.proofs import OracleResult

EXTRACT = "extract-1"
SUMMARY = "summary-1"
PRECISION = 0.9
_CONTENT = 0.15
_NUMBER_CHARS = 3


def judge_extract(pairing: Pairing) -> OracleResult:
    """Judge an output that shows parts of the input: nothing in it is new."""
    words = pairing.made.tokens
    findings = _form(pairing)
    findings.append(_words(pairing, words))
    findings.append(_content(pairing, words))
    findings.append(_explained(pairing, least_chars=_NUMBER_CHARS))
    findings.append(_kept(pairing))
    return conclude(EXTRACT, findings)


def judge_summary(pairing: Pairing) -> OracleResult:
    """Judge an output of counts and totals: each is recomputed from the input."""
    words = [token for token in pairing.made.tokens if not any(char.isdigit() for char in token)]
    findings = _form(pairing)
    if words:
        findings.append(_words(pairing, words))
    printed = list(printed_numbers(pairing.produced, pairing.made, pairing.made_tables))
    findings.append(at_least("numbers", len(printed), 1))
    findings.append(_explained(pairing, least_chars=1))
    findings.append(_kept(pairing))
    result = conclude(SUMMARY, findings)
    if result.ok and not any(len(n.text) >= _NUMBER_CHARS for n in printed) and not _follows_any(pairing, printed):
        return replace(result, ok=False, measurable=False, detail="its numbers are small and none can be recomputed")
    return result


def _follows_any(pairing: Pairing, printed: Sequence[Printed]) -> bool:
    recount = Recount(pairing.given, pairing.source, pairing.given_tables)
    return any(recount.explains(n.text.lstrip("+"), n.context) for n in printed)


def _form(pairing: Pairing) -> list[Finding]:
    return integrity(pairing.given, pairing.produced, pairing.source, pairing.made)


def _words(pairing: Pairing, words: Sequence[str]) -> Finding:
    known = pairing.source.known | pairing.labels
    strange = dict.fromkeys(word for word in words if word not in known)
    return at_least("precision", precision(words, known), PRECISION, examples=strange)


def _content(pairing: Pairing, words: Sequence[str]) -> Finding:
    """Ask for words that come from the input alone: a program can print its own words without reading anything."""
    return at_least("content", precision(words, pairing.source.known - pairing.labels), _CONTENT)


def _explained(pairing: Pairing, *, least_chars: int) -> Finding:
    strange = novel(pairing, least_chars=least_chars)
    if not strange:
        return at_most("unexplained_numbers", 0, 0)
    recount = Recount(pairing.given, pairing.source, pairing.given_tables)
    left = [n.text for n in strange if not recount.explains(n.text.lstrip("+"), n.context)]
    return at_most("unexplained_numbers", len(left), 0, examples=dict.fromkeys(left))


def _kept(pairing: Pairing) -> Finding:
    """Report how much is kept: no floor, since leaving out is the point."""
    return at_least("recall", recall(pairing.source.tokens, pairing.made.tokens), 0, gate=False)
