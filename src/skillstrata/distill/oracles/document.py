"""A document turned into another format with nothing lost: each attack has its own detector.

In     the input and the output, as views
Out    OracleResult of profile document-1
Never  uses a length; compares with another converter's output
Why    recall catches the wrong document, precision foreign text, novel numbers a swapped digit, order a reversal,
       the gap a dropped part, headings and cells what the gap is too coarse for; measured in bench/oracles.py
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from skillstrata.distill.oracles.findings import Finding, at_least, at_most, conclude
from skillstrata.distill.oracles.integrity import integrity
from skillstrata.distill.oracles.overlap import Finder, foreign_run, longest_gap, order, precision, recall
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.views.media_types import DOCX, HTML, MARKDOWN
from skillstrata.distill.views.shapes import DocumentView, Grid, cells_of
from skillstrata.distill.views.tokens import is_known, raw_numbers, tokens
from skillstrata.records.proofs import OracleResult

PROFILE = "document-1"
RECALL = 0.6
PRECISION = 0.9
ORDER = 0.8
GAP_TOKENS = 40
GAP_SHARE = 0.05
GAP_LEAST = 12
GAP_SHORT = 0.15
FOREIGN_TOKENS = 12
CELLS = 0.8
HEADINGS = 0.9
LINK_TEXTS = 0.8
CODE = 0.9
_NUMBER_CHARS = 3
# Cells this long are a page's layout, not data.
_LAYOUT_TOKENS = 40
_SENTENCE_TOKENS = 10
_NEIGHBOUR_TOKENS = 14
_LEAST_PROSE = 20
# Below this a table is as likely a frame around a page: its cells need not stay neighbours.
_SMALL_TABLE = 4
_MOST_PAIRS = 3_000
_WITH_HEADINGS = (HTML, MARKDOWN, DOCX)


def judge_document(pairing: Pairing) -> OracleResult:
    """Judge a conversion that should keep the whole content."""
    source, made = pairing.source, pairing.made
    findings = integrity(pairing.given, pairing.produced, source, made)
    known = source.known | pairing.labels
    parts = [_kept(source, made), _headings(source, made), _tables(source, made), _links(source, made)]
    for part in (*parts, _code(source, made)):
        findings.extend(part)
    strange = [token for token in made.tokens if token not in known]
    # One strange word is a footnote mark or a caption, however short the document.
    share = precision(made.tokens, known) if len(strange) > 1 or not made.tokens else 1.0
    findings.append(at_least("precision", share, PRECISION, examples=dict.fromkeys(strange)))
    findings.append(novel_numbers(source, made, least_chars=_NUMBER_CHARS))
    stretch, words = foreign_run(source, made.tokens, known)
    findings.append(at_most("foreign_run", stretch, max(FOREIGN_TOKENS, 0.01 * len(made.tokens)), examples=[words]))
    return conclude(PROFILE, findings)


def novel_numbers(source: DocumentView, made: DocumentView, *, least_chars: int) -> Finding:
    """Count the numbers of the output that the input does not have."""
    novel = [n for n in raw_numbers(made.text) if len(n.replace(",", "")) >= least_chars]
    novel = [n for n in novel if not is_known(n, source.numbers)]
    return at_most("novel_numbers", len(novel), 0, examples=dict.fromkeys(novel))


def best_recall(source: DocumentView, made: DocumentView) -> float:
    """Give the 4-gram recall of all tokens, or of those outside tables where these are enough to say.

    A table may become a list of keys and values: its cells are checked one by one.
    """
    whole = recall(source.tokens, made.tokens)
    return max(whole, recall(source.prose, made.tokens)) if len(source.prose) >= _LEAST_PROSE else whole


def _kept(source: DocumentView, made: DocumentView) -> list[Finding]:
    prose = source.prose if len(source.prose) < len(source.tokens) else source.tokens
    gap, words = longest_gap(prose, made.tokens)
    tau = order(source.tokens, made.tokens)
    kept = best_recall(source, made)
    if not source.prose and source.tables:
        # Nothing but tables: runs of words mean little there, single cells say it.
        kept = max(kept, min(_cell_share(grid, Finder(made.tokens)) for grid in source.tables))
    return [
        at_least("recall", kept, RECALL),
        at_least("order", 1.0 if tau is None else tau, ORDER, gate=tau is not None),
        at_most("gap", gap, _gap_ceiling(len(source.tokens)), examples=[words] if words else []),
    ]


def _gap_ceiling(total: int) -> float:
    """Allow 40 tokens or a twentieth of a long document; of a short one 15 per cent."""
    return max(GAP_SHARE * total, min(GAP_TOKENS, max(GAP_LEAST, GAP_SHORT * total)))


def _headings(source: DocumentView, made: DocumentView) -> list[Finding]:
    """Heading texts survive, in order; whether as headings is reported, where the output can have them."""
    wanted = [tokens(heading.text) for heading in source.headings]
    if not wanted:
        return []
    finder = Finder(made.tokens)
    lost = [" ".join(words) for words in wanted if not finder.has(words)]
    findings = [at_least("heading_texts", 1 - len(lost) / len(wanted), HEADINGS, examples=lost)]
    if made.media_type in _WITH_HEADINGS:
        kept = Counter(tokens(heading.text) for heading in made.headings) & Counter(wanted)
        findings.append(at_least("headings", sum(kept.values()) / len(wanted), HEADINGS, gate=False))
        findings.append(at_least("heading_order", _in_order(wanted, made), ORDER))
    return findings


def _in_order(wanted: Sequence[tuple[str, ...]], made: DocumentView) -> float:
    """Give the share of neighbouring headings, of those the output has as headings once, that kept their order."""
    found = [tokens(heading.text) for heading in made.headings]
    once = {words for words, count in Counter(found).items() if count == 1}
    once &= {words for words, count in Counter(wanted).items() if count == 1}
    place = {words: i for i, words in enumerate(found)}
    sequence = [place[words] for words in wanted if words in once]
    steps = list(pairwise(sequence))
    return sum(a < b for a, b in steps) / len(steps) if steps else 1.0


def _tables(source: DocumentView, made: DocumentView) -> list[Finding]:
    """Of every table most cells survive next to their neighbour: the worst table counts."""
    shares = [(_cell_share(grid, finder), grid) for finder in [Finder(made.tokens)] for grid in source.tables]
    if not shares:
        return []
    worst, grid = min(shares, key=lambda share: share[0])
    return [at_least("table_cells", worst, CELLS, examples=[" ".join(cell for cell in grid[0] if cell)])]


def _cell_share(grid: Grid, finder: Finder) -> float:
    cells = [(tokens(c.text), tokens(c.right), tokens(c.below)) for c in cells_of(grid)[:_MOST_PAIRS]]
    cells = [cell for cell in cells if 0 < len(cell[0]) <= _LAYOUT_TOKENS]
    if not cells:
        return 1.0
    if len(cells) < _SMALL_TABLE:
        return sum(finder.has(text) for text, _, _ in cells) / len(cells)
    return sum(_survives(finder, *cell) for cell in cells) / len(cells)


def _survives(finder: Finder, text: tuple[str, ...], right: tuple[str, ...], below: tuple[str, ...]) -> bool:
    neighbour = right or below
    if not neighbour or len(neighbour) > _LAYOUT_TOKENS or len(text) > _SENTENCE_TOKENS:
        return finder.has(text)
    return finder.near(text, neighbour, _NEIGHBOUR_TOKENS + len(neighbour))


def _links(source: DocumentView, made: DocumentView) -> list[Finding]:
    wanted = [words for link in source.links if (words := tokens(link.text))]
    if not wanted:
        return []
    finder = Finder(made.tokens)
    lost = [" ".join(words) for words in wanted if not finder.has(words)]
    targets = {link.target.rstrip("/") for link in made.links}
    carried = sum(link.target.rstrip("/") in targets for link in source.links) / len(source.links)
    return [
        at_least("link_texts", 1 - len(lost) / len(wanted), LINK_TEXTS, examples=lost),
        at_least("link_targets", carried, LINK_TEXTS, gate=False),
    ]


def _code(source: DocumentView, made: DocumentView) -> list[Finding]:
    wanted = [words for block in source.code if (words := tokens(block))]
    if not wanted:
        return []
    finder = Finder(made.tokens)
    lost = [" ".join(words[:8]) for words in wanted if not finder.places(words)]
    return [at_least("code_blocks", 1 - len(lost) / len(wanted), CODE, examples=lost)]
