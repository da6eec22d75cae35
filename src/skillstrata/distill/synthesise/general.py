"""General inputs of a media type, made from nothing but a seed.

In     a media type, how many, a seed
Out    files with known kinds of content: what a tool for this type should be ready for
Never  depends on a demonstration: two drafts of one type are compared on the same inputs
"""

import csv
import io
import json
import posixpath
from collections.abc import Callable
from datetime import date

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pictures import picture
from skillstrata.distill.mutate.sounds import sound
from skillstrata.distill.mutate.stored import gzip_stored
from skillstrata.distill.mutate.tar_members import tar_of
from skillstrata.distill.mutate.type_names import GZIP, IMAGES, INI, SVG, TAR, TOML, WAV, YAML
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise.books import epub_file, odt_file
from skillstrata.distill.synthesise.formats import html_page, markdown_text, plain_text
from skillstrata.distill.synthesise.invented_rows import AMOUNT, COUNT, DATE, invented_records, invented_rows
from skillstrata.distill.synthesise.mails import mail_file
from skillstrata.distill.synthesise.notebooks import drawing, log_lines, notebook, xml_records
from skillstrata.distill.synthesise.outlines import Part, outline
from skillstrata.distill.synthesise.packs import invented_members
from skillstrata.distill.synthesise.pages import pdf_document
from skillstrata.distill.synthesise.settings_files import ini_text, toml_text, yaml_text
from skillstrata.distill.synthesise.slide_files import pptx_file, slides_of
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.synthesise.workbooks import Cell, Sheet, xlsx_file
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODT,
    PDF,
    PPTX,
    TEXT,
    TSV,
    XLSX,
    XML,
    ZIP,
)
from skillstrata.records.proofs import TypedBytes

_SAFE_INTEGER = 2**53


def fresh(media_type: str, *, count: int, seed: int) -> tuple[TypedBytes, ...]:
    """Make `count` general inputs of a type; none for a type we cannot make.

    Documents have headings, paragraphs, nested lists, tables, links, code, entities and letters of other scripts;
    tables have leading zeros, large numbers, decimals, dates, gaps, and text with commas, quotes and line breaks;
    every second plain text is a log.
    """
    make = _MAKERS.get(media_type)
    if make is None:
        return ()
    return tuple(TypedBytes(media_type, make(Dice(seed, "fresh", media_type, n), n)) for n in range(count))


def general(media_type: str, dice: Dice) -> bytes | None:
    """Make one general input of a type with these dice."""
    make = _MAKERS.get(media_type)
    return make(dice, 0) if make else None


def delimited(rows: list[list[str]], delimiter: str) -> bytes:
    """Write rows as delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def workbook(dice: Dice, rows: list[list[str]]) -> bytes:
    """Write rows as the first of two sheets, numbers and dates as such."""
    head, *body = rows
    typed = tuple(tuple(_typed(column, value) for column, value in enumerate(row)) for row in body)
    second = [(invent(dice), dice.between(1, 9_999), dice.chance(50)) for _ in range(dice.between(2, 6))]
    names = (f"{invent(dice)}_name", f"{invent(dice)}_value", f"{invent(dice)}_ok")
    first = Sheet(invent(dice).capitalize(), (tuple(head), *typed))
    return xlsx_file([first, Sheet(f"{invent(dice)} {invent(dice)}", (names, *second))])


def _typed(column: int, value: str) -> Cell:
    if column == DATE:
        return date.fromisoformat(value)
    if column == AMOUNT:
        return float(value)
    # A spreadsheet cannot hold a larger number: people keep it as text.
    return int(value) if column == COUNT and int(value) < _SAFE_INTEGER else value


def _document(write: Callable[[tuple[Part, ...]], bytes]) -> Callable[[Dice, int], bytes]:
    def make(dice: Dice, _number: int) -> bytes:
        return write(outline(dice, dice.between(3, 5)))

    return make


def _text(dice: Dice, number: int) -> bytes:
    return log_lines(dice) if number % 2 else plain_text(outline(dice, dice.between(3, 5)))


def _json(dice: Dice, _number: int) -> bytes:
    return (json.dumps(invented_records(dice), ensure_ascii=False, indent=2) + "\n").encode()


def _json_lines(dice: Dice, _number: int) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in invented_records(dice)).encode()


def _only(make: Callable[[Dice], bytes]) -> Callable[[Dice, int], bytes]:
    return lambda dice, _number: make(dice)


def _picture(media_type: str) -> Callable[[Dice, int], bytes]:
    return lambda dice, _number: picture(media_type, dice)


def _member(name: str, dice: Dice) -> bytes:
    kind = {".csv": CSV, ".json": JSON, ".md": MARKDOWN}.get(posixpath.splitext(name)[1], TEXT)
    return general(kind, dice) or b""


_MAKERS: dict[str, Callable[[Dice, int], bytes]] = {
    HTML: _document(html_page),
    DOCX: _document(docx_file),
    MARKDOWN: _document(markdown_text),
    EPUB: _document(epub_file),
    ODT: _document(odt_file),
    PDF: _document(pdf_document),
    PPTX: _document(lambda parts: pptx_file(slides_of(parts))),
    TEXT: _text,
    CSV: _only(lambda dice: delimited(invented_rows(dice), ",")),
    TSV: _only(lambda dice: delimited(invented_rows(dice), "\t")),
    XLSX: _only(lambda dice: workbook(dice, invented_rows(dice))),
    JSON: _json,
    NDJSON: _json_lines,
    XML: _only(xml_records),
    EML: _only(lambda dice: mail_file(dice, attachment=delimited(invented_rows(dice, 4), ","))),
    IPYNB: _only(notebook),
    SVG: _only(drawing),
    YAML: _only(yaml_text),
    TOML: _only(toml_text),
    INI: _only(ini_text),
    WAV: _only(sound),
    ZIP: _only(lambda dice: zip_of(invented_members(dice, _member))),
    TAR: _only(lambda dice: tar_of(invented_members(dice, _member))),
    GZIP: _only(lambda dice: gzip_stored(plain_text(outline(dice, 2)))),
    **{kind: _picture(kind) for kind in IMAGES},
}
