"""Unseen presentations: the same layouts and tables, in turn one slide fewer and one more, all words new."""

import re

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.zip_members import Member, members_of, zip_of
from skillstrata.distill.synthesise.layouts import unseen_layout
from skillstrata.records.proofs import TypedBytes

_LIST = "ppt/presentation.xml"
_RELATIONS = "ppt/_rels/presentation.xml.rels"
_TYPES = "[Content_Types].xml"
_ENTRY = re.compile(r'<p:sldId\b[^>]*?\br:id="([^"]+)"[^>]*?/>')
_RELATION = re.compile(r"<Relationship\b[^>]*?/>")
_TARGET = re.compile(r'\bTarget="/?(?:ppt/)?(slides/[^"]+)"')
_ID = re.compile(r'\bId="([^"]+)"')
_LEAST = 3
_MOST_IDS = 2**31 - 1
_NOTES = re.compile(r"<Relationship\b[^>]*?/(?:notesSlide|comments)\"[^>]*?/>")


def unseen_deck(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make one presentation like `content`."""
    members = members_of(content.data)
    if members is None:
        return None
    resized = zip_of(_shorter(members, dice) if variant % 2 == 0 else _longer(members, dice))
    return unseen_layout(TypedBytes(content.media_type, resized), variant, dice, rewriter)


def _slides(members: list[Member]) -> dict[str, str]:
    """Give the parts of the slides by the id of their relation, in the order they are shown."""
    texts = {name: content.decode("utf-8", "replace") for name, content in members if name in {_LIST, _RELATIONS}}
    parts: dict[str, str] = {}
    for relation in _RELATION.findall(texts.get(_RELATIONS, "")):
        target, key = _TARGET.search(relation), _ID.search(relation)
        if target and key:
            parts[key.group(1)] = f"ppt/{target.group(1)}"
    return {key: parts[key] for key in _ENTRY.findall(texts.get(_LIST, "")) if key in parts}


def _shorter(members: list[Member], dice: Dice) -> list[Member]:
    """Take one slide away, never the first; presentations of one or two slides stay."""
    slides = _slides(members)
    if len(slides) < _LEAST:
        return members
    key = dice.one(list(slides)[1:])
    part = slides[key]
    gone = {part, _relations_of(part)}
    edits = {
        _LIST: re.compile(rf'<p:sldId\b[^>]*?\br:id="{re.escape(key)}"[^>]*?/>'),
        _RELATIONS: re.compile(rf'<Relationship\b(?=[^>]*\bId="{re.escape(key)}")[^>]*?/>'),
        _TYPES: re.compile(rf'<Override\b(?=[^>]*"/{re.escape(part)}")[^>]*?/>'),
    }
    return [
        (name, _without(content, edits[name]) if name in edits else content)
        for name, content in members
        if name not in gone
    ]


def _longer(members: list[Member], dice: Dice) -> list[Member]:
    """Add a copy of one slide at the end; its words are made new afterwards."""
    slides = _slides(members)
    parts = dict(members)
    if not slides or _TYPES not in parts:
        return members
    source = dice.one(list(slides.values()))
    number = 1 + max((int(n) for n in re.findall(r"slides/slide(\d{1,6})\.xml", " ".join(parts))), default=0)
    made, key = f"ppt/slides/slide{number}.xml", f"rIdAdded{number}"
    if source not in parts:
        return members
    listed = _text(parts[_LIST])
    ids = [int(one) for one in re.findall(r'<p:sldId\b[^>]*?\bid="(\d{1,10})"', listed)]
    entry = f'<p:sldId id="{min(max(ids, default=255) + 1, _MOST_IDS)}" r:id="{key}"/></p:sldIdLst>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide"
    relation = f'<Relationship Id="{key}" Type="{kind}" Target="slides/slide{number}.xml"/></Relationships>'
    form = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml"
    override = f'<Override PartName="/{made}" ContentType="{form}"/></Types>'
    changed = {
        _LIST: listed.replace("</p:sldIdLst>", entry).encode(),
        _RELATIONS: _text(parts[_RELATIONS]).replace("</Relationships>", relation).encode(),
        _TYPES: _text(parts[_TYPES]).replace("</Types>", override).encode(),
    }
    # Notes point back at their slide: a copy has none.
    relations = _NOTES.sub("", _text(parts.get(_relations_of(source), b"")))
    added = [(made, parts[source]), *([(_relations_of(made), relations.encode())] if relations else [])]
    return [*((name, changed.get(name, content)) for name, content in members), *added]


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _without(content: bytes, pattern: re.Pattern[str]) -> bytes:
    return pattern.sub("", _text(content)).encode()
