"""Unseen books: chapters with new words, and the page of contents that names them."""

import re
from html import unescape
from xml.sax.saxutils import escape

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.zip_members import members_of, zip_of
from skillstrata.distill.synthesise.layouts import unseen_layout
from skillstrata.records.proofs import TypedBytes

_HEADING = re.compile(r"<(h[1-6]|title)\b[^>]*>(.*?)</\1>", re.S | re.I)
_TAG = re.compile(r"<[^>]*>")
_NAMES = re.compile(r"(<(?:dc:(?:title|creator|description)|text|a|title)\b[^>]*>)([^<]+)(?=</)")
_CONTENTS = re.compile(r".*(?:\.opf|\.ncx|nav[^/]*\.x?html?|toc[^/]*\.x?html?)", re.I)


def unseen_book(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter) -> bytes | None:
    """Make one book like `content`."""
    made = unseen_layout(content, variant, dice, rewriter)
    old, new = members_of(content.data), members_of(made) if made else None
    if old is None or new is None:
        return None
    titles: dict[str, str] = {}
    for (_, before), (_, after) in zip(old, new, strict=True):
        pairs = zip(_headings(before), _headings(after), strict=False)
        titles.update((one, other) for one, other in pairs if one != other)
    return zip_of([(name, _named(name, data, titles, rewriter)) for name, data in new])


def _headings(page: bytes) -> list[str]:
    """Give the title of a page and then its headings: where they are the same, the heading's new words count."""
    found = _HEADING.findall(page.decode("utf-8", "replace"))
    return [_plain(text) for _, text in sorted(found, key=lambda one: one[0].lower() != "title")]


def _plain(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())


def _named(name: str, data: bytes, titles: dict[str, str], rewriter: Rewriter) -> bytes:
    """Name chapters by their new headings, in the contents and in each page's own title."""
    if not _CONTENTS.fullmatch(name):
        return data

    def renamed(match: re.Match[str]) -> str:
        text = _plain(match.group(2))
        return match.group(1) + escape(titles[text] if text in titles else rewriter.rewrite(text))

    return _NAMES.sub(renamed, data.decode("utf-8", "replace")).encode()
