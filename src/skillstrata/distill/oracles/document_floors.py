"""The floors a converted document must meet, by the type it was converted from.

In     the media type of the input
Out    Floors: every bound with the name and version it was calibrated under
Never  changes a floor under a name that proofs carry: another bound is another version
Why    readers differ: a page of a PDF has no headings or tables to hold on to, a deck's order is a matter of taste;
       docs/distillation.md has what each profile lets through, measured by scripts/calibrate_oracles.py
"""

from dataclasses import dataclass
from types import MappingProxyType

from skillstrata.distill.views.media_types import (
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    MARKDOWN,
    ODP,
    ODS,
    ODT,
    PDF,
    PPTX,
    RTF,
    XLSX,
)


@dataclass(frozen=True, slots=True)
class Floors:
    """Bounds of one profile. Shares are of the input's tokens unless said otherwise, runs are in tokens.

    `counted` asks for multisets too: how often each word, number and date occurs, not only whether.
    """

    profile: str
    recall: float = 0.6
    precision: float = 0.9
    order: float = 0.8
    gap_most: float = 400
    foreign_most: float = 40
    cells: float = 0.8
    headings: float = 0.9
    link_texts: float = 0.8
    code: float = 0.9
    counted: bool = True
    token_recall: float = 0.9
    lost_window: float = 5
    invented_window: float = 8


FIRST = Floors("document-1", gap_most=float("inf"), foreign_most=float("inf"), counted=False)
GENERAL = Floors("document-2")
_BY_TYPE = MappingProxyType(
    {
        HTML: Floors("html-1"),
        DOCX: Floors("docx-1"),
        ODT: Floors("odt-1"),
        RTF: Floors("rtf-1"),
        MARKDOWN: Floors("markdown-1"),
        EPUB: Floors("epub-1"),
        EML: Floors("mail-1"),
        IPYNB: Floors("notebook-1"),
        PPTX: Floors("slides-1", order=-0.3),
        ODP: Floors("slides-1", order=-0.3),
        XLSX: Floors("sheet-1"),
        ODS: Floors("sheet-1"),
        PDF: Floors("pdf-1", recall=0.55, order=0.7),
    }
)
FLOORS = MappingProxyType({floors.profile: floors for floors in (FIRST, GENERAL, *_BY_TYPE.values())})


def floors_for(media_type: str) -> Floors:
    """Give the newest floors for documents of a type; the general ones where it has none of its own."""
    return _BY_TYPE.get(media_type, GENERAL)
