"""Take the author's words out of packages: properties, comments, headers, addresses, pictures, embedded files.

In     an office package, an OpenDocument text or a book whose body was made new, stand-ins
Out    the same parts with other words and pictures
Never  changes what a reader needs to open it, names of styles, sheets and columns; raises
"""

import re
from collections.abc import Callable, Mapping

from skillstrata.distill.mutate.zip_members import members_of, zip_of
from skillstrata.distill.synthesise.clean_markup import STRUCTURE, clean_markup
from skillstrata.distill.synthesise.stand_ins import StandIns
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import DOCX, EPUB, ODT, PPTX, XLSX
from skillstrata.records.proofs import TypedBytes

_MARKUP = re.compile(r".*\.(?:xml|vml|svg|opf|ncx|x?html?|rdf)", re.I)
_PAGE = re.compile(r".*\.x?html?", re.I)
_CONTENTS = re.compile(r".*\.(?:opf|ncx)", re.I)
_TABLE_OF_CONTENTS = re.compile(r"""epub:type\s*=\s*["'][^"']*\b(?:toc|landmarks)\b""")
_NAMED = re.compile(
    r"""\b((?:\w+:)?(?:author|initials|userId|providerId|descr|title|alt|tooltip|prompt|promptTitle|error|errorTitle|"""
    r"""display|address|description|subject|keywords|comment|displayText|instr|date|dT|displayName|string-value|"""
    r"""target-frame-name|lastModifiedBy|refreshedBy|location)|w:anchor)(=)("[^"]*"|'[^']*')"""
)
# The elements of which a name or a value is the author's.
_NAMING = re.compile(
    r"<(?:\w+:)?(?:cNvPr|docPr|bookmarkStart|bookmark|tag|alias|docVar|statusText|helpText|listItem|property|"
    r"user-defined|user-field-decl|user-field-get|variable-set|variable-decl|sequence-decl|frame|"
    r"s|a|reference-mark|hyperlink|attachedTemplate|person|cmAuthor|blip|imagedata|text-input|default)"
    r"(?=[\s/>])[^>]*>"
)
_VALUE_OF = re.compile(r"""((?:\w+:)?(?:name|val|value|v|href|id|src|o:title|linkTarget))(=)("[^"]*"|'[^']*')""")
_EXTERNAL = re.compile(r"<Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)[^>]*>")
_TARGET = re.compile(r"""\b(Target)(=)("[^"]*"|'[^']*')""")
_COMMENTS = re.compile(r"<!--.*?-->|<\?(?!xml )[^>]*\?>", re.S)
_DEFINED = re.compile(r"<definedNames>.*?</definedNames>", re.S)
_FORMULA_TEXT = re.compile(r"\"[^\"]*\"|&quot;.*?&quot;|'[^'\[]*\[[^\]]*\.xl\w*\]", re.S)
_LETTER = re.compile(r"[^\W\d_]")
_FORMULAS = frozenset(
    {"f", "formula", "formula1", "formula2", "c:f", "calculatedColumnFormula", "xm:f", "c:formatCode"}
)
# What the makers wrote anew already, by type: the part, and the elements whose text is then new.
_MADE: Mapping[str, tuple[re.Pattern[str], frozenset[str]]] = {
    DOCX: (re.compile(r"word/document\.xml"), frozenset({"w:t"})),
    PPTX: (re.compile(r"ppt/(?:slides|notesSlides)/\w+\.xml"), frozenset({"a:t"})),
    XLSX: (re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.xml"), frozenset({"t", "v"})),
}
_OF_CONTENTS = frozenset({"text", "a", "title", "dc:title", "dc:creator", "dc:description", "dc:language"})
_FULL_PATH = re.compile(r"""\b(full-path)(=)("[^"]*"|'[^']*')""")
_KEPT_PARTS = frozenset({"mimetype", "[Content_Types].xml", "META-INF/manifest.xml"})


def clean_package(content: TypedBytes, stand: StandIns) -> bytes | None:
    """Give an office package with the author's words exchanged; None where it cannot be read."""
    members = members_of(content.data)
    if members is None:
        return None
    clean = _book_part if content.media_type == EPUB else _office_part
    made = [(name, clean(content.media_type, name, data, stand)) for name, data in members]
    return zip_of([(book_name(name, stand), data) for name, data in made] if content.media_type == EPUB else made)


def book_name(name: str, stand: StandIns) -> str:
    """Give the name of a book's part: as the addresses inside the book name it."""
    return name if name == "mimetype" or name.startswith("META-INF/") else stand.words(name)


def _office_part(media_type: str, name: str, data: bytes, stand: StandIns) -> bytes:
    if name in _KEPT_PARTS or name.endswith("/"):
        return data
    decoded = decode(data) if _MARKUP.fullmatch(name) or name.endswith(".rels") else None
    if decoded is None:
        return stand.picture(name, data)
    if name.endswith(".rels"):
        return decoded.encode(_EXTERNAL.sub(lambda m: _exchanged(_TARGET, m.group(0), stand), decoded.text))
    text = _DEFINED.sub("", decoded.text)
    text = _COMMENTS.sub("", text)
    text = _NAMED.sub(lambda match: _attribute(match, stand), text)
    text = _NAMING.sub(lambda match: _exchanged(_VALUE_OF, match.group(0), stand), text)
    return decoded.encode(_texts(text, _written(media_type, name), stand))


def _exchanged(pattern: re.Pattern[str], tag: str, stand: StandIns) -> str:
    return pattern.sub(lambda match: _attribute(match, stand), tag)


def _attribute(match: re.Match[str], stand: StandIns) -> str:
    name, joint, quoted = match.groups()
    # Relations are named rId1: these are no words.
    kept = name in {"r:id", "id"} or (name == "name" and quoted[1:-1].startswith("_"))
    return match.group(0) if kept else f"{name}{joint}{quoted[0]}{stand.escaped(quoted[1:-1])}{quoted[0]}"


def _written(media_type: str, name: str) -> Callable[[str], bool]:
    """Say of which elements of a part the text is new already."""
    part, tags = _MADE.get(media_type, (re.compile("(?!)"), frozenset[str]()))
    if media_type == ODT and name == "content.xml":
        return lambda _tag: True
    return (lambda tag: tag in tags) if part.fullmatch(name) else (lambda _tag: False)


_TEXT = re.compile(r"(<([\w:.-]+)(?:\s[^<>]*)?(?<!/)>|</[\w:.-]+>|/>)([^<>]*[^<>\s][^<>]*)(?=<)")
_RAW = re.compile(r"(<!\[CDATA\[)(.*?)(\]\]>)", re.S)


def _texts(text: str, is_new: Callable[[str], bool], stand: StandIns) -> str:
    """Exchange the texts of elements that nobody wrote anew."""

    def changed(match: re.Match[str]) -> str:
        tag, raw = match.group(2) or "", match.group(3)
        if tag in _FORMULAS:
            return match.group(1) + _FORMULA_TEXT.sub(lambda m: stand.words(m.group(0)), raw)
        if is_new(tag) or not (_LETTER.search(raw) or "&#" in raw):
            return match.group(0)
        return match.group(1) + stand.escaped(raw)

    text = _TEXT.sub(changed, text)
    return _RAW.sub(lambda m: m.group(1) + stand.words(m.group(2)) + m.group(3), text)


def _book_part(_type: str, name: str, data: bytes, stand: StandIns) -> bytes:
    if name == "mimetype":
        return data
    decoded = decode(data) if _MARKUP.fullmatch(name) else None
    if decoded is None:
        return b"p { margin: 1em; }\n" if name.endswith(".css") else stand.picture(name, data)
    if name == "META-INF/container.xml":
        return decoded.encode(_COMMENTS.sub("", _exchanged(_FULL_PATH, decoded.text, stand)))
    page = _PAGE.fullmatch(name) is not None
    listed = _CONTENTS.fullmatch(name) is not None or (page and _TABLE_OF_CONTENTS.search(decoded.text) is not None)

    def change(tag: str, raw: str) -> str | None:
        return None if tag in _OF_CONTENTS or not listed else stand.escaped(raw)

    return decoded.encode(clean_markup(decoded.text, stand, html=page, kept=STRUCTURE, change=change))
