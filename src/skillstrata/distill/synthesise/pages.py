"""Write an invented document as a PDF, and documents with the outline of a given PDF."""

from collections.abc import Sequence
from dataclasses import replace

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pdf_outline import pdf_blocks
from skillstrata.distill.mutate.pdf_pages import PdfBlock, PdfRun, pdf_file
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.synthesise.outlines import Part, Run
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.distill.synthesise.stand_ins import StandIns
from skillstrata.records.proofs import TypedBytes

_STYLES = {"strong": "strong", "em": "em", "code": "code"}


def pdf_document(parts: Sequence[Part]) -> bytes:
    """Write a document as PDF pages."""
    return pdf_file([block for part in parts for block in _blocks_of(part)])


def unseen_pages(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Write a PDF with the headings, paragraphs and tables of another one, more or fewer of them, all words new."""
    blocks = pdf_blocks(content)
    if not blocks:
        return None
    made: list[PdfBlock] = []
    for run in _paragraph_runs(blocks):
        made += _resized(run, variant, dice) if run[0].kind == "paragraph" else run
    stand = StandIns(dice, rewriter)
    return pdf_file([_rewritten(block, variant, dice, rewriter, stand) for block in made])


def _paragraph_runs(blocks: Sequence[PdfBlock]) -> list[list[PdfBlock]]:
    runs: list[list[PdfBlock]] = []
    for block in blocks:
        if runs and block.kind == "paragraph" == runs[-1][-1].kind:
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs


def _resized(run: list[PdfBlock], variant: int, dice: Dice) -> list[PdfBlock]:
    wanted = new_length(len(run), variant, dice)
    if wanted < len(run):
        return dice.some(run, wanted)
    return [*run, *(dice.one(run) for _ in range(wanted - len(run)))]


def _rewritten(block: PdfBlock, variant: int, dice: Dice, rewriter: Rewriter, stand: StandIns) -> PdfBlock:
    runs = tuple(PdfRun(rewriter.rewrite(run.text), run.style, stand.words(run.target)) for run in block.runs)
    if not block.rows:
        return replace(block, runs=runs)
    head, *body = block.rows
    count = new_length(len(body), variant, dice) if body else 0
    rows = [
        tuple(rewriter.rewrite(cell) for cell in (body[n] if n < len(body) else dice.one(body))) for n in range(count)
    ]
    return replace(block, runs=runs, rows=(head, *rows))


def _blocks_of(part: Part) -> list[PdfBlock]:
    if part.kind == "heading":
        return [PdfBlock("heading", _runs(part.runs), level=part.level)]
    if part.kind == "list":
        marks = iter(range(1, len(part.items) + 1))
        return [
            PdfBlock(
                "item", (PdfRun(text),), level + 1, marker=f"{next(marks)}." if part.ordered and not level else "•"
            )
            for level, text in part.items
        ]
    if part.kind == "table":
        return [PdfBlock("table", rows=part.rows)]
    if part.kind == "code":
        return [PdfBlock("code", (PdfRun(part.code, "code"),))]
    return [PdfBlock("paragraph", _runs(part.runs))]


def _runs(runs: Sequence[Run]) -> tuple[PdfRun, ...]:
    made: list[PdfRun] = []
    for number, run in enumerate(runs):
        gap = " " if number + 1 < len(runs) else ""
        made.append(PdfRun(run.text, _STYLES.get(run.kind, "plain"), run.target if run.kind == "link" else ""))
        if gap:
            made.append(PdfRun(gap))
    return tuple(made)
