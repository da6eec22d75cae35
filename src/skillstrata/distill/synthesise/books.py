"""Write an invented document as an EPUB, a chapter a section, or as an OpenDocument text."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise.formats import xhtml_page
from skillstrata.distill.synthesise.outlines import Part, Run
from skillstrata.distill.views.media_types import EPUB, ODT

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_CHAPTER_LEVEL = 2
_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("manifest", "manifest"))
)


def epub_file(parts: Sequence[Part]) -> bytes:
    """Write a book with a page of contents for version 3 readers and one for version 2 readers."""
    chapters = _chapters(parts)
    titles = [_text(chapter[0].runs) or f"{number}" for number, chapter in enumerate(chapters, 1)]
    numbers = range(1, len(chapters) + 1)
    pages = [(f"OEBPS/chapter{n}.xhtml", xhtml_page(c, t)) for n, c, t in zip(numbers, chapters, titles, strict=True)]
    members = [
        ("mimetype", EPUB.encode()),
        ("META-INF/container.xml", (_HEAD + _CONTAINER).encode()),
        ("OEBPS/content.opf", (_HEAD + _package(titles)).encode()),
        ("OEBPS/nav.xhtml", (_HEAD + _contents(titles)).encode()),
        ("OEBPS/toc.ncx", (_HEAD + _old_contents(titles)).encode()),
        *pages,
    ]
    return zip_of(members)


def odt_file(parts: Sequence[Part]) -> bytes:
    """Write an OpenDocument text with headings, lists and tables."""
    body = "".join(_open_block(part) for part in parts)
    content = (
        f'<office:document-content {_NAMES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (("/", ODT), ("content.xml", "text/xml"), ("styles.xml", "text/xml"))
    )
    members = [
        ("mimetype", ODT.encode()),
        ("content.xml", (_HEAD + content).encode()),
        ("styles.xml", f'{_HEAD}<office:document-styles {_NAMES} office:version="1.2"/>'.encode()),
        (
            "META-INF/manifest.xml",
            f'{_HEAD}<manifest:manifest {_NAMES} manifest:version="1.2">{entries}</manifest:manifest>'.encode(),
        ),
    ]
    return zip_of(members)


def _chapters(parts: Sequence[Part]) -> list[list[Part]]:
    chapters: list[list[Part]] = []
    for part in parts:
        if not chapters or (part.kind == "heading" and part.level <= _CHAPTER_LEVEL):
            chapters.append([])
        chapters[-1].append(part)
    return chapters


def _text(runs: Sequence[Run]) -> str:
    return " ".join(run.text for run in runs)


def _package(titles: Sequence[str]) -> str:
    numbers = range(1, len(titles) + 1)
    items = "".join(f'<item id="c{n}" href="chapter{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:isbn:0000000000000</dc:identifier>'
        f"<dc:title>{escape(titles[0])}</dc:title><dc:language>en</dc:language>"
        '<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta></metadata><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f'<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>{items}</manifest>'
        f'<spine toc="ncx">{spine}</spine></package>'
    )


def _contents(titles: Sequence[str]) -> str:
    lines = "".join(f'<li><a href="chapter{n}.xhtml">{escape(title)}</a></li>' for n, title in enumerate(titles, 1))
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Contents'
        f'</title></head><body><nav epub:type="toc"><ol>{lines}</ol></nav></body></html>'
    )


def _old_contents(titles: Sequence[str]) -> str:
    points = "".join(
        f'<navPoint id="n{n}" playOrder="{n}"><navLabel><text>{escape(title)}</text></navLabel>'
        f'<content src="chapter{n}.xhtml"/></navPoint>'
        for n, title in enumerate(titles, 1)
    )
    return (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head>'
        '<meta name="dtb:uid" content="urn:isbn:0000000000000"/></head>'
        f"<docTitle><text>{escape(titles[0])}</text></docTitle><navMap>{points}</navMap></ncx>"
    )


def _open_block(part: Part) -> str:
    if part.kind == "heading":
        return f'<text:h text:outline-level="{part.level}">{_open_runs(part.runs)}</text:h>'
    if part.kind == "list":
        items = "".join(f"<text:list-item><text:p>{escape(text)}</text:p></text:list-item>" for _, text in part.items)
        return f"<text:list>{items}</text:list>"
    if part.kind == "table":
        columns = f'<table:table-column table:number-columns-repeated="{len(part.rows[0])}"/>'
        rows = "".join(
            "<table:table-row>"
            + "".join(f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row)
            + "</table:table-row>"
            for row in part.rows
        )
        return f'<table:table table:name="Table">{columns}{rows}</table:table>'
    lines = part.code.split("\n") if part.kind == "code" else []
    return "".join(f"<text:p>{escape(line)}</text:p>" for line in lines) or f"<text:p>{_open_runs(part.runs)}</text:p>"


def _open_runs(runs: Sequence[Run]) -> str:
    return " ".join(
        f'<text:a xlink:type="simple" xlink:href={quoteattr(run.target)}>{escape(run.text)}</text:a>'
        if run.kind == "link"
        else escape(run.text)
        for run in runs
    )
