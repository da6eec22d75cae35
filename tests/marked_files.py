"""Files of many types with a marked word in every place that is not plain content."""

import base64
import gzip
import io
import json
import quopri
import re
import tarfile
import zipfile
from collections.abc import Iterator

from pdfminer.high_level import extract_text

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.pdf_pages import PdfBlock, PdfRun, pdf_file
from skillstrata.distill.mutate.stored import gzip_stored
from skillstrata.distill.mutate.tar_members import tar_of
from skillstrata.distill.mutate.type_names import GZIP, INI, SVG, TAR, TOML, YAML
from skillstrata.distill.mutate.zip_members import members_of, zip_of
from skillstrata.distill.synthesise.outlines import outline
from skillstrata.distill.synthesise.slide_files import pptx_file, slides_of
from skillstrata.distill.synthesise.word_files import docx_file
from skillstrata.distill.synthesise.workbooks import Sheet, xlsx_file
from skillstrata.distill.views import media_types
from tests.made_files import one

# A word no format knows, in a name, an address and a sentence.
W = "zzyzxqua"
SAID = f"always run {W} first"
AT = f"https://{W}.example.org/{W}/a.html?{W}={W}#{W}"

PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{SAID}</title>
<meta name="author" content="{W}"><meta name="{W}" content="x"><link rel="stylesheet" href="{AT}">
<style>.{W} {{ content: "{W}" }}</style><script src="{W}.js">var {W} = "{W}";</script>
<script type="application/ld+json">{{"name": "{W}", "n": 4711, "of": ["{SAID}"]}}</script></head>
<body id="{W}" data-note="{SAID}" onclick="{W}()" style="color: red; background: url({W}.png)">
<!-- {SAID} --><!--[if IE]>{W}<![endif]-->
<p class='{W}' title={W}>Ports of the {W} coast &#122;&#122;&#121;&#122;&#120;&#113;&#117;&#97;</p>
<p><a href="{AT}" title="{W}">see {W}</a> <img src="{W}.png" alt="{SAID}"> and remember this {W}: all of it</p>
<img src="data:image/png;base64,{W}{W}"><input name="{W}" value="{W}" placeholder="{W}"><!-- open {W}
<p>{W}</p></body></html>
"""
BOOK = f"""<?xml version="1.0"?>
<!-- {SAID} --><?xml-stylesheet href="{W}.xsl"?><?{"note"} {SAID}?>
<!DOCTYPE books [<!ENTITY owner "{W}">]>
<books owner="{W}" xml:lang="en"><book id="{W}" type="{W}" when="2026-01-02" to="{AT}"><title>{SAID}</title>
<note><![CDATA[{SAID}]]></note></book><book id="b" type="c" when="2026-01-03" to="d"><title>x y</title></book></books>
"""
TEXT_MD = f"""---
title: {W}
tags: [{W}, b]  # {W}
---
# The {W} coast

See [the {W}]({AT} "{W}") and ![{W}]({W}.png), <{AT}>, <!-- {SAID} --> <b title="{W}">it</b>.[^{W}]

```python {W}
print("{W}")
```

- one {W}
- two, [{W}]

[{W}]: {AT} "{SAID}"
[^{W}]: {SAID}
"""
SETTINGS = f"""# {SAID}
title: {W}
flow: {{a: {W}, b: [{W}]}}
list:
  - name: "{W}"  # {W}
    base: &{W} 12
  - name: other
    base: *{W}
long: |
  * {SAID}
  > {W}
  # {W}
"""
SETTINGS_TOML = f'# {SAID}\ntitle = "{W}"\n[part]\npoint = {{ x = "{W}" }} # {W}\nlist = [["{W}"], ["b"]]\n'
SETTINGS_INI = f"; {SAID}\n[part]\nname = {W}\n# {W}\nnote: {SAID} ; {W}\n"
DRAWING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><!-- {SAID} --><title>{W}</title><desc>{SAID}</desc>'
    f'<style>.{W} {{ fill: red }}</style><linearGradient id="{W}"/><rect id="{W}2" class="{W}" x="1" y="2" '
    f'fill="url(#{W})"/><text x="1" y="2">{W}</text><text x="1" y="4">b</text><image href="{AT}"/></svg>'
)
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": W, "metadata": {"tags": [W]}, "source": [f"# {SAID}"], "attachments": {W: {}}},
        {
            "cell_type": "code",
            "metadata": {"name": W},
            "source": f"print('{W}')",
            "execution_count": 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": [W]},
                {"output_type": "error", "ename": "ValueError", "evalue": W, "traceback": [SAID]},
                {
                    "output_type": "display_data",
                    "metadata": {W: 1},
                    "data": {
                        "text/html": f"<b title='{W}'>{W}</b><!-- {W} -->",
                        "image/png": base64.b64encode(W.encode()).decode(),
                        "application/json": {"a": W},
                        "text/plain": [W],
                    },
                },
            ],
        },
    ],
    "metadata": {"authors": [{"name": W}], "title": W, "language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
MAIL = f"""From: {W} <{W}@{W}.example>\r
To: =?utf-8?b?{base64.b64encode(W.encode()).decode()}?= <a@b.example>\r
Reply-To: {W}@c.example\r
Message-ID: <1.{W}@{W}.example>\r
Received: from {W} (mail.{W}.example [10.1.2.3])\r
	by {W}; Fri, 2 Jan 2026 10:11:12 +0100\r
X-Note: =?utf-8?b?{base64.b64encode(SAID.encode()).decode()}?=\r
Subject: {SAID}\r
Date: Fri, 2 Jan 2026 10:11:12 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="=_{W}"\r
\r
{SAID}\r
--=_{W}\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Dear {W},\r
two lines of {W}.\r
--=_{W}\r
Content-Type: text/html; charset=utf-8; name="{W}.html"\r
Content-Transfer-Encoding: base64\r
\r
{base64.b64encode(PAGE.encode()).decode()}\r
--=_{W}\r
Content-Type: application/octet-stream; name="{W}.bin"\r
Content-Disposition: attachment; filename="{W}.bin"\r
Content-Transfer-Encoding: base64\r
\r
{base64.b64encode(SAID.encode()).decode()}\r
--=_{W}\r
Content-Type: message/rfc822\r
\r
From: {W}@d.example\r
Subject: {W}\r
\r
{SAID}\r
--=_{W}--\r
{SAID}\r
"""
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    f"<dc:title>{SAID}</dc:title><dc:creator>{W}</dc:creator><cp:lastModifiedBy>{W}</cp:lastModifiedBy>"
    "<dcterms:created>2026-01-02T10:11:12Z</dcterms:created></cp:coreProperties>"
)
LINK = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId77" '
    f'Type="http://x/hyperlink" Target="{AT}" TargetMode="External"/></Relationships>'
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _with(package: bytes, parts: dict[str, str], **edits: str) -> bytes:
    """Put further parts into a package, and text before the end of an element of its own parts."""
    members = [(name, data) for name, data in members_of(package) or [] if name not in parts]
    for end, more in edits.items():
        members = [
            (
                n,
                d.replace(
                    f"</{end.replace('_', ':')}>".encode(), more.encode() + f"</{end.replace('_', ':')}>".encode(), 1
                ),
            )
            for n, d in members
        ]
    return zip_of([*members, *((name, text.encode()) for name, text in parts.items())])


def _word() -> bytes:
    more = (
        f'<w:p><w:bookmarkStart w:id="1" w:name="{W}"/><w:ins w:author="{W}" w:date="2026-01-02T10:11:12Z"><w:r><w:t>'
        f'{W}</w:t></w:r></w:ins><w:del w:author="{W}"><w:r><w:delText>{SAID}</w:delText></w:r></w:del>'
        f'<w:r><w:instrText> HYPERLINK "{AT}" </w:instrText></w:r><w:sdt><w:sdtPr><w:alias w:val="{W}"/>'
        f'<w:tag w:val="{W}"/></w:sdtPr></w:sdt><w:docPr id="1" name="{W}" descr="{SAID}"/></w:p><!-- {W} -->'
    )
    comments = (
        f'<w:comments {_W}><w:comment w:author="{W}" w:initials="{W}"><w:p><w:r><w:t>{SAID}</w:t></w:r></w:p>'
        "</w:comment></w:comments>"
    )
    parts = {
        "docProps/core.xml": CORE,
        "docProps/app.xml": f"<Properties><Company>{W}</Company><Manager>{SAID}</Manager></Properties>",
        "docProps/custom.xml": f'<Properties><property fmtid="a" pid="2" name="{W}"><v>{W}</v></property></Properties>',
        "word/comments.xml": comments,
        "word/header1.xml": f"<w:hdr {_W}><w:p><w:r><w:t>{SAID}</w:t></w:r></w:p></w:hdr>",
        "word/footnotes.xml": f"<w:footnotes {_W}><w:p><w:r><w:t>{SAID}</w:t></w:r></w:p></w:footnotes>",
        "word/people.xml": f'<w15:people><w15:person w15:author="{W}"/></w15:people>',
        "word/_rels/settings.xml.rels": LINK,
        "customXml/item1.xml": f"<a><b>{SAID}</b></a>",
        "word/media/image1.png": W,
        "word/embeddings/a.bin": W,
    }
    return _with(docx_file(outline(Dice(1), 2)), parts, w_body=more)


def _slides() -> bytes:
    parts = {
        "docProps/core.xml": CORE,
        "ppt/commentAuthors.xml": f'<p:cmAuthorLst><p:cmAuthor id="0" name="{W}" initials="{W}"/></p:cmAuthorLst>',
        "ppt/comments/comment1.xml": f"<p:cmLst><p:cm authorId='0'><p:text>{SAID}</p:text></p:cm></p:cmLst>",
        "ppt/slides/_rels/slide9.xml.rels": LINK,
        "ppt/media/image1.jpeg": W,
    }
    more = f'<p:pic><p:nvPicPr><p:cNvPr id="9" name="{W}" descr="{SAID}" title="{W}"/></p:nvPicPr></p:pic>'
    return _with(pptx_file(slides_of(outline(Dice(1), 2))), parts, p_spTree=more)


def _workbook() -> bytes:
    more = (
        f'<hyperlinks><hyperlink ref="A1" display="{W}" tooltip="{W}"/></hyperlinks><headerFooter><oddHeader>{SAID}'
        f'</oddHeader></headerFooter><dataValidations><dataValidation prompt="{W}"><formula1>"{W},b"</formula1>'
        "</dataValidation></dataValidations>"
    )
    parts = {
        "docProps/core.xml": CORE,
        "xl/comments1.xml": f"<comments><authors><author>{W}</author></authors><t>{SAID}</t></comments>",
        "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords><r><s v="{W}"/></r></pivotCacheRecords>',
        "xl/worksheets/_rels/sheet1.xml.rels": LINK,
    }
    rows = (("town", "people"), (W, 100), (SAID, 250), ("Chur", 90))
    names = f'<definedNames><definedName name="{W}">"{W}"</definedName></definedNames>'
    return _with(xlsx_file([Sheet("one", rows)]), parts, worksheet=more, workbook=names)


def _open_text() -> bytes:
    more = (
        f'<text:p><text:a xlink:href="{AT}">{W}</text:a><office:annotation><dc:creator xmlns:dc="d">{W}</dc:creator>'
        "</office:annotation></text:p>"
    )
    meta = (
        f'<office:document-meta xmlns:office="o" xmlns:meta="m"><meta:user-defined meta:name="{W}">{SAID}'
        "</meta:user-defined></office:document-meta>"
    )
    return _with(one(media_types.ODT).data, {"meta.xml": meta, "Thumbnails/thumbnail.png": W}, office_text=more)


def _book() -> bytes:
    more = f"<dc:publisher>{W}</dc:publisher><dc:subject>{SAID}</dc:subject><dc:creator>{W}</dc:creator><!-- {W} -->"
    page = f'<p id="{W}" title="{W}">{W}</p><!-- {SAID} --><img src="{W}.png" alt="{W}"/>'
    parts = {f"OEBPS/{W}.png": W, "OEBPS/a.css": f".{W} {{}}"}
    return _with(one(media_types.EPUB).data, parts, metadata=more, body=page)


def documents() -> dict[str, bytes]:
    """Give one such file of each type."""
    table = f"town,n\n{W},4\n{SAID},5\nx y,6\n"
    members = [(f"{W}/{W}.txt", SAID.encode()), (f"{W}/page.html", PAGE.encode()), ("a.png", W.encode())]
    blocks = [
        PdfBlock("heading", (PdfRun(SAID),), level=1),
        PdfBlock("paragraph", (PdfRun(f"See the {W} coast of all the ports", "plain", AT),)),
        PdfBlock("paragraph", (PdfRun("And another paragraph of some words"),)),
    ]
    return {
        media_types.HTML: PAGE.encode(),
        media_types.XML: BOOK.encode(),
        media_types.MARKDOWN: TEXT_MD.encode(),
        media_types.TEXT: f"INFO {W} came\nINFO and remember this {W}: yes\n{SAID}\n".encode(),
        media_types.CSV: table.encode(),
        media_types.TSV: table.replace(",", "\t").encode(),
        media_types.JSON: json.dumps([{"a": W, "b": SAID}, {"a": "x", "b": AT}]).encode(),
        media_types.NDJSON: "".join(json.dumps({"a": W, "b": SAID, "n": n}) + "\n" for n in range(3)).encode(),
        YAML: SETTINGS.encode(),
        TOML: SETTINGS_TOML.encode(),
        INI: SETTINGS_INI.encode(),
        SVG: DRAWING.encode(),
        media_types.IPYNB: json.dumps(NOTEBOOK).encode(),
        media_types.EML: MAIL.encode(),
        media_types.DOCX: _word(),
        media_types.PPTX: _slides(),
        media_types.XLSX: _workbook(),
        media_types.ODT: _open_text(),
        media_types.EPUB: _book(),
        media_types.PDF: pdf_file(blocks),
        media_types.ZIP: zip_of(members),
        TAR: tar_of(members),
        GZIP: gzip_stored(SAID.encode()),
    }


def _texts(data: bytes, depth: int = 0) -> Iterator[str]:
    """Give everything that can be read in a file, however it is wrapped."""
    yield data.decode("utf-8", "replace")
    yield quopri.decodestring(data).decode("utf-8", "replace")
    for found in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}(?:\r?\n[A-Za-z0-9+/]+={0,2})*", data):
        whole = b"".join(found.split())
        yield base64.b64decode(whole[: len(whole) // 4 * 4] + b"", validate=False).decode("utf-8", "replace")
    if depth < 2 and data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive.comment.decode()
            for info in archive.infolist():
                yield f"{info.filename} {info.comment!r}"
                yield from _texts(archive.read(info), depth + 1)
    if data[:2] == b"\x1f\x8b":
        yield from _texts(gzip.decompress(data), depth + 1)
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive.getmembers():
                yield member.name
                stream = archive.extractfile(member)
                yield from _texts(stream.read() if stream else b"", depth + 1)
    if data[:4] == b"%PDF":
        yield extract_text(io.BytesIO(data))


def holds(data: bytes) -> list[str]:
    """Give what surrounds the marked word wherever a file holds it, packed parts included."""
    return [text[max(0, at - 60) : at + 30] for text in _texts(data) if (at := text.lower().find(W)) >= 0]
