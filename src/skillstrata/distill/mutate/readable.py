"""Read any input that can be changed as text: by its reader, else as the text that may be changed in it."""

from skillstrata.distill.mutate.slots import slots_of
from skillstrata.distill.views import DocumentView, document_view
from skillstrata.distill.views.media_types import TEXT
from skillstrata.records.proofs import TypedBytes


def readable(content: TypedBytes) -> DocumentView | None:
    """Give the reader's view of an input, or a plain view of its changeable text; None where there is none."""
    view = document_view(content)
    if view is not None:
        return view
    slots = slots_of(content)
    if slots is None:
        return None
    text = "\n".join(slots.text[a:b] for a, b in slots.spans)
    return document_view(TypedBytes(TEXT, text.encode("utf-8", "replace"))) if text.strip() else None
