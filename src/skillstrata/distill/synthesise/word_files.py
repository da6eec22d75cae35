"""Write an invented document as a Word file: the smallest package that Word and its readers open."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise.outlines import Part, Run

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_OFFICE}.styles+xml"/></Types>'
)
_TOP_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>'
)


def docx_file(parts: Sequence[Part]) -> bytes:
    """Write a Word file with heading styles, lists, tables and hyperlinks."""
    targets: list[str] = []
    body = "".join(_block(part, targets) for part in parts)
    document = f'<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    members = [
        ("[Content_Types].xml", _TYPES),
        ("_rels/.rels", _TOP_RELATIONS),
        ("word/document.xml", document),
        ("word/styles.xml", _styles()),
        ("word/_rels/document.xml.rels", _relations(targets)),
    ]
    return zip_of([(name, (_HEAD + content).encode()) for name, content in members])


def _styles() -> str:
    names = [("Normal", "Normal")] + [(f"Heading{n}", f"heading {n}") for n in range(1, 7)]
    names += [("ListBullet", "List Bullet"), ("ListNumber", "List Number"), ("TableGrid", "Table Grid")]
    styles = "".join(_style(key, name) for key, name in names)
    return f'<w:styles xmlns:w="{_W}">{styles}</w:styles>'


def _style(key: str, name: str) -> str:
    kind = "table" if key == "TableGrid" else "paragraph"
    default = ' w:default="1"' if key == "Normal" else ""
    return f'<w:style w:type="{kind}"{default} w:styleId="{key}"><w:name w:val="{name}"/></w:style>'


def _relations(targets: list[str]) -> str:
    items = [f'<Relationship Id="rId1" Type="{_R}/styles" Target="styles.xml"/>']
    for n, target in enumerate(targets, 2):
        items.append(
            f'<Relationship Id="rId{n}" Type="{_R}/hyperlink" Target={quoteattr(target)} TargetMode="External"/>'
        )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(items)}</Relationships>'


def _block(part: Part, targets: list[str]) -> str:
    if part.kind == "heading":
        return _paragraph(_runs(part.runs, targets), f"Heading{part.level}")
    if part.kind == "list":
        style = "ListNumber" if part.ordered else "ListBullet"
        return "".join(_paragraph(_run(text), style) for _, text in part.items)
    if part.kind == "table":
        grid = "<w:gridCol/>" * len(part.rows[0])
        rows = "".join("<w:tr>" + "".join(_cell(cell) for cell in row) + "</w:tr>" for row in part.rows)
        properties = '<w:tblPr><w:tblStyle w:val="TableGrid"/></w:tblPr>'
        return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    if part.kind == "code":
        return "".join(_paragraph(_run(line), "Normal") for line in part.code.split("\n"))
    return _paragraph(_runs(part.runs, targets), "Normal")


def _cell(text: str) -> str:
    return f"<w:tc><w:tcPr/>{_paragraph(_run(text), 'Normal')}</w:tc>"


def _paragraph(content: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{content}</w:p>'


def _runs(runs: Sequence[Run], targets: list[str]) -> str:
    out: list[str] = []
    for run in runs:
        if run.kind == "link":
            targets.append(run.target)
            out.append(f'<w:hyperlink r:id="rId{len(targets) + 1}">{_run(run.text)}</w:hyperlink>')
        else:
            out.append(_run(run.text, {"strong": "<w:b/>", "em": "<w:i/>"}.get(run.kind, "")))
    return _run(" ").join(out)


def _run(text: str, properties: str = "") -> str:
    shown = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{shown}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
