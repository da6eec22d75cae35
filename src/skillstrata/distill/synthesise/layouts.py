"""Unseen HTML, XML, Word, Markdown and text: the same structure, every word new, repeated parts more or fewer."""

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.siblings import Series, layout_of
from skillstrata.distill.mutate.slots import edited, slots_of
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.records.proofs import TypedBytes


def unseen_layout(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make one document like `content`: first the series change in length, then all text is rewritten."""
    layout = layout_of(content)
    if layout is None:
        return None
    edits = [edit for series in layout.series for edit in _resized(layout.text, series, variant, dice)]
    resized = layout.write(edited(layout.text, edits))
    slots = slots_of(TypedBytes(content.media_type, resized)) if resized is not None else None
    return slots.rewritten(rewriter.rewrite) if slots else None


def _resized(text: str, series: Series, variant: int, dice: Dice) -> list[tuple[int, int, str]]:
    """Give the edits that leave parts of a series out, or add copies of some after the last."""
    spans = series.spans
    wanted = new_length(len(spans), variant, dice)
    if wanted < len(spans):
        gone = dice.some(range(1, len(spans)), len(spans) - wanted)
        # A part goes together with what stands between it and the one before.
        return [(spans[i - 1][1], spans[i][1], "") for i in gone]
    copies = "".join(series.joint + text[slice(*dice.one(spans))] for _ in range(wanted - len(spans)))
    end = spans[-1][1]
    return [(end, end, copies)]
