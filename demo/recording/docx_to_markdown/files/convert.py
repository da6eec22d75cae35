"""Convert the minutes from Word to Markdown."""

import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

SOURCE = Path("/tmp/strata-demo/project/docs/minutes.docx")
TARGET = SOURCE.with_suffix(".md")

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def text_of(node, targets):
    """Give the text below a node; a hyperlink as Markdown writes it."""
    found = ""
    for child in node:
        if child.tag == W + "t":
            found += child.text or ""
        elif child.tag in (W + "tab", W + "br"):
            found += " "
        elif child.tag == W + "hyperlink" and child.get(R + "id") in targets:
            found += f"[{text_of(child, targets)}]({targets[child.get(R + 'id')]})"
        elif child.tag not in (W + "pPr", W + "rPr", W + "del"):
            found += text_of(child, targets)
    return found


def prefix_of(paragraph):
    """Say what a paragraph is: a heading, an item of a list, or just text."""
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    name = style.get(W + "val", "") if style is not None else ""
    heading = re.fullmatch(r"[Hh]eading ?([1-6])", name)
    if heading:
        return "#" * int(heading[1]) + " "
    if name == "Title":
        return "# "
    if name.startswith("ListNumber"):
        return "1. "
    level = paragraph.find(f"{W}pPr/{W}numPr/{W}ilvl")
    if level is not None:
        return "    " * int(level.get(W + "val", "0")) + "- "
    return "- " if name.startswith("List") else ""


def table_of(node, targets):
    rows = []
    for row in node.findall(W + "tr"):
        cells = [" ".join(text_of(p, targets).strip() for p in cell.iter(W + "p")) for cell in row.findall(W + "tc")]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        if len(rows) == 1:
            rows.append("|" + " --- |" * len(cells))
    return "\n".join(rows)


with zipfile.ZipFile(SOURCE) as package:
    body = ET.fromstring(package.read("word/document.xml")).find(W + "body")
    links = "word/_rels/document.xml.rels"
    relations = ET.fromstring(package.read(links)) if links in package.namelist() else ()
    targets = {one.get("Id"): one.get("Target") for one in relations}

blocks, items = [], []
for node in body:
    text = text_of(node, targets).strip() if node.tag == W + "p" else ""
    prefix = prefix_of(node) if text else ""
    if prefix.strip() in ("-", "1."):
        items.append(prefix + text)
        continue
    if items and (text or node.tag == W + "tbl"):
        blocks.append("\n".join(items))
        items = []
    if text:
        blocks.append(prefix + text)
    elif node.tag == W + "tbl":
        blocks.append(table_of(node, targets))
if items:
    blocks.append("\n".join(items))

TARGET.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
print(f"{TARGET}: {len(blocks)} blocks")
