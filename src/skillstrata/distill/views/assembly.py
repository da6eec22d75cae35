"""Put the blocks a reader found together into a DocumentView.

In     blocks in reading order, links and images
Out    the view: what must survive, what may also appear, tables as grids
"""

from collections.abc import Sequence

from skillstrata.distill.views.shapes import Block, DocumentView, Grid, Heading, Link
from skillstrata.distill.views.tokens import known_numbers, tokens

# Where a reader takes nearly everything for navigation, it has misread the page: then all of it counts.
_LEAST_REQUIRED = 0.3


def assemble(
    media_type: str, blocks: Sequence[Block], *, links: Sequence[Link] = (), images: Sequence[str] = ()
) -> DocumentView:
    """Build the view of a document.

    Shapes:
        n blocks in; tokens of the k that are not optional in `tokens`, in order; those outside tables in `prose`.
    """
    words = [tokens(block.text) for block in blocks]
    total = sum(len(w) for w, block in zip(words, blocks, strict=True) if block.kind != "side")
    must = sum(len(w) for w, block in zip(words, blocks, strict=True) if not block.optional)
    keep_all = must < _LEAST_REQUIRED * total
    required = [(b, w) for b, w in zip(blocks, words, strict=True) if not b.optional or (keep_all and b.kind != "side")]
    side = [link.target for link in links] + list(images)
    whole = [word for w in words for word in w] + [word for text in side for word in tokens(text)]
    return DocumentView(
        media_type=media_type,
        text="\n".join(block.text for block, _ in required),
        tokens=tuple(word for _, w in required for word in w),
        prose=tuple(word for block, w in required if block.kind != "cell" for word in w),
        whole=tuple(whole),
        known=frozenset(whole),
        numbers=known_numbers([*(block.text for block in blocks), *side]),
        headings=tuple(Heading(b.level, " ".join(b.text.split())) for b, w in required if b.kind == "heading" and w),
        tables=_grids([block for block, _ in required if block.kind == "cell"]),
        links=tuple(links),
        images=tuple(images),
        code=tuple(block.text for block, w in required if block.kind == "code" and w),
        optional_text="\n".join([*(b.text for b in blocks if b.optional or b.kind == "side"), *side]),
    )


def _grids(cells: list[Block]) -> tuple[Grid, ...]:
    tables: dict[int, dict[int, dict[int, str]]] = {}
    for cell in cells:
        row = tables.setdefault(cell.table, {}).setdefault(cell.row, {})
        row[cell.col] = f"{row[cell.col]}\n{cell.text}" if cell.col in row else cell.text
    return tuple(_grid(rows) for rows in tables.values())


def _grid(rows: dict[int, dict[int, str]]) -> Grid:
    return tuple(tuple(row.get(col, "") for col in range(max(row) + 1)) for _, row in sorted(rows.items()))
