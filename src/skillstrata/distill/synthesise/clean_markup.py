"""Take the author's words out of what markup holds beside its text: comments, attributes, scripts, declarations.

In     HTML, XML or SVG text, stand-ins
Out    the same tags and attributes with other values
Never  changes the name of a tag or of an attribute, a namespace, a size or a layout; raises
"""

import json
import re
from collections.abc import Callable

from skillstrata.distill.mutate.markup import Piece, pieces
from skillstrata.distill.mutate.opened import Tree
from skillstrata.distill.synthesise.stand_ins import StandIns

_ATTRIBUTE = re.compile(r"""([^\s=>"'/<]+)(\s*=\s*)("[^"]*"?|'[^']*'?|[^\s"'>]+)|("[^"]*"?|'[^']*'?)""")
STRUCTURE = frozenset(
    (
        "type rel charset lang hreflang dir colspan rowspan scope align valign width height border cellpadding "
        "cellspacing start reversed method http-equiv role target tabindex checked disabled selected span size color "
        "bgcolor loading decoding version encoding standalone d points transform viewbox fill stroke x y cx cy r rx ry "
        "x1 y1 x2 y2 dx dy offset preserveaspectratio media-type properties epub:type playorder linear toc "
        "page-progression-direction"
    ).split()
)
_STYLE = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
_STYLE_VALUE = re.compile(
    r"(?:#[0-9a-f]{3,8}|-?[\d.]+(?:px|r?em|%|pt|vh|vw)?|none|hidden|visible|bold|italic|center|left|right|justify|"
    r"block|inline|flex|grid|auto|normal|solid|collapse|nowrap|absolute|relative|fixed|both|inherit|[\s,!])+",
    re.I,
)
_KNOWN_DECLARATION = re.compile(
    r"<!DOCTYPE\s+\w+(?:\s+(?:PUBLIC|SYSTEM)[^<>\[\]]*(?:W3C|w3\.org)[^<>\[\]]*)?\s*>", re.I
)
_CLOSING = re.compile(r"(</[^\s>]*)[^>]*>")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OF_XML = frozenset({"version", "encoding", "standalone"})
_SCRIPT = "var unseen = 4242424;"
_SHEET = "p { margin: 12px; }"
_MAX_DEPTH = 60

Change = Callable[[str, str], str | None]


def clean_markup(
    text: str, stand: StandIns, *, html: bool, kept: frozenset[str] = STRUCTURE, change: Change | None = None
) -> str:
    """Give markup with the author's words exchanged.

    Args:
        text: The markup.
        stand: What stands in for its words.
        html: Whether it is read as HTML.
        kept: Attributes whose values belong to the format.
        change: Gives new text for text inside an element of a name; None leaves it. Text stays without it.
    """
    out: list[str] = []
    inside: list[str] = [""]
    opening = ""
    for piece in pieces(text, html=html):
        raw = text[piece.start : piece.end]
        if piece.kind in {"open", "empty"}:
            out.append(_tag(raw, piece, stand, kept))
            opening = raw
            inside.append(piece.name) if piece.kind == "open" else None
        elif piece.kind == "close":
            out.append(_CLOSING.sub(r"\1>", raw))
            inside = inside[: _last(inside, piece.name)] or [""]
        elif piece.kind == "text":
            made = change(inside[-1], raw) if change and raw.strip() else None
            out.append(raw if made is None else made)
        else:
            out.append(_other(raw, inside[-1] if html else "", opening, stand))
    return "".join(out)


def _last(names: list[str], name: str) -> int:
    """Give the place of the innermost element of a name, the end where there is none."""
    return next((at for at in range(len(names) - 1, 0, -1) if names[at] == name), len(names))


def _tag(raw: str, piece: Piece, stand: StandIns, kept: frozenset[str]) -> str:
    start = raw.lower().find(piece.name.lower(), 1) + len(piece.name)

    def attribute(match: re.Match[str]) -> str:
        name, joint, quoted = match.group(1), match.group(2), match.group(3)
        if name is None:
            return stand.words(match.group(4))
        return f"{name}{joint}{_value(name.lower(), quoted, stand, kept)}"

    return raw[:start] + _ATTRIBUTE.sub(attribute, raw[start:])


def _value(name: str, quoted: str, stand: StandIns, kept: frozenset[str]) -> str:
    mark = quoted[0] if quoted[0] in "\"'" else ""
    bare = quoted.removeprefix(mark).removesuffix(mark) if mark else quoted
    if name.startswith(("xmlns", "xml:")) or (name in kept and "url(" not in bare):
        made = bare
    elif name == "style" and kept is STRUCTURE:
        found = ((n, v) for n, v in _STYLE.findall(bare) if _STYLE_VALUE.fullmatch(v.strip()))
        made = "; ".join(f"{n}: {v.strip()}" for n, v in found)
    else:
        made = stand.escaped(bare)
    return f"{mark}{made}{mark}"


def _other(raw: str, inside: str, opening: str, stand: StandIns) -> str:
    if inside == "style":
        return _SHEET if raw.strip() else raw
    if inside == "script":
        return _script(raw, opening, stand)
    if raw.startswith("<![CDATA["):
        return f"<![CDATA[{stand.text(raw[9:].removesuffix(']]>'))}]]>"
    if raw.startswith(("<!--", "<?xml ")) or not raw.startswith(("<?", "<!")):
        return raw if raw.startswith("<?xml ") else stand.words(raw)
    return _declaration(raw, stand)


def _declaration(raw: str, stand: StandIns) -> str:
    """Exchange what an instruction says, and the texts of a declaration that is not a known one."""
    if raw.startswith("<?"):
        target, _, rest = raw.partition(" ")
        return f"{target} {stand.words(rest)}" if rest else raw
    known = _KNOWN_DECLARATION.fullmatch(raw)
    return raw if known else _QUOTED.sub(lambda match: stand.words(match.group(0)), raw)


def _script(raw: str, opening: str, stand: StandIns) -> str:
    if not raw.strip():
        return raw
    if "json" not in opening.lower():
        return _SCRIPT
    try:
        tree: Tree = json.loads(raw)
    except (ValueError, RecursionError):
        return "{}"
    return json.dumps(other_leaves(tree, stand), ensure_ascii=False).replace("</", "<\\/")


def other_leaves(tree: Tree, stand: StandIns, depth: int = 0) -> Tree:
    """Give a tree with the same keys and other texts and numbers."""
    if isinstance(tree, dict | list) and depth > _MAX_DEPTH:
        return None
    if isinstance(tree, dict):
        return {key: other_leaves(value, stand, depth + 1) for key, value in tree.items()}
    if isinstance(tree, list):
        return [other_leaves(value, stand, depth + 1) for value in tree]
    if isinstance(tree, str):
        return stand.value(tree)
    return tree if isinstance(tree, bool) or tree is None else _other_number(tree, stand)


def _other_number(number: float, stand: StandIns) -> float:
    try:
        return type(number)(stand.value(str(number)))
    except ValueError:
        return 0
