"""Write an Excel workbook: sheets of texts, numbers, dates, truth values and gaps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from skillstrata.distill.mutate.sheet_xml import column_name
from skillstrata.distill.mutate.zip_members import zip_of

Cell = str | int | float | bool | date | None
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# Day 1 of the 1900 calendar, with the leap day that calendar has and the real one has not.
_DAY_ZERO = date(1899, 12, 30)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name and rows; the first row is written in bold."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


def xlsx_file(sheets: Sequence[Sheet]) -> bytes:
    """Write a workbook with shared strings, as spreadsheet programs do."""
    strings: dict[str, int] = {}
    bodies = [_sheet(sheet, strings) for sheet in sheets]
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name[:31])} sheetId="{n}" r:id="rId{n}"/>' for n, sheet in enumerate(sheets, 1)
    )
    relations = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    relations += [("rId90", "styles", "styles.xml"), ("rId91", "sharedStrings", "sharedStrings.xml")]
    parts = [
        ("/xl/workbook.xml", "sheet.main"),
        ("/xl/styles.xml", "styles"),
        ("/xl/sharedStrings.xml", "sharedStrings"),
    ]
    parts += [(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    items = "".join(f'<si><t xml:space="preserve">{_clean(text)}</t></si>' for text in strings)
    members = [
        ("[Content_Types].xml", content_types([(part, f"{_OFFICE}.{kind}+xml") for part, kind in parts])),
        ("_rels/.rels", relationships([("rId1", "officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_R}"><sheets>{listed}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", relationships(relations)),
        ("xl/styles.xml", _STYLES),
        ("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{items}</sst>'),
        *((f"xl/worksheets/sheet{n}.xml", body) for n, body in zip(numbers, bodies, strict=True)),
    ]
    return zip_of([(name, (HEAD + content).encode()) for name, content in members])


def content_types(parts: Sequence[tuple[str, str]]) -> str:
    """Write the list of content types of an office package."""
    listed = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def relationships(items: Sequence[tuple[str, str, str]]) -> str:
    """Write the relationships of one part of an office package: id, kind and target of each."""
    listed = "".join(
        f'<Relationship Id="{key}" Type="{_R}/{kind}" Target={quoteattr(target)}/>' for key, kind, target in items
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(sheet: Sheet, strings: dict[str, int]) -> str:
    wide = max((len(row) for row in sheet.rows), default=1)
    rows = [
        f'<row r="{n}">'
        + "".join(_cell(f"{column_name(col)}{n}", value, strings, first=n == 1) for col, value in enumerate(row))
        + "</row>"
        for n, row in enumerate(sheet.rows, 1)
    ]
    extent = f"A1:{column_name(max(wide, 1) - 1)}{max(len(sheet.rows), 1)}"
    data = f'<dimension ref="{extent}"/><sheetData>{"".join(rows)}</sheetData>'
    return f'<worksheet xmlns="{_MAIN}" xmlns:r="{_R}">{data}</worksheet>'


def _cell(place: str, value: Cell, strings: dict[str, int], *, first: bool) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
    if isinstance(value, str):
        number = strings.setdefault(value, len(strings))
        style = ' s="2"' if first else ""
        return f'<c r="{place}"{style} t="s"><v>{number}</v></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _clean(text: str) -> str:
    return escape(_CONTROL.sub("", text))
