"""Three small converters, written apart from the readers the oracles use: what an honest program would give.

In     bytes of HTML, Word or CSV
Out    Markdown or JSON, as text
Never  shares code with the product
"""

import csv
import io
import json
import re
import zipfile
from html import unescape
from html.parser import HTMLParser

_SKIP = {"script", "style", "head"}
_BREAKS = {"p", "div", "ul", "ol", "table", "pre"}
_PARAGRAPH = re.compile(r"<w:tbl>.*?</w:tbl>|<w:p>.*?</w:p>", re.S)


class _Markdown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self.href = ""
        self.skipped = 0
        self.lists: list[str] = []
        self.cells: list[str] | None = None
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipped += tag in _SKIP
        if tag in {"ul", "ol"}:
            self.lists.append(tag)
        opening = {"strong": "**", "em": "*", "code": "`", "pre": "\n\n```\n", "p": "\n\n", "table": "\n\n"}
        if tag == "code" and self.out[-1:] == ["\n\n```\n"]:
            return
        if tag == "li":
            self.out.append("\n" + "  " * (len(self.lists) - 1) + ("1. " if self.lists[-1:] == ["ol"] else "- "))
        elif re.fullmatch("h[1-6]", tag):
            self.out.append("\n\n" + "#" * int(tag[1]) + " ")
        elif tag == "a":
            self.href = dict(attrs).get("href") or ""
            self.out.append("[")
        elif tag in {"td", "th"}:
            self.out.append("| ")
        else:
            self.out.append(opening.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in _SKIP
        closing = {"strong": "**", "em": "*", "pre": "\n```\n", "td": " ", "th": " ", "a": f"]({self.href})"}
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        if tag == "tr":
            width = "".join(self.out).rpartition("\n")[2].count("| ")
            self.out.append("|\n" + ("|" + " --- |" * width + "\n" if not self.rows else ""))
            self.rows += 1
        elif tag == "table":
            self.rows = 0
        elif tag == "code":
            self.out.append("" if "```" in "".join(self.out[-2:]) else "`")
        else:
            self.out.append(closing.get(tag, ""))

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.out.append(data if data.strip() else " " * (data == " "))


def html_to_markdown(data: bytes) -> str:
    """Convert a page."""
    parser = _Markdown()
    parser.feed(data.decode())
    parser.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(parser.out)).strip() + "\n"


def docx_to_markdown(data: bytes, *, keyed: bool = False) -> str:
    """Convert a Word document; with `keyed`, each row of a table becomes a list of `name: value`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("word/document.xml").decode()
    blocks: list[str] = []
    for block in _PARAGRAPH.findall(xml):
        if block.startswith("<w:tbl>"):
            rows = [re.findall(r"<w:tc>.*?</w:tc>", row, re.S) for row in re.findall(r"<w:tr>.*?</w:tr>", block, re.S)]
            blocks.append(_table([[_text(cell) for cell in row] for row in rows], keyed=keyed))
            continue
        style = re.search(r'<w:pStyle w:val="(\w+)"', block)
        name = style.group(1) if style else ""
        mark = "#" * int(name[-1]) + " " if name.startswith("Heading") else "- " if name.startswith("List") else ""
        blocks.append(mark + _text(block))
    return "\n\n".join(blocks) + "\n"


def csv_to_json(data: bytes, *, typed: bool) -> str:
    """Convert a table to a list of objects; with `typed`, numbers without leading zeros become numbers."""
    records: list[dict[str, str | int | float]] = []
    for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        records.append({key: _number(value) if typed else value for key, value in row.items()})
    return json.dumps(records, ensure_ascii=False, indent=2)


def _number(text: str) -> str | int | float:
    if re.fullmatch(r"-?(?:0|[1-9]\d*)", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?(?:0|[1-9]\d*)\.\d+", text) else text


def _text(xml: str) -> str:
    return unescape("".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", xml))).strip()


def _table(rows: list[list[str]], *, keyed: bool) -> str:
    if keyed:
        lines = ["; ".join(f"{k}: {v}" for k, v in zip(rows[0], row, strict=True)) for row in rows[1:]]
        return "\n".join(f"- {line}" for line in lines)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
