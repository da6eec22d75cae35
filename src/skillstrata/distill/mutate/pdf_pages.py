"""Write PDF pages of headings, paragraphs, lists, tables and code with the fonts every reader has.

In     PdfBlocks in reading order
Out    the bytes of a PDF: uncompressed text objects, rules around tables, links, the same on every machine
Never  embeds a font or an image; drops a word (what does not fit goes to the next line or page)
Why    text of a PDF cannot be edited in place: glyphs are positioned one by one, often by numbers of a cut-down font
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

_WIDTHS_OF = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvxyzs",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_WIDTH = {char: width for width, chars in _WIDTHS_OF.items() for char in chars}
_USUAL_WIDTH = 556
_BOLD = 1.08
_MONO = 0.6
_PAGE = (595, 842)
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 539.0, 786.0, 60.0
_SIZES = {1: 22.0, 2: 16.0, 3: 13.0}
_BODY = 11.0
_CODE = 9.5
_LEADING = 1.3
_FONTS = {"plain": "F1", "strong": "F2", "em": "F3", "code": "F4"}
_FONT_NAMES = ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Courier")
_HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_FIRST_PAGE = 8


@dataclass(frozen=True, slots=True)
class PdfRun:
    """A stretch of text. `style` is plain, strong, em or code; a target makes it a link."""

    text: str
    style: str = "plain"
    target: str = ""


@dataclass(frozen=True, slots=True)
class PdfBlock:
    """A block. `kind` is heading, paragraph, item, code or table; line breaks in a text are kept."""

    kind: str
    runs: tuple[PdfRun, ...] = ()
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    marker: str = ""


@dataclass(slots=True)
class _Page:
    commands: list[str] = field(default_factory=list[str])
    links: list[tuple[tuple[float, float, float, float], str]] = field(
        default_factory=list[tuple[tuple[float, float, float, float], str]]
    )


def pdf_file(blocks: Sequence[PdfBlock]) -> bytes:
    """Write the blocks on as many pages as they need."""
    layout = _Layout()
    for block in blocks:
        layout.add(block)
    title = next(("".join(run.text for run in block.runs) for block in blocks if block.kind == "heading"), "")
    return _bytes_of(layout.pages, pdf_text(title))


def pdf_text(text: str) -> str:
    """Give `text` in the letters of Windows-1252, which is all that the standard fonts have.

    Letters with other accents lose them; a letter of another script becomes two Latin ones, always the same.
    """
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char in "\n\t" or " " <= char <= "~" or _is_western(char):
            out.append(" " if char == "\t" else char)
            continue
        plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        code = ord(char)
        spelled = "bdfgklmnprstvz"[code % 14] + "aeiou"[code // 14 % 5] if char.isalpha() else ""
        out.append(plain if plain.isprintable() and plain else spelled)
    return "".join(out)


def _is_western(char: str) -> bool:
    try:
        return len(char.encode("cp1252")) == 1 and char.isprintable()
    except UnicodeEncodeError:
        return False


def text_width(text: str, size: float, style: str = "plain") -> float:
    """Give the width of a text in points."""
    if style == "code":
        return len(text) * size * _MONO
    wide = _BOLD if style == "strong" else 1.0
    return sum(_WIDTH.get(char, _USUAL_WIDTH) for char in text) * wide * size / 1000


class _Layout:
    """Places blocks from the top of the first page down."""

    def __init__(self) -> None:
        self.pages = [_Page()]
        self._y = _TOP

    def add(self, block: PdfBlock) -> None:
        """Place one block."""
        if block.kind == "table":
            self._table(block.rows)
            return
        size = _SIZES.get(block.level, 12.0) if block.kind == "heading" else _BODY
        size = _CODE if block.kind == "code" else size
        style = {"heading": "strong", "code": "code"}.get(block.kind, "")
        runs = [PdfRun(pdf_text(run.text), style or run.style, run.target) for run in block.runs]
        left = _LEFT + (18.0 * max(block.level, 1) if block.kind == "item" else 0.0)
        lines = _lines(runs, size, _RIGHT - left)
        gap = size * (0.9 if block.kind == "heading" else 0.2 if block.kind == "item" else 0.6)
        # A heading stays with the first line of what it heads.
        self._need(gap + size * _LEADING * (len(lines[:1]) + (2 if block.kind == "heading" else 0)))
        self._y -= gap
        for number, line in enumerate(lines):
            self._need(size * _LEADING)
            self._y -= size * _LEADING
            marker = pdf_text(block.marker) if number == 0 else ""
            if marker:
                self._put([PdfRun(marker)], left - 14.0, size)
            self._put(line, left, size)

    def _need(self, height: float) -> None:
        if self._y - height < _BOTTOM:
            self.pages.append(_Page())
            self._y = _TOP

    def _put(self, line: Sequence[PdfRun], x: float, size: float) -> None:
        page = self.pages[-1]
        shown = [f"/{_FONTS[run.style]} {size:g} Tf ({_escaped(run.text)}) Tj" for run in line]
        page.commands.append(f"BT {x:.2f} {self._y:.2f} Td {' '.join(shown)} ET")
        for run in line:
            wide = text_width(run.text, size, run.style)
            if run.target:
                page.links.append(((x, self._y - 2, x + wide, self._y + size), run.target))
            x += wide

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        columns = max(map(len, rows), default=0)
        if not columns:
            return
        step = (_RIGHT - _LEFT) / columns
        self._y -= _BODY
        for number, row in enumerate(rows):
            style = "strong" if number == 0 else "plain"
            cells = [_lines([PdfRun(pdf_text(cell), style)], _BODY, step - 8) for cell in row]
            high = max((len(cell) for cell in cells), default=1) * _BODY * _LEADING + 6
            self._need(min(high, _TOP - _BOTTOM))
            top = self._y
            self._rules(columns, step, top, high)
            for col, cell in enumerate(cells):
                self._y = top - 2
                for line in cell:
                    self._y -= _BODY * _LEADING
                    self._put(line, _LEFT + col * step + 4, _BODY)
            self._y = top - high

    def _rules(self, columns: int, step: float, top: float, high: float) -> None:
        lines = [f"{_LEFT:.2f} {y:.2f} m {_RIGHT:.2f} {y:.2f} l S" for y in (top, top - high)]
        edges = [_LEFT + n * step for n in range(columns + 1)]
        lines += [f"{x:.2f} {top:.2f} m {x:.2f} {top - high:.2f} l S" for x in edges]
        self.pages[-1].commands.append("0.5 w " + " ".join(lines))


def _lines(runs: Sequence[PdfRun], size: float, wide: float) -> list[list[PdfRun]]:
    """Break runs into lines at blanks; a word that is wider than a line is cut."""
    lines: list[list[PdfRun]] = [[]]
    left = wide
    for run in runs:
        for number, part in enumerate(run.text.split("\n")):
            if number:
                lines.append([])
                left = wide
            for word in _words(part, size, run.style, wide):
                need = text_width(word.rstrip(" "), size, run.style)
                if need > left and lines[-1]:
                    lines.append([])
                    left = wide
                lines[-1].append(PdfRun(word, run.style, run.target))
                left -= text_width(word, size, run.style)
    return [_merged(line) for line in lines]


def _words(text: str, size: float, style: str, wide: float) -> list[str]:
    if style == "code":
        most = max(int(wide / (size * _MONO)), 1)
        return [text[n : n + most] for n in range(0, len(text), most)]
    words: list[str] = []
    # At half the usual width no cut piece is wider than a line.
    most = max(int(wide / (size * 1.1)), 1)
    for word in text.replace(" ", " \n").split("\n"):
        words += (
            [word] if text_width(word, size, style) <= wide else [word[n : n + most] for n in range(0, len(word), most)]
        )
    return [word for word in words if word]


def _merged(line: Sequence[PdfRun]) -> list[PdfRun]:
    out: list[PdfRun] = []
    for run in line:
        if out and (out[-1].style, out[-1].target) == (run.style, run.target):
            out[-1] = PdfRun(out[-1].text + run.text, run.style, run.target)
        else:
            out.append(run)
    if out:
        out[-1] = PdfRun(out[-1].text.rstrip(" "), out[-1].style, out[-1].target)
    return out


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("\r", "")


def _bytes_of(pages: Sequence[_Page], title: str) -> bytes:
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects += [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>" for name in _FONT_NAMES
    ]
    objects.append(f"<< /Title ({_escaped(title.replace(chr(10), ' '))}) /Producer (pages) >>")
    kids: list[int] = []
    for page in pages:
        kids.append(len(objects) + 1)
        notes = "".join(_link(box, target) for box, target in page.links)
        fonts = " ".join(f"/F{n} {n + 2} 0 R" for n in range(1, len(_FONT_NAMES) + 1))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_PAGE[0]} {_PAGE[1]}] /Contents {len(objects) + 2} 0 R "
            f"/Resources << /Font << {fonts} >> >>{f' /Annots [{notes}]' if notes else ''} >>"
        )
        stream = "\n".join(page.commands)
        objects.append(f"<< /Length {len(_encoded(stream))} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>"
    out = bytearray(_HEAD)
    places: list[int] = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + _encoded(content) + b"\nendobj\n"
    start = len(out)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 7 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _link(box: tuple[float, float, float, float], target: str) -> str:
    place = " ".join(f"{number:.2f}" for number in box)
    uri = _escaped(target.encode("ascii", "ignore").decode())
    return f"<< /Type /Annot /Subtype /Link /Border [0 0 0] /Rect [{place}] /A << /S /URI /URI ({uri}) >> >>"


def _encoded(text: str) -> bytes:
    return text.encode("cp1252", "replace")
