"""Read a notebook: text cells as Markdown, code cells as code.

In     decoded JSON of a .ipynb
Out    DocumentView; what cells put out may be left out
Never  runs a cell, raises
"""

from skillstrata.distill.views.json_reader import Tree, leaves, parse_json
from skillstrata.distill.views.media_types import IPYNB
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView

_TEXT_KEYS = frozenset({"text", "text/plain", "text/html", "text/markdown", "traceback", "ename", "evalue"})
_MOST_OUTPUT_LEAVES = 20_000


def ipynb_document(text: str) -> DocumentView | None:
    """Read a notebook of format 4; None for other JSON."""
    read, tree = parse_json(text)
    cells = tree.get("cells") if read and isinstance(tree, dict) else None
    if not isinstance(cells, list):
        return None
    pieces = Pieces()
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            pieces.add_markdown(source)
        elif cell.get("cell_type") == "code":
            pieces.blocks.append(Block(source, "code"))
            pieces.blocks.extend(Block(output, optional=True) for output in _outputs(cell.get("outputs")))
        else:
            pieces.blocks.append(Block(source, optional=True))
    return pieces.document(IPYNB)


def _joined(source: Tree) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _outputs(outputs: Tree) -> list[str]:
    try:
        found = [(path, leaf) for path, leaf in leaves(outputs)][:_MOST_OUTPUT_LEAVES]
    except RecursionError:
        return []
    return [leaf for path, leaf in found if isinstance(leaf, str) and _TEXT_KEYS & set(path)]
