"""Write an invented document as PowerPoint slides: a title, bullets and a table a slide."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from skillstrata.distill.mutate.zip_members import zip_of
from skillstrata.distill.synthesise.outlines import Part
from skillstrata.distill.synthesise.workbooks import HEAD, content_types, relationships

_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACES = f'xmlns:a="{_A}" xmlns:r="{_R}" xmlns:p="{_P}"'
_KIND = "application/vnd.openxmlformats-officedocument.presentationml"
_THEME = "application/vnd.openxmlformats-officedocument.theme+xml"
_TREE_HEAD = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>'
)
_COLOURS = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "1F497D",
    "lt2": "EEECE1",
    "accent1": "4F81BD",
    "accent2": "C0504D",
    "accent3": "9BBB59",
    "accent4": "8064A2",
    "accent5": "4BACC6",
    "accent6": "F79646",
    "hlink": "0000FF",
    "folHlink": "800080",
}
_COLOUR_MAP = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
_INCH = 914_400
_BULLETS = 6


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide: title, paragraphs with their depth, and the rows of a table if it has one."""

    title: str
    lines: tuple[tuple[int, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def slides_of(parts: Sequence[Part]) -> tuple[Slide, ...]:
    """Cut a document into slides: a new one at every heading, and where a slide would be too full."""
    slides: list[Slide] = []
    for part in parts:
        text = " ".join(run.text for run in part.runs)
        if part.kind == "heading" or not slides:
            slides.append(Slide(text))
        elif part.kind == "table":
            slides[-1] = Slide(slides[-1].title, slides[-1].lines, part.rows)
        else:
            lines = part.items or tuple((0, line) for line in (part.code or text).split("\n"))
            if len(slides[-1].lines) + len(lines) > _BULLETS and slides[-1].lines:
                slides.append(Slide(slides[-1].title))
            slides[-1] = Slide(slides[-1].title, slides[-1].lines + lines, slides[-1].rows)
    return tuple(slides)


def pptx_file(slides: Sequence[Slide]) -> bytes:
    """Write a presentation with one master, one layout and one theme."""
    numbers = range(1, len(slides) + 1)
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n + 2}"/>' for n in numbers)
    presentation = (
        f'<p:presentation {_SPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:sldIdLst>{listed}</p:sldIdLst><p:sldSz cx="{10 * _INCH}" cy="{7 * _INCH}"/>'
        f'<p:notesSz cx="{7 * _INCH}" cy="{10 * _INCH}"/></p:presentation>'
    )
    relations = [("rId1", "slideMaster", "slideMasters/slideMaster1.xml"), ("rId2", "theme", "theme/theme1.xml")]
    relations += [(f"rId{n + 2}", "slide", f"slides/slide{n}.xml") for n in numbers]
    parts = [
        ("/ppt/presentation.xml", f"{_KIND}.presentation.main+xml"),
        ("/ppt/slideMasters/slideMaster1.xml", f"{_KIND}.slideMaster+xml"),
        ("/ppt/slideLayouts/slideLayout1.xml", f"{_KIND}.slideLayout+xml"),
        ("/ppt/theme/theme1.xml", _THEME),
        *((f"/ppt/slides/slide{n}.xml", f"{_KIND}.slide+xml") for n in numbers),
    ]
    to_layout = ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml")
    members = [
        ("[Content_Types].xml", content_types(parts)),
        ("_rels/.rels", relationships([("rId1", "officeDocument", "ppt/presentation.xml")])),
        ("ppt/presentation.xml", presentation),
        ("ppt/_rels/presentation.xml.rels", relationships(relations)),
        ("ppt/slideMasters/slideMaster1.xml", _master()),
        (
            "ppt/slideMasters/_rels/slideMaster1.xml.rels",
            relationships([to_layout, ("rId2", "theme", "../theme/theme1.xml")]),
        ),
        ("ppt/slideLayouts/slideLayout1.xml", _layout()),
        (
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels",
            relationships([("rId1", "slideMaster", "../slideMasters/slideMaster1.xml")]),
        ),
        ("ppt/theme/theme1.xml", _theme()),
    ]
    for n, slide in zip(numbers, slides, strict=True):
        members.append((f"ppt/slides/slide{n}.xml", _slide(slide)))
        members.append((f"ppt/slides/_rels/slide{n}.xml.rels", relationships([to_layout])))
    return zip_of([(name, (HEAD + content).encode()) for name, content in members])


def _slide(slide: Slide) -> str:
    shapes = [_shape(2, "title", [(0, slide.title)], (0.5, 0.3, 9.0, 1.0))]
    if slide.lines:
        shapes.append(_shape(3, "body", slide.lines, (0.5, 1.5, 9.0, 3.0)))
    if slide.rows:
        shapes.append(_table(slide.rows))
    tree = f"<p:cSld><p:spTree>{_TREE_HEAD}{''.join(shapes)}</p:spTree></p:cSld>"
    return f"<p:sld {_SPACES}>{tree}<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"


def _shape(key: int, kind: str, lines: Sequence[tuple[int, str]], box: tuple[float, float, float, float]) -> str:
    place = ' idx="1"' if kind == "body" else ""
    text = "".join(_paragraph(line, depth) for depth, line in lines)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{key}" name="{kind.capitalize()} {key}"/><p:cNvSpPr/>'
        f'<p:nvPr><p:ph type="{kind}"{place}/></p:nvPr></p:nvSpPr><p:spPr>{_frame("a", box)}</p:spPr>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/>{text}</p:txBody></p:sp>"
    )


def _paragraph(text: str, depth: int) -> str:
    level = f'<a:pPr lvl="{depth}"/>' if depth else ""
    return f'<a:p>{level}<a:r><a:rPr lang="en-US"/><a:t>{escape(text)}</a:t></a:r></a:p>'


def _frame(space: str, box: tuple[float, float, float, float]) -> str:
    x, y, wide, high = (round(side * _INCH) for side in box)
    return f'<{space}:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{wide}" cy="{high}"/></{space}:xfrm>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    wide = 9 * _INCH // len(rows[0])
    grid = f'<a:gridCol w="{wide}"/>' * len(rows[0])
    body = "".join(
        f'<a:tr h="{_INCH // 3}">'
        + "".join(
            f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{_paragraph(cell, 0)}</a:txBody><a:tcPr/></a:tc>" for cell in row
        )
        + "</a:tr>"
        for row in rows
    )
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="Table 4"/><p:cNvGraphicFramePr/><p:nvPr/>'
        f"</p:nvGraphicFramePr>{_frame('p', (0.5, 4.6, 9.0, 2.0))}<a:graphic>"
        f'<a:graphicData uri="{_A}/table"><a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{grid}</a:tblGrid>{body}</a:tbl>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )


def _master() -> str:
    title = _shape(2, "title", [(0, "")], (0.5, 0.3, 9.0, 1.0))
    body = _shape(3, "body", [(0, "")], (0.5, 1.5, 9.0, 5.0))
    return (
        f"<p:sldMaster {_SPACES}><p:cSld><p:spTree>{_TREE_HEAD}{title}{body}</p:spTree></p:cSld>{_COLOUR_MAP}"
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>'
    )


def _layout() -> str:
    title = _shape(2, "title", [(0, "")], (0.5, 0.3, 9.0, 1.0))
    body = _shape(3, "body", [(0, "")], (0.5, 1.5, 9.0, 5.0))
    return (
        f'<p:sldLayout {_SPACES} type="obj"><p:cSld name="Title and Content"><p:spTree>{_TREE_HEAD}{title}{body}'
        "</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
    )


def _theme() -> str:
    colours = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS.items())
    font = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="9525">{fill}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'<a:theme xmlns:a="{_A}" name="Plain"><a:themeElements><a:clrScheme name="Plain">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Plain"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="Plain"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )
