"""Whole files of a type with nothing in them: what a program gets from a template nobody filled in."""

from skillstrata.distill.mutate.pdf_pages import pdf_file
from skillstrata.distill.mutate.tar_members import tar_of
from skillstrata.distill.mutate.type_names import TAR
from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise.books import odt_file
from skillstrata.distill.synthesise.slide_files import Slide, pptx_file
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.synthesise.workbooks import Sheet, xlsx_file
from skillstrata.distill.views.media_types import DOCX, EML, IPYNB, ODT, PDF, PPTX, XLSX, ZIP

_MAIL = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: \r\n\r\n"
_NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'


def empty_file(media_type: str) -> bytes | None:
    """Give a sound file of a type without content; None for types that have none."""
    if media_type not in _MAKERS:
        return None
    return _MAKERS[media_type]()


_MAKERS = {
    DOCX: lambda: docx_file(()),
    XLSX: lambda: xlsx_file([Sheet("Sheet1", ())]),
    PPTX: lambda: pptx_file([Slide("")]),
    ODT: lambda: odt_file(()),
    PDF: lambda: pdf_file(()),
    EML: lambda: _MAIL,
    IPYNB: lambda: _NOTEBOOK,
    ZIP: lambda: zip_of(()),
    TAR: lambda: tar_of(()),
}
