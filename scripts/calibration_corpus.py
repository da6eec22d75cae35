"""The documents the calibration converts: invented, over one small vocabulary, so that wrong ones share their words.

In     a profile's name and a number
Out    the parts of a document, and what its file is made of
Never  reads a document of somebody else
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.synthesise.formats import html_page, markdown_text, plain_text
from skillstrata.distill.synthesise.outlines import Part, outline
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.views.media_types import DOCX, EML, EPUB, HTML, IPYNB, MARKDOWN, ODT, PDF, PPTX, RTF, XLSX

_SEED = 23
_VOCABULARY = 400
_WORD = re.compile(r"[a-z]{3,}", re.I)
_BEYOND_FONTS = re.compile(r"[\u2e80-\uffff]+ ?")


@dataclass(frozen=True)
class Corpus:
    """How documents of one profile come to be: their parts, and the source of their file or the file itself."""

    media_type: str
    ending: str
    source: Callable[[tuple[Part, ...]], bytes]
    parts: Callable[[int], tuple[Part, ...]]


def document(number: int) -> tuple[Part, ...]:
    """Invent a document of two to six sections: short ones are the hard ones, since little of them is much of it."""
    dice = Dice(_SEED, "outline", number)
    return tuple(
        _common(part, Dice(_SEED, "words", number, at)) for at, part in enumerate(outline(dice, dice.between(2, 6)))
    )


def _common(part: Part, dice: Dice) -> Part:
    """Put words of the vocabulary in place of a part's own, the first of them often: as languages do."""

    def other(match: re.Match[str]) -> str:
        word = _WORDS[min(dice.below(_VOCABULARY), dice.below(_VOCABULARY), dice.below(_VOCABULARY))]
        return word.capitalize() if match.group(0)[0].isupper() else word

    def change(text: str) -> str:
        return _WORD.sub(other, text)

    return replace(
        part,
        runs=tuple(replace(run, text=change(run.text)) for run in part.runs),
        items=tuple((level, change(text)) for level, text in part.items),
        rows=tuple(tuple(change(cell) for cell in row) for row in part.rows),
        code=change(part.code),
    )


_WORDS = [invent(Dice(_SEED, "vocabulary", n)) for n in range(_VOCABULARY)]


def without_ideographs(number: int) -> tuple[Part, ...]:
    """Invent a document of letters that every machine has a font for."""

    def change(text: str) -> str:
        return _BEYOND_FONTS.sub("", text)

    return tuple(
        replace(
            part,
            runs=tuple(replace(run, text=change(run.text)) for run in part.runs),
            items=tuple((level, change(text)) for level, text in part.items),
            rows=tuple(tuple(change(cell) for cell in row) for row in part.rows),
        )
        for part in document(number)
    )


def sheets(number: int) -> tuple[Part, ...]:
    """Invent a workbook of two sheets, each a table of names, amounts, dates and codes."""
    dice = Dice(_SEED, "sheets", number)
    return tuple(
        Part("table", rows=(_header(dice), *(_row(dice) for _ in range(dice.between(5, 14))))) for _ in range(2)
    )


def _header(dice: Dice) -> tuple[str, ...]:
    first = dice.below(_VOCABULARY - 4)
    return tuple(word.capitalize() for word in _WORDS[first : first + 4])


def _row(dice: Dice) -> tuple[str, ...]:
    date = f"20{dice.between(10, 29)}-{dice.between(1, 12):02}-{dice.between(1, 28):02}"
    amount = f"{dice.between(100, 99_999)}.{dice.between(1, 9)}{dice.between(1, 9)}"
    return (f"{dice.one(_WORDS)} {dice.one(_WORDS)}", amount, date, str(dice.between(10, 9_999)))


def _workbook(parts: tuple[Part, ...]) -> bytes:
    def typed(cell: str) -> str | float:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
            return f"date:{cell}"
        return float(cell) if re.fullmatch(r"\d+\.\d+", cell) else int(cell) if cell.isdigit() else cell

    found = [(f"Sheet{n}", [[typed(cell) for cell in row] for row in part.rows]) for n, part in enumerate(parts, 1)]
    return json.dumps(found).encode()


def _mail(parts: tuple[Part, ...]) -> bytes:
    message = EmailMessage()
    message["Subject"] = " ".join(run.text for run in parts[0].runs)
    message["From"], message["To"] = "sender@post.example", "reader@post.example"
    message["Date"] = "Mon, 06 May 2024 10:20:30 +0000"
    message.set_content(plain_text(parts[1:]).decode())
    message.add_alternative(html_page(parts[1:]).decode(), subtype="html")
    return message.as_bytes()


def _notebook(parts: tuple[Part, ...]) -> bytes:
    cells: list[dict[str, object]] = []
    for number, part in enumerate(parts):
        if part.kind == "code":
            cells.append({"cell_type": "code", "source": part.code, "outputs": [], "execution_count": None})
        else:
            cells.append({"cell_type": "markdown", "source": markdown_text([part]).decode()})
        cells[-1] |= {"id": f"cell-{number}", "metadata": {}}
    language = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": language, "nbformat": 4, "nbformat_minor": 5}).encode()


def _markdown(parts: tuple[Part, ...]) -> bytes:
    return markdown_text(parts)


CORPORA: dict[str, Corpus] = {
    "html-1": Corpus(HTML, ".html", html_page, document),
    "docx-1": Corpus(DOCX, ".docx", docx_file, document),
    "odt-1": Corpus(ODT, ".odt", _markdown, document),
    "rtf-1": Corpus(RTF, ".rtf", _markdown, document),
    "epub-1": Corpus(EPUB, ".epub", _markdown, document),
    "slides-1": Corpus(PPTX, ".pptx", _markdown, document),
    "sheet-1": Corpus(XLSX, ".xlsx", _workbook, sheets),
    "pdf-1": Corpus(PDF, ".pdf", html_page, without_ideographs),
    "mail-1": Corpus(EML, ".eml", _mail, document),
    "notebook-1": Corpus(IPYNB, ".ipynb", _notebook, document),
    "markdown-1": Corpus(MARKDOWN, ".md", _markdown, document),
}
