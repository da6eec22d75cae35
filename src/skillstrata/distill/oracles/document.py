"""A document turned into another format with nothing lost: each attack has its own detector.

In     the input and the output, as views
Out    OracleResult of the profile for the input's type: html-1, docx-1, pdf-1 and so on; document-1 as it always was
Never  uses a length; compares with another converter's output
Why    recall catches the wrong document, precision foreign text, novel numbers a swapped digit, order a reversal,
       the gap a dropped part, headings, cells and counts what the gap is too coarse for
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from skillstrata.distill.oracles.document_counts import counted_findings, strange_words
from skillstrata.distill.oracles.document_dates import days_of, without_dates
from skillstrata.distill.oracles.document_floors import FIRST, FLOORS, Floors, floors_for
from skillstrata.distill.oracles.document_parts import cell_share, part_findings
from skillstrata.distill.oracles.document_scripts import script_finding
from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.overlap import Finder, Grams, foreign_run, longest_gap, order, precision, recall
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.distill.views.tokens import is_known, raw_numbers
from skillstrata.records.proofs import OracleResult

PROFILE = FIRST.profile
GAP_TOKENS = 40
GAP_SHARE = 0.05
GAP_LEAST = 12
GAP_SHORT = 0.15
FOREIGN_TOKENS = 12
_NUMBER_CHARS = 3
_LEAST_PROSE = 20


def judge_document(pairing: Pairing) -> OracleResult:
    """Judge by the first version of the general profile, which older proofs name."""
    return judge_by(FIRST, pairing)


def judge_whole(pairing: Pairing) -> OracleResult:
    """Judge by the profile of the input's type."""
    return judge_by(floors_for(pairing.given.media_type), pairing)


def judge_by(floors: Floors, pairing: Pairing) -> OracleResult:
    """Judge a conversion that should keep the whole content."""
    source, made = pairing.source, pairing.made
    finder, text = Finder(made.tokens), Grams(made.tokens)
    known = source.known | pairing.labels
    findings = integrity(pairing.given, pairing.produced, source, made)
    findings.extend(_kept(source, text, finder, floors))
    findings.extend(part_findings(source, made, finder, floors))
    findings.append(_known_words(made, known, floors))
    findings.append(novel_numbers(source, made, least_chars=_NUMBER_CHARS, counted=floors.counted))
    stretch, words = foreign_run(source, text, known)
    most = max(FOREIGN_TOKENS, min(floors.foreign_most, 0.01 * len(made.tokens)))
    findings.append(at_most("foreign_run", stretch, most, examples=[words]))
    if floors.counted:
        findings.extend(counted_findings(source, made, floors))
        findings.append(script_finding(source.text, source.optional_text, made.text))
    return conclude(floors.profile, findings)


# Every version of every document profile: proofs keep the name they were made with.
JUDGES: Mapping[str, Callable[[Pairing], OracleResult]] = MappingProxyType(
    {name: partial(judge_by, floors) for name, floors in FLOORS.items()}
)


def profile_for(media_type: str) -> str:
    """Name the newest document profile for inputs of a type."""
    return floors_for(media_type).profile


def novel_numbers(source: DocumentView, made: DocumentView, *, least_chars: int, counted: bool = False) -> Finding:
    """Count the numbers of the output that the input does not have; with `counted`, a date may be written anew."""
    text = made.text
    if counted:
        text = without_dates(text, days_of(source.text, source.optional_text))
    novel = [n for n in raw_numbers(text) if len(n.replace(",", "")) >= least_chars]
    novel = [n for n in novel if not is_known(n, source.numbers)]
    if counted and novel:
        shorter = {_trimmed(number) for number in source.numbers}
        novel = [n for n in novel if _trimmed(n.replace(",", "")) not in shorter]
    return at_most("novel_numbers", len(novel), 0, examples=dict.fromkeys(novel))


def best_recall(source: DocumentView, made: DocumentView) -> float:
    """Give the 4-gram recall of all tokens, or of those outside tables where these are enough to say.

    A table may become a list of keys and values: its cells are checked one by one.
    """
    return _best_recall(source, Grams(made.tokens))


def _best_recall(source: DocumentView, made: Grams) -> float:
    whole = recall(source.tokens, made)
    if len(source.prose) < _LEAST_PROSE or len(source.prose) == len(source.tokens):
        return whole
    return max(whole, recall(source.prose, made))


def _known_words(made: DocumentView, known: frozenset[str], floors: Floors) -> Finding:
    strange = strange_words(made.tokens, known)
    # One strange word is a footnote mark or a caption, however short the document.
    share = precision(made.tokens, known) if len(strange) > 1 or not made.tokens else 1.0
    return at_least("precision", share, floors.precision, examples=dict.fromkeys(strange))


def _kept(source: DocumentView, made: Grams, finder: Finder, floors: Floors) -> list[Finding]:
    prose = source.prose if len(source.prose) < len(source.tokens) else source.tokens
    gap, words = longest_gap(prose, made)
    tau = order(source.tokens, made.words)
    kept = _best_recall(source, made)
    if not source.prose and source.tables:
        # Nothing but tables: runs of words mean little there, single cells say it.
        kept = max(kept, min(cell_share(grid, finder) for grid in source.tables))
    return [
        at_least("recall", kept, floors.recall),
        at_least("order", 1.0 if tau is None else tau, floors.order, gate=tau is not None),
        at_most("gap", gap, _gap_ceiling(len(source.tokens), floors.gap_most), examples=[words] if words else []),
    ]


def _gap_ceiling(total: int, most: float) -> float:
    """Allow 40 tokens or a twentieth of a long document, up to `most`; of a short one 15 per cent."""
    return max(min(GAP_SHARE * total, most), min(GAP_TOKENS, max(GAP_LEAST, GAP_SHORT * total)))


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
