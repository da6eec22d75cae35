"""Read made files with nothing but the standard library: packages, their XML, the cells of a workbook."""

import io
import zipfile
from xml.etree.ElementTree import Element

from skillstrata.distill.synthesise import fresh
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes


def one(media_type: str, seed: int = 3) -> TypedBytes:
    """Give one general file of a type."""
    return fresh(media_type, count=1, seed=seed)[0]


def xml_root(data: bytes) -> Element:
    """Parse XML that must be well-formed."""
    root = parse_xml(data)
    assert root is not None
    return root


def members_read(data: bytes) -> dict[str, bytes]:
    """Unpack a zip that must be sound."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def cells_read(data: bytes) -> dict[str, list[list[tuple[str, str, str]]]]:
    """Read a workbook with nothing but zip and XML: kind, style and text of each cell, by the name of its sheet."""
    members = members_read(data)
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    shared = ["".join(si.itertext()) for si in xml_root(members["xl/sharedStrings.xml"])]
    names = [s.attrib["name"] for s in xml_root(members["xl/workbook.xml"]).iter(f"{space}sheet")]
    found: dict[str, list[list[tuple[str, str, str]]]] = {}
    for number, name in enumerate(names, 1):
        root = xml_root(members[f"xl/worksheets/sheet{number}.xml"])
        rows = list(root.iter(f"{space}row"))
        assert [row.attrib["r"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
        for row in rows:
            assert all(cell.attrib["r"].lstrip("ABCDEFG") == row.attrib["r"] for cell in row)
        found[name] = [
            [
                (c.get("t", "n"), c.get("s", ""), shared[int(v)] if c.get("t") == "s" else v)
                for c in row
                if (v := c.findtext(f"{space}v", ""))
            ]
            for row in rows
        ]
    return found
