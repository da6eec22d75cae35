"""Gather blocks from several files of one package: chapters, slides, cells, parts of a message.

In     blocks, links and images of each piece, as its own reader found them
Out    one list of each, tables numbered through
Never  reorders pieces
"""

from collections.abc import Iterable
from dataclasses import replace

from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.html_reader import read_html
from skillstrata.distill.views.markdown_reader import read_markdown
from skillstrata.distill.views.shapes import Block, DocumentView, Link


class Pieces:
    """What was gathered so far."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.images: list[str] = []
        self._tables = 0

    def new_table(self) -> int:
        """Give the number of a table that begins here."""
        self._tables += 1
        return self._tables - 1

    def side(self, *texts: str) -> None:
        """Add texts that may appear, such as names and titles."""
        self.blocks.extend(Block(text, "side", optional=True) for text in texts if text)

    def add(self, blocks: Iterable[Block], *, optional: bool = False) -> None:
        """Add the blocks of one piece."""
        offset = self._tables
        for block in blocks:
            if block.kind == "cell":
                self._tables = max(self._tables, offset + block.table + 1)
                self.blocks.append(replace(block, table=offset + block.table, optional=block.optional or optional))
            else:
                self.blocks.append(replace(block, optional=True) if optional else block)

    def add_html(self, text: str, *, xhtml: bool = False, optional: bool = False) -> bool:
        """Add a page; False where it cannot be read."""
        page = read_html(text, xhtml=xhtml)
        if page is None:
            return False
        self.side(*page.side)
        self.add(page.blocks, optional=optional)
        self._refer(page.links, page.images, optional=optional)
        return True

    def add_markdown(self, text: str) -> None:
        """Add a text in Markdown."""
        lines = read_markdown(text)
        self.add(lines.blocks)
        self._refer(lines.links, lines.images)

    def document(self, media_type: str) -> DocumentView:
        """Put everything together."""
        return assemble(media_type, self.blocks, links=self.links, images=self.images)

    def _refer(self, links: Iterable[Link], images: Iterable[str], *, optional: bool = False) -> None:
        if optional:
            self.side(*(link.target for link in links), *images)
        else:
            self.links.extend(links)
            self.images.extend(images)
