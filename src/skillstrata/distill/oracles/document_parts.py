"""The parts of a document that runs of words are too coarse for: headings, tables, links, images, code.

In     the views of an input and its output, and floors
Out    findings, one or more for each kind of part the input has
Never  asks an output for a form its type does not have: a heading may stand as plain text
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from skillstrata.distill.oracles.document_floors import Floors
from skillstrata.distill.oracles.findings import Finding, at_least
from skillstrata.distill.oracles.overlap import Finder
from skillstrata.distill.views.media_types import DOCX, EPUB, HTML, MARKDOWN, ODT
from skillstrata.distill.views.shapes import DocumentView, Grid, cells_of
from skillstrata.distill.views.tokens import tokens

# Cells this long are a page's layout, not data.
_LAYOUT_TOKENS = 40
_SENTENCE_TOKENS = 10
_NEIGHBOUR_TOKENS = 14
# Below this a table is as likely a frame around a page: its cells need not stay neighbours.
_SMALL_TABLE = 4
_MOST_PAIRS = 3_000
_MOST_LINES = 300
_WITH_HEADINGS = (HTML, MARKDOWN, DOCX, ODT, EPUB)
_SPACE = re.compile(r"\s+")


def part_findings(source: DocumentView, made: DocumentView, finder: Finder, floors: Floors) -> list[Finding]:
    """Check every kind of part that the input has."""
    return [
        *_headings(source, made, finder, floors),
        *_tables(source, finder, floors),
        *_links(source, made, finder, floors),
        *_images(source, made),
        *_code(source, made, finder, floors),
    ]


def _headings(source: DocumentView, made: DocumentView, finder: Finder, floors: Floors) -> list[Finding]:
    """Heading texts survive, in order; whether as headings is reported, where the output can have them."""
    wanted = [tokens(heading.text) for heading in source.headings]
    if not wanted:
        return []
    lost = [" ".join(words) for words in wanted if not finder.has(words)]
    findings = [at_least("heading_texts", 1 - len(lost) / len(wanted), floors.headings, examples=lost)]
    if made.media_type in _WITH_HEADINGS:
        kept = Counter(tokens(heading.text) for heading in made.headings) & Counter(wanted)
        findings.append(at_least("headings", sum(kept.values()) / len(wanted), floors.headings, gate=False))
        findings.append(at_least("heading_order", _in_order(wanted, made), floors.order))
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


def _tables(source: DocumentView, finder: Finder, floors: Floors) -> list[Finding]:
    """Of every table most cells survive next to their neighbour: the worst table counts."""
    shares = [(cell_share(grid, finder), grid) for grid in source.tables]
    if not shares:
        return []
    worst, grid = min(shares, key=lambda share: share[0])
    return [at_least("table_cells", worst, floors.cells, examples=[" ".join(cell for cell in grid[0] if cell)])]


def cell_share(grid: Grid, finder: Finder) -> float:
    """Give the share of a table's cells that survive, each near its right or lower neighbour."""
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


def _links(source: DocumentView, made: DocumentView, finder: Finder, floors: Floors) -> list[Finding]:
    """Link texts survive; targets do where the output has links at all."""
    wanted = [words for link in source.links if (words := tokens(link.text))]
    if not wanted:
        return []
    lost = [" ".join(words) for words in wanted if not finder.has(words)]
    targets = {link.target.rstrip("/") for link in made.links}
    missing = [link.target for link in source.links if link.target.rstrip("/") not in targets]
    carried = 1 - len(missing) / len(source.links)
    gate = floors.counted and 2 * (len(source.links) - len(missing)) >= len(source.links)
    return [
        at_least("link_texts", 1 - len(lost) / len(wanted), floors.link_texts, examples=lost),
        at_least("link_targets", carried, floors.link_texts, examples=missing, gate=gate),
    ]


def _images(source: DocumentView, made: DocumentView) -> list[Finding]:
    """Report the pictures: converters write them out under names of their own, or leave them out on purpose."""
    if not source.images:
        return []
    return [at_least("images", min(1.0, len(made.images) / len(source.images)), 1, gate=False)]


def _code(source: DocumentView, made: DocumentView, finder: Finder, floors: Floors) -> list[Finding]:
    """Code survives to the letter, line by line; how it is indented as a whole is the format's."""
    wanted = [words for block in source.code if (words := tokens(block))]
    if not wanted:
        return []
    lost = [" ".join(words[:8]) for words in wanted if not finder.places(words)]
    findings = [at_least("code_blocks", 1 - len(lost) / len(wanted), floors.code, examples=lost)]
    if floors.counted:
        findings.append(_code_lines(source, made, floors))
    return findings


def _code_lines(source: DocumentView, made: DocumentView, floors: Floors) -> Finding:
    text = made.text + "\n" + made.optional_text
    there = {_SPACE.sub("", line) for line in text.splitlines()}
    lines = [line for block in source.code for line in block.splitlines() if tokens(line)]
    missing = [line for line in lines if _SPACE.sub("", line) not in there]
    if missing:
        # Lines may have been joined; then each costs a search through the whole text.
        joined = _SPACE.sub("", text)
        missing = [line for line in missing[:_MOST_LINES] if _SPACE.sub("", line) not in joined] + missing[_MOST_LINES:]
    share = 1 - len(missing) / len(lines) if lines else 1.0
    return at_least("code_lines", share, floors.code, examples=missing, gate=made.media_type == MARKDOWN)
