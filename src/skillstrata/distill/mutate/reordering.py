"""Reorder what repeats in an input, and add one more of it.

In     an input and a seed
Out    MutatedInput "permute" (the same parts in another order) and "append" (one part more, with new content)
Never  changes a part while moving it
"""

from collections.abc import Collection

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.readable import readable
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.sheet_rows import permuted_workbook
from skillstrata.distill.mutate.siblings import Layout, Series, layout_of
from skillstrata.distill.mutate.slots import edited, slots_of
from skillstrata.distill.mutate.type_names import INI, SVG, TOML, YAML
from skillstrata.distill.views.media_types import DOCX, EML, EPUB, HTML, JSON, MARKDOWN, NDJSON, ODT, PPTX, XLSX, XML
from skillstrata.records.proofs import MutatedInput, TypedBytes

_LISTED = 8
_SHORTEST = 3
# A part of these formats reads as an input of its own, so that its text can be found without the rest.
_PART_TYPES = {
    HTML: HTML,
    XML: XML,
    DOCX: XML,
    PPTX: XML,
    ODT: XML,
    SVG: XML,
    EPUB: HTML,
    MARKDOWN: MARKDOWN,
    JSON: JSON,
    NDJSON: JSON,
    YAML: YAML,
    TOML: TOML,
    INI: INI,
}


def permute(content: TypedBytes, *, seed: int) -> MutatedInput | None:
    """Put the parts of the longest series into another order; None where fewer than two repeat."""
    dice = Dice(seed, "permute", content.data)
    if content.media_type == XLSX:
        return permuted_workbook(content, dice)
    layout = layout_of(content)
    series = _longest(layout)
    if layout is None or series is None or len(series.spans) == 1:
        return None
    parts = [layout.text[a:b] for a, b in series.spans]
    order = dice.shuffled(parts)
    if order == parts:
        order = parts[1:] + parts[:1]
    if order == parts:
        return None
    made = layout.write(edited(layout.text, [(a, b, new) for (a, b), new in zip(series.spans, order, strict=True)]))
    return MutatedInput("permute", TypedBytes(content.media_type, made)) if made is not None else None


def append(content: TypedBytes, *, seed: int, avoid: Collection[str] = ()) -> MutatedInput | None:
    """Add one part with new content after the last of the longest series; its new words are listed as ("", new)."""
    layout = layout_of(content)
    series = _longest(layout)
    if layout is None or series is None:
        return None
    dice = Dice(seed, "append", content.data)
    source = layout.text[slice(*dice.one(series.spans))]
    part = rewritten_part(content, source, Rewriter(dice, keep=avoid, model=layout.text))
    end = series.spans[-1][1]
    made = layout.write(edited(layout.text, [(end, end, series.joint + part)]))
    if made is None or part == source:
        return None
    changed = TypedBytes(content.media_type, made)
    new = _new_words(content, changed)
    return MutatedInput("append", changed, tuple(("", word) for word in new)) if new else None


def rewritten_part(content: TypedBytes, part: str, rewriter: Rewriter) -> str:
    """Give one part with new content, its structure untouched."""
    kind = HTML if content.media_type == EML and part.startswith("<") else _PART_TYPES.get(content.media_type)
    slots = slots_of(TypedBytes(kind, part.encode("utf-8", "replace"))) if kind else None
    if slots is None:
        return rewriter.rewrite(part)
    return edited(slots.text, [(a, b, rewriter.rewrite(slots.text[a:b])) for a, b in slots.spans])


def _longest(layout: Layout | None) -> Series | None:
    return max(layout.series, key=lambda s: len(s.spans), default=None) if layout else None


def _new_words(before: TypedBytes, after: TypedBytes) -> list[str]:
    old, new = readable(before), readable(after)
    if old is None or new is None:
        return []
    text = old.text.casefold()
    fresh = dict.fromkeys(word for word in new.tokens if len(word) >= _SHORTEST and word not in old.known)
    return [word for word in list(fresh)[: 4 * _LISTED] if word not in text][:_LISTED]
