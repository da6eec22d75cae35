"""Change which sheets a workbook has: leave some out, or add one under a new name.

In     a workbook, the words its program looks for
Out    the same workbook with its first sheet and those the program names, or with a sheet more
Never  takes a sheet away that another one counts with; raises
Why    a workbook of two sheets says nothing about how many the next one has, or in which part each lies
"""

import posixpath
import re
from collections.abc import Collection, Sequence
from html import unescape
from xml.sax.saxutils import quoteattr

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.mutate.zip_members import members_of, zip_of
from skillstrata.distill.views.tokens import tokens

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_TYPES = "[Content_Types].xml"
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*/>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*/>")
_ACTIVE = re.compile(r'\s(?:activeTab|firstSheet)="\d+"')
_DEFINED = re.compile(r"<definedNames>.*?</definedNames>", re.S)
_OTHER_SHEET = re.compile(rb"<f\b[^>]*>[^<]*!")
_OWN_PARTS = re.compile(r"\br:(?:id|embed|pict)=")
_SELECTED = re.compile(r'\stabSelected="\w+"')
_NUMBER = re.compile(r"\d+")


def sheet_parts(data: bytes) -> list[tuple[str, str]]:
    """Give the name of each sheet and the part it lies in, in the order of the workbook; [] for what is no workbook."""
    parts = dict(members_of(data) or ())
    book, relations = (parts.get(name, b"").decode("utf-8", "replace") for name in (_BOOK, _RELATIONS))
    targets = {_attribute(tag, "Id"): _attribute(tag, "Target") for tag in _RELATION.findall(relations)}
    found = ((_attribute(tag, "name"), targets.get(_attribute(tag, "r:id"), "")) for tag in _SHEET.findall(book))
    return [(name, posixpath.join("xl", target).lstrip("/")) for name, target in found if target]


def fewer_sheets(data: bytes, kept: Collection[str]) -> bytes:
    """Leave out all sheets but the first and those of which the program knows the name."""
    sheets = sheet_parts(data)
    gone = [part for name, part in sheets[1:] if not any(word in kept for word in tokens(name))]
    members = members_of(data) or []
    if not gone or any(_OTHER_SHEET.search(content) for name, content in members if name not in gone):
        return data
    left = [(name, content) for name, content in members if name not in gone and name not in _relations_of(gone)]
    return zip_of([(name, _without(name, content, gone, sheets)) for name, content in left])


def more_sheets(data: bytes, xml: str, dice: Dice) -> bytes:
    """Add a sheet after the last one, under a new name; one with parts of its own cannot be added."""
    members = members_of(data) or []
    sheets = sheet_parts(data)
    if not sheets or _OWN_PARTS.search(xml):
        return data
    number = max(int(n[:9]) for _, part in sheets for n in (_NUMBER.findall(posixpath.basename(part)) or ["0"])) + 1
    source, part = sheets[-1][1], f"xl/worksheets/sheet{number}.xml"
    if any(name == part for name, _ in members):
        return data
    made = [(name, _with(name, content, (source, part), dice)) for name, content in members]
    return zip_of([*made, (part, _SELECTED.sub("", xml).encode("utf-8", "replace"))])


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{re.escape(name)}\s*=\s*("[^"]*"|\'[^\']*\')', tag)
    return unescape(found.group(1)[1:-1]) if found else ""


def _relations_of(parts: Sequence[str]) -> list[str]:
    return [f"{posixpath.dirname(part)}/_rels/{posixpath.basename(part)}.rels" for part in parts]


def _without(name: str, content: bytes, gone: Sequence[str], sheets: Sequence[tuple[str, str]]) -> bytes:
    if name not in {_BOOK, _RELATIONS, _TYPES}:
        return content
    text = content.decode("utf-8", "replace")
    if name == _BOOK:
        names = frozenset(sheet for sheet, part in sheets if part in gone)
        text = _SHEET.sub(lambda m: "" if _attribute(m.group(0), "name") in names else m.group(0), text)
        return _ACTIVE.sub("", _DEFINED.sub("", text)).encode()
    if name == _RELATIONS:
        ends = tuple(posixpath.basename(part) for part in gone)
        return _RELATION.sub(lambda m: "" if _ends(m.group(0), ends) else m.group(0), text).encode()
    return re.sub(
        r"<(?:\w+:)?Override\b[^>]*/>",
        lambda m: "" if _attribute(m.group(0), "PartName").lstrip("/") in gone else m.group(0),
        text,
    ).encode()


def _ends(tag: str, names: Sequence[str]) -> bool:
    target = _attribute(tag, "Target")
    return "worksheets/" in target and posixpath.basename(target) in names


def _with(name: str, content: bytes, parts: tuple[str, str], dice: Dice) -> bytes:
    if name not in {_BOOK, _RELATIONS, _TYPES}:
        return content
    text = content.decode("utf-8", "replace")
    source, part = parts
    key = "rIdMore"
    if name == _BOOK:
        last = list(_SHEET.finditer(text))[-1]
        numbers = [int(_attribute(tag, "sheetId")[:9] or 0) for tag in _SHEET.findall(text)]
        tag = re.sub(r'(\sname\s*=\s*)("[^"]*"|\'[^\']*\')', rf"\g<1>{quoteattr(invent(dice).title())}", last.group(0))
        tag = re.sub(r'(\sr:id\s*=\s*)("[^"]*"|\'[^\']*\')', rf'\g<1>"{key}"', tag)
        tag = re.sub(r'(\ssheetId\s*=\s*)("[^"]*"|\'[^\']*\')', rf'\g<1>"{max(numbers) + 1}"', tag)
        return (text[: last.end()] + tag + text[last.end() :]).encode()
    pattern = _RELATION if name == _RELATIONS else re.compile(r"<(?:\w+:)?Override\b[^>]*/>")
    old, new = posixpath.basename(source), posixpath.basename(part)
    found = next((m for m in pattern.finditer(text) if f"worksheets/{old}" in m.group(0)), None)
    if found is None:
        return content
    tag = found.group(0).replace(f"worksheets/{old}", f"worksheets/{new}")
    tag = re.sub(r'(\sId\s*=\s*)("[^"]*"|\'[^\']*\')', rf'\g<1>"{key}"', tag)
    return (text[: found.end()] + tag + text[found.end() :]).encode()
