"""Inputs nobody demonstrated: of the same schema, or of the type in general.

    demonstration --unseen--> inputs with its structure and none of its content
    media type    --fresh---> general documents of that type

Everything follows from the seed alone; words are invented, so no output for them can have been memorised.
"""

from collections.abc import Callable, Collection

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.synthesise.general import fresh
from skillstrata.distill.synthesise.layouts import unseen_layout
from skillstrata.distill.synthesise.tables import renamed_header, unseen_table
from skillstrata.distill.synthesise.trees import unseen_tree
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.records.proofs import TypedBytes

_TRIES = 4
_MAKERS: dict[str, Callable[[TypedBytes, int, Dice, Rewriter], bytes | None]] = {
    CSV: unseen_table,
    TSV: unseen_table,
    JSON: unseen_tree,
    NDJSON: unseen_tree,
    HTML: unseen_layout,
    XML: unseen_layout,
    DOCX: unseen_layout,
    MARKDOWN: unseen_layout,
    TEXT: unseen_layout,
}


def unseen(content: TypedBytes, *, count: int, seed: int, keep: Collection[str] = ()) -> tuple[TypedBytes, ...]:
    """Make inputs with the schema of `content` and none of its values.

    Args:
        content: The demonstrated input.
        count: How many; in turn with fewer and with more rows, records, items or paragraphs.
        seed: The same seed gives the same bytes, on every machine.
        keep: Words the program looks for (`views.program_labels`): a filter for "active" needs active rows.

    Returns:
        At most `count` inputs, no two alike; empty for types we cannot make and bytes we cannot read.
    """
    make = _MAKERS.get(content.media_type)
    source = document_view(content) if make else None
    if make is None or source is None or not source.known:
        return ()
    made: dict[bytes, TypedBytes] = {}
    for variant in range(count):
        for attempt in range(_TRIES):
            dice = Dice(seed, "unseen", variant, attempt, content.data)
            data = make(content, variant, dice, Rewriter(dice, keep=keep, model=source.text))
            typed = TypedBytes(content.media_type, data) if data is not None and data != content.data else None
            if typed is not None and typed.data not in made and document_view(typed) is not None:
                made[typed.data] = typed
                break
    return tuple(made.values())


def renamed(content: TypedBytes, *, seed: int) -> TypedBytes | None:
    """Give a table under other column names, its rows as they are; None for what has no named columns."""
    if content.media_type not in {CSV, TSV}:
        return None
    data = renamed_header(content, Dice(seed, "renamed", content.data))
    return None if data is None else TypedBytes(content.media_type, data)


__all__ = ["fresh", "renamed", "unseen"]
