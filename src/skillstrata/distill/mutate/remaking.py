"""Change inputs that cannot be edited by position: a PDF is written anew, a picture or a sound is turned around.

In     an input and a seed
Out    MutatedInput "rewritten": the changed document, and in `before` the same one without the change; or "resample"
Never  claims that a PDF written anew looks like the one it came from: only the pair can be compared
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from skillstrata.distill.mutate.pdf_outline import pdf_blocks
from skillstrata.distill.mutate.pdf_pages import PdfBlock, PdfRun, pdf_file, pdf_text
from skillstrata.distill.mutate.pictures import inverted_picture
from skillstrata.distill.mutate.replacing import replace_values
from skillstrata.distill.mutate.sounds import reversed_sound
from skillstrata.distill.mutate.type_names import IMAGES
from skillstrata.distill.views.media_types import PDF, TEXT
from skillstrata.records.proofs import MutatedInput, TypedBytes

_SEAM = "\n\n"


def rewritten_pdf(
    content: TypedBytes, output: TypedBytes | None, *, seed: int, avoid: Collection[str] = ()
) -> MutatedInput | None:
    """Write a PDF anew twice: as it was read, and with known values replaced."""
    blocks = pdf_blocks(content)
    if not blocks:
        return None
    lines = [run.text for block in blocks for run in block.runs]
    lines += [cell for block in blocks for row in block.rows for cell in row]
    text = TypedBytes(TEXT, _SEAM.join(dict.fromkeys(lines)).encode("utf-8", "replace"))
    changed = replace_values(text, output, seed=seed, avoid=avoid)
    if changed is None or not changed.replaced:
        return None
    pattern = re.compile("|".join(re.escape(old) for old, _ in changed.replaced))
    # In the letters that the pages have.
    news = {old: pdf_text(new) for old, new in changed.replaced}

    def renewed(old: str) -> str:
        return pattern.sub(lambda match: news[match.group(0)], old)

    made = [
        replace(
            block,
            runs=tuple(PdfRun(renewed(run.text), run.style, run.target) for run in block.runs),
            rows=tuple(tuple(renewed(cell) for cell in row) for row in block.rows),
        )
        for block in blocks
    ]
    return MutatedInput("rewritten", _pdf(made), tuple(news.items()), before=_pdf(blocks))


def resampled(content: TypedBytes) -> MutatedInput | None:
    """Give a picture of the same size in opposite colours, or a sound of the same length played backwards."""
    picture = content.media_type in IMAGES
    data = inverted_picture(content.media_type, content.data) if picture else reversed_sound(content.data)
    return MutatedInput("resample", TypedBytes(content.media_type, data)) if data and data != content.data else None


def _pdf(blocks: Sequence[PdfBlock]) -> TypedBytes:
    return TypedBytes(PDF, pdf_file(blocks))
